"""The permissions of the privacy room."""

from __future__ import annotations

from typing import Final

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Permission

EXPORT: Final = "privacy.person.export"
ERASE: Final = "privacy.person.erase"

PERMISSIONS: Final = (
    Permission(EXPORT, _l("Export personal data"), administrative=True),
    Permission(ERASE, _l("Erase personal data"), administrative=True),
)
