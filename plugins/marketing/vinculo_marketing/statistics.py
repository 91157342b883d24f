"""The formulae of the reports. Each is pure, and its docstring is what the page says of it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final, TypeVar

K = TypeVar("K", bound=Hashable)
ENDS: Final = Fraction(2, 5)


class Model(StrEnum):
    """To which touches of a client a sale is credited."""

    FIRST = "first"
    LAST = "last"
    LINEAR = "linear"
    ENDS = "40-20-40"


def shares(count: int, model: Model) -> Sequence[Fraction]:
    """What each touch up to the day of the sale is credited with, the first touch first.

    First: all of it to the first touch. Last: all of it to the last one. Linear: the same to each. 40-20-40:
    40 % to the first, 40 % to the last, and 20 % to those between, the same to each; of two touches half to
    each. A sale before any touch is credited to nothing.
    """
    if not count:
        return ()
    if count == 1 or model is Model.FIRST:
        return (Fraction(1), *[Fraction(0)] * (count - 1))
    if model is Model.LAST:
        return (*[Fraction(0)] * (count - 1), Fraction(1))
    if model is Model.LINEAR or count == 2:
        return (Fraction(1, count),) * count
    return (ENDS, *[(1 - 2 * ENDS) / (count - 2)] * (count - 2), ENDS)


def credited(journey: Sequence[tuple[date, K]], day: date, model: Model) -> dict[K, Fraction]:
    """The shares of a sale by what touched the client until then: (day, by what), the first touch first."""
    until = [by for at, by in journey if at <= day]
    found: dict[K, Fraction] = {}
    for by, share in zip(until, shares(len(until), model), strict=True):
        if share:
            found[by] = found.get(by, Fraction(0)) + share
    return found


def acquisition_cost(cost: Decimal, clients: int) -> Decimal | None:
    """CAC, what a new client cost: cost of the period / clients whose first touch of all is in the period.

    By first touch whatever the model; where there is no new client, nothing is said.
    """
    return cost / clients if clients else None


def return_on(earned: Fraction, cost: Decimal) -> float | None:
    """ROI, what came back for what was spent: (credited gross profit - cost) / cost.

    Where nothing tells what was earned by a sale, its revenue stands in the place of the gross profit, and
    the page says so. Without a cost nothing is said.
    """
    return float((earned - Fraction(cost)) / Fraction(cost)) if cost else None
