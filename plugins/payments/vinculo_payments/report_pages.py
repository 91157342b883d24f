"""The reports: what is owed and how long, money by month and purpose, what is expected when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response

from vinculo.i18n import format_date, format_month, format_number
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.records import access
from vinculo.web import reports as reporting
from vinculo.web.context import Context
from vinculo.web.reports import NOTHING, Cell, Pages, Report, bars
from vinculo.web.views import Option
from vinculo_payments import explained, reports, statistics
from vinculo_payments.models import State
from vinculo_payments.pages import READ, READ_PAYMENTS
from vinculo_payments.records import invoice, payment
from vinculo_payments.service import today
from vinculo_payments.statistics import BOUNDS

URL: Final = "/invoices/reports"
YEAR: Final = 365
TABS: Final = {
    "ageing": _l("Receivables by age"),
    "dynamics": _l("Payments by month and purpose"),
    "expected": _l("Expected payments"),
}
OWED_BY: Final = {
    "client": _l("Client"), "counterparty": _l("Counterparty"), "responsible": _l("Responsible"),
    "currency": _l("Currency"),
}  # fmt: skip
MOVED_BY: Final = {
    "month": _l("Month"), "direction": _l("Direction"), "place": _l("Bank account or cash desk"),
    "counterparty": _l("Payer or payee"),
}  # fmt: skip
PAGES: Final = Pages(
    URL, TABS, (invoice.label_plural, invoice.url), since=_l("Paid from"), until=_l("Paid until"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    ctx: Context
    by: str

    @property
    def session(self) -> Any:
        return self.ctx.session


def _page(ctx: Context, name: str) -> Response[bytes]:
    ways: Mapping[str, Any] = {"ageing": OWED_BY, "dynamics": MOVED_BY}.get(name, {})
    by = ctx.parameter("by") if ctx.parameter("by") in ways else next(iter(ways), "")
    shown = [Option(one, str(label)) for one, label in ways.items()]
    return reporting.render(ctx, PAGES, name, _REPORTS[name](_Asked(ctx, by)), by=shown, chosen_by=by)


def _sees(ctx: Context, *names: str) -> bool:
    return access.hidden(invoice, ctx.actor).isdisjoint(names)


def _amount(value: Decimal) -> str:
    return format_number(value.quantize(Decimal(1))) if value else ""


def _buckets() -> list[str]:
    named = [_("Not due")]
    for low, high in pairwise(BOUNDS):
        named.append(_("%(first)s to %(last)s days", first=low + 1, last=high))
    return [*named, _("More than %(days)s days", days=BOUNDS[-1])]


def _open_list(*conditions: tuple[str, Any]) -> str:
    return f"{invoice.url}?{urlencode([('state', State.ISSUED.value), *conditions])}"


def _ageing(asked: _Asked) -> Report:
    ctx, day = asked.ctx, today()
    if not _sees(ctx, "open_amount", "due_on", reports.FIELDS[asked.by]):
        return NOTHING
    found = reports.ageing(ctx.session, ctx.actor, asked.by, day)
    field = reports.FIELDS[asked.by]
    rows = [
        [
            Cell(one.label or _("Without a value"), _open_list(_named(field, one.key))),
            *(Cell(_amount(part)) for part in one.parts),
            Cell(_amount(one.total)),
            Cell(_amount(-one.advance)),
        ]
        for one in found
    ]
    total = sum((one.total for one in found), Decimal(0))
    late = sum((sum(one.parts[1:], Decimal(0)) for one in found), Decimal(0))
    sales = reports.invoiced(ctx.session, ctx.actor, day - timedelta(days=YEAR), day)
    dso = statistics.days_sales_outstanding(total, sales, YEAR)
    text = _("%(total)s is open, %(late)s of it past due. Days sales outstanding: %(dso)s.")
    summary = text % {
        "total": format_number(total), "late": format_number(late), "dso": "—" if dso is None else round(dso),
    }  # fmt: skip
    shown = bars([(one.label or _("Without a value"), float(one.total), _amount(one.total)) for one in found])
    columns = [str(OWED_BY[asked.by]), *_buckets(), _("Open"), _("Paid in advance")]
    return Report(columns, rows, shown, (explained.BUCKET, explained.DSO), summary)


def _named(field: str, key: Any) -> tuple[str, Any]:
    return (f"{field}[empty]", "true") if key in (None, "") else (field, key)


def _dynamics(asked: _Asked) -> Report:
    ctx = asked.ctx
    hidden = access.hidden(payment, ctx.actor)
    if not ctx.actor.may(READ_PAYMENTS) or not hidden.isdisjoint(("amount", "base_amount", "flow")):
        return NOTHING
    since, until = reporting.period(ctx)
    found = reports.moved(ctx.session, ctx.actor, asked.by, since, until)
    if asked.by != "month":
        found.sort(key=lambda one: -(one.came + one.went))
    rows = [
        [
            Cell(_called(asked.by, one), _payments_url(asked.by, one.key, since, until)),
            Cell(_amount(one.came)), Cell(_amount(one.went)), Cell(_amount(one.came - one.went)),
        ]
        for one in found[: reports.MOST]
    ]  # fmt: skip
    shown = bars([
        (_called(asked.by, one), float(one.came + one.went), f"{_amount(one.came)} / {_amount(one.went)}")
        for one in found
    ])  # fmt: skip
    columns = [str(MOVED_BY[asked.by]), _("Received"), _("Paid out"), _("Difference")]
    return Report(columns, rows, shown, ())


def _called(by: str, one: reports.Moved) -> str:
    if by == "month" and one.key:
        return format_month(date.fromisoformat(f"{one.key}-01"))
    return one.label or _("Without a value")


def _payments_url(by: str, key: Any, since: date | None, until: date | None) -> str:
    said: list[tuple[str, Any]] = []
    if by == "month":
        begin = date.fromisoformat(f"{key}-01")
        since = max(begin, since or begin)
        end = (begin + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        until = min(end, until or end)
    elif by == "direction":
        said.append(_named("direction_id", key))
    else:
        return ""
    said += [("paid_on[gte]", since)] if since else []
    said += [("paid_on[lte]", until)] if until else []
    return f"{payment.url}?{urlencode(said)}"


def _expected(asked: _Asked) -> Report:
    """By the week of the day on which each is expected; what should have come already stands first."""
    ctx, day = asked.ctx, today()
    if not _sees(ctx, "open_amount", "due_on", "client_id") or not ctx.actor.may(READ_PAYMENTS):
        return NOTHING
    late = reports.days_late(ctx.session, ctx.actor)
    usual = {client: statistics.median([days for days, _amount_ in some]) for client, some in late.items()}
    weeks: dict[date, list[Any]] = defaultdict(lambda: [0, Decimal(0), Decimal(0)])
    for due, client, count, amount in reports.expected(ctx.session, ctx.actor):
        for place, when in ((1, due), (2, due + timedelta(days=usual.get(client, 0)))):
            weeks[_week(when, day)][place] += amount
        weeks[_week(due, day)][0] += count
    rows = [
        [Cell(_week_name(week, day)), Cell(str(weeks[week][0])), Cell(_amount(weeks[week][1])),
         Cell(_amount(weeks[week][2]))]
        for week in sorted(weeks)
    ]  # fmt: skip
    shown = bars([
        (_week_name(week, day), float(weeks[week][2]), _amount(weeks[week][2])) for week in sorted(weeks)
    ])  # fmt: skip
    mean = statistics.lateness([pair for some in late.values() for pair in some])
    summary = "" if mean is None else _("Clients pay %(days)s days after the due day on average.",
                                        days=format_number(Decimal(f"{mean:.1f}")))  # fmt: skip
    columns = [_("Week"), _("Invoices due"), _("Due"), _("Expected")]
    return Report(columns, rows, shown, (explained.EXPECTED, explained.LATENESS), summary)


def _week(when: date, day: date) -> date:
    return date.min if when < day else when - timedelta(days=when.weekday())


def _week_name(week: date, day: date) -> str:
    return _("Past due") if week == date.min else format_date(max(week, day))


_REPORTS: Final[Mapping[str, Callable[[_Asked], Report]]] = {
    "ageing": _ageing,
    "dynamics": _dynamics,
    "expected": _expected,
}
handlers = reporting.handlers(PAGES, READ, _page)
