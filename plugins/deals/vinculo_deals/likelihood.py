"""How likely deals are to be won, by what became of those before, and how far that came true.

Each formula is pure, and its docstring is what the pages say of it. Source of the score: G. W. Brier,
Monthly Weather Review 78 (1950) 1.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

PRIOR: Final = 10  # so many deals of the usual outcome are added to those of a rate
MONTHS: Final = 24
PERCENT: Final = 100


class By(StrEnum):
    """What deals are like each other by."""

    STAGE = "stage"
    RESPONSIBLE = "responsible"
    CLIENT = "client"
    PIPELINE = "pipeline"


Key = tuple[By, int]


@dataclass(frozen=True, slots=True)
class Rate:
    """How many were won, of those that were closed."""

    won: int = 0
    closed: int = 0

    def __add__(self, other: Rate) -> Rate:
        """Both together."""
        return Rate(self.won + other.won, self.closed + other.closed)

    @property
    def share(self) -> float:
        """From 0 to 1; 0 of nothing."""
        return self.won / self.closed if self.closed else 0.0


@dataclass(frozen=True, slots=True)
class Like:
    """What a deal has in common with others; None: it has none, or nobody knows."""

    stage: int | None
    responsible: int | None
    client: int | None
    pipeline: int

    def shared(self) -> Iterator[Key]:
        """Under which its rates are kept."""
        found = (self.stage, self.responsible, self.client, self.pipeline)
        yield from ((by, one) for by, one in zip(By, found, strict=True) if one is not None)


@dataclass(frozen=True, slots=True)
class Past:
    """A deal that was closed on a day; ``like.stage`` is the furthest open stage that it came to."""

    id: int
    day: date
    won: bool
    like: Like


def shrunk(rate: Rate, overall: Rate) -> float:
    """A rate of few deals, drawn towards the rate of all.

    It is (won + 10 · p0) / (closed + 10), where p0 is the win rate of all deals: as if ten more deals had
    ended as deals usually end. So 2 of 2 do not make a win certain.
    """
    return (rate.won + PRIOR * overall.share) / (rate.closed + PRIOR)


def probability(rates: Iterable[Rate], overall: Rate) -> float | None:
    """How likely a deal is to be won, judged by the deals that were closed in the last 24 months.

    It is the mean of four win rates, each drawn towards the rate of all: of deals that came to this stage or
    further, of the same responsible, of the same client, and of the same pipeline. A rate that no deal
    stands behind is left out; where none is left, the probability of the stage counts.
    """
    known = [shrunk(rate, overall) for rate in rates if rate.closed]
    return sum(known) / len(known) if known else None


# Counting


def passed(path: Sequence[int], past: Past) -> Sequence[int]:
    """The stages of a pipeline, in their order, that a closed deal came to; none where nobody knows."""
    if past.like.stage not in path:
        return ()
    return path if past.won else path[: path.index(past.like.stage) + 1]


def keys(path: Sequence[int], past: Past) -> Iterator[Key]:
    """Under which keys a closed deal counts."""
    yield from ((By.STAGE, stage) for stage in passed(path, past))
    yield from (key for key in past.like.shared() if key[0] is not By.STAGE)


def tally(deals: Iterable[Past], paths: Mapping[int, Sequence[int]]) -> Mapping[Key, Rate]:
    """The rates under each key; ``paths`` are the open stages of pipelines."""
    counted: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for past in deals:
        for key in keys(paths.get(past.like.pipeline, ()), past):
            counted[key][0] += past.won
            counted[key][1] += 1
    return {key: Rate(*one) for key, one in counted.items()}


def hindsight(
    deals: Sequence[Past], paths: Mapping[int, Sequence[int]], since: Mapping[date, date]
) -> Iterator[tuple[Past, float]]:
    """What each closed deal's probability was before it closed, by none but those that closed on days before.

    ``deals`` stand in the order of their days; ``since`` is, of each day, the first one that counts.
    """
    counted: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    window: deque[Past] = deque()
    overall = [0, 0]

    def count(past: Past, one: int) -> None:
        for place in [overall, *(counted[key] for key in keys(paths.get(past.like.pipeline, ()), past))]:
            place[0] += one if past.won else 0
            place[1] += one

    later: list[Past] = []
    for past in deals:
        if later and later[0].day < past.day:
            for one in later:
                count(one, 1)
            window.extend(later)
            later = []
        while window and window[0].day < since[past.day]:
            count(window.popleft(), -1)
        found = [Rate(*counted[key]) for key in past.like.shared() if key in counted]
        if (likely := probability(found, Rate(*overall))) is not None:
            yield past, likely
        later.append(past)


# How far it came true


@dataclass(frozen=True, slots=True)
class Judged:
    """Closed deals of one probability in percent, by what it was taken from: ``by_hand`` or past deals."""

    percent: int
    by_hand: bool
    won: int
    closed: int


def brier(deals: Iterable[Judged]) -> float | None:
    """How far probabilities were from what became of the deals: the Brier score.

    It is the mean of (p - outcome)², where the outcome of a deal that was won is 1 and of a lost one 0: 0 is
    perfect, and to say a half of every deal gives 0.25. Each deal's probability is the one it had before it
    closed, by deals that had closed before.
    """
    total, count = 0.0, 0
    for one in deals:
        p = one.percent / PERCENT
        total += one.won * (1 - p) ** 2 + (one.closed - one.won) * p**2
        count += one.closed
    return total / count if count else None


@dataclass(frozen=True, slots=True)
class Decile:
    """Deals whose probability lay between two, what it was on average, and how many were won."""

    first: int
    last: int
    expected: float
    rate: Rate


def deciles(deals: Iterable[Judged]) -> list[Decile]:
    """Closed deals by the probability that they had before they closed, in steps of ten percent.

    Where probabilities come true, as many of a step are won as its mean probability says.
    """
    steps: dict[int, list[Judged]] = defaultdict(list)
    for one in deals:
        steps[min(one.percent // 10, 9)].append(one)
    found = []
    for step, inside in sorted(steps.items()):
        rate = sum((Rate(one.won, one.closed) for one in inside), Rate())
        expected = sum(one.percent * one.closed for one in inside) / rate.closed / PERCENT
        found.append(Decile(step * 10, 100 if step == 9 else step * 10 + 9, expected, rate))
    return found
