"""The reports: stock by warehouse, turnover, what goods cost, and what is to be ordered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from litestar import Response

from vinculo.db.base import now
from vinculo.i18n import current_time_zone, format_date, format_number
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.records import access
from vinculo.web import reports as reporting
from vinculo.web.context import Context
from vinculo.web.reports import NOTHING, Cell, Pages, Report, bars
from vinculo.web.routes import post
from vinculo.web.views import Option, Toast
from vinculo_warehouse import actions, explained, queries, reports, statistics
from vinculo_warehouse.models import Item
from vinculo_warehouse.permissions import STOCK
from vinculo_warehouse.records import document, item
from vinculo_warehouse.reports import Turnover
from vinculo_warehouse.statistics import ZERO
from vinculo_warehouse.views import amount, asked_id

URL: Final = "/warehouse/reports"
TABS: Final = {
    "stock": _l("Stock by warehouse"),
    "turnover": _l("Turnover of stock"),
    "costs": _l("Cost of stock"),
    "orders": _l("Order proposal"),
}
PAGES: Final = Pages(
    URL, TABS, (item.label_plural, item.url), since=_l("From day"), until=_l("Until day"),
    also=("warehouse",), template="warehouse/report.html",
)  # fmt: skip
WAYS: Final = {
    "turnover": {"item_id": _l("Stock item"), "warehouse_id": _l("Warehouse")},
    "costs": {"average": _l("Moving average"), "fifo": _l("First in, first out")},
}
PLACED: Final = ("stock", "turnover")  # those that can be of one warehouse
COSTED: Final = 100  # items whose moves are all gone through


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the address says. Without days, this month."""

    ctx: Context
    first: datetime
    last: datetime
    warehouse_id: int | None
    by: str


def _page(ctx: Context, name: str) -> Response[bytes]:
    """``since`` and ``until`` are the days of the period, ``warehouse`` is the id of one."""
    ways = WAYS.get(name, {})
    by = ctx.parameter("by") if ctx.parameter("by") in ways else next(iter(ways), "")
    since, until = reporting.period(ctx)
    today = now().astimezone(current_time_zone()).date()
    begun = since or (until or today).replace(day=1)
    asked = _Asked(
        ctx, _start(begun), _start((until or today) + timedelta(days=1)),
        asked_id(ctx, "warehouse"), by,
    )  # fmt: skip
    warehouses = queries.warehouses(ctx.session) if name in PLACED else []
    report = _REPORTS[name](asked)
    return reporting.render(
        ctx, PAGES, name, report, by=[Option(one, str(label)) for one, label in ways.items()], chosen_by=by,
        warehouses=[Option("", _("All of them")), *(Option(str(key), label) for key, label in warehouses)],
        warehouse=ctx.parameter("warehouse"),
        order=name == "orders" and bool(report.rows) and ctx.actor.may(document.permission("create")),
    )  # fmt: skip


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), current_time_zone())


def _numbers(values: Sequence[Decimal], unit: str = "") -> list[Cell]:
    return [Cell(amount(one, unit)) for one in values]


def _money(value: Decimal) -> Cell:
    """To a cent: what is exact beyond that is for sums."""
    return Cell(format_number(value.quantize(Decimal("0.01"))))


def _stock(asked: _Asked) -> Report:
    found = queries.stock(asked.ctx.session, warehouse_id=asked.warehouse_id)
    names = dict(queries.warehouses(asked.ctx.session))
    named = queries.named(asked.ctx.session, {one.item_id for one in found})
    items, order = {one.id: one for one in named}, {one.id: place for place, one in enumerate(named)}
    shown = sorted((one for one in found if one.item_id in items), key=lambda one: order[one.item_id])
    rows = [
        [
            Cell(items[one.item_id].name, f"{item.url}/{one.item_id}"),
            Cell(names.get(one.warehouse_id, "")),
            *_numbers((one.on_hand, one.reserved, one.available, one.ordered), items[one.item_id].unit),
        ]
        for one in shown[: queries.MOST]
    ]
    columns = [_("Stock item"), _("Warehouse"), _("On hand"), _("Reserved"), _("Available"), _("On order")]
    most = sorted(shown, key=lambda one: one.on_hand, reverse=True)
    picture = [
        (f"{items[one.item_id].name} · {names.get(one.warehouse_id, '')}", float(max(one.on_hand, ZERO)),
         amount(one.on_hand, items[one.item_id].unit))
        for one in most
    ]  # fmt: skip
    return Report(columns, rows, bars(picture), (explained.PROPOSED,))


def _turnover(asked: _Asked) -> Report:
    found = reports.turnover(
        asked.ctx.session, asked.first, asked.last, warehouse_id=asked.warehouse_id, by=asked.by
    )
    moved = {key: one for key, one in found.items() if one != Turnover()}
    if asked.by == "warehouse_id":
        names = dict(queries.warehouses(asked.ctx.session))
        labels = [(key, names.get(key, ""), "", f"/warehouses/{key}") for key in moved]
    else:
        items = queries.named(asked.ctx.session, moved.keys())
        labels = [(one.id, one.name, one.unit, f"/warehouse/moves?item_id={one.id}") for one in items]
    rows = [[Cell(label, url), *_numbers(_four(moved[key]), unit)] for key, label, unit, url in labels]
    columns = [str(WAYS["turnover"][asked.by]), _("Opening"), _("Came in"), _("Went out"), _("Closing")]
    most = sorted(labels, key=lambda one: moved[one[0]].went, reverse=True)
    picture = [
        (label, float(moved[key].went), amount(moved[key].went, unit)) for key, label, unit, _u in most
    ]
    return Report(columns, rows, bars(picture), (explained.TURNOVER,), _period(asked))


def _four(one: Turnover) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    return one.opening, one.came, one.went, one.closing


def _period(asked: _Asked) -> str:
    until = format_date((asked.last - timedelta(days=1)).date())
    return _("From %(since)s to %(until)s.", since=format_date(asked.first.date()), until=until)


def _costs(asked: _Asked) -> Report:
    """Of the items that are worth most by their present cost and what is on hand."""
    if "cost" in access.hidden(item, asked.ctx.actor):
        return NOTHING
    worth = queries.figure("on_hand", Item.id) * sa.func.coalesce(Item.cost, 0)
    query = sa.select(Item).order_by(sa.type_coerce(worth, sa.BigInteger).desc(), Item.name_key, Item.id)
    items = asked.ctx.session.scalars(query.limit(COSTED)).all()
    found = reports.costs(
        asked.ctx.session, asked.first, asked.last, item_ids=[one.id for one in items], method=asked.by
    )
    moved = [(one, found[one.id]) for one in items if found[one.id] != Turnover()]
    rows = [[Cell(one.name, f"{item.url}/{one.id}"), *map(_money, _four(worth))] for one, worth in moved]
    columns = [_("Stock item"), _("Opening"), _("Came in"), _("Went out"), _("Closing")]
    picture = [(one.name, float(worth.closing), _money(worth.closing).text) for one, worth in moved]
    how = explained.FIFO if asked.by == "fifo" else explained.AVERAGE
    return Report(columns, rows, bars(picture), (how,), _period(asked))


def _orders(asked: _Asked) -> Report:
    rows, picture = [], []
    for one, there, ordered in queries.below_minimum(asked.ctx.session):
        much = statistics.proposed(there, ordered, one.minimum or ZERO, one.target, one.lot)
        numbers = _numbers((there, ordered, one.minimum or ZERO, much), one.unit)
        rows.append([Cell(one.name, f"{item.url}/{one.id}"), *numbers])
        picture.append((one.name, float(much), amount(much, one.unit)))
    columns = [_("Stock item"), _("Available"), _("On order"), _("Minimum stock"), _("To be ordered")]
    return Report(columns, rows, bars(picture), (explained.PROPOSED,))


@post("/warehouse/order", permission=document.permission("create"))
def order(ctx: Context) -> Response[bytes]:
    """Make planned receipts of what is to be ordered, one for each supplier."""
    made = actions.order(ctx.session, actor=ctx.actor)
    text = _("%(n)s planned receipts were made.", n=len(made))
    return ctx.redirect(f"{document.url}?type=receipt&state=planned", toast=Toast(text))


_REPORTS: Final[Mapping[str, Callable[[_Asked], Report]]] = {
    "stock": _stock,
    "turnover": _turnover,
    "costs": _costs,
    "orders": _orders,
}
handlers = (*reporting.handlers(PAGES, STOCK, _page), order)
