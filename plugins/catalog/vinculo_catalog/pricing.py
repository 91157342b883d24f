"""Which rule of a price wins, and what it makes of the price: figures alone, without a database.

Rules are compared by these, in this order; where one is equal, the next decides:

1. what the rule is about: a variant, a product, a group (the nearer, the more specific), everything;
2. a group of clients is named;
3. an outlet is named;
4. the larger least quantity;
5. the shorter period: both days named, one of them, none; then the later first day;
6. the higher priority of the list;
7. the list's currency is the one that is asked for;
8. the rule that was made first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

from vinculo_catalog.models import Formula, Rounding

STEPS: Final = {
    Rounding.CENT: Decimal("0.01"),
    Rounding.FIVE_CENTS: Decimal("0.05"),
    Rounding.TENTH: Decimal("0.1"),
    Rounding.WHOLE: Decimal(1),
    Rounding.TEN: Decimal(10),
}
NINETY_NINE: Final = Decimal("0.99")
ALL, GROUP, PRODUCT, VARIANT = range(4)
CRITERIA: Final = ("target", "segment", "outlet", "quantity", "period", "priority", "currency", "age")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule that applies. ``distance`` counts the groups between the product and the rule's."""

    id: int
    target: int = ALL
    distance: int = 0
    segment: bool = False
    outlet: bool = False
    min_quantity: Decimal = Decimal(0)
    valid_from: date | None = None
    valid_to: date | None = None
    priority: int = 0
    same_currency: bool = True


Key = tuple[tuple[int, ...], bool, bool, Decimal, tuple[int, int], int, bool, int]


def key(one: Candidate) -> Key:
    """What candidates are compared by; the greatest wins, and no two are equal."""
    days = (one.valid_from is not None) + (one.valid_to is not None)
    first = one.valid_from.toordinal() if one.valid_from else 0
    return (
        (one.target, -one.distance),
        one.segment,
        one.outlet,
        one.min_quantity,
        (days, first),
        one.priority,
        one.same_currency,
        -one.id,
    )


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The most specific first."""
    return sorted(candidates, key=key, reverse=True)


def lost_by(winner: Candidate, other: Candidate) -> str:
    """By which of ``CRITERIA`` another one lost."""
    pairs = zip(CRITERIA, key(winner), key(other), strict=True)
    return next(name for name, won, lost in pairs if won != lost)


def computed(
    formula: Formula,
    amount: Decimal,
    *,
    base: Fraction | None,
    cost: Fraction | None,
    other: Callable[[], Fraction | None],
) -> Fraction | None:
    """The price by a formula, exact and never below nothing; None where what it starts from is not known."""
    if formula is Formula.FIXED:
        return max(Fraction(amount), Fraction(0))
    percent = -amount if formula is Formula.DISCOUNT else amount
    start = {Formula.DISCOUNT: base, Formula.COST_PLUS: cost}.get(formula)
    if formula is Formula.LIST_PLUS:
        start = other()
    return None if start is None else max(start * (1 + Fraction(percent) / 100), Fraction(0))


def rounded(price: Fraction, how: Rounding) -> Fraction:
    """A price on its step, half up. What ends in .99 is at least 0.99, but nothing stays nothing."""
    if price <= 0:
        return Fraction(0)
    if how is Rounding.NINETY_NINE:
        return max(_half_up(price - Fraction(NINETY_NINE)), 0) + Fraction(NINETY_NINE)
    step = Fraction(STEPS[how])
    return _half_up(price / step) * step


def _half_up(value: Fraction) -> int:
    return (value + Fraction(1, 2)).__floor__()


def as_amount(price: Fraction) -> Decimal:
    """A price with at most four decimal places, half up, and at least two."""
    found = (Decimal(price.numerator) / Decimal(price.denominator)).quantize(
        Decimal("0.0001"), rounding=ROUND_HALF_UP
    )
    short = found.quantize(Decimal("0.01"))
    return short if short == found else found
