"""What is usual: the range of a user's own days, or of colleagues', that a day is judged by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Final

WINDOW: Final = 28  # days before the one that is judged
ENOUGH: Final = 5  # of them with something in them
USUAL: Final = 2  # how many deviations away most days are
WIDTH: Final = 6  # how many deviations away a day may be
NORMAL: Final = 1.4826  # a median absolute deviation times this is the standard deviation of a bell curve


class Basis(StrEnum):
    """Whose days a range is made of."""

    OWN = "own"
    ROLE = "role"  # those of users with the same role
    NONE = "none"  # there are too few: only the floor holds


@dataclass(frozen=True, slots=True)
class Usual:
    """Where most days are, rounded outwards, and what an alarm takes: more than ``limit``."""

    basis: Basis
    days: int
    median: float
    low: int
    high: int
    limit: int

    def is_exceeded(self, count: int) -> bool:
        """Whether a day is unusual."""
        return count > self.limit


def usual(own: Sequence[int], colleagues: Sequence[int], *, floor: int) -> Usual:
    """What is usual for somebody with these counts on days on which they did anything at all.

    Most days are within ``median ± 2 · 1.4826 · MAD``, where MAD is the median of the distances from the
    median: a few wild days move neither. The limit is ``max(floor, median + 6 · 1.4826 · MAD)``. With fewer
    than five days of one's own those of colleagues count; with fewer than five of these, the floor alone.
    """
    if len(own) >= ENOUGH:
        return _range(Basis.OWN, own, floor)
    if len(colleagues) >= ENOUGH:
        return _range(Basis.ROLE, colleagues, floor)
    return Usual(Basis.NONE, len(own), 0, 0, floor, floor)


def _range(basis: Basis, counts: Sequence[int], floor: int) -> Usual:
    middle = median(counts)
    deviation = NORMAL * median(abs(count - middle) for count in counts)
    low, high = math.floor(middle - USUAL * deviation), math.ceil(middle + USUAL * deviation)
    limit = math.ceil(middle + WIDTH * deviation)
    return Usual(basis, len(counts), middle, max(0, low), high, max(floor, limit))
