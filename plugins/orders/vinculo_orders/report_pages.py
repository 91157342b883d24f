"""The report: orders by month and state, as a picture and a table whose numbers open."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response

from vinculo.i18n import format_month, format_number
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.records import access, narrowing
from vinculo.records.narrowing import Narrowed
from vinculo.web import reports as reporting
from vinculo.web.context import Context
from vinculo.web.reports import NOTHING, Cell, Pages, Report, bars
from vinculo_orders import reports
from vinculo_orders.models import STANDING, State
from vinculo_orders.pages import READ
from vinculo_orders.records import order
from vinculo_orders.words import STATES

URL: Final = "/orders/reports"
TABS: Final = {"months": _l("Orders by month")}
HOW: Final = _l(
    "Orders by the month they were ordered in. The amount is that of orders that were confirmed and not "
    "cancelled, with tax, in the company's currency by the rate of their day."
)
PAGES: Final = Pages(
    URL, TABS, (order.label_plural, order.url), since=_l("Ordered from"), until=_l("Ordered until"),
)  # fmt: skip


def _page(ctx: Context, name: str) -> Response[bytes]:
    """``since`` and ``until`` narrow by the day of the order, conditions as lists."""
    narrowed = narrowing.read(ctx, order, reporting.PERIOD)
    bar = narrowing.bar(narrowed, f"{URL}/{name}", reporting.kept(ctx, PAGES))
    return reporting.render(ctx, PAGES, name, _months(ctx, narrowed), narrowing=bar)


def _months(ctx: Context, narrowed: Narrowed) -> Report:
    hidden = access.hidden(order, ctx.actor)
    if not hidden.isdisjoint(("state", "ordered_on", "amount", "base_amount")):
        return NOTHING
    days = reporting.period(ctx)
    found = reports.by_month(ctx.session, ctx.actor, narrowed, *days)
    counts = {(one.month, one.state): one.count for one in found}
    amounts: dict[str, Decimal] = {one.month: Decimal(0) for one in found}
    for one in found:
        if one.state in STANDING:
            amounts[one.month] += one.amount
    rows = [
        [
            Cell(_called(month), _url(narrowed, month, *days)),
            *(_cell(narrowed, month, state, counts.get((month, state), 0), days) for state in State),
            Cell(_amount(amounts[month])),
        ]
        for month in amounts
    ]
    shown = bars([(_called(month), float(much), _amount(much)) for month, much in amounts.items()])
    total = sum(amounts.values(), Decimal(0))
    count = sum(one.count for one in found if one.state in STANDING)
    text = _("%(orders)s orders that stand, over %(amount)s.")
    summary = text % {"orders": count, "amount": format_number(total)} if found else ""
    columns = [_("Month"), *(str(STATES[state]) for state in State), _("Amount")]
    return Report(columns, rows, shown, (HOW,), summary)


def _called(month: str) -> str:
    return format_month(date.fromisoformat(f"{month}-01"))


def _amount(value: Decimal) -> str:
    return format_number(value.quantize(Decimal(1))) if value else ""


def _cell(narrowed: Narrowed, month: str, state: State, count: int, days: Any) -> Cell:
    url = _url(narrowed, month, *days, ("state", state.value)) if count else ""
    return Cell(str(count) if count else "", url)


def _url(
    narrowed: Narrowed, month: str, since: date | None, until: date | None, *more: tuple[str, Any]
) -> str:
    first = date.fromisoformat(f"{month}-01")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    days = [("ordered_on[gte]", max(first, since or first)), ("ordered_on[lte]", min(last, until or last))]
    return f"{order.url}?{urlencode(narrowed.list_pairs([*days, *more]))}"


handlers: Final = reporting.handlers(PAGES, READ, _page)
