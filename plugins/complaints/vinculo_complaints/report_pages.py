"""The reports: causes by Pareto, repeats, and complaints by anything. Each is a picture and a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response

from vinculo.i18n import format_number
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.records import access, narrowing
from vinculo.web import reports as reporting
from vinculo.web.context import Context
from vinculo.web.reports import NOTHING, Cell, Pages, Report, bars
from vinculo.web.views import Option
from vinculo_complaints import explained, limits, reports, statistics
from vinculo_complaints.pages import READ
from vinculo_complaints.records import complaint
from vinculo_complaints.reports import Which

URL: Final = "/complaints/reports"
TABS: Final = {"causes": _l("Causes"), "repeats": _l("Repeat complaints"), "groups": _l("By anything")}
BY: Final = {
    "product": _l("Product"),
    "responsible": _l("Responsible"),
    "counterparty": _l("Counterparty"),
    "client": _l("Client"),
    "topic": _l("Topic"),
    "cause": _l("Cause"),
    "channel": _l("Came by"),
}
PAGES: Final = Pages(
    URL, TABS, (complaint.label_plural, complaint.url),
    since=_l("Received from"), until=_l("Received until"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the address says; ``list_url`` is the list of the same complaints, with more conditions."""

    ctx: Context
    which: Which
    by: str

    def list_url(self, *conditions: tuple[str, Any]) -> str:
        found: list[tuple[str, Any]] = []
        if self.which.since:
            found.append(("received_at[gte]", reports.start_of(self.which.since).isoformat()))
        if self.which.until:
            end = reports.start_of(self.which.until + timedelta(days=1))
            found.append(("received_at[lt]", end.isoformat()))
        return f"{complaint.url}?{urlencode(self.which.narrowed.list_pairs([*found, *conditions]))}"

    def rows_of(self, by: str, key: Any) -> str:
        """The list of one group."""
        field = reports.FIELDS[by]
        return self.list_url((f"{field}[empty]", "true") if key in (None, "") else (field, key))

    def sees(self, *names: str) -> bool:
        return access.hidden(complaint, self.ctx.actor).isdisjoint(names)


def _page(ctx: Context, name: str) -> Response[bytes]:
    """``since`` and ``until`` narrow by the day on which complaints came in, conditions as lists."""
    hidden = access.hidden(complaint, ctx.actor)
    ways = [one for one in BY if reports.FIELDS[one] not in hidden]
    by = ctx.parameter("by") if ctx.parameter("by") in ways else next(iter(ways), "")
    narrowed = narrowing.read(ctx, complaint, (*reporting.PERIOD, "by"))
    asked = _Asked(ctx, Which(ctx.actor, narrowed, *reporting.period(ctx)), by)
    said = [*reporting.kept(ctx, PAGES), ("by", by)] if name == "groups" else reporting.kept(ctx, PAGES)
    shown = [Option(one, str(BY[one])) for one in ways] if name == "groups" else []
    return reporting.render(
        ctx, PAGES, name, _REPORTS[name](asked), by=shown, chosen_by=by,
        narrowing=narrowing.bar(narrowed, f"{URL}/{name}", said),
    )  # fmt: skip


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _causes(asked: _Asked) -> Report:
    if not asked.sees("cause_id"):
        return NOTHING
    found = reports.groups(asked.ctx.session, asked.which, "cause")
    names = {one.key: one.label or _("Without a cause") for one in found}
    parts = statistics.pareto((one.key, one.count) for one in found)
    total = sum(one.count for one in parts)
    known = reports.orders(asked.ctx.session, asked.ctx.registry, asked.which)
    rate = statistics.per_thousand(total, known or 0)
    text = _("%(complaints)s complaints on %(orders)s orders: %(rate)s per 1,000.")
    summary = text % {"complaints": total, "orders": known, "rate": _mark(rate)} if rate is not None else ""
    rows = [
        [
            Cell(names[one.key], asked.rows_of("cause", one.key)),
            Cell(str(one.count)),
            Cell(_percent(one.share)),
            Cell(_percent(one.up_to)),
        ]
        for one in parts
    ]
    shown = bars([(names[one.key], one.count, f"{one.count} · {_percent(one.up_to)}") for one in parts])
    how = (explained.PARETO, explained.PER_THOUSAND)
    return Report([_("Cause"), _("Complaints"), _("Share"), _("Up to here")], rows, shown, how, summary)


def _repeats(asked: _Asked) -> Report:
    if not asked.sees("client_id", "topic_id", "received_at"):
        return NOTHING
    session = asked.ctx.session
    cases = reports.cases(session, asked.which)
    days = limits.NUMBERS.read(session)[limits.REPEAT]
    every, again = (
        Counter(one.topic for one in cases),
        Counter(one.topic for one in statistics.repeats(cases, days)),
    )
    names = reports.topics(session)
    rows = [
        [
            Cell(names[topic], asked.rows_of("topic", topic)),
            Cell(str(every[topic])),
            Cell(str(count)),
            Cell(_percent(count / every[topic])),
        ]
        for topic, count in again.most_common()
    ]
    text = _("Of %(all)s complaints with a topic, %(repeats)s repeat an earlier one within %(days)s days.")
    summary = text % {"all": len(cases), "repeats": again.total(), "days": days}
    shown = bars([(names[topic], count, str(count)) for topic, count in again.most_common()])
    columns = [_("Topic"), _("Complaints"), _("Repeat complaints"), _("Share")]
    return Report(columns, rows, shown, (explained.REPEATS,), summary)


def _groups(asked: _Asked) -> Report:
    if not asked.by:
        return NOTHING
    found = reports.groups(asked.ctx.session, asked.which, asked.by)
    rows = [
        [
            Cell(one.label or _("Without a value"), asked.rows_of(asked.by, one.key)),
            Cell(str(one.count)),
            Cell(str(one.count - one.closed)),
            Cell(_percent(statistics.within(one.in_time, one.closed)) if asked.sees("due_at") else ""),
            Cell(_mark(one.satisfaction) if asked.sees("satisfaction") else ""),
        ]
        for one in found
    ]
    shown = bars([(one.label or _("Without a value"), one.count, str(one.count)) for one in found])
    columns = [str(BY[asked.by]), _("Complaints"), _("Open now"), _("Solved in time"), _("Satisfaction")]
    return Report(columns, rows, shown, (explained.WITHIN,))


def _mark(value: float | None) -> str:
    return "" if value is None else format_number(Decimal(f"{value:.1f}"))


_REPORTS: Final[Mapping[str, Callable[[_Asked], Report]]] = {
    "causes": _causes,
    "repeats": _repeats,
    "groups": _groups,
}
handlers = reporting.handlers(PAGES, READ, _page)
