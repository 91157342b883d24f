"""The formulae of the reports: pure functions. Their docstrings are shown on the pages, translated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

BOUNDS: Final = (0, 30, 60, 90)  # days past due: the last of each bucket but the open one


def bucket(due_on: date, day: date, bounds: Sequence[int] = BOUNDS) -> int:
    """Age is the day of the report less the day an invoice is due; up to 0 it is not due."""
    age = (day - due_on).days
    return next((place for place, last in enumerate(bounds) if age <= last), len(bounds))


def days_sales_outstanding(receivables: Decimal, sales: Decimal, days: int) -> float | None:
    """Days sales outstanding: what is owed, divided by what was invoiced in the period, times its days."""
    return float(receivables / sales * days) if sales > 0 else None


def lateness(paid: Iterable[tuple[int, Decimal]]) -> float | None:
    """Average days late: days from due to paid, weighted by the amount; what is early counts below zero."""
    total = weight = Decimal(0)
    for days, amount in paid:
        total, weight = total + days * amount, weight + amount
    return float(total / weight) if weight > 0 else None


def median(values: Sequence[int]) -> int:
    """Expected day: the day an open invoice is due, moved by the median days that the client was late."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else 0
