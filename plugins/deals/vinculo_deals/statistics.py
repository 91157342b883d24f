"""The formulae of the reports. Each is pure, and its docstring is what the page says of it.

Sources: E. B. Wilson, JASA 22 (1927) 209; E. L. Kaplan and P. Meier, JASA 53 (1958) 457.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from itertools import pairwise
from math import sqrt
from statistics import median
from typing import Any, Final

CENT: Final = Decimal("0.01")
LATE: Final = 1.5  # times the usual gap
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
    are still open may yet go further. The amount is what the deals are worth now. Which stages a deal left
    out is unknown where a file brought it: such deals are counted apart, and not as ones that skipped any.
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
    """Of so many days or hours: how many stays ended then, and how many last that long and go on."""

    length: int
    ended: int
    going_on: int


def median_stay(stays: Iterable[Stays]) -> int | None:
    """The days or working hours by which half of the deals have left a stage, open stays taken into account.

    By Kaplan and Meier: the share that stays is multiplied, length by length, by 1 - ended / still there,
    where those whose stay goes on are there up to today and count no longer. The median is the first length
    at which half or less is left; there is none while more than half stay on.
    """
    ordered = sorted(stays, key=lambda one: one.length)
    at_risk = sum(one.ended + one.going_on for one in ordered)
    left = 1.0
    for one in ordered:
        if one.ended:
            left *= 1 - one.ended / at_risk
        if left <= 0.5 + 1e-12:
            return one.length
        at_risk -= one.ended + one.going_on
    return None


def median_ended(stays: Iterable[Stays]) -> int | None:
    """Beside it, of the stays that ended alone, the length that half of them did not exceed.

    It is shorter where those that last long still go on: who looks at it alone takes stages for quicker than
    they are.
    """
    ordered = sorted(stays, key=lambda one: one.length)
    half, so_far = sum(one.ended for one in ordered) / 2, 0
    for one in ordered:
        so_far += one.ended
        if one.ended and so_far >= half:
            return one.length
    return None


@dataclass(frozen=True, slots=True)
class Speed:
    """What a group of deals brings in a day. A median is None where nothing was won."""

    open: int
    rate: Share
    amount: Decimal | None
    days: float | None

    @property
    def velocity(self) -> Decimal | None:
        """See ``velocity``."""
        return velocity(self.open, self.rate.value, self.amount, self.days)


def velocity(open_deals: int, win_rate: float, amount: Decimal | None, days: float | None) -> Decimal | None:
    """What the open deals bring in a day, at the pace of those that were won.

    It is the number of open deals, times the win rate, times the median amount of a won deal, divided by the
    median days from its begin to its end. There is none where nothing was won, or all on the day it began.
    """
    if amount is None or not days:
        return None
    return (amount * open_deals * Decimal(win_rate) / Decimal(days)).quantize(CENT, ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for in a deal that is closed: its value, and how much of that was sold."""

    key: Any
    deal: int
    asked: Decimal
    sold: Decimal


@dataclass(slots=True)
class Unmet:
    """What was asked for and not sold, for one reason, manager or product."""

    key: Any
    asked: Decimal = Decimal(0)
    sold: Decimal = Decimal(0)
    deals: dict[int, None] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """The unmet part, from 0 to 1."""
        return float(1 - self.sold / self.asked) if self.asked else 0.0


def unmet(wanted: Iterable[Wanted]) -> list[Unmet]:
    """Of what clients asked for at first, what part they were not sold: 1 - sold ÷ asked for, by value.

    A line that was asked for is sold as far as the lines of the same product in a deal that was won cover
    it; what was asked for in a lost deal is unmet whole. Lines without a price, here and in what was
    offered, have no value and do not count, and deals that are open may yet be won.
    """
    sums: dict[Any, Unmet] = {}
    for one in wanted:
        held = sums.setdefault(one.key, Unmet(one.key))
        held.asked += one.asked
        held.sold += min(one.sold, one.asked)
        held.deals.setdefault(one.deal)
    return sorted(sums.values(), key=lambda one: (one.sold - one.asked, str(one.key)))


@dataclass(frozen=True, slots=True)
class Buyer:
    """A client who bought on several days: the median gap between them, and when the next one is due."""

    client: int
    purchases: int
    last: date
    gap: float
    due: date
    waiting: float

    @property
    def is_late(self) -> bool:
        """Whether half as much again as the usual gap has passed."""
        return self.waiting >= LATE


def next_purchase(client: int, days: Sequence[date], today: date) -> Buyer | None:
    """When a client is likely to buy again: the last purchase and the median gap between purchases.

    Purchases are the days on which deals with the client were won; one who bought on one day alone has no
    gap. Whoever has waited for one and a half times the usual gap should be asked.
    """
    bought = sorted({*days})
    if len(bought) < 2:
        return None
    gap = float(median((later - earlier).days for earlier, later in pairwise(bought)))
    due = bought[-1] + timedelta(days=round(gap))
    return Buyer(client, len(bought), bought[-1], gap, due, (today - bought[-1]).days / gap)


def walked(
    path: Sequence[int], stays: Sequence[int | None], reached: int | None, *, won: bool
) -> tuple[int, int]:
    """How many stages a deal skipped, up to the furthest one, and how often it came back to one.

    ``path`` are the open stages of its pipeline; a deal that was won has passed all of them.
    """
    upto = path if won else path[: path.index(reached) + 1] if reached in path else ()
    known = [one for one in stays if one is not None]
    return len({*upto} - {*known}), len(known) - len({*known})


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
