"""What holds for warehouses, items and documents, by whatever door they come, and what follows of posting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source, system
from vinculo.db import keeping
from vinculo.db.base import now
from vinculo.db.text import sort_key
from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.records import service
from vinculo.records.kind import RecordKind
from vinculo.records.reading import RowValues, Values
from vinculo_warehouse import posting, reserving
from vinculo_warehouse.models import Document, Item, Location, State, StockLine, Type, Warehouse

SYSTEM: Final = system(Source.JOB)
EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2199, 1, 1, tzinfo=UTC)
MOST: Final = Decimal(1_000_000_000)  # sums of many such quantities still fit the databases
SEPARATOR: Final = " / "
LONGEST: Final = 300
DEEPEST: Final = 10
POSTED: Final = {  # what the log is told, by names that stay
    Type.RECEIPT: "received",
    Type.SHIPMENT: "shipped",
    Type.TRANSFER: "transferred",
    Type.ADJUSTMENT: "adjusted",
    Type.RETURN: "returned",
    Type.COUNT: "counted",
    Type.RESERVATION: "reserved",
}
OUT: Final = (Type.SHIPMENT, Type.TRANSFER)
KEPT: Final = ("type", "warehouse_id", "to_warehouse_id", "client_id", "counterparty_id")
COPIED: Final = ("item_id", "quantity", "cost", "location_id", "to_location_id", "batch", "serial")


def standard(session: Session, kind: RecordKind) -> int:
    """The first warehouse, for documents that name none; where there is none at all, it is made."""
    found = session.scalar(sa.select(Warehouse.id).order_by(Warehouse.id).limit(1))
    if found is not None:
        return found
    made = service.create(session, kind, Values({"name": _("Main warehouse")}), actor=SYSTEM)
    return int(made.id)


# Items and locations


def check_item(session: Session, item: Item, actor: Actor) -> None:
    """A number of its own, and a minimum below the target."""
    item.sku_key = sort_key(item.sku) or None
    item.unit = item.unit or _("pcs")
    errors = []
    same = sa.select(Item.name).where(Item.sku_key == item.sku_key, Item.id != (item.id or 0))
    with session.no_autoflush:
        other = session.scalar(same.limit(1)) if item.sku_key else None
    if other is not None:
        text = _("“%(sku)s” is the SKU of %(name)s; choose another.", sku=item.sku, name=other)
        errors.append(FieldError("sku", text, "duplicate"))
    if item.minimum is not None and item.target is not None and item.target < item.minimum:
        text = _("One orders up to at least the minimum; write a higher number, or none.")
        errors.append(FieldError("target", text, "below_minimum"))
    _refuse(errors)


def check_location(session: Session, location: Location, actor: Actor) -> None:
    """Within its warehouse, in a tree without circles, with a path that no other has."""
    with session.no_autoflush:
        _refuse(_faults_of_location(session, location))


def _faults_of_location(session: Session, location: Location) -> Iterator[FieldError]:
    names, above = [location.name], keeping.get(session, Location, location.parent_id)
    if above is not None and above.warehouse_id != location.warehouse_id:
        yield FieldError("parent_id", _("It is in another warehouse; choose one of the same."), "apart")
    while above is not None and len(names) <= DEEPEST:
        if above.id == location.id:
            yield FieldError(
                "parent_id", _("It would stand within itself; choose another location."), "cycle"
            )
            return
        names.append(above.name)
        above = keeping.get(session, Location, above.parent_id)
    names.append(keeping.get_one(session, Warehouse, location.warehouse_id).name)
    location.path = SEPARATOR.join(reversed(names))
    location.path_key = sort_key(location.path)
    if len(names) > DEEPEST or max(len(location.path), len(location.path_key)) > LONGEST:
        text = _("“%(path)s” is too deep or too long; shorten the names.", path=location.path[:80])
        yield FieldError("name", text, "too_long")
        return
    same = sa.select(Location.id).where(
        Location.path_key == location.path_key, Location.id != (location.id or 0)
    )
    if session.scalar(same.limit(1)) is not None:
        text = _("There is a location “%(path)s” already; choose another name.", path=location.path)
        yield FieldError("name", text, "duplicate")


def follow_place(session: Session, place: Warehouse | Location, changes: Mapping[str, Any]) -> None:
    """What is below a warehouse or a location that was renamed is called by its new path."""
    if changes.keys().isdisjoint({"name", "parent_id"}):
        return
    own = Location.warehouse_id if isinstance(place, Warehouse) else Location.parent_id
    below = sa.select(Location).where(own == place.id)
    if isinstance(place, Warehouse):
        below = below.where(Location.parent_id.is_(None))
    for one in session.scalars(below.order_by(Location.id)).all():
        _refuse(_faults_of_location(session, one))
        session.flush()
        follow_place(session, one, {"name": None})


# Documents


def check(session: Session, warehouse: RecordKind, document: Document, actor: Actor) -> None:
    """Refuse what cannot be, and fill in what follows. What is posted stays as it is."""
    with session.no_autoflush:
        was = _was(document)
        if was is not None and was is not State.PLANNED:
            _refuse(_faults_of_posted(session, document, was))
            return
        if document.state is None:
            document.state = State.POSTED if actor.source is Source.IMPORT else State.PLANNED
        if document.happened_at is None:
            document.happened_at = now()
        if document.warehouse_id is None:
            document.warehouse_id = standard(session, warehouse)
        if document.type is not Type.TRANSFER:
            document.to_warehouse_id = None
        elif document.to_warehouse_id is None and document.lines:
            document.to_warehouse_id = document.warehouse_id
        _refuse(_faults(session, document))


def _was(document: Document) -> State | None:
    """The state that it has in the database; None for a new one."""
    if document.id is None:
        return None
    before = sa.inspect(document).attrs.state.history.deleted
    return before[0] if before else document.state


def _faults_of_posted(session: Session, document: Document, was: State) -> Iterator[FieldError]:
    known = sa.inspect(document).attrs
    changed = [
        name for name in dict(known) if name not in ("state", "version") and known[name].history.has_changes()
    ]
    if changed or any(session.is_modified(line) for line in document.lines):
        text = _("This document is posted; take it back, and write another one.")
        yield FieldError(next(iter(changed), "lines"), text, "posted")
    if document.state is not was and (was is not State.POSTED or document.state is not State.REVERSED):
        yield FieldError("state", _("What is posted can only be taken back, and that but once."), "posted")


def _faults(session: Session, document: Document) -> Iterator[FieldError]:
    if not EARLIEST <= document.happened_at < LATEST:
        yield FieldError("happened_at", _("Nobody lives to see this day; correct the year."), "out_of_range")
    if document.state not in (State.PLANNED, State.POSTED):
        text = _("A document begins as planned or posted; what was posted can be taken back.")
        yield FieldError("state", text, "not_posted")
    if document.state is State.POSTED and not document.lines:
        yield FieldError("lines", _("Say first what it is about: add a line."), "required")
    reservation = keeping.get(session, Document, document.fulfils_id)
    if reservation is not None and (
        reservation.type is not Type.RESERVATION or reservation.warehouse_id != document.warehouse_id
    ):
        yield FieldError("fulfils_id", _("Choose a reservation of the same warehouse."), "no_reservation")
    for index, line in enumerate(document.lines):
        yield from _faults_of_line(session, document, line, f"lines[{index}]")


def _faults_of_line(session: Session, document: Document, line: StockLine, path: str) -> Iterator[FieldError]:
    least = {Type.ADJUSTMENT: -MOST, Type.COUNT: Decimal(0)}.get(document.type, Decimal("0.0001"))
    nothing = document.type is Type.ADJUSTMENT and line.quantity == 0
    if nothing or not least <= line.quantity <= MOST:
        text = _("Write a quantity from %(least)s to %(most)s, and not 0.", least=least, most=MOST)
        if document.type is Type.COUNT:
            text = _("Write what was counted, from 0 to %(most)s.", most=MOST)
        yield FieldError(f"{path}.quantity", text, "out_of_range")
    to = document.to_warehouse_id
    for name, warehouse_id in (("location_id", document.warehouse_id), ("to_location_id", to)):
        location = keeping.get(session, Location, getattr(line, name))
        if location is not None and location.warehouse_id != warehouse_id:
            text = _("“%(location)s” is not in that warehouse; choose another.", location=location.path)
            yield FieldError(f"{path}.{name}", text, "apart")


def refuse_posted(session: Session, document: Document) -> None:
    """Only what is planned is deleted."""
    if document.state is not State.PLANNED:
        text = _(
            "“%(document)s” is posted; take it back instead of deleting it.",
            document=document.number or document.id,
        )
        raise ConflictError(text, code="posted")


def follow(
    session: Session, kind: RecordKind, document: Document, changes: Mapping[str, Any], actor: Actor
) -> None:
    """Post it or take it back, where its state says so now."""
    if "state" not in changes or document.reverses_id is not None:
        return
    if document.state is State.POSTED:
        _post(session, document)
        _tell(session, kind, document, POSTED[document.type], actor)
    elif document.state is State.REVERSED:
        _take_back(session, kind, document, actor)
        _tell(session, kind, document, "reversed", actor)


def _tell(session: Session, kind: RecordKind, document: Document, action: str, actor: Actor) -> None:
    log.write(
        session, actor=actor, action=action, kind=kind.name, record_id=document.id,
        title=kind.title_of(document), client_id=document.client_id, version=None,
    )  # fmt: skip


def _post(session: Session, document: Document) -> None:
    reservation = _fulfilled(session, document)
    items = posting.lock(session, {line.item_id for line in document.lines})
    if document.type in OUT and document.to_warehouse_id != document.warehouse_id:
        reserving.require_free(session, document, items)
    if document.type is not Type.RESERVATION:
        posting.moves_of(session, document, items)
    if document.type is Type.RECEIPT:
        for line in document.lines:
            if line.cost is not None:
                items[line.item_id].cost = line.cost
    if reservation is not None:
        reserving.consume(session, reservation, posting.wanted(document.lines))
    _allot(session, document, items)


def _fulfilled(session: Session, document: Document) -> Document | None:
    """The reservation that a document ships, locked before items are: everybody locks in this order."""
    if document.fulfils_id is None:
        return None
    return session.get_one(Document, document.fulfils_id, with_for_update=True, populate_existing=True)


def _allot(session: Session, document: Document, items: Mapping[int, Item]) -> None:
    for warehouse_id in {document.warehouse_id, document.to_warehouse_id} - {None}:
        reserving.allot(session, warehouse_id or 0, items)


def _take_back(session: Session, kind: RecordKind, document: Document, actor: Actor) -> None:
    """By a document of the same type with the moves the other way round; a reservation is only released."""
    reservation = _fulfilled(session, document)
    items = posting.lock(session, {line.item_id for line in document.lines})
    if document.type is not Type.RESERVATION:
        rows = [RowValues({name: getattr(line, name) for name in COPIED}) for line in document.lines]
        given = {name: getattr(document, name) for name in KEPT}
        given |= {"state": State.POSTED, "reverses_id": document.id}
        counter = service.create(session, kind, Values(given, {"lines": rows}), actor=actor)
        posting.taken_back(session, document, counter, items)
    if reservation is not None:
        reserving.consume(session, reservation, posting.wanted(document.lines), back=True)
    _allot(session, document, items)


def _refuse(errors: Any) -> None:
    if found := list(errors):
        raise InvalidError(found)
