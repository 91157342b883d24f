"""The permissions of the catalog beside those of its kinds."""

from __future__ import annotations

from typing import Final

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Permission

LIMIT: Final = "catalog.limit_discounts"

PERMISSIONS: Final = (Permission(LIMIT, _l("Set discount limits"), administrative=True),)
