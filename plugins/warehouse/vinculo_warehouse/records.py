"""Warehouses, locations, items and documents as kinds of records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import mark
from vinculo.plugins.contributions import Group
from vinculo.records.fields import (
    AmountField,
    ChoiceField,
    IntegerField,
    LinkField,
    MomentField,
    TextField,
    When,
    YesNoField,
)
from vinculo.records.kind import Collection, FileColumn, Moment, RecordKind
from vinculo.records.reading import Values
from vinculo.records.service import create
from vinculo.web.views import Badge
from vinculo_warehouse import service
from vinculo_warehouse.models import Document, Item, Location, State, StockLine, Tracking, Type, Warehouse

DOMAIN: Final = "warehouse"
TYPES: Final = {
    Type.RECEIPT: _l("Receipt"),
    Type.SHIPMENT: _l("Shipment"),
    Type.TRANSFER: _l("Stock transfer"),
    Type.ADJUSTMENT: _l("Stock adjustment"),
    Type.RETURN: _l("Return from a client"),
    Type.COUNT: _l("Stock count"),
    Type.RESERVATION: _l("Reservation"),
}
STATES: Final = {
    State.PLANNED: _l("Planned"),
    State.POSTED: _l("Posted"),
    State.CLOSED: _l("Shipped in full"),
    State.REVERSED: _l("Taken back"),
}
TONES: Final = {State.PLANNED: "warn", State.POSTED: "ok", State.CLOSED: "ok", State.REVERSED: "neutral"}
TRACKING: Final = {
    Tracking.NONE: _l("Not told apart"),
    Tracking.BATCH: _l("By batch"),
    Tracking.SERIAL: _l("By serial number"),
}
MOMENTS: Final = {
    Type.SHIPMENT: mark("Goods shipped"),
    Type.RETURN: mark("Goods returned"),
    Type.RESERVATION: mark("Goods reserved"),
}
TOLD: Final = (("product", "cost"), ("stock_item", "cost"))
LARGEST: Final = 2**53


def written_warehouse(session: Session, of: Warehouse, changes: Mapping[str, Any], actor: Actor) -> None:
    """A new one has a first location; the paths of all follow its name."""
    if changes.get("name", [None])[0] is None:
        values = Values({"name": str(_l("Stock")), "warehouse_id": of.id})
        create(session, location, values, actor=service.SYSTEM)
    else:
        service.follow_place(session, of, changes)


def written_location(session: Session, of: Location, changes: Mapping[str, Any], actor: Actor) -> None:
    """What is below it follows."""
    service.follow_place(session, of, changes)


def check_document(session: Session, of: Document, actor: Actor) -> None:
    """Check and complete a document."""
    service.check(session, warehouse, of, actor)


def written_document(session: Session, of: Document, changes: Mapping[str, Any], actor: Actor) -> None:
    """What follows from a change."""
    service.follow(session, document, of, changes, actor)


def moment(of: Document) -> Moment | None:
    """On the timeline of its client: what was shipped, came back, or is kept for it."""
    label = MOMENTS.get(of.type)
    if label is None or of.state in (State.PLANNED, State.REVERSED) or of.reverses_id is not None:
        return None
    return Moment(of.happened_at, label, of.number or f"{of.id}", "box", of.note, user_id=of.created_by_id)


def badges(of: Document) -> Sequence[Badge]:
    """What it is, and how far."""
    found = [Badge(str(TYPES[of.type]), "brand", field="type")]
    found.append(Badge(str(STATES[of.state]), TONES[of.state], field="state"))
    if of.state is State.PLANNED and of.type is Type.RECEIPT and of.happened_at < now():
        found.append(Badge(str(_l("Past due")), "bad", field="happened_at"))
    return found


warehouse = RecordKind(
    name="warehouse",
    plural="warehouses",
    domain=DOMAIN,
    model=Warehouse,
    label=_l("Warehouse"),
    label_plural=_l("Warehouses"),
    new_label=_l("Add warehouse"),
    icon="building",
    title="name",
    fields=(
        TextField(
            name="name", label=_l("Name"), required=True, max_length=100, key="name_key", searchable=True
        ),
        YesNoField(
            name="negative", label=_l("May go below zero"),
            help=_l("More may go out than came in: what is missing is entered later."),
        ),
        TextField(name="address", label=_l("Address"), max_length=300, searchable=True),
    ),
    columns=("name", "address", "negative"),
    match=("external_id", "name"),
    keys=("name_key",),
    written=written_warehouse,
    scoped=False,
    menu=Group.STOCK,
    weight=30,
    summary=_l("Places with stock of their own: a warehouse, a shop, a van."),
)  # fmt: skip

location = RecordKind(
    name="stock_location",
    plural="stock-locations",
    domain=DOMAIN,
    model=Location,
    label=_l("Stock location"),
    label_plural=_l("Stock locations"),
    new_label=_l("Add stock location"),
    icon="map-pin",
    title="name",
    fields=(
        TextField(
            name="name", label=_l("Name"), required=True, max_length=100, key="name_key", searchable=True
        ),
        LinkField(name="warehouse_id", label=_l("Warehouse"), kind="warehouse", required=True),
        LinkField(name="parent_id", label=_l("Within"), kind="stock_location", aliases=("parent",)),
        TextField(name="path", label=_l("Path"), max_length=300, key="path_key", read_only=True),
    ),
    columns=("path", "warehouse_id"),
    sort="path",
    match=("external_id", "name"),
    keys=("path_key",),
    rules=service.check_location,
    written=written_location,
    scoped=False,
    menu=None,
    summary=_l("Aisles, racks and shelves of a warehouse, within each other. “Shop / Rack 2” names one."),
)  # fmt: skip

item = RecordKind(
    name="stock_item",
    plural="stock-items",
    domain=DOMAIN,
    model=Item,
    label=_l("Stock item"),
    label_plural=_l("Stock items"),
    new_label=_l("Add stock item"),
    icon="box",
    title="name",
    fields=(
        TextField(
            name="name", label=_l("Name"), required=True, max_length=200, key="name_key", searchable=True,
            aliases=("item", "product", "product name"),
        ),
        TextField(
            name="sku", label=_l("SKU"), max_length=60, searchable=True,
            aliases=("code", "article", "part number", "product code"),
        ),
        TextField(
            name="unit", label=_l("Unit"), max_length=20, aliases=("unit of measure", "uom"),
            help=_l("Left empty, pieces."),
        ),
        ChoiceField(
            name="tracking", label=_l("Told apart"), enum=Tracking, labels=TRACKING, required=True,
            default=Tracking.NONE,
        ),
        AmountField(
            name="cost", label=_l("Cost"), minimum=Decimal(0), tells=TOLD[:1],
            aliases=("purchase price", "standard cost"),
            help=_l("Of one unit, in the currency of the company; a receipt with a cost changes it."),
        ),
        AmountField(
            name="minimum", label=_l("Minimum stock"), minimum=Decimal(0), total=False,
            aliases=("reorder level", "minimum"), help=_l("When less is available, more is to be ordered."),
        ),
        AmountField(
            name="target", label=_l("Order up to"), minimum=Decimal(0), total=False,
            aliases=("target level", "maximum"), help=_l("Left empty, up to the minimum."),
        ),
        AmountField(
            name="lot", label=_l("In lots of"), minimum=Decimal("0.0001"), total=False,
            aliases=("minimum reorder quantity", "lot size"),
        ),
        LinkField(name="supplier_id", label=_l("Supplier"), kind="counterparty", aliases=("vendor",)),
        TextField(name="product_kind", label=_l("Sold as a record of kind"), max_length=60, read_only=True),
        IntegerField(
            name="product_id", label=_l("Sold as the record with id"), maximum=LARGEST, read_only=True
        ),
    ),
    columns=("name", "sku", "unit", "minimum", "supplier_id"),
    match=("external_id", "sku", "name"),
    keys=("sku_key",),
    rules=service.check_item,
    scoped=False,
    carries=True,
    menu=Group.STOCK,
    weight=10,
    summary=_l("What is kept in stock, whatever it is sold as. Add it by hand, or import what you have."),
)  # fmt: skip


def _column(key: str, label: Any, *aliases: str, beside: Sequence[str] = ("item",)) -> FileColumn:
    field = f"{key}_id" if key in ("item", "location", "to_location") else key
    return FileColumn(key=key, label=label, field=field, group="line", aliases=aliases, beside=beside)


LINES: Final = Collection(
    name="lines",
    label=_l("Lines"),
    add_label=_l("Add a line"),
    model=StockLine,
    fields=(
        LinkField(name="item_id", label=_l("Stock item"), kind="stock_item", required=True),
        AmountField(name="quantity", label=_l("Quantity"), required=True),
        AmountField(name="cost", label=_l("Cost"), minimum=Decimal(0), tells=TOLD, help=_l("Of one unit.")),
        TextField(name="batch", label=_l("Batch"), max_length=60),
        TextField(name="serial", label=_l("Serial number"), max_length=60),
        LinkField(name="location_id", label=_l("Stock location"), kind="stock_location"),
        LinkField(name="to_location_id", label=_l("To the location"), kind="stock_location"),
        AmountField(name="expected", label=_l("By the books"), read_only=True),
        AmountField(name="held", label=_l("Held"), read_only=True),
        AmountField(name="shipped", label=_l("Shipped"), read_only=True),
    ),
    file_columns=(
        _column("item", _l("Stock item"), "product", "product id", "product name", beside=()),
        _column("quantity", _l("Quantity"), "qty"),
        _column("cost", _l("Cost"), "unit cost"),
        _column("batch", _l("Batch"), "lot"),
        _column("serial", _l("Serial number"), "serial"),
        _column("location", _l("Stock location")),
        _column("to_location", _l("To the location")),
    ),
    same=("item_id", "quantity", "cost", "location_id", "to_location_id", "batch", "serial"),
    help=_l("Of an adjustment, what was lost has a minus in front. Of a count, write what is there."),
    shown=False,
)  # fmt: skip

document = RecordKind(
    name="stock_document",
    plural="stock-documents",
    domain=DOMAIN,
    model=Document,
    label=_l("Stock document"),
    label_plural=_l("Stock documents"),
    new_label=_l("Add stock document"),
    icon="checklist",
    title="number",
    fields=(
        TextField(
            name="number", label=_l("Number"), max_length=60, searchable=True,
            help=_l("That of the paper, if it has one."),
        ),
        ChoiceField(
            name="type", label=_l("Type"), enum=Type, labels=TYPES, required=True, default=Type.RECEIPT,
            aliases=("transaction type", "document type"),
        ),
        ChoiceField(
            name="state", label=_l("State"), enum=State, labels=STATES, tones=TONES,
            help=_l("Left empty, planned, and posted in a file. Only what is posted moves goods."),
        ),
        MomentField(
            name="happened_at", label=_l("Happened at"), help=_l("Left empty, now."),
            aliases=("date", "transaction created date", "created date"),
        ),
        LinkField(
            name="warehouse_id", label=_l("Warehouse"), kind="warehouse",
            help=_l("Left empty, the first one."),
        ),
        LinkField(
            name="to_warehouse_id", label=_l("To the warehouse"), kind="warehouse",
            shown_when=When("type", (Type.TRANSFER,)), help=_l("Left empty, within the same one."),
        ),
        LinkField(name="client_id", label=_l("Client"), kind="client", aliases=("customer",)),
        LinkField(
            name="counterparty_id", label=_l("Counterparty"), kind="counterparty", aliases=("supplier",)
        ),
        LinkField(
            name="fulfils_id", label=_l("Ships the reservation"), kind="stock_document",
            shown_when=When("type", (Type.SHIPMENT,)),
        ),
        TextField(
            name="note", label=_l("Note"), multiline=True, max_length=1000, searchable=True,
            aliases=("comments", "comment"),
        ),
        LinkField(name="reverses_id", label=_l("Takes back"), kind="stock_document", read_only=True),
        TextField(name="source_kind", label=_l("Came of a record of kind"), max_length=60, read_only=True),
        IntegerField(
            name="source_id", label=_l("Came of the record with id"), maximum=LARGEST, read_only=True
        ),
    ),
    collections=(LINES,),
    columns=("number", "type", "state", "happened_at", "warehouse_id", "client_id", "counterparty_id"),
    sort="-happened_at",
    client="client_id",
    counterparty="counterparty_id",
    dated="happened_at",
    carries=True,
    rules=check_document,
    written=written_document,
    deletable=service.refuse_posted,
    moment=moment,
    badges=badges,
    menu=Group.STOCK,
    weight=20,
    events={
        "received": _l("Goods received"),
        "shipped": _l("Goods shipped"),
        "transferred": _l("Goods transferred"),
        "adjusted": _l("Stock adjusted"),
        "returned": _l("Goods returned"),
        "counted": _l("Stock counted"),
        "reserved": _l("Goods reserved"),
        "reversed": _l("Stock document taken back"),
    },
    summary=_l("What came, went, was moved, counted or reserved. Add it by hand, or import what you have."),
)  # fmt: skip
