"""What the pages say of the formulae: the docstrings of ``statistics``, to be translated.

A test compares them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from babel.support import LazyProxy

from vinculo.i18n import lazy_gettext as _l
from vinculo_complaints import statistics

PARETO: Final = _l(
    "The causes by how many complaints each brought, the most frequent first, with what all up to it "
    "bring. The share of a cause is its complaints / all complaints; the last column adds up the shares "
    "from the top. By the rule of Pareto few causes bring most of it: those up to 80 % are where mending "
    "pays. Complaints without a cause are a row of their own."
)
REPEATS: Final = _l(
    "The complaints that repeat an earlier one: same client, same topic, within the days of the settings. "
    "Each is compared with the one before it, so that a row of three complaints has two repeats. "
    "Complaints without a topic repeat nothing. The rate is repeats / complaints with a topic."
)
PER_THOUSAND: Final = _l(
    "Complaints per 1,000 orders of the same period: 1000 * complaints / orders. Orders are "
    "those of the period that were confirmed and not cancelled; without the plugin for orders, the "
    "deals that were won. Where there are none, nothing is said."
)
WITHIN: Final = _l(
    "The share of closed complaints that were solved in time: closed until they were due / closed. "
    "Complaints without a limit count as in time. The time while a complaint waited for the client is not "
    "counted, and only working hours are."
)
OF: Final[Mapping[Callable[..., Any], LazyProxy]] = {
    statistics.pareto: PARETO,
    statistics.repeats: REPEATS,
    statistics.per_thousand: PER_THOUSAND,
    statistics.within: WITHIN,
}
