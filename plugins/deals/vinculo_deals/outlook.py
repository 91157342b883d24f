"""What the coming months may bring, how sure that is, and how near past forecasts were.

Each formula is pure, and its docstring is what the pages say of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from math import sqrt
from random import Random
from typing import Final

COMMIT: Final = 75  # percent from which one counts on a deal
BEST: Final = 50  # and from which it comes if all goes well
RUNS: Final = 1000
LOW, HIGH = 0.1, 0.9
PERCENT: Final = 100
CENT: Final = Decimal("0.01")


class Class(StrEnum):
    """How far one counts on an open deal."""

    COMMIT = "commit"
    BEST = "best"
    PIPELINE = "pipeline"


LEAST: Final = {Class.COMMIT: COMMIT, Class.BEST: BEST, Class.PIPELINE: 0}


def class_of(percent: int) -> Class:
    """By the win probability of the deal."""
    return next(one for one in Class if percent >= LEAST[one])


@dataclass(frozen=True, slots=True)
class Expected:
    """Open deals of one expected day (None: none is said) and one probability, in percent.

    ``squares`` is the sum of their squared amounts.
    """

    day: date | None
    percent: int
    count: int
    amount: Decimal
    squares: float = 0.0


@dataclass(frozen=True, slots=True)
class Large:
    """One of the largest open deals."""

    day: date
    percent: int
    amount: Decimal


class When(StrEnum):
    """The columns that are no month."""

    OVERDUE = "overdue"
    UNSAID = "unsaid"


Column = date | When


@dataclass(slots=True)
class Outlook:
    """What a month brings, or what is overdue or without a day."""

    won: Decimal = Decimal(0)
    classes: dict[Class, Decimal] = field(default_factory=lambda: dict.fromkeys(Class, Decimal(0)))
    likely: Decimal = Decimal(0)
    count: int = 0
    variance: float = 0.0
    large: list[Large] = field(default_factory=list)

    @property
    def weighted(self) -> Decimal:
        """What is won, and open amounts times their probability, to the cent."""
        return (self.won + self.likely).quantize(CENT, ROUND_HALF_EVEN)


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def next_month(first: date) -> date:
    """The first day of the month that follows."""
    return month_of(first + timedelta(days=31))


def column_of(day: date | None, today: date) -> Column:
    """Where a deal stands that is expected to close on a day."""
    if day is None:
        return When.UNSAID
    return month_of(day) if day >= today else When.OVERDUE


def forecast(
    expected: Iterable[Expected], large: Iterable[Large], won: Mapping[date, Decimal], today: date
) -> Mapping[Column, Outlook]:
    """What the coming months bring: what is won already, and amounts of open deals times their probability.

    What is won counts whole, in the month in which it closed; what is lost counts nothing. Open deals stand
    in one of three rows: commit from 75 percent on, best case from 50 percent on, pipeline below. Those whose
    expected day has passed, or that have none, are columns of their own and not a month of the past.
    """
    columns: dict[Column, Outlook] = {}

    def at(day: date | None) -> Outlook:
        return columns.setdefault(column_of(day, today), Outlook())

    for day, amount in won.items():
        columns.setdefault(month_of(day), Outlook()).won += amount
    for one in expected:
        column, p = at(one.day), one.percent / PERCENT
        column.classes[class_of(one.percent)] += one.amount
        column.likely += one.amount * one.percent / PERCENT
        column.variance += one.squares * p * (1 - p)
        column.count += one.count
    for deal in large:
        at(deal.day).large.append(deal)
    return columns


def interval(column: Outlook, seed: str) -> tuple[Decimal, Decimal]:
    """Between what a month brings in eight of ten cases: one time in ten it is less, one time in ten more.

    The month is played a thousand times: each of the largest deals is won or lost by its probability, each
    by itself, and all the smaller ones together vary as the sum of many does, by a normal distribution. The
    same deals always give the same interval.
    """
    rng = Random(seed)  # noqa: S311 # nosec B311 # a simulation that is to be repeated
    large = [(float(one.amount), one.percent / PERCENT) for one in column.large]
    mean = max(float(column.likely) - sum(amount * p for amount, p in large), 0.0)
    variance = column.variance - sum(amount * amount * p * (1 - p) for amount, p in large)
    # What is left of rounding is no spread.
    spread = sqrt(variance) if variance > 1e-6 * column.variance else 0.0
    sums = sorted(
        sum(amount for amount, p in large if rng.random() < p) + max(mean + spread * rng.gauss(0, 1), 0.0)
        for _run in range(RUNS)
    )
    low, high = (Decimal(f"{sums[int(RUNS * part)]:.2f}") for part in (LOW, HIGH))
    return column.won + low, column.won + high


@dataclass(frozen=True, slots=True)
class Kept:
    """What was forecast for a month on a day, as it was kept then."""

    taken_on: date
    month: date
    weighted: Decimal


@dataclass(frozen=True, slots=True)
class Hit:
    """A forecast of a month, and what was won in it."""

    month: date
    taken_on: date
    weighted: Decimal
    won: Decimal

    @property
    def off(self) -> float | None:
        """By what part of what was won the forecast missed it; None where nothing was won."""
        return float((self.weighted - self.won) / self.won) if self.won else None


def hits(kept: Iterable[Kept], won: Mapping[date, Decimal]) -> list[Hit]:
    """Past forecasts beside what was won: of each month, the last forecast before it began.

    Forecasts are kept every Monday. How far they were off is the difference as a part of what was won; over
    all months it is the sum of the differences, whatever their sign, as a part of all that was won.
    """
    last: dict[date, Kept] = {}
    for one in kept:
        if one.taken_on <= one.month and (one.month not in last or last[one.month].taken_on < one.taken_on):
            last[one.month] = one
    months: dict[date, Decimal] = {}
    for day, amount in won.items():
        months[month_of(day)] = months.get(month_of(day), Decimal(0)) + amount
    return [
        Hit(month, one.taken_on, one.weighted, months.get(month, Decimal(0)))
        for month, one in sorted(last.items())
    ]


def off(found: Sequence[Hit]) -> float | None:
    """How far all of them were off together; None where nothing was won."""
    won = sum((one.won for one in found), Decimal(0))
    return float(sum(abs(one.weighted - one.won) for one in found) / won) if won else None
