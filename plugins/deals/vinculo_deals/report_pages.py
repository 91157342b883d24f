"""The reports: funnel, outcomes by anything, time in stages, forecast. Each is a picture and a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from litestar import Response
from litestar.params import FromPath

from vinculo.errors import NotFoundError
from vinculo.i18n import format_month, format_number
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.records import access
from vinculo.records.text import whole_number
from vinculo.web import reports as reporting
from vinculo.web.context import Context
from vinculo.web.reports import NOTHING, Cell, Pages, Report, Text, bars
from vinculo.web.routes import get
from vinculo.web.views import Option
from vinculo_deals import chance_report, compliance_report, explained, queries, reports
from vinculo_deals import statistics as formulae
from vinculo_deals.asking import Asked, percent
from vinculo_deals.models import State
from vinculo_deals.pages import READ
from vinculo_deals.records import deal
from vinculo_deals.reports import Which
from vinculo_deals.service import today
from vinculo_deals.statistics import Level

URL: Final = "/deals/reports"
PAST_MONTHS: Final = 6
ONE_PIPELINE: Final = ("funnel", "stays")  # of several their stages would be mixed
TABS: Final = {
    "funnel": _l("Funnel"),
    "outcomes": _l("Won and lost"),
    "stays": _l("Time in stages"),
    "forecast": _l("Forecast"),
    "calibration": _l("Probability and outcome"),
    **compliance_report.TABS,
}
BY: Final = {
    "responsible": _l("Responsible"),
    "department": _l("Department"),
    "division": _l("Department above"),
    "product": _l("Product"),
    "source": _l("Source"),
    "industry": _l("Industry of the client"),
    "client": _l("Client"),
    "reason": _l("Lost because of"),
    "reached": _l("Furthest stage"),
}
LINKED: Final = ("responsible", "source", "client", "reason", "reached")  # whose rows a list can show


PAGES: Final = Pages(
    URL, TABS, (deal.label_plural, deal.url), since=_l("Begun from"), until=_l("Begun until"),
    also=("pipeline",), template="deals/report.html",
)  # fmt: skip


@get(URL, permission=READ)
def first(ctx: Context) -> Response[bytes]:
    """The funnel."""
    return _page(ctx, "funnel")


@get(f"{URL}/{{name:str}}", permission=READ)
def page(ctx: Context, name: FromPath[str]) -> Response[bytes]:
    """Any of them."""
    return _page(ctx, name)


def _page(ctx: Context, name: str) -> Response[bytes]:
    """``pipeline``, ``since`` and ``until`` narrow the deals by where and when they began."""
    if name not in TABS:
        raise NotFoundError
    known = queries.pipelines(ctx.session)
    asked = _read(ctx, known, name)
    return reporting.render(
        ctx, PAGES, name,
        _REPORTS[name](asked) if asked.which.pipeline or name not in ONE_PIPELINE else None,
        by=[Option(one, str(label)) for one, label in _groups(ctx, name).items()],
        chosen_by=asked.by,
        pipelines=[Option(str(one), label) for one, label in known],
        pipeline=str(asked.which.pipeline or ""),
        needs_pipeline=name in ONE_PIPELINE,
    )  # fmt: skip


def _read(ctx: Context, known: Sequence[tuple[int, str]], name: str) -> Asked:
    ids = {one for one, _name in known}
    wanted = whole_number(ctx.parameter("pipeline"))
    pipeline = wanted if wanted in ids else None
    if pipeline is None and name in ONE_PIPELINE and known:
        pipeline = known[0][0]
    which = Which(ctx.actor, pipeline, *reporting.period(ctx))
    ways = _groups(ctx, name)
    by = ctx.parameter("by") if ctx.parameter("by") in ways else next(iter(ways), "")
    return Asked(ctx, which, by)


def _groups(ctx: Context, name: str) -> Mapping[str, Text]:
    """By what a report can be grouped."""
    if name == "process":
        return compliance_report.BY
    hidden = access.hidden(deal, ctx.actor)
    seen = {one: label for one, label in BY.items() if reports.FIELDS[one] not in hidden}
    return seen if name == "outcomes" else {}


def _funnel(asked: Asked) -> Report:
    session = asked.ctx.session
    stages = [one for one in queries.stages(session, asked.which.pipeline or 0) if one.state is State.OPEN]
    names = {one.id: one.name for one in stages}
    found = reports.cohorts(session, asked.which)
    levels = formulae.funnel([*names], found)
    counts = {state: sum(one.count for one in found if one.state == state) for state in State}
    won = formulae.share(counts[State.WON], counts[State.WON] + counts[State.LOST])
    shown = [(names[one.stage], one.count, str(one.count)) for one in levels]
    shown.append((_("Won"), counts[State.WON], str(counts[State.WON])))
    return Report(
        [_("Stage"), _("Deals"), _("Of the stage before"), _("Of all"), _("Amount")],
        [*_reached(asked, levels, names, sum(counts.values())), *_states(asked, counts)],
        bars(shown),
        (explained.FUNNEL, explained.SHARE),
        _("Of the deals that were closed, %(share)s were won.", share=percent(won)) if won.of else "",
    )


def _reached(
    asked: Asked, levels: Sequence[Level], names: Mapping[int, str], everything: int
) -> Iterator[Sequence[Cell]]:
    yield [Cell(_("Deals begun")), Cell(str(everything), asked.list_url()), Cell(""), Cell(""), Cell("")]
    for place, level in enumerate(levels):
        later = ",".join(str(one.stage) for one in levels[place:])
        # As far as this stage or further, or won however far that was known.
        url = asked.list_url(("any1.reached_id[in]", later), ("any1.state", State.WON))
        yield [
            Cell(names[level.stage]),
            Cell(str(level.count), url),
            Cell(percent(level.of_previous)),
            Cell(percent(level.of_all)),
            Cell(asked.amount(level.amount)),
        ]


def _states(asked: Asked, counts: Mapping[State, int]) -> Iterator[Sequence[Cell]]:
    everything = sum(counts.values())
    for state, label in ((State.WON, _("Won")), (State.LOST, _("Lost deals")), (State.OPEN, _("Still open"))):
        of_all = formulae.share(counts[state], everything)
        url = asked.list_url(("state", state))
        yield [Cell(label), Cell(str(counts[state]), url), Cell(""), Cell(percent(of_all)), Cell("")]


def _outcomes(asked: Asked) -> Report:
    if not asked.by:
        return NOTHING
    found = reports.outcomes(asked.ctx.session, asked.which, asked.by)
    rows = [
        [
            Cell(one.label or _("Without a value"), _rows_of(asked, one)),
            Cell(str(one.deals)),
            Cell(str(one.won)),
            Cell(str(one.lost)),
            Cell(str(one.open)),
            Cell(percent(one.rate)),
            Cell(asked.amount(one.won_amount)),
            Cell("" if one.days is None else f"{one.days:.0f}"),
        ]
        for one in found
    ]
    shown = [(one.label or _("Without a value"), one.rate.value, percent(one.rate)) for one in found]
    return Report(
        [str(BY[asked.by]), _("Deals"), _("Won"), _("Lost deals"), _("Still open"), _("Win rate"),
         _("Amount won"), _("Days to the end")],
        rows,
        bars(shown, whole=1),
        (explained.SHARE,),
    )  # fmt: skip


def _rows_of(asked: Asked, one: reports.Outcome) -> str:
    if asked.by not in LINKED:
        return ""
    field = reports.FIELDS[asked.by]
    if one.key in (None, ""):
        return asked.list_url((f"{field}[empty]", "true"))
    return asked.list_url((field, one.key))


def _stays(asked: Asked) -> Report:
    session = asked.ctx.session
    found = reports.stays(session, asked.which)
    order = [one.name for one in queries.stages(session, asked.which.pipeline or 0)]
    names = sorted(found, key=lambda name: (order.index(name) if name in order else len(order), name))
    rows, values = [], []
    for name in names:
        stays = found[name]
        ended, going_on = sum(one.ended for one in stays), sum(one.going_on for one in stays)
        median = formulae.median_stay(stays)
        shown = _("more than half stay on") if median is None else format_number(median)
        rows.append([Cell(name), Cell(shown), Cell(str(ended)), Cell(str(going_on))])
        values.append((name, float(median or 0), shown))
    return Report(
        [_("Stage"), _("Days by which half have left"), _("Stays that ended"), _("Stays that go on")],
        rows,
        bars(values),
        (explained.MEDIAN_STAY,),
    )


def _forecast(asked: Asked) -> Report:
    session = asked.ctx.session
    if not asked.money:
        return NOTHING
    since = (today().replace(day=1) - timedelta(days=31 * PAST_MONTHS)).replace(day=1)
    won = reports.won_by_day(session, asked.which, since=since)
    found = formulae.forecast(reports.expected(session, asked.which), won, today())
    rows = [
        [
            Cell(format_month(one.month) if one.month else _("Overdue, or without a day")),
            Cell(asked.amount(one.won)),
            Cell(asked.amount(one.open)),
            Cell(str(one.count)),
            Cell(asked.amount(one.weighted)),
        ]
        for one in found
    ]
    shown = [(str(row[0].text), float(one.weighted), asked.amount(one.weighted))
            for row, one in zip(rows, found, strict=True)]  # fmt: skip
    return Report(
        [_("Month"), _("Won"), _("In open deals"), _("Open deals"), _("Weighted")],
        rows,
        bars(shown),
        (explained.FORECAST,),
    )


_REPORTS: Final[dict[str, Callable[[Asked], Report]]] = {
    "funnel": _funnel,
    "outcomes": _outcomes,
    "stays": _stays,
    "forecast": _forecast,
    "calibration": chance_report.calibration,
    "process": compliance_report.kept,
    "steps_left": compliance_report.failing,
    "step_wins": compliance_report.effects,
}


handlers = (first, page)
