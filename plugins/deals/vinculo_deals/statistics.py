"""The formulae of the reports. Each is pure, and its docstring is what the page says of it.

Sources: E. B. Wilson, JASA 22 (1927) 209; E. L. Kaplan and P. Meier, JASA 53 (1958) 457.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from math import sqrt
from typing import Final

Z: Final = 1.959963984540054  # 95 % of a normal distribution lie within so many deviations


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % interval; ``of`` is what it is a share of."""

    part: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """From 0 to 1; 0 of nothing."""
        return self.part / self.of if self.of else 0.0


def share(part: int, of: int) -> Share:
    """A share, with the interval of Wilson within which the true one lies in 95 of 100 cases.

    With p = part / of, n = of and z = 1.96 it is (p + z²/2n ± z √(p(1 - p)/n + z²/4n²)) / (1 + z²/n). It is
    wide where few are counted: 3 of 4 may stand for 0.30 as well as for 0.95.
    """
    if not of:
        return Share(0, 0, 0.0, 1.0)
    p, square = part / of, Z * Z / of
    middle = p + square / 2
    spread = Z * sqrt(p * (1 - p) / of + square / (4 * of))
    return Share(part, of, max((middle - spread) / (1 + square), 0), min((middle + spread) / (1 + square), 1))


@dataclass(frozen=True, slots=True)
class Cohort:
    """Deals of one furthest stage (None: nobody knows) and one state, and what they add up to."""

    reached: int | None
    state: str
    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Level:
    """How many deals reached a stage, of those that reached the one before and of all."""

    stage: int
    count: int
    amount: Decimal
    of_previous: Share
    of_all: Share


def funnel(stages: Sequence[int], cohorts: Sequence[Cohort]) -> list[Level]:
    """Of the deals that began in the period, how many reached each stage.

    A deal has reached a stage if it was ever in it or in a later one, or was won: stages that were skipped
    count as reached, coming back does not count twice, and a lost deal counts as far as it came. Deals that
    are still open may yet go further. The amount is what the deals are worth now.
    """
    levels: list[Level] = []
    everything = sum(one.count for one in cohorts)
    before = everything
    for place, stage in enumerate(stages):
        later = {*stages[place:]}
        there = [one for one in cohorts if one.state == "won" or one.reached in later]
        count = sum(one.count for one in there)
        amount = sum((one.amount for one in there), Decimal(0))
        levels.append(Level(stage, count, amount, share(count, before), share(count, everything)))
        before = count
    return levels


@dataclass(frozen=True, slots=True)
class Stays:
    """Of so many days: how many stays ended then, and how many last that long and go on."""

    days: int
    ended: int
    going_on: int


def median_stay(stays: Iterable[Stays]) -> int | None:
    """The number of days by which half of the deals have left a stage, open stays taken into account.

    By Kaplan and Meier: the share that stays is multiplied, day by day, by 1 - ended / still there, where
    those whose stay goes on are there up to today and count no longer. The median is the first day on which
    half or less is left; there is none while more than half stay on.
    """
    ordered = sorted(stays, key=lambda one: one.days)
    at_risk = sum(one.ended + one.going_on for one in ordered)
    left = 1.0
    for one in ordered:
        if one.ended:
            left *= 1 - one.ended / at_risk
        if left <= 0.5 + 1e-12:
            return one.days
        at_risk -= one.ended + one.going_on
    return None


@dataclass(frozen=True, slots=True)
class Expected:
    """Open deals of one expected day (None: none is said) and one probability, in percent."""

    day: date | None
    probability: int
    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a month brings: ``month`` is its first day; None for what is overdue or has no day."""

    month: date | None
    won: Decimal
    open: Decimal
    weighted: Decimal
    count: int


def forecast(expected: Iterable[Expected], won: Mapping[date, Decimal], today: date) -> list[Outlook]:
    """What the coming months bring: amounts of open deals times their probability, and what is won already.

    What is won counts whole, in the month in which
    it closed; what is lost counts nothing. Open deals whose expected day has passed, or that have none, are
    a row of their own and not a month of the past.
    """
    opened: dict[date | None, list[Expected]] = {}
    for one in expected:
        month = one.day.replace(day=1) if one.day is not None and one.day >= today else None
        opened.setdefault(month, []).append(one)
    closed: dict[date, Decimal] = {}
    for day, amount in won.items():
        closed[day.replace(day=1)] = closed.get(day.replace(day=1), Decimal(0)) + amount
    months: list[date | None] = [None] if None in opened else []
    months += sorted({month for month in opened if month} | {*closed})
    return [_outlook(month, opened.get(month, []), closed.get(month, Decimal(0)) if month else Decimal(0))
            for month in months]  # fmt: skip


def _outlook(month: date | None, expected: Sequence[Expected], won: Decimal) -> Outlook:
    amount = sum((one.amount for one in expected), Decimal(0))
    likely = sum((one.amount * one.probability / 100 for one in expected), Decimal(0))
    rounded = (won + likely).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    return Outlook(month, won, amount, rounded, sum(one.count for one in expected))


class Kept(StrEnum):
    """What became of a required step by the time at which it was due."""

    ON_TIME = "on_time"
    LATE = "late"
    MISSING = "missing"


def kept(due: datetime | None, done: datetime | None, at: datetime) -> Kept | None:
    """Whether what was due by a moment was done by then, later, or not at all; None while it is not due.

    What was skipped is done only if that was approved, at the moment at which it was skipped.
    """
    if due is None or due > at:
        return None
    if done is None:
        return Kept.MISSING
    return Kept.ON_TIME if done <= due else Kept.LATE


def compliance(weights: Mapping[Kept, int]) -> float | None:
    """How much of the process is kept: the required steps done on time, of all that are due, by weight.

    A step is due at the end of the day that its stage allows, or else when the deal goes on to a later stage.
    Going back or losing a deal ends what is not due yet. What is done late counts nothing, and so does what
    was skipped unless somebody with the right has approved it. There is no share where nothing is due.
    """
    due = sum(weights.values())
    return weights.get(Kept.ON_TIME, 0) / due if due else None
