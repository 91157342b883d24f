"""What the pages say of the formulae: the docstrings of ``statistics``, to be translated.

A test compares them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from babel.support import LazyProxy

from vinculo.i18n import lazy_gettext as _l
from vinculo_marketing import statistics

SHARES: Final = _l(
    "What each touch up to the day of the sale is credited with, the first touch first. First: all of it "
    "to the first touch. Last: all of it to the last one. Linear: the same to each. 40-20-40: 40 % to the "
    "first, 40 % to the last, and 20 % to those between, the same to each; of two touches half to each. A "
    "sale before any touch is credited to nothing."
)
COST: Final = _l(
    "CAC, what a new client cost: cost of the period / clients whose first touch of all is in the period. "
    "By first touch whatever the model; where there is no new client, nothing is said."
)
RETURN: Final = _l(
    "ROI, what came back for what was spent: (credited gross profit - cost) / cost. Where nothing tells "
    "what was earned by a sale, its revenue stands in the place of the gross profit, and the page says so. "
    "Without a cost nothing is said."
)
OF: Final[Mapping[Callable[..., Any], LazyProxy]] = {
    statistics.shares: SHARES,
    statistics.acquisition_cost: COST,
    statistics.return_on: RETURN,
}
