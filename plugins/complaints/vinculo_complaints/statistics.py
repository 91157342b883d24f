"""The formulae of the reports. Each is pure, and its docstring is what the page says of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Part(Generic[K]):
    """A group with its count, its share of all and that of all groups up to it; shares from 0 to 1."""

    key: K
    count: int
    share: float
    up_to: float


def pareto(counts: Iterable[tuple[K, int]]) -> Sequence[Part[K]]:
    """The causes by how many complaints each brought, the most frequent first, with what all up to it bring.

    The share of a cause is its complaints / all complaints; the last column adds up the shares from the top.
    By the rule of Pareto few causes bring most of it: those up to 80 % are where mending pays. Complaints
    without a cause are a row of their own.
    """
    ordered = sorted(
        ((key, count) for key, count in counts if count), key=lambda one: (-one[1], one[0] is None)
    )
    total, sum_ = sum(count for _key, count in ordered), 0
    found = []
    for key, count in ordered:
        sum_ += count
        found.append(Part(key, count, count / total, sum_ / total))
    return found


@dataclass(frozen=True, slots=True)
class Case:
    """A complaint as repeats are told by it."""

    id: int
    client: int
    topic: int
    received: datetime


def repeats(cases: Iterable[Case], days: int) -> Sequence[Case]:
    """The complaints that repeat an earlier one: same client, same topic, within the days of the settings.

    Each is compared with the one before it, so that a row of three complaints has two repeats. Complaints
    without a topic repeat nothing. The rate is repeats / complaints with a topic.
    """
    last: dict[tuple[int, int], datetime] = {}
    found = []
    for one in sorted(cases, key=lambda case: (case.received, case.id)):
        before = last.get((one.client, one.topic))
        if before is not None and one.received - before <= timedelta(days=days):
            found.append(one)
        last[one.client, one.topic] = one.received
    return found


def per_thousand(complaints: int, orders: int) -> float | None:
    """Complaints per 1,000 orders of the same period: 1000 * complaints / orders.

    Orders are those of the period that were confirmed and not cancelled; without the plugin for orders, the
    deals that were won. Where there are none, nothing is said.
    """
    return 1000 * complaints / orders if orders else None


def within(in_time: int, closed: int) -> float | None:
    """The share of closed complaints that were solved in time: closed until they were due / closed.

    Complaints without a limit count as in time. The time while a complaint waited for the client is not
    counted, and only working hours are.
    """
    return in_time / closed if closed else None
