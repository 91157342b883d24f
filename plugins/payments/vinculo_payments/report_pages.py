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

from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import format_date, format_number, parse_date, today
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.records import access, facts, narrowing
from vinculo.records import query as queries
from vinculo.records.attribution import PARAMETER
from vinculo.records.kind import RecordKind
from vinculo.records.narrowing import Narrowed
from vinculo.web import reports as reporting
from vinculo.web.context import Context
from vinculo.web.reports import NOTHING, Cell, Pages, Report, bars
from vinculo.web.views import Option
from vinculo_payments import explained, movement_reports, reports, statistics
from vinculo_payments.models import State
from vinculo_payments.pages import READ, READ_PAYMENTS
from vinculo_payments.records import invoice, payment
from vinculo_payments.reports import YEAR, Which
from vinculo_payments.service import EARLIEST
from vinculo_payments.statistics import BOUNDS

URL: Final = "/invoices/reports"
TABS: Final = {
    "ageing": _l("Receivables by age"),
    "dynamics": _l("Payments by month and purpose"),
    "split": _l("By account and purpose"),
    "expected": _l("Expected payments"),
}
OWED_BY: Final = {
    "client": _l("Client"), "counterparty": _l("Counterparty"), "responsible": _l("Responsible"),
    "currency": _l("Currency"),
}  # fmt: skip
WAYS: Final[Mapping[str, Mapping[str, Any]]] = {"ageing": OWED_BY, "dynamics": movement_reports.MOVED_BY}
SAME: Final = ("client_id", "counterparty_id", "currency")  # of invoices and payments
DAY: Final = "on"  # the day at whose end receivables are counted
PAGES: Final = Pages(
    URL, TABS, (invoice.label_plural, invoice.url), since=_l("Paid from"), until=_l("Paid until"),
    template="payments/report.html",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    ctx: Context
    by: str
    narrowed: Narrowed
    day: date

    @property
    def which(self) -> Which:
        return Which(self.ctx.actor, self.narrowed.conditions(), self.narrowed.links)

    def of(self, kind: RecordKind) -> Which | None:
        """The same asked of records of another kind; None where these do not know it."""
        pairs, ctx = self.narrowed.pairs, self.ctx
        seen = facts.seen_by(ctx.registry, kind, ctx.actor, pairs)
        told = {one.field.name for one in seen.criteria} & {
            one.field.name for one in self.narrowed.kind.criteria
        }
        told |= {PARAMETER, *(one for one in SAME if queries.find_field(seen, one))}
        if any(queries.split(name)[0] not in told for name, _value in pairs):
            return None
        query = queries.parse(seen, pairs, typed=False, me=ctx.actor.user_id)
        return Which(ctx.actor, [*queries.conditions(ctx.session, seen, query, ctx.actor)], query.links)

    def list_url(self, *conditions: tuple[str, Any]) -> str:
        """The list of the same records; of a day that is over there is none."""
        if self.day < today():
            return ""
        said = self.narrowed.list_pairs([("state", State.ISSUED.value), *conditions])
        return f"{invoice.url}?{urlencode(said)}"


def _page(ctx: Context, name: str) -> Response[bytes]:
    """Receivables and what is expected are narrowed as invoices are, what moved as payments are."""
    ways = WAYS.get(name, {})
    by = ctx.parameter("by") if ctx.parameter("by") in ways else next(iter(ways), "")
    kind = payment if name in movement_reports.REPORTS else invoice
    narrowed = narrowing.read(ctx, kind, (*reporting.PERIOD, "by", DAY))
    if kind is payment:
        report = movement_reports.REPORTS[name](ctx, narrowed, by)
    else:
        report = _REPORTS[name](_Asked(ctx, by, narrowed, _day(ctx) if name == "ageing" else today()))
    said = [*reporting.kept(ctx, PAGES), *([("by", by)] if by else [])]
    said += [(DAY, ctx.parameter(DAY))] if name == "ageing" and ctx.parameter(DAY) else []
    return reporting.render(
        ctx, PAGES, name, report, by=[Option(one, str(label)) for one, label in ways.items()], chosen_by=by,
        narrowing=narrowing.bar(narrowed, f"{URL}/{name}", said), on=ctx.parameter(DAY),
        by_day=name == "ageing", by_period=kind is payment,
    )  # fmt: skip


def _day(ctx: Context) -> date:
    """The day that is asked for, else today. Raises ``InvalidError``."""
    text = ctx.parameter(DAY)
    day = parse_date(text) if text else today()
    if day is None or not EARLIEST <= day <= today():
        fault = _("“%(value)s” is no day up to today; write e.g. 2026-11-23.", value=text[:100])
        raise InvalidError([FieldError(DAY, fault, "invalid")])
    return day


def _sees(ctx: Context, *names: str) -> bool:
    return access.hidden(invoice, ctx.actor).isdisjoint(names)


def _amount(value: Decimal) -> str:
    return format_number(value.quantize(Decimal(1))) if value else ""


def _buckets() -> list[str]:
    named = [_("Not due")]
    for low, high in pairwise(BOUNDS):
        named.append(_("%(first)s to %(last)s days", first=low + 1, last=high))
    return [*named, _("More than %(days)s days", days=BOUNDS[-1])]


def _ageing(asked: _Asked) -> Report:
    ctx, day = asked.ctx, asked.day
    if not _sees(ctx, "open_amount", "due_on", reports.FIELDS[asked.by]):
        return NOTHING
    sees = ctx.actor.may(READ_PAYMENTS) and "free_amount" not in access.hidden(payment, ctx.actor)
    which, before = asked.which, asked.of(payment) if sees else None
    found = reports.ageing(ctx.session, which, asked.by, day, before=before)
    rows = [_owed(asked, one) for one in found[: reports.MOST]]
    total = sum((one.total for one in found), Decimal(0))
    late = sum((sum(one.parts[1:], Decimal(0)) for one in found), Decimal(0))
    sales = reports.invoiced(ctx.session, which, day - timedelta(days=YEAR - 1), day)
    dso = statistics.days_sales_outstanding(total, sales, YEAR)
    text = _("On %(day)s %(total)s was open, %(late)s of it past due. Days sales outstanding: %(dso)s.")
    parts = f"{format_number(total)} / {format_number(sales)} \N{MULTIPLICATION SIGN} {YEAR}"
    summary = text % {
        "day": format_date(day), "total": format_number(total), "late": format_number(late),
        "dso": "—" if dso is None else f"{parts} = {round(dso)}",
    }  # fmt: skip
    if len(found) > reports.MOST:
        text = _("The %(shown)s that owe most of %(all)s are shown; the sums are those of all.")
        summary += " " + text % {"shown": reports.MOST, "all": len(found)}
    shown = bars([(one.label or _("Without a value"), float(one.total), _amount(one.total)) for one in found])
    columns = [str(OWED_BY[asked.by]), *_buckets(), _("Open"), _("Paid in advance")]
    how = (explained.BUCKET, explained.DSO, *((explained.PAST,) if day < today() else ()))
    return Report(columns, rows, shown, how, summary)


def _owed(asked: _Asked, one: reports.Owed) -> list[Cell]:
    field = reports.FIELDS[asked.by]
    pair = (f"{field}[empty]", "true") if one.key in (None, "") else (field, one.key)
    return [
        Cell(one.label or _("Without a value"), asked.list_url(pair)),
        *(Cell(_amount(part)) for part in one.parts),
        Cell(_amount(one.total)),
        Cell(_amount(-one.advance)),
    ]


def _expected(asked: _Asked) -> Report:
    """By the week of the day on which each is expected; what should have come already stands first."""
    ctx, day = asked.ctx, today()
    if not _sees(ctx, "open_amount", "due_on", "client_id") or not ctx.actor.may(READ_PAYMENTS):
        return NOTHING
    which = asked.which
    late = reports.days_late(ctx.session, which, day)
    usual = {client: statistics.median([days for days, _amount_ in some]) for client, some in late.items()}
    weeks: dict[date, list[Any]] = defaultdict(lambda: [0, Decimal(0), Decimal(0)])
    for due, client, count, amount in reports.expected(ctx.session, which):
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
    summary = "" if mean is None else _(
        "Clients pay %(days)s days after the due day on average, by what was paid in the last %(year)s days.",
        days=format_number(Decimal(f"{mean:.1f}")), year=YEAR,
    )  # fmt: skip
    columns = [_("Week"), _("Invoices due"), _("Due"), _("Expected")]
    return Report(columns, rows, shown, (explained.EXPECTED, explained.LATENESS), summary)


def _week(when: date, day: date) -> date:
    return date.min if when < day else when - timedelta(days=when.weekday())


def _week_name(week: date, day: date) -> str:
    return _("Past due") if week == date.min else format_date(max(week, day))


_REPORTS: Final[Mapping[str, Callable[[_Asked], Report]]] = {
    "ageing": _ageing,
    "expected": _expected,
}
handlers = reporting.handlers(PAGES, READ, _page)
