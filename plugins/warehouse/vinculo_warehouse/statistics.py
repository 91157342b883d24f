"""The formulae: what goods cost by FIFO and by average, and how much is to be ordered. Exact, and pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import Final

ZERO: Final = Decimal("0.00")
ONE: Final = Decimal(1)
UNIT: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Step:
    """So much came in at a cost of one unit, or went out where ``quantity`` is negative."""

    quantity: Decimal
    cost: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Worth:
    """What a step was worth: what came in and what went out."""

    came: Decimal
    went: Decimal


def fifo(steps: Iterable[Step]) -> Iterator[Worth]:
    """What goods cost, first in, first out: what goes out costs what the oldest goods that are left did cost.

    What goes out before it came in costs nothing at first; the receipt that covers it goes out with it. So at
    any time what came in = what went out + what is left, to the last 1/10000.
    """
    layers: deque[tuple[Decimal, Decimal]] = deque()
    owed = ZERO
    for step in steps:
        if step.quantity > 0:
            came, covered = _value(step), min(owed, step.quantity)
            went = _part(came, covered, step.quantity)
            owed -= covered
            if covered < step.quantity:
                layers.append((step.quantity - covered, came - went))
            yield Worth(came, went)
            continue
        need, went = -step.quantity, ZERO
        while need and layers:
            quantity, value = layers.popleft()
            taken = min(need, quantity)
            part = _part(value, taken, quantity)
            need, went = need - taken, went + part
            if taken < quantity:
                layers.appendleft((quantity - taken, value - part))
        owed += need
        yield Worth(ZERO, went)


def average(steps: Iterable[Step]) -> Iterator[Worth]:
    """What goods cost by moving average: what goes out costs value / quantity of what is there then.

    What goes out before it came in costs nothing at first; the receipt that covers it goes out with it. So at
    any time what came in = what went out + what is left, to the last 1/10000.
    """
    held = value = owed = ZERO
    for step in steps:
        if step.quantity > 0:
            came, covered = _value(step), min(owed, step.quantity)
            went = _part(came, covered, step.quantity)
            owed, held, value = owed - covered, held + step.quantity - covered, value + came - went
            yield Worth(came, went)
            continue
        taken = min(-step.quantity, held)
        went = _part(value, taken, held)
        owed, held, value = owed - step.quantity - taken, held - taken, value - went
        yield Worth(ZERO, went)


def _value(step: Step) -> Decimal:
    return (step.quantity * step.cost).quantize(UNIT, ROUND_HALF_EVEN)


def _part(value: Decimal, taken: Decimal, whole: Decimal) -> Decimal:
    if not taken:
        return ZERO
    return value if taken == whole else (value * taken / whole).quantize(UNIT, ROUND_HALF_EVEN)


def proposed(
    available: Decimal, ordered: Decimal, minimum: Decimal, target: Decimal | None, lot: Decimal | None
) -> Decimal:
    """How much to order: nothing while available + on order reach the minimum, else up to the target.

    The target is at least the minimum. What is missing is rounded up to whole lots. Available is what is on
    hand less what reservations want, in all warehouses together.
    """
    there = available + ordered
    if there >= minimum:
        return ZERO
    missing = max(minimum, target or minimum) - there
    return (missing / lot).to_integral_value(ROUND_CEILING) * lot if lot else missing
