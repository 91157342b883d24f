"""Moves and balances: what posting a document writes, all of it or nothing.

Whoever moves an item has its row locked, so that what is checked still holds when it is written; on SQLite
whoever writes is alone. Balances change by a condition besides, which holds even for who forgets the lock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.db import keeping
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import format_number
from vinculo.i18n import gettext as _
from vinculo_warehouse.models import (
    COUNTED,
    Balance,
    Document,
    Item,
    Location,
    Month,
    Move,
    Outside,
    StockLine,
    Tracking,
    Type,
    Warehouse,
)

ZERO: Final = Decimal("0.00")
ONE: Final = Decimal(1)
OUTSIDE: Final = {Type.RECEIPT: Outside.SUPPLIER, Type.RETURN: Outside.CLIENT, Type.SHIPMENT: Outside.CLIENT}
INTO: Final = (Type.RECEIPT, Type.RETURN)


@dataclass(frozen=True, slots=True)
class Place:
    """Where exactly something is."""

    location_id: int
    batch: str = ""
    serial: str = ""


def lock(session: Session, item_ids: Iterable[int]) -> dict[int, Item]:
    """Items, each locked until the transaction ends, in an order in which nobody waits for each other."""
    query = sa.select(Item).where(Item.id.in_({*item_ids})).order_by(Item.id)
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return {item.id: item for item in session.scalars(locked)}


def main_location(session: Session, warehouse_id: int) -> int:
    """The first location of a warehouse, where goods are put of which nothing else is said."""
    query = sa.select(Location.id).where(Location.warehouse_id == warehouse_id)
    return session.scalars(query.order_by(Location.id).limit(1)).one()


def on_hand(session: Session, warehouse_id: int, item_ids: Iterable[int]) -> dict[int, Decimal]:
    """What of items a warehouse holds; 0 where there is nothing."""
    ids = {*item_ids}
    query = sa.select(Balance.item_id, sa.func.sum(Balance.quantity)).group_by(Balance.item_id)
    query = query.where(Balance.warehouse_id == warehouse_id, Balance.item_id.in_(ids))
    return {**dict.fromkeys(ids, ZERO), **{row[0]: row[1] for row in session.execute(query)}}


def moves_of(session: Session, document: Document, items: dict[int, Item]) -> list[Move]:
    """What a document moves, written at once, line by line: each finds what the one before it has left."""
    found = []
    for index, line in enumerate(document.lines):
        for move in _moves(session, document, line, items[line.item_id], f"lines[{index}]"):
            write(session, move, items[line.item_id], f"lines[{index}].quantity")
            found.append(move)
    return found


def _moves(session: Session, document: Document, line: StockLine, item: Item, path: str) -> Iterator[Move]:
    if document.type is Type.TRANSFER:
        to = line.to_location_id or main_location(session, document.to_warehouse_id or 0)
        for place, quantity in _taken(session, document, line, line.quantity):
            yield _move(document, item, quantity, place, from_id=place.location_id, to_id=to)
        return
    quantity, outside = line.quantity, OUTSIDE.get(document.type, Outside.LOSS)
    if document.type is Type.COUNT:
        quantity = _difference(session, document, line)
    if document.type in INTO or (outside is Outside.LOSS and quantity > 0):
        place = _put(session, document, line)
        _check_tracked(session, item, place, quantity, path)
        cost = item.cost if line.cost is None else line.cost
        yield _move(document, item, quantity, place, to_id=place.location_id, outside=outside, cost=cost)
        return
    for place, part in _taken(session, document, line, abs(quantity)):
        yield _move(document, item, part, place, from_id=place.location_id, outside=outside)


def _put(session: Session, document: Document, line: StockLine) -> Place:
    location = line.location_id or main_location(session, document.warehouse_id)
    return Place(location, line.batch, line.serial)


def _difference(session: Session, document: Document, line: StockLine) -> Decimal:
    """What was counted less what the books say, which the line keeps."""
    place = _put(session, document, line)
    query = sa.select(Balance.quantity).where(*_at(line.item_id, place))
    line.location_id, line.expected = place.location_id, session.scalar(query) or ZERO
    return line.quantity - line.expected


def _at(item_id: int, place: Place) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Balance.item_id == item_id,
        Balance.location_id == place.location_id,
        Balance.batch == place.batch,
        Balance.serial == place.serial,
    )


def _taken(
    session: Session, document: Document, line: StockLine, quantity: Decimal
) -> Iterator[tuple[Place, Decimal]]:
    """From where so much is taken: as the line says, else what came first; the rest of the main location."""
    if not quantity:
        return
    query = sa.select(Balance).where(
        Balance.item_id == line.item_id, Balance.warehouse_id == document.warehouse_id, Balance.quantity > 0
    )
    for column, said in (("location_id", line.location_id), ("batch", line.batch), ("serial", line.serial)):
        query = query.where(getattr(Balance, column) == said) if said else query
    if document.type is Type.COUNT:
        query = query.where(Balance.batch == line.batch, Balance.serial == line.serial)
    rows = session.scalars(query.order_by(Balance.id).execution_options(populate_existing=True)).all()
    left = quantity
    for row in rows:
        part = min(left, row.quantity)
        left -= part
        yield Place(row.location_id, row.batch, row.serial), part
        if not left:
            return
    yield _put(session, document, line), left


def _move(
    document: Document, item: Item, quantity: Decimal, place: Place, *, from_id: int | None = None,
    to_id: int | None = None, outside: Outside | None = None, cost: Decimal | None = None,
) -> Move:  # fmt: skip
    to = None if to_id is None else document.to_warehouse_id or document.warehouse_id
    return Move(
        document_id=document.id, item_id=item.id, from_id=from_id, to_id=to_id, outside=outside,
        from_warehouse_id=None if from_id is None else document.warehouse_id, to_warehouse_id=to,
        quantity=quantity, batch=place.batch, serial=place.serial, cost=cost, moved_at=document.happened_at,
    )  # fmt: skip


def _check_tracked(session: Session, item: Item, place: Place, quantity: Decimal, path: str) -> None:
    """A batch or a serial number where the item is told apart; a thing with a number is there but once."""
    if item.tracking is Tracking.BATCH and not place.batch:
        _refuse(f"{path}.batch", _("Say of which batch “%(item)s” is.", item=item.name), "required")
    if item.tracking is not Tracking.SERIAL:
        return
    if not place.serial:
        _refuse(f"{path}.serial", _("Write the serial number of “%(item)s”.", item=item.name), "required")
    if quantity != ONE:
        text = _("Of “%(item)s” each piece has a line of its own, with its number.", item=item.name)
        _refuse(f"{path}.quantity", text, "serial_quantity")
    there = sa.select(Balance.id).where(
        Balance.item_id == item.id, Balance.serial == place.serial, Balance.quantity > 0
    )
    if session.scalar(there.limit(1)) is not None:
        text = _("The piece %(serial)s is in stock already; correct the number.", serial=place.serial)
        _refuse(f"{path}.serial", text, "serial_there")


def write(session: Session, move: Move, item: Item, field: str) -> None:
    """A move with all that it changes. Raises ``InvalidError`` where a balance would fall below zero."""
    session.add(move)
    if move.from_id is not None:
        _change(session, move, item, move.from_id, move.from_warehouse_id or 0, -move.quantity, field)
    if move.to_id is not None:
        _change(session, move, item, move.to_id, move.to_warehouse_id or 0, move.quantity, field)
    if move.from_warehouse_id != move.to_warehouse_id:
        ours = ZERO if move.from_warehouse_id is None else move.quantity
        _count(session, move, move.from_warehouse_id, {"went": move.quantity})
        _count(session, move, move.to_warehouse_id, {"came": move.quantity, "from_ours": ours})


def _change(
    session: Session, move: Move, item: Item, location_id: int, warehouse_id: int, by: Decimal, field: str
) -> None:
    place = Place(location_id, move.batch, move.serial)
    warehouse = keeping.get_one(session, Warehouse, warehouse_id)
    enough = sa.true() if by > 0 or warehouse.negative else Balance.quantity + by >= 0
    change = sa.update(Balance).where(*_at(item.id, place), enough).values(quantity=Balance.quantity + by)
    done: Any = session.execute(change.execution_options(synchronize_session=False))
    if done.rowcount:
        return
    held = session.scalar(sa.select(Balance.quantity).where(*_at(item.id, place)))
    if held is None and (by > 0 or warehouse.negative):
        made: dict[str, Any] = {"item_id": item.id, "location_id": location_id, "warehouse_id": warehouse_id}
        made |= {"batch": move.batch, "serial": move.serial, "quantity": by}
        session.execute(sa.insert(Balance).values(made))
        return
    raise short(item, warehouse, field)


def short(item: Item, warehouse: Warehouse, field: str, there: Decimal | None = None) -> InvalidError:
    """That there is not enough, how much is free, where that is known, and what to do."""
    words = {"item": item.name, "warehouse": warehouse.name}
    if there is None:
        text = _("There is less of “%(item)s” in %(warehouse)s; take less, or post its receipt first.")
    else:
        words |= {"free": f"{format_number(there)} {item.unit}".strip()}
        text = _("Of “%(item)s” %(free)s is free in %(warehouse)s; take less, or release a reservation.")
    return InvalidError([FieldError(field, text % words, "insufficient")])


def _count(session: Session, move: Move, warehouse_id: int | None, more: dict[str, Decimal]) -> None:
    if warehouse_id is None:
        return
    month = month_of(move.moved_at)
    same = (Month.item_id == move.item_id, Month.warehouse_id == warehouse_id, Month.month == month)
    change = sa.update(Month).where(*same).values({one: getattr(Month, one) + more[one] for one in more})
    done: Any = session.execute(change.execution_options(synchronize_session=False))
    if not done.rowcount:
        made: dict[str, Any] = {"item_id": move.item_id, "warehouse_id": warehouse_id, "month": month}
        session.execute(sa.insert(Month).values(made | dict.fromkeys(COUNTED, ZERO) | more))


def month_of(at: datetime) -> date:
    """The first day of the month of UTC in which a moment is."""
    return at.astimezone(UTC).date().replace(day=1)


def taken_back(session: Session, document: Document, counter: Document, items: dict[int, Item]) -> list[Move]:
    """The moves of a document the other way round, as those of its counter-document."""
    query = sa.select(Move).where(Move.document_id == document.id).order_by(Move.id.desc())
    found = []
    for one in session.scalars(query):
        move = Move(
            document_id=counter.id, item_id=one.item_id, from_id=one.to_id, to_id=one.from_id,
            from_warehouse_id=one.to_warehouse_id, to_warehouse_id=one.from_warehouse_id,
            outside=one.outside, quantity=one.quantity, batch=one.batch, serial=one.serial,
            cost=one.cost or (items[one.item_id].cost if one.to_id is None else None),
            moved_at=counter.happened_at,
        )  # fmt: skip
        write(session, move, items[one.item_id], "state")
        found.append(move)
    return found


def wanted(lines: Sequence[StockLine]) -> dict[int, Decimal]:
    """How much lines want of each item."""
    found: defaultdict[int, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        found[line.item_id] += line.quantity
    return dict(found)


def _refuse(field: str, text: str, code: str) -> None:
    raise InvalidError([FieldError(field, text, code)])
