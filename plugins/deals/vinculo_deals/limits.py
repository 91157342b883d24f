"""How long quotations hold, and how long before that somebody is reminded; chosen on a page, or as usual."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vinculo.company.numbers import Numbers
from vinculo.i18n import lazy_gettext as _l
from vinculo_deals.models import Limit

VALID: Final = "valid_days"
REMIND: Final = "remind_days"
USUAL: Final[Mapping[str, int]] = {VALID: 30, REMIND: 3}

NUMBERS: Final = Numbers(Limit, USUAL, "quotation_limits", _l("Days of quotations"))
