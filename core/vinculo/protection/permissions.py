"""The permissions of the protection room."""

from __future__ import annotations

from typing import Final

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Permission

READ: Final = "protection.alarm.read"
ACKNOWLEDGE: Final = "protection.alarm.acknowledge"
MANAGE_CANARIES: Final = "protection.canary.manage"

PERMISSIONS: Final = (
    Permission(READ, _l("See alarms"), administrative=True),
    Permission(ACKNOWLEDGE, _l("Acknowledge alarms"), administrative=True),
    Permission(MANAGE_CANARIES, _l("Keep canary clients and see their alarms"), administrative=True),
)
