"""What is where: on hand, reserved, available and on order, and the moves that made it so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from vinculo.db.types import Money
from vinculo.plugins.promising import Goods
from vinculo.records.text import sort_key
from vinculo_warehouse.models import (
    Balance,
    Document,
    Item,
    Location,
    Move,
    Outside,
    State,
    StockLine,
    Type,
    Warehouse,
)

ZERO: Final = Decimal("0.00")
MOST: Final = 500
NONE: Final = sa.literal(0, Money())
RESERVED: Final = (Document.type == Type.RESERVATION, Document.state == State.POSTED)
ORDERED: Final = (Document.type == Type.RECEIPT, Document.state == State.PLANNED)


def exact(expression: sa.ColumnElement[Any]) -> sa.ColumnElement[Decimal]:
    """A difference of quantities as a quantity: SQLAlchemy takes it for a whole number."""
    return sa.type_coerce(expression, Money())


OPEN: Final = exact(StockLine.quantity - StockLine.shipped)
OF_LINE: Final = Document.id == StockLine.document_id


@dataclass(frozen=True, slots=True)
class Stock:
    """What of an item a warehouse has; ``reserved`` is what reservations want, be it there or not."""

    item_id: int
    warehouse_id: int
    on_hand: Decimal
    reserved: Decimal
    ordered: Decimal

    @property
    def available(self) -> Decimal:
        """What may be promised."""
        return self.on_hand - self.reserved


def _parts(
    *, item_ids: Sequence[int] | None = None, warehouse_id: int | None = None, batch: str | None = None
) -> list[sa.Select[int, int, Decimal]]:
    """What is on hand, what reservations want and what is on order, each of (item, warehouse)."""
    hand = sa.select(Balance.item_id, Balance.warehouse_id, Balance.quantity)
    owed = sa.select(StockLine.item_id, Document.warehouse_id, OPEN).where(*RESERVED)
    order = sa.select(StockLine.item_id, Document.warehouse_id, StockLine.quantity).where(*ORDERED)
    if batch is not None:
        hand = hand.where(Balance.batch == batch)
        owed, order = (one.where(StockLine.batch == batch) for one in (owed, order))
    found = []
    for query in (hand, *(one.join_from(StockLine, Document, OF_LINE) for one in (owed, order))):
        item, warehouse = (query.selected_columns[index] for index in (0, 1))
        narrowed = query if item_ids is None else query.where(item.in_(item_ids))
        found.append(narrowed if warehouse_id is None else narrowed.where(warehouse == warehouse_id))
    return found


def stock(
    session: Session, *, item_ids: Sequence[int] | None = None, warehouse_id: int | None = None,
    batch: str | None = None,
) -> list[Stock]:  # fmt: skip
    """By item and warehouse, whatever has been there or is promised or on order; in the order of ids."""
    found: defaultdict[tuple[int, int], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
    for index, part in enumerate(_parts(item_ids=item_ids, warehouse_id=warehouse_id, batch=batch)):
        item, warehouse, quantity = part.selected_columns
        query = part.with_only_columns(item, warehouse, sa.func.sum(quantity)).group_by(item, warehouse)
        for row in session.execute(query):
            found[row[0], row[1]][index] = row[2]
    return [Stock(*key, *found[key]) for key in sorted(found) if any(found[key])]


@dataclass(frozen=True, slots=True)
class Asked:
    """Of what stock is asked: an item, a product, a warehouse, a batch; None for any."""

    item_id: int | None = None
    product_id: int | None = None
    warehouse_id: int | None = None
    batch: str | None = None


def page_of_stock(
    session: Session, asked: Asked, *, after: tuple[int, int] | None, backwards: bool, limit: int
) -> list[Stock]:
    """So many of (item, warehouse) in their order after a position, or ``backwards`` before it."""
    parts = _parts(warehouse_id=asked.warehouse_id, batch=asked.batch)
    narrowed = [one.where(*_of(one.selected_columns[0], asked)) for one in parts]
    keys = sa.union(*(one.with_only_columns(*[*one.selected_columns][:2]) for one in narrowed)).subquery()
    item, warehouse = keys.c.item_id, keys.c.warehouse_id
    query = sa.select(item, warehouse)
    if after is not None:
        first, second = (item < after[0], warehouse < after[1]) if backwards else (
            item > after[0], warehouse > after[1]
        )  # fmt: skip
        query = query.where(sa.or_(first, sa.and_(item == after[0], second)))
    order = (item.desc(), warehouse.desc()) if backwards else (item, warehouse)
    wanted = [(row[0], row[1]) for row in session.execute(query.order_by(*order).limit(limit))]
    ids = sorted({one[0] for one in wanted})
    found = stock(session, item_ids=ids, warehouse_id=asked.warehouse_id, batch=asked.batch) if ids else []
    known = {(one.item_id, one.warehouse_id): one for one in found}
    return [known.get(key) or Stock(*key, ZERO, ZERO, ZERO) for key in wanted]


def _of(item: sa.ColumnElement[int], asked: Asked) -> list[sa.ColumnElement[bool]]:
    found = [] if asked.item_id is None else [item == asked.item_id]
    if asked.product_id is not None:
        sold = sa.select(Item.id).where(Item.product_kind == "product", Item.product_id == asked.product_id)
        found.append(item.in_(sold))
    return found


def figure(what: str, item_id: Any) -> sa.ColumnElement[Any]:
    """One of ``on_hand``, ``reserved``, ``available`` and ``ordered`` of an item, as SQL."""
    hand = sa.select(sa.func.coalesce(sa.func.sum(Balance.quantity), NONE)).where(Balance.item_id == item_id)
    lines = sa.select(sa.func.coalesce(sa.func.sum(exact(StockLine.quantity - StockLine.shipped)), NONE))
    lines = lines.join(Document, Document.id == StockLine.document_id).where(StockLine.item_id == item_id)
    found: dict[str, sa.ColumnElement[Any]] = {
        "on_hand": hand.correlate_except(Balance).scalar_subquery(),
        "reserved": lines.where(*RESERVED).correlate_except(StockLine, Document).scalar_subquery(),
        "ordered": lines.where(*ORDERED).correlate_except(StockLine, Document).scalar_subquery(),
    }
    return found[what] if what in found else exact(found["on_hand"] - found["reserved"])


@dataclass(frozen=True, slots=True)
class Held:
    """What is at one location, of one batch and serial number."""

    item_id: int
    path: str
    batch: str
    serial: str
    quantity: Decimal


def places(session: Session, item_ids: Sequence[int], *, limit: int = 200) -> list[Held]:
    """Where items are, the largest part first."""
    query = (
        sa.select(Balance.item_id, Location.path, Balance.batch, Balance.serial, Balance.quantity)
        .join(Location, Location.id == Balance.location_id)
        .where(Balance.item_id.in_(item_ids), Balance.quantity != 0)
    )
    ordered = query.order_by(Location.path_key, Balance.batch, Balance.serial, Balance.id).limit(limit)
    return [Held(*row) for row in session.execute(ordered)]


@dataclass(frozen=True, slots=True)
class Moved:
    """A move as people read it. ``came`` and ``went`` are paths, "" for outside."""

    document_id: int
    at: datetime
    type: Type
    item_id: int
    item: str
    went: str
    came: str
    outside: Outside | None
    quantity: Decimal
    batch: str
    serial: str


def moves(session: Session, conditions: Sequence[Any], *, limit: int) -> list[Moved]:
    """The latest moves first."""
    before, after = aliased(Location), aliased(Location)
    query = (
        sa.select(
            Move.document_id, Move.moved_at, Document.type, Move.item_id, Item.name,
            sa.func.coalesce(before.path, ""), sa.func.coalesce(after.path, ""), Move.outside,
            Move.quantity, Move.batch, Move.serial,
        )
        .join(Document, Document.id == Move.document_id)
        .join(Item, Item.id == Move.item_id)
        .outerjoin(before, before.id == Move.from_id)
        .outerjoin(after, after.id == Move.to_id)
        .where(*conditions)
    )  # fmt: skip
    rows = session.execute(query.order_by(Move.moved_at.desc(), Move.id.desc()).limit(limit))
    return [Moved(*row) for row in rows]


def warehouses(session: Session) -> Sequence[tuple[int, str]]:
    """(id, name) of all, the first one first."""
    query = sa.select(Warehouse.id, Warehouse.name).order_by(Warehouse.id)
    return [(row.id, row.name) for row in session.execute(query)]


@dataclass(frozen=True, slots=True)
class Named:
    """An item as reports call it."""

    id: int
    name: str
    unit: str


def named(session: Session, ids: Container[int]) -> list[Named]:
    """Those of these items that come first by name, ``MOST`` of them at most."""
    query = sa.select(Item.id, Item.name, Item.unit).order_by(Item.name_key, Item.id)
    rows = session.execute(query.execution_options(yield_per=1000))
    return [Named(*row) for row in islice((row for row in rows if row.id in ids), MOST)]


def items(session: Session, ids: Sequence[int]) -> dict[int, Item]:
    """Items by their ids, of which there are not many."""
    return {one.id: one for one in session.scalars(sa.select(Item).where(Item.id.in_(ids)))}


def matching(session: Session, goods: Sequence[Goods]) -> list[tuple[Item, Goods]]:
    """Which items are meant: by the product that they are sold as, else by SKU, else by an only name."""
    keys = {sort_key(one.text) for one in goods} - {""}
    products = {one.product for one in goods} - {None}
    query = sa.select(Item).where(
        sa.or_(
            Item.sku_key.in_(keys),
            Item.name_key.in_(keys),
            *(sa.and_(Item.product_kind == one[0], Item.product_id == one[1]) for one in products if one),
        )
    )
    found = session.scalars(query.order_by(Item.id)).all()
    meant = ((_meant(found, one), one) for one in goods)
    return [(item, one) for item, one in meant if item is not None]


def _meant(found: Sequence[Item], goods: Goods) -> Item | None:
    key = sort_key(goods.text)
    sold = [one for one in found if goods.product and (one.product_kind, one.product_id) == goods.product]
    named = [one for one in found if one.sku_key == key] or [one for one in found if one.name_key == key]
    return sold[0] if sold else named[0] if len(named) == 1 else None


def below_minimum(session: Session) -> list[tuple[Item, Decimal, Decimal]]:
    """(item, available, on order) of items with less than their minimum, by name, the first of them."""
    sums = []
    for part in _parts():
        item, _warehouse, quantity = part.selected_columns
        total = sa.func.sum(quantity).label("quantity")
        sums.append(part.with_only_columns(item.label("item_id"), total).group_by(item).subquery())
    hand, kept, ordered = (sa.func.coalesce(one.c.quantity, NONE) for one in sums)
    available = exact(hand - kept)
    query = sa.select(Item, available, ordered)
    for one in sums:
        query = query.outerjoin(one, one.c.item_id == Item.id)
    query = query.where(Item.minimum > 0, available + ordered < Item.minimum)
    rows = session.execute(query.order_by(Item.name_key, Item.id).limit(MOST))
    return [(row[0], row[1], row[2]) for row in rows]
