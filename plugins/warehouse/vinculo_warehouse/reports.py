"""Turnover of a period, and what goods cost in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo_warehouse.models import Month, Move
from vinculo_warehouse.posting import month_of
from vinculo_warehouse.queries import exact
from vinculo_warehouse.statistics import ZERO, Step, Worth, average, fifo

OUTSIDE: Final = 0  # the id of no warehouse
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
    found: defaultdict[int, Turnover] = defaultdict(Turnover)
    month = month_of(first)
    asked = _Asked(warehouse_id, by)
    for key, net in session.execute(asked.before(month)):
        found[key].opening += net
    begun = datetime(month.year, month.month, 1, tzinfo=UTC)
    for into, sign in ((True, 1), (False, -1)):
        for key, quantity in session.execute(asked.sums(begun, first, into=into)):
            found[key].opening += sign * quantity
    for key, quantity in session.execute(asked.sums(first, last, into=True)):
        found[key].came += quantity
    for key, quantity in session.execute(asked.sums(first, last, into=False)):
        found[key].went += quantity
    return found


@dataclass(frozen=True, slots=True)
class _Asked:
    """Of which warehouse, None for all of them, and by what."""

    warehouse_id: int | None
    by: str

    def before(self, month: date) -> sa.Select[Any, Decimal]:
        """What was there when a month began."""
        key = Month.item_id if self.by == "item_id" else Month.warehouse_id
        query = sa.select(key, sa.func.sum(exact(Month.came - Month.went))).where(Month.month < month)
        if self.warehouse_id is not None:
            query = query.where(Month.warehouse_id == self.warehouse_id)
        return query.group_by(key)

    def sums(self, first: datetime, last: datetime, *, into: bool) -> sa.Select[Any, Decimal]:
        """What came into the warehouses, or went out of them."""
        ours, other = Move.to_warehouse_id, Move.from_warehouse_id
        if not into:
            ours, other = other, ours
        key = Move.item_id if self.by == "item_id" else ours
        here, there = (sa.func.coalesce(one, OUTSIDE) for one in (ours, other))
        mine = here != OUTSIDE if self.warehouse_id is None else here == self.warehouse_id
        apart = there == OUTSIDE if self.warehouse_id is None and self.by == "item_id" else here != there
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
