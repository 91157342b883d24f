"""The permission of the company room."""

from __future__ import annotations

from typing import Final

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Permission

MANAGE: Final = "company.manage"

PERMISSIONS: Final = (Permission(MANAGE, _l("Change the settings of the company"), administrative=True),)
