"""The permissions of the audit room."""

from __future__ import annotations

from typing import Final

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Permission

READ: Final = "audit.read"

PERMISSIONS: Final = (Permission(READ, _l("Read the event log"), administrative=True),)
