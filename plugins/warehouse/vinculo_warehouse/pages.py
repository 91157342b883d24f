"""Stock on cards: what a document moves and what may be done with it, where an item is, what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from litestar import Response
from litestar.params import FromPath

from vinculo.errors import FieldError, InvalidError, NotFoundError
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access, service
from vinculo.records.reading import Values
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Toast
from vinculo_warehouse import actions, promises, queries, views
from vinculo_warehouse.models import Document, Item, Location, Move, State, StockLine, Type
from vinculo_warehouse.permissions import STOCK
from vinculo_warehouse.records import LINES, document, item
from vinculo_warehouse.statistics import ZERO

READ: Final = document.permission("read")
CREATE: Final = document.permission("create")
UPDATE: Final = document.permission("update")
QUANTITY: Final = next(one for one in LINES.fields if one.name == "quantity")
FEW: Final = 10
OFFERED: Final = 2  # what may be done where nothing is reserved
MANY: Final = 200


def contents(ctx: Context, record_id: int) -> PanelContent | None:
    """The lines of a document, what it came of, and what may be done with it."""
    seen = access.seen_by(document, ctx.actor)
    record: Document = service.get(ctx.session, document, record_id, actor=ctx.actor)
    may = bool(access.permitted(ctx.session, document, record_id, ctx.actor, ["update"]))
    may = may and access.writes(document, ctx.actor, ["state"], "update")
    ids = {line.location_id for line in record.lines} | {line.to_location_id for line in record.lines}
    paths = sa.select(Location.id, Location.path).where(Location.id.in_(ids - {None}))
    names = queries.items(ctx.session, [line.item_id for line in record.lines])
    told = access.hidden(document, ctx.actor)
    html = ctx.fragment(
        "warehouse/document.html",
        url=f"{document.url}/{record_id}",
        table=views.lines(seen, record, names, {row.id: row.path for row in ctx.session.execute(paths)}),
        source=_source(ctx, record) if "source_id" not in told else None,
        steps=_steps(record) if may else [],
        version=record.version,
        parts=_parts(ctx, record, names) if may and record.state is State.PLANNED else [],
    )
    return PanelContent(html)


def _parts(ctx: Context, record: Document, names: dict[int, Item]) -> list[tuple[str, str, str]]:
    """(name of the input, label, all of it) of each line that may come or go in part, for who sees it."""
    seen = access.seen_by(document, ctx.actor).collections
    shown = {field.name for one in seen if one.name == LINES.name for field in one.fields}
    if record.type not in actions.IN_PARTS or not shown >= {"item_id", "quantity"}:
        return []
    return [(f"part_{line.id}", _named(line, names), f"{line.quantity:f}") for line in record.lines]


def _steps(record: Document) -> list[tuple[str, str]]:
    """(what to send to which part of the address, label) of what comes next."""
    if record.state is State.PLANNED:
        fill = [("fill", _("Fill in from the books"))] if record.type is Type.COUNT else []
        return [("post", _("Post")), *fill] if record.lines else fill
    if record.state is not State.POSTED or record.reverses_id is not None:
        return []
    if record.type is Type.RESERVATION:
        return [("ship", _("Ship")), ("take-back", _("Release"))]
    return [("take-back", _("Take back"))]


def _source(ctx: Context, record: Document) -> tuple[str, str] | None:
    """(name, address) of the record that a document came of, for who may see it."""
    for name, record_id in ((record.source_kind, record.source_id), (document.name, record.reverses_id)):
        kind = ctx.registry.kinds.get(name)
        if kind is None or record_id is None or not ctx.actor.may(kind.permission("read")):
            continue
        try:
            found = service.get(ctx.session, kind, record_id, actor=ctx.actor)
        except NotFoundError:
            continue
        return f"{kind.label}: {kind.title_of(found)}", f"{kind.url}/{record_id}"
    return None


def _locked(ctx: Context, record_id: int) -> Document:
    record: Document = service.get(ctx.session, document, record_id, actor=ctx.actor, lock=True)
    access.require(ctx.session, document, record, ctx.actor, "update")
    return record


def _settled(ctx: Context, record_id: int, state: State, text: str) -> Response[bytes]:
    record = _locked(ctx, record_id)
    values = Values({"state": state}, version=whole_number(ctx.value("version")))
    service.update(ctx.session, document, record, values, actor=ctx.actor)
    return ctx.redirect(f"{document.url}/{record_id}", toast=Toast(text))


@post("/stock-documents/{record_id:int}/post", permission=UPDATE)
def post_document(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Post a document: its goods are moved, or held."""
    return _settled(ctx, record_id, State.POSTED, _("It is posted."))


def _named(line: StockLine, names: dict[int, Item]) -> str:
    return " · ".join(filter(None, (names[line.item_id].name, line.batch, line.serial)))


@post("/stock-documents/{record_id:int}/part", permission=UPDATE)
def post_part(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Post so much of each line as ``part_`` and its id say; what is left is planned anew, or reserved."""
    record = _locked(ctx, record_id)
    version = whole_number(ctx.value("version"))
    arrived = {line.id: _amount(f"part_{line.id}", ctx.value(f"part_{line.id}")) for line in record.lines}
    left = actions.post_part(ctx.session, record, arrived, version=version, actor=ctx.actor)
    text = _("It is posted; the rest is planned.") if left else _("It is posted.")
    return ctx.redirect(f"{document.url}/{record_id}", toast=Toast(text))


def _amount(name: str, text: str) -> Decimal:
    try:
        read: Decimal | None = QUANTITY.read(text)
    except ValueError as error:
        raise InvalidError([FieldError(name, str(error), "invalid")]) from error
    return ZERO if read is None else read


@post("/stock-documents/{record_id:int}/take-back", permission=UPDATE)
def take_back(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Take back what was posted, by a counter-document; release a reservation."""
    return _settled(ctx, record_id, State.REVERSED, _("It is taken back."))


@post("/stock-documents/{record_id:int}/fill", permission=UPDATE)
def fill(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Add to a count what the books say is there."""
    record = _locked(ctx, record_id)
    changed = actions.fill(ctx.session, record, actor=ctx.actor)
    text = (
        _("Correct what was counted differently, then post it.") if changed else _("There is nothing more.")
    )
    return ctx.redirect(f"{document.url}/{record_id}", toast=Toast(text))


@post("/stock-documents/{record_id:int}/ship", permission=CREATE)
def ship(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Make a shipment of what a reservation holds."""
    made = actions.ship(ctx.session, _locked(ctx, record_id), actor=ctx.actor)
    return ctx.redirect(f"{document.url}/{made.id}", toast=Toast(_("Check the shipment, then post it.")))


def item_stock(ctx: Context, record_id: int) -> PanelContent | None:
    """Where an item is."""
    record: Item = service.get(ctx.session, item, record_id, actor=ctx.actor)
    return _stock(ctx, [record], new="")


def _stock(ctx: Context, records: Sequence[Item], *, new: str) -> PanelContent:
    found = queries.places(ctx.session, [one.id for one in records])
    unit = records[0].unit if records else ""
    html = ctx.fragment("warehouse/stock.html", table=views.places(found, unit), new=new, items=[
        (one.name, f"{item.url}/{one.id}") for one in records if new == "" and len(records) > 1
    ])  # fmt: skip
    return PanelContent(html)


def item_moves(ctx: Context, record_id: int) -> PanelContent | None:
    """The latest moves of an item."""
    found = queries.moves(ctx.session, [Move.item_id == record_id], limit=FEW + 1)
    every = f"/warehouse/moves?item_id={record_id}" if len(found) > FEW else ""
    html = ctx.fragment("warehouse/moves.html", table=views.moves(found[:FEW], named=False), every=every)
    return PanelContent(html)


def product_stock(ctx: Context, record_id: int) -> PanelContent | None:
    """Where the items are that are sold as a product; where there is none, a way to keep it in stock."""
    query = sa.select(Item).where(Item.product_kind == "product", Item.product_id == record_id)
    records = ctx.session.scalars(query.order_by(Item.id)).all()
    if not records and not ctx.actor.may(item.permission("create")):
        return None
    return _stock(ctx, records, new="" if records else f"/warehouse/keep/{record_id}")


@post("/warehouse/keep/{record_id:int}", permission=item.permission("create"))
def keep(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Keep a product in stock: make the item that is sold as it."""
    kind = ctx.registry.kinds.get("product")
    if kind is None:
        raise NotFoundError
    record = service.get(ctx.session, kind, record_id, actor=ctx.actor)
    units = ctx.registry.kinds.get("unit")
    unit = service.get(ctx.session, units, record.unit_id, actor=ctx.actor).code if units else ""
    made = actions.keep(ctx.session, ("product", record_id), record, unit, actor=ctx.actor)
    text = _("“%(item)s” is kept in stock from now on.", item=made.name)
    return ctx.redirect(f"{item.url}/{made.id}", toast=Toast(text))


def of_record(of: str, ctx: Context, record_id: int) -> PanelContent | None:
    """The documents of a record; for one that promises goods, a way to reserve them at once."""
    query = access.within(sa.select(Document), document, ctx.actor, few=True)
    mine = sa.and_(Document.source_kind == of, Document.source_id == record_id)
    if of in ("client", "counterparty"):
        mine = sa.or_(mine, getattr(Document, f"{of}_id") == record_id)
    order = (Document.happened_at.desc(), Document.id.desc())
    rows = ctx.session.scalars(query.where(mine).order_by(*order).limit(FEW + 1)).all()
    offers = _offers(ctx, of, record_id)
    if not rows and not offers:
        return None
    listed = len(rows) > FEW and of in ("client", "counterparty")
    hidden = access.hidden(document, ctx.actor)
    if not hidden.isdisjoint(("type", "state", "happened_at")):
        return None
    html = ctx.fragment(
        "warehouse/documents.html",
        lines=[views.document_line(one) for one in rows[:FEW]],
        every=f"{document.url}?{of}_id={record_id}" if listed else "",
        reserved=len(offers) < OFFERED,
        offers=[(f"/warehouse/{part}/{of}/{record_id}", label) for part, label in offers],
    )
    return PanelContent(html, count=sum(one.state is State.PLANNED for one in rows[:FEW]) or None)


def _offers(ctx: Context, of: str, record_id: int) -> list[tuple[str, str]]:
    """(part of the address, label) of what may be done for a record that promises goods."""
    if of not in ctx.registry.promises or not ctx.actor.may(CREATE):
        return []
    there = actions.reservation_of(ctx.session, (of, record_id))
    if there is None:
        return [("ship", _("Ship")), ("reserve", _("Reserve goods"))]
    return [("ship", _("Ship"))] if there.state is State.POSTED else []


@post("/warehouse/reserve/{name:str}/{record_id:int}", permission=CREATE)
def reserve(ctx: Context, name: FromPath[str], record_id: FromPath[int]) -> Response[bytes]:
    """Reserve what a record promises, without waiting for it to be won."""
    made = _reserved(ctx, name, record_id)
    return ctx.redirect(f"{document.url}/{made.id}", toast=Toast(_("What is there is held for it.")))


@post("/warehouse/ship/{name:str}/{record_id:int}", permission=CREATE)
def ship_promised(ctx: Context, name: FromPath[str], record_id: FromPath[int]) -> Response[bytes]:
    """Plan a shipment of what a record promises, as far as it is there; the rest stays reserved."""
    held = _locked(ctx, _reserved(ctx, name, record_id).id)
    made = actions.ship(ctx.session, held, actor=ctx.actor)
    return ctx.redirect(f"{document.url}/{made.id}", toast=Toast(_("Check the shipment, then post it.")))


def _reserved(ctx: Context, name: str, record_id: int) -> Document:
    promise = ctx.registry.promises.get(name)
    if promise is None or not ctx.actor.may(ctx.registry.kinds[name].permission("read")):
        raise NotFoundError
    service.get(ctx.session, ctx.registry.kinds[name], record_id, actor=ctx.actor)
    made = promises.promised(ctx.session, ctx.registry, promise, record_id, actor=ctx.actor)
    if made is None:
        text = _(
            "Nothing of it is left to reserve: all was shipped, or none of its lines names a stock item. Call"
            " them as the items are called, or by their SKU."
        )
        raise InvalidError([FieldError("lines", text, "no_items")])
    return made


@get("/warehouse/moves", permission=STOCK)
def moves(ctx: Context) -> Response[bytes]:
    """The latest moves: of ``item_id``, ``batch``, ``serial``, all of them where nothing is said."""
    conditions: list[Any] = []
    if (item_id := views.asked_id(ctx, "item_id")) is not None:
        conditions.append(Move.item_id == item_id)
    told = {name: ctx.parameter(name)[:60] for name in ("batch", "serial")}
    conditions += [getattr(Move, name) == text for name, text in told.items() if text]
    found = queries.moves(ctx.session, conditions, limit=MANY)
    title = _("Stock moves")
    return ctx.render(
        "warehouse/history.html",
        crumbs=[Crumb(str(item.label_plural), item.url), Crumb(title)],
        title=title,
        table=views.moves(found, named=True),
        asked={name: ctx.parameter(name) for name in ("item_id", "batch", "serial")},
    )


def widget(ctx: Context) -> PanelContent | None:
    """On the home page: what runs short."""
    found = queries.below_minimum(ctx.session)
    if not found:
        return None
    lines = [
        (one.name, f"{item.url}/{one.id}", views.amount(there, one.unit)) for one, there, _o in found[:FEW]
    ]
    return PanelContent(ctx.fragment("warehouse/widget.html", lines=lines), count=len(found))


handlers: Final = (post_document, post_part, take_back, fill, ship, keep, reserve, ship_promised, moves)
