"""Reservations: what is kept for whom, so that nobody else ships it.

What a warehouse holds of an item goes to its open reservations, the earliest first; what is missing for one
is held for it as soon as it comes in. So ``allot`` needs no memory: it says anew what each holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo_warehouse.models import Document, Item, State, StockLine, Type, Warehouse
from vinculo_warehouse.posting import ZERO, on_hand, short, wanted


@dataclass(slots=True)
class Shipped:
    """How much of an item was promised at first, and how much of that was shipped."""

    promised: Decimal
    shipped: Decimal = ZERO

    def left_of(self, wanted: Decimal) -> Decimal:
        """How much of what is wanted is still to be shipped.

        Who wants no more than was left of the promise means the rest, and gets all of it; who wants the whole
        of it again, or more, gets that less what was shipped.
        """
        again = wanted - (self.promised - self.shipped)
        return wanted - max(ZERO, min(again, self.shipped))


def shipped(session: Session, sources: Sequence[tuple[str, int]]) -> Mapping[int, Shipped]:
    """By item, what was shipped of reservations for some records that promise the same."""
    query = (
        sa.select(Document.id, StockLine.item_id, StockLine.quantity, StockLine.shipped)
        .join(StockLine, StockLine.document_id == Document.id)
        .where(Document.type == Type.RESERVATION)
        .where(sa.or_(*(
            sa.and_(Document.source_kind == kind, Document.source_id == one) for kind, one in sources
        )))
    )  # fmt: skip
    found: dict[int, Shipped] = {}
    first: dict[int, int] = {}
    for document_id, item_id, quantity, gone in session.execute(query.order_by(Document.id)):
        one = found.setdefault(item_id, Shipped(ZERO))
        if first.setdefault(item_id, document_id) == document_id:
            one.promised += quantity
        one.shipped += gone
    return found


def left(wanted: Sequence[tuple[int, Decimal]], shipped: Mapping[int, Shipped]) -> list[dict[str, Any]]:
    """The lines of a reservation for what is wanted of items, less what was shipped of the same promise."""
    whole: defaultdict[int, Decimal] = defaultdict(lambda: ZERO)
    for item_id, quantity in wanted:
        whole[item_id] += max(ZERO, quantity)
    rest = {one: shipped[one].left_of(much) if one in shipped else much for one, much in whole.items()}
    lines = []
    for item_id, quantity in wanted:
        part = min(quantity, rest[item_id])
        if part > 0:
            rest[item_id] -= part
            lines.append({"item_id": item_id, "quantity": part})
    return lines


def open_lines(session: Session, warehouse_id: int, item_ids: Iterable[int]) -> Sequence[StockLine]:
    """The lines of reservations that are in force, the earliest first."""
    query = (
        sa.select(StockLine)
        .join(Document, Document.id == StockLine.document_id)
        .where(Document.type == Type.RESERVATION, Document.state == State.POSTED)
        .where(Document.warehouse_id == warehouse_id, StockLine.item_id.in_({*item_ids}))
    )
    ordered = query.order_by(StockLine.document_id, StockLine.id)
    return session.scalars(ordered.execution_options(populate_existing=True)).all()


def allot(session: Session, warehouse_id: int, item_ids: Iterable[int]) -> None:
    """Give what is there to the open reservations of items whose rows are locked."""
    session.flush()
    lines = open_lines(session, warehouse_id, item_ids)
    if not lines:
        return
    left = on_hand(session, warehouse_id, {line.item_id for line in lines})
    for line in lines:
        part = max(ZERO, min(line.quantity - line.shipped, left[line.item_id]))
        left[line.item_id] -= part
        line.held = line.shipped + part
    session.flush()


def held(
    session: Session, warehouse_id: int, item_ids: Iterable[int], *, but: int | None
) -> dict[int, Decimal]:
    """What is kept of items for reservations, but for one of them."""
    found: defaultdict[int, Decimal] = defaultdict(lambda: ZERO)
    for line in open_lines(session, warehouse_id, item_ids):
        if line.document_id != but:
            found[line.item_id] += line.held - line.shipped
    return found


def require_free(session: Session, document: Document, items: dict[int, Item]) -> None:
    """Raise ``InvalidError`` where a document takes what is kept for others, or is not there at all."""
    warehouse = session.get_one(Warehouse, document.warehouse_id)
    if warehouse.negative:
        return
    there = on_hand(session, warehouse.id, items)
    kept = held(session, warehouse.id, items, but=document.fulfils_id)
    for item_id, quantity in wanted(document.lines).items():
        free = there[item_id] - kept[item_id]
        if quantity > free:
            index = next(i for i, line in enumerate(document.lines) if line.item_id == item_id)
            raise short(items[item_id], warehouse, f"lines[{index}].quantity", max(free, ZERO))


def consume(
    session: Session, reservation: Document, quantities: dict[int, Decimal], *, back: bool = False
) -> None:
    """Note what of a reservation was shipped, or came ``back``; with all of it shipped it is closed."""
    session.flush()
    query = sa.select(StockLine).where(StockLine.document_id == reservation.id).order_by(StockLine.id)
    lines = session.scalars(query.execution_options(populate_existing=True)).all()
    left = dict(quantities)
    for line in reversed(lines) if back else lines:
        room = line.shipped if back else line.quantity - line.shipped
        part = min(room, left.get(line.item_id, ZERO))
        left[line.item_id] = left.get(line.item_id, ZERO) - part
        line.shipped += -part if back else part
        line.held = max(line.held, line.shipped)
    if reservation.state in (State.POSTED, State.CLOSED):
        done = all(line.shipped >= line.quantity for line in lines)
        reservation.state = State.CLOSED if done else State.POSTED
    session.flush()
