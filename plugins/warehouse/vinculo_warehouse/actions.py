"""Documents made of something else: of a promise, a reservation, a complaint, a proposal, the books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import Approved
from vinculo.plugins.promising import Goods
from vinculo.records import service
from vinculo.records.reading import MAX_ROWS, RowValues, Values
from vinculo_warehouse import queries, reserving
from vinculo_warehouse.models import Balance, Document, Item, State, Type
from vinculo_warehouse.records import document, item, warehouse
from vinculo_warehouse.service import standard
from vinculo_warehouse.statistics import ZERO, proposed

IN_PARTS = (Type.RECEIPT, Type.RETURN, Type.SHIPMENT)
KEPT_OF_LINE = ("item_id", "cost", "batch", "serial", "location_id")
KEPT_OF_PART = (
    "number",
    "happened_at",
    "warehouse_id",
    "client_id",
    "counterparty_id",
    "note",
    "source_kind",
    "source_id",
)
ONE = Decimal(1)
ALIVE = (State.PLANNED, State.POSTED, State.CLOSED)
Source = tuple[str, int]


def make(
    session: Session, what: Type, lines: Sequence[Mapping[str, Any]], *, actor: Actor, **fields: Any
) -> Document:
    """A document of these lines, planned unless ``state`` says otherwise."""
    rows = [RowValues(dict(line)) for line in lines[:MAX_ROWS]]
    values = Values({"type": what, "state": State.PLANNED, **fields}, {"lines": rows})
    made: Document = service.create(session, document, values, actor=actor)
    return made


def reservation_of(session: Session, source: Source) -> Document | None:
    """The reservation for a record, unless it was taken back."""
    query = sa.select(Document).where(Document.source_kind == source[0], Document.source_id == source[1])
    query = query.where(Document.type == Type.RESERVATION, Document.state.in_(ALIVE))
    return session.scalars(query.order_by(Document.id.desc()).limit(1)).first()


def reserve(
    session: Session,
    source: Source,
    found: Sequence[tuple[Item, Goods]],
    *,
    shipped: Mapping[int, reserving.Shipped],
    client_id: int | None,
    actor: Actor,
) -> Document | None:
    """Reserve what is left of what a record promises, in units of its items; None where nothing is to be.

    In the first warehouse that has all of it, else in the first one; what is missing there is held once it
    comes in. A record has one reservation: another one is not made.
    """
    if not found or (there := reservation_of(session, source)) is not None:
        return there if found else None
    lines = reserving.left([(one.id, wanted.quantity) for one, wanted in found], shipped)
    return make(
        session, Type.RESERVATION, lines, state=State.POSTED, warehouse_id=_from_where(session, lines),
        client_id=client_id, source_kind=source[0], source_id=source[1], actor=actor,
    ) if lines else None  # fmt: skip


def _from_where(session: Session, lines: Sequence[Mapping[str, Any]]) -> int:
    needed: defaultdict[int, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        needed[line["item_id"]] += line["quantity"]
    free: defaultdict[int, dict[int, Decimal]] = defaultdict(dict)
    for one in queries.stock(session, item_ids=[*needed]):
        free[one.warehouse_id][one.item_id] = one.available
    for warehouse_id, _name in queries.warehouses(session):
        if all(free[warehouse_id].get(item_id, ZERO) >= much for item_id, much in needed.items()):
            return warehouse_id
    return standard(session, warehouse)


def release(session: Session, of: Document, *, actor: Actor) -> None:
    """Take back what is reserved or posted: a document that was read with ``lock``."""
    service.update(session, document, of, Values({"state": State.REVERSED}), actor=actor)


def ship(session: Session, of: Document, *, actor: Actor) -> Document:
    """A planned shipment of what a reservation still holds; the one that is planned already, if any is.

    Raises ``ConflictError`` for nothing.
    """
    planned = sa.select(Document).where(Document.fulfils_id == of.id, Document.state == State.PLANNED)
    there = session.scalars(planned.order_by(Document.id).limit(1)).first()
    if there is not None:
        return there
    lines = [
        {
            "item_id": line.item_id,
            "quantity": line.held - line.shipped,
            "batch": line.batch,
            "serial": line.serial,
        }
        for line in of.lines
        if of.state is State.POSTED and line.held > line.shipped
    ]
    if not lines:
        raise ConflictError(_("Nothing is held that could be shipped."), code="nothing_held")
    return make(
        session, Type.SHIPMENT, lines, warehouse_id=of.warehouse_id, client_id=of.client_id,
        counterparty_id=of.counterparty_id, fulfils_id=of.id, source_kind=of.source_kind,
        source_id=of.source_id, actor=actor,
    )  # fmt: skip


def post_part(
    session: Session,
    of: Document,
    arrived: Mapping[int, Decimal],
    *,
    version: int | None = None,
    actor: Actor,
) -> Document | None:
    """Post a planned document, read with ``lock``, with so much of each line; the rest of it is planned anew.

    What a reservation still holds needs no document: it stays reserved. Raises ``InvalidError``,
    ``ConflictError``.
    """
    if of.state is not State.PLANNED or of.type not in IN_PARTS:
        raise ConflictError(
            _("Only planned receipts, returns and shipments are posted in parts."), code="no_parts"
        )
    _refuse_parts(of, arrived)
    rest = [
        {name: getattr(line, name) for name in KEPT_OF_LINE} | {"quantity": line.quantity - arrived[line.id]}
        for line in of.lines
        if arrived[line.id] < line.quantity
    ]
    left = None
    if rest and of.fulfils_id is None:
        header = {name: getattr(of, name) for name in KEPT_OF_PART}
        left = make(session, of.type, rest, actor=actor, **header)
    rows = [
        RowValues({"quantity": arrived[line.id]}, id=line.id) for line in of.lines if arrived[line.id] > 0
    ]
    values = Values({"state": State.POSTED}, {"lines": rows}, version=version)
    service.update(session, document, of, values, actor=actor)
    return left


def _refuse_parts(of: Document, arrived: Mapping[int, Decimal]) -> None:
    errors = []
    for line in of.lines:
        if not ZERO <= arrived.get(line.id, -ONE) <= line.quantity:
            text = _("Write how much of it, from 0 to %(most)s.", most=line.quantity)
            errors.append(FieldError(f"part_{line.id}", text, "out_of_range"))
    if not errors and not any(arrived.values()):
        errors.append(FieldError("lines", _("Write how much there is of at least one line."), "required"))
    if errors:
        raise InvalidError(errors)


def fill(session: Session, of: Document, *, actor: Actor) -> bool:
    """Add to a planned count what the books say is there, so that only differences need be typed."""
    known = {(line.item_id, line.location_id, line.batch, line.serial) for line in of.lines}
    query = sa.select(Balance.item_id, Balance.location_id, Balance.batch, Balance.serial, Balance.quantity)
    query = query.where(Balance.warehouse_id == of.warehouse_id, Balance.quantity > 0)
    rows = [RowValues({}, id=line.id) for line in of.lines]
    for row in session.execute(query.order_by(Balance.location_id, Balance.item_id, Balance.id)):
        if row[:4] not in known and len(rows) < MAX_ROWS:
            rows.append(RowValues(dict(row._mapping)))  # noqa: SLF001 -- SQLAlchemy names it so
    return service.update(session, document, of, Values(collections={"lines": rows}), actor=actor)


def order(session: Session, *, actor: Actor) -> list[Document]:
    """A planned receipt for each supplier of what is to be ordered; they count as on order from then on."""
    wanted: defaultdict[int | None, list[dict[str, Any]]] = defaultdict(list)
    for one, available, ordered in queries.below_minimum(session):
        much = proposed(available, ordered, one.minimum or ZERO, one.target, one.lot)
        wanted[one.supplier_id].append({"item_id": one.id, "quantity": much})
    return [
        make(session, Type.RECEIPT, lines, counterparty_id=supplier, actor=actor)
        for supplier, lines in wanted.items()
    ]


def keep(session: Session, source: Source, record: Any, unit: str, *, actor: Actor) -> Item:
    """An item of a product of another plugin, which names the product from then on."""
    fields: dict[str, Any] = {
        "name": str(record.name)[:200],
        "sku": str(getattr(record, "sku", ""))[:60],
        "unit": unit[:20],
    }
    fields |= {"product_kind": source[0], "product_id": source[1]}
    made: Item = service.create(session, item, Values(fields), actor=actor)
    return made


def returned(session: Session, approved: Approved, actor: Actor) -> Source:
    """Goods that a client sends back: a planned return, to be filled in as they arrive."""
    return _of_approved(session, Type.RETURN, approved, actor)


def replaced(session: Session, approved: Approved, actor: Actor) -> Source:
    """Goods that go out in the place of others: a planned shipment."""
    return _of_approved(session, Type.SHIPMENT, approved, actor)


def _of_approved(session: Session, what: Type, approved: Approved, actor: Actor) -> Source:
    made = make(
        session, what, (), client_id=approved.client_id, happened_at=now(), source_kind=approved.about[0],
        source_id=approved.about[1], note="\n".join(filter(None, (approved.title, approved.note)))[:1000],
        actor=actor,
    )  # fmt: skip
    return document.name, made.id
