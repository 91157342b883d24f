"""What the pages say of the formulae: the docstrings of ``statistics`` and of ``reports.turnover``.

A test compares them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from babel.support import LazyProxy

from vinculo.i18n import lazy_gettext as _l
from vinculo_warehouse import statistics

FIFO: Final = _l(
    "What goods cost, first in, first out: what goes out costs what the oldest goods that are left did cost. "
    "What goes out before it came in costs nothing at first; the receipt that covers it goes out with it. So "
    "at any time what came in = what went out + what is left, to the last 1/10000."
)
AVERAGE: Final = _l(
    "What goods cost by moving average: what goes out costs value / quantity of what is there then. "
    "What goes out before it came in costs nothing at first; the receipt that covers it goes out with it. So "
    "at any time what came in = what went out + what is left, to the last 1/10000."
)
PROPOSED: Final = _l(
    "How much to order: nothing while available + on order reach the minimum, else up to the target. The "
    "target is at least the minimum. What is missing is rounded up to whole lots. Available is what is on "
    "hand less what reservations want, in all warehouses together."
)
TURNOVER: Final = _l(
    "The turnover of a period, by item or warehouse: what there was when it began, came, went and was "
    "left. Goods that go from one of our warehouses to another come and go for the warehouses, and do "
    "neither for all of them together; within a warehouse they always do neither."
)
OF: Final[Mapping[Callable[..., Any], LazyProxy]] = {
    statistics.fifo: FIFO,
    statistics.average: AVERAGE,
    statistics.proposed: PROPOSED,
}
