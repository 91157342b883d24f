"""The docstrings of ``statistics``, to be translated; a test compares them."""

from __future__ import annotations

from typing import Final

from vinculo.i18n import lazy_gettext as _l
from vinculo_payments import statistics

BUCKET: Final = _l("Age is the day of the report less the day an invoice is due; up to 0 it is not due.")
DSO: Final = _l(
    "Days sales outstanding: what is owed, divided by what was invoiced in the period, times its days."
)
LATENESS: Final = _l(
    "Average days late: days from due to paid, weighted by the amount; what is early counts below zero."
)
EXPECTED: Final = _l(
    "Expected day: the day an open invoice is due, moved by the median days that the client was late."
)
PAST: Final = _l(
    "What was open on a day is what is open now, and what was paid or credited after that day. An invoice"
    " that was cancelled counts for no day."
)
MOVED: Final = _l("Each payment counts on its day, in the company's currency by the rate of that day.")
TREE: Final = _l("A direction has in it what is below it.")
SPLIT: Final = _l("Each number is what came in, less what went out.")
OF: Final = {
    statistics.bucket: BUCKET,
    statistics.days_sales_outstanding: DSO,
    statistics.lateness: LATENESS,
    statistics.median: EXPECTED,
}
