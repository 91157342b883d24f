"""Turnover of a period, and what goods cost in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo_warehouse.models import Balance, Month, Move
from vinculo_warehouse.posting import month_of
from vinculo_warehouse.queries import exact
from vinculo_warehouse.statistics import ZERO, Step, Worth, average, fifo

OUTSIDE: Final = 0  # the id of no warehouse
LONGEST: Final = timedelta(days=31)
Row = tuple[int, Decimal, Decimal]  # of what, what came, what went
METHODS: Final[Mapping[str, Callable[[Iterable[Step]], Iterator[Worth]]]] = {"average": average, "fifo": fifo}


@dataclass(slots=True)
class Turnover:
    """What of something there was, came, went and was left: quantities, or what they were worth."""

    opening: Decimal = ZERO
    came: Decimal = ZERO
    went: Decimal = ZERO

    @property
    def closing(self) -> Decimal:
        """What is left at the end."""
        return self.opening + self.came - self.went


def turnover(
    session: Session, first: datetime, last: datetime, *, warehouse_id: int | None = None, by: str = "item_id"
) -> Mapping[int, Turnover]:
    """The turnover of a period, by item or warehouse: what there was when it began, came, went and was left.

    Goods that go from one of our warehouses to another come and go for the warehouses, and do neither for all
    of them together; within a warehouse they always do neither.
    """
    asked = _Asked(session, warehouse_id, by)
    begun, ended = nearest_month(first), nearest_month(last)
    found: defaultdict[int, Turnover] = defaultdict(Turnover)
    for key, net in asked.before(begun).items():
        found[key].opening += net
    for sign, since, until in ((1, begun, first), (-1, first, begun)):
        for key, came, went in asked.moves(since, until):
            found[key].opening += sign * (came - went)
    parts = [(1, asked.months(begun, ended))]
    parts += [(1, asked.moves(*days)) for days in ((first, begun), (ended, last))]
    parts += [(-1, asked.moves(*days)) for days in ((begun, first), (last, ended))]
    for sign, rows in parts:
        for key, came, went in rows:
            found[key].came += sign * came
            found[key].went += sign * went
    return {key: one for key, one in found.items() if one != Turnover()}


def nearest_month(at: datetime) -> datetime:
    """When that month of UTC begins whose beginning is the nearest to a moment."""
    begun = datetime.combine(month_of(at), time(), UTC)
    ended = (begun + LONGEST).replace(day=1)
    return begun if at - begun <= ended - at else ended


@dataclass(frozen=True, slots=True)
class _Asked:
    """Of which warehouse, None for all of them, and by what."""

    session: Session
    warehouse_id: int | None
    by: str

    @property
    def together(self) -> bool:
        """Whether what goes from one warehouse to another neither comes nor goes."""
        return self.warehouse_id is None and self.by == "item_id"

    def _sums(self, of: type[Month | Balance], *columns: Any) -> sa.Select[Any]:
        key = getattr(of, self.by)
        query = sa.select(key, *(sa.func.sum(exact(one)) for one in columns)).group_by(key)
        return query if self.warehouse_id is None else query.where(of.warehouse_id == self.warehouse_id)

    def before(self, month: datetime) -> dict[int, Decimal]:
        """What was there when a month began: by the months before, or by those since and what is there."""
        known = self.session.execute(sa.select(sa.func.min(Month.month), sa.func.max(Month.month))).one()
        if known[0] is None:
            return {}
        net, day = Month.came - Month.went, month.date()
        if day - known[0] <= known[1] - day:
            rows = self.session.execute(self._sums(Month, net).where(Month.month < day))
            return {row[0]: row[1] for row in rows}
        found = {row[0]: row[1] for row in self.session.execute(self._sums(Balance, Balance.quantity))}
        for key, much in self.session.execute(self._sums(Month, net).where(Month.month >= day)):
            found[key] -= much
        return found

    def months(self, first: datetime, last: datetime) -> Iterable[Row]:
        """What came and went within whole months."""
        less = Month.from_ours if self.together else Month.from_ours - Month.from_ours
        query = self._sums(Month, Month.came - less, Month.went, less)
        period = (Month.month >= first.date(), Month.month < last.date())
        for key, came, went, ours in self.session.execute(query.where(*period)):
            yield key, came, went - ours

    def moves(self, first: datetime, last: datetime) -> Iterable[Row]:
        """What came and went within days; nothing where they end before they begin."""
        if first >= last:
            return
        for key, quantity in self.session.execute(self._moved(first, last, into=True)):
            yield key, quantity, ZERO
        for key, quantity in self.session.execute(self._moved(first, last, into=False)):
            yield key, ZERO, quantity

    def _moved(self, first: datetime, last: datetime, *, into: bool) -> sa.Select[Any, Decimal]:
        ours, other = Move.to_warehouse_id, Move.from_warehouse_id
        if not into:
            ours, other = other, ours
        key = Move.item_id if self.by == "item_id" else ours
        here, there = (sa.func.coalesce(one, OUTSIDE) for one in (ours, other))
        mine = here != OUTSIDE if self.warehouse_id is None else here == self.warehouse_id
        apart = there == OUTSIDE if self.together else here != there
        period = (Move.moved_at >= first, Move.moved_at < last)
        # The period first: these conditions, and an OFFSET, keep SQLite from going by other indexes.
        moved = sa.select(key.label("key"), Move.quantity).where(*period, mine, apart).offset(0).subquery()
        return sa.select(moved.c.key, sa.func.sum(moved.c.quantity)).group_by(moved.c.key)


def costs(
    session: Session, first: datetime, last: datetime, *, item_ids: Sequence[int], method: str
) -> Mapping[int, Turnover]:
    """The same as what it was worth, of some items in all warehouses: each move is looked at in its order."""
    found: dict[int, Turnover] = {one: Turnover() for one in item_ids}
    into = Move.from_warehouse_id.is_(None)
    query = (
        sa.select(Move.item_id, Move.moved_at, into, Move.quantity, Move.cost)
        .where(Move.item_id.in_(item_ids), Move.moved_at < last, Move.outside.is_not(None))
        .order_by(Move.item_id, Move.moved_at, Move.id)
    )
    for item_id, moves in groupby(session.execute(query).all(), key=lambda row: row[0]):
        rows = list(moves)
        steps = (
            Step(quantity if came else -quantity, cost or ZERO) for _i, _at, came, quantity, cost in rows
        )
        for row, worth in zip(rows, METHODS[method](steps), strict=True):
            if row[1] < first:
                found[item_id].opening += worth.came - worth.went
            else:
                found[item_id].came += worth.came
                found[item_id].went += worth.went
    return found
