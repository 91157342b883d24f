"""The pages of reports, each a picture and a table; of stages and outcomes what they show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from babel.support import LazyProxy
from litestar import Response
from litestar.params import FromPath
from sqlalchemy.orm import Session

from vinculo.i18n import format_number, ngettext
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.records import narrowing
from vinculo.web import reports as reporting
from vinculo.web.context import Context
from vinculo.web.reports import NOTHING, Cell, Pages, Report, bars
from vinculo.web.routes import post
from vinculo.web.views import Option
from vinculo_deals import (
    asking,
    chance_report,
    compliance_report,
    explained,
    forecast_report,
    groups,
    pivot_report,
    queries,
    reports,
    trade_report,
    working_hours,
    working_stays,
)
from vinculo_deals import statistics as formulae
from vinculo_deals.asking import Asked, percent
from vinculo_deals.models import State
from vinculo_deals.pages import CREATE, READ
from vinculo_deals.records import deal
from vinculo_deals.statistics import Level

URL: Final = "/deals/reports"
WORKING: Final = "working"
MEASURED: Final = {"calendar": _l("Calendar days"), WORKING: _l("Working hours")}
GROUPED: Final = ("by", "across", "measure")


@dataclass(frozen=True, slots=True)
class Tab:
    """A report: what draws it, whether of one pipeline only, and the ways to group it."""

    label: LazyProxy
    draw: Callable[[Asked], Report]
    one_pipeline: bool = False  # of several, stages would be mixed
    by: Sequence[str] | Mapping[str, LazyProxy] | Callable[[Session], Mapping[str, LazyProxy]] = ()
    across: bool = False


def _page(ctx: Context, name: str) -> Response[bytes]:
    """Everything that narrows the deals, see ``asking.read``; ``by`` groups them."""
    tab, known = TABS[name], queries.pipelines(ctx.session)
    asked = asking.read(ctx, known, one_pipeline=tab.one_pipeline)
    ways = _ways(ctx, tab)
    asked = replace(asked, by=_chosen(ctx, "by", ways))
    if tab.across:
        asked = replace(
            asked,
            across=_chosen(ctx, "across", ways, usual="state"),
            measure=_chosen(ctx, "measure", pivot_report.MEASURES),
        )
    own = [*reporting.kept(ctx, PAGES), *((one, ctx.parameter(one)) for one in GROUPED if ctx.parameter(one))]
    return reporting.render(
        ctx, PAGES, name,
        tab.draw(asked) if asked.which.pipeline or not tab.one_pipeline else None,
        by=[Option(one, label) for one, label in ways.items()],
        chosen_by=asked.by,
        narrowing=narrowing.bar(asked.narrowed, f"{URL}/{name}", own) if asked.narrowed else None,
        pipelines=[Option(str(one), label) for one, label in known],
        pipeline=str(asked.which.pipeline or ""),
        needs_pipeline=tab.one_pipeline,
        departments=asking.places(asked),
        department=ctx.parameter("department"),
        more=_more(asked, ways) if tab.across else [],
    )  # fmt: skip


def _ways(ctx: Context, tab: Tab) -> Mapping[str, str]:
    by = tab.by(ctx.session) if callable(tab.by) else tab.by
    if isinstance(by, Mapping):
        return {one: str(label) for one, label in by.items()}
    return {one: str(groups.WAYS[one].label) for one in groups.seen(ctx.actor, by)}


def _chosen(ctx: Context, name: str, known: Mapping[str, Any], usual: str = "") -> str:
    asked = ctx.parameter(name)
    return asked if asked in known else usual if usual in known else next(iter(known), "")


def _more(asked: Asked, ways: Mapping[str, str]) -> list[tuple[str, str, Sequence[Option], str]]:
    across = [Option(one, label) for one, label in ways.items()]
    measures = [Option(one, str(label)) for one, label in pivot_report.MEASURES.items()]
    return [("measure", _("Measure"), measures, asked.measure), ("across", _("Across"), across, asked.across)]


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
        [*_reached(asked, levels, names, sum(counts.values())), *_states(asked, counts), *_detours(asked)],
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


def _detours(asked: Asked) -> Iterator[Sequence[Cell]]:
    """The deals that skipped a stage, those that came back to one, and those of which nobody knows."""
    if not asked.sees("skipped", "returns"):
        return
    skipped, returned, unknown = reports.detours(asked.ctx.session, asked.which)
    counted = [
        (_("Skipped a stage"), skipped, ("skipped[gt]", "0")),
        (_("Came back to a stage"), returned, ("returns[gt]", "0")),
    ]
    if unknown:
        counted.append((_("Came by import without their way"), unknown, ("skipped[empty]", "true")))
    for label, count, condition in counted:
        yield [Cell(label), Cell(str(count), asked.list_url(condition)), Cell(""), Cell(""), Cell("")]


def _outcomes(asked: Asked) -> Report:
    if not asked.by:
        return NOTHING
    way = groups.WAYS[asked.by]
    found = reports.outcomes(asked.ctx.session, asked.which, asked.by)
    named = [(way.named(one.label) or _("Without a value"), one) for one in found]
    rows = [
        [
            Cell(name, asked.list_url(*way.rows(one.key)) if way.rows else ""),
            Cell(str(one.deals)),
            Cell(str(one.won)),
            Cell(str(one.lost)),
            Cell(str(one.open)),
            Cell(percent(one.rate)),
            Cell(asked.amount(one.won_amount)),
            Cell("" if one.days is None else f"{one.days:.0f}"),
        ]
        for name, one in named
    ]
    return Report(
        [str(way.label), _("Deals"), _("Won"), _("Lost deals"), _("Still open"), _("Win rate"),
         _("Amount won"), _("Days to the end")],
        rows,
        bars([(name, one.rate.value, percent(one.rate)) for name, one in named], whole=1),
        (explained.SHARE,),
    )  # fmt: skip


def _standing(asked: Asked) -> Report:
    """Where open deals stand now."""
    if not asked.sees("stage_id", "state"):
        return NOTHING
    session = asked.ctx.session
    stages = [one for one in queries.stages(session, asked.which.pipeline or 0) if one.state is State.OPEN]
    found = reports.standing(session, asked.which)
    everything = sum(one.count for one in found.values())
    rows = []
    for stage in stages:
        one = found.get(stage.id, reports.Standing())
        of_all = formulae.share(one.count, everything)
        rows.append(
            [
                Cell(stage.name),
                Cell(str(one.count), asked.list_url(("stage_id", stage.id))),
                Cell(percent(of_all)),
                Cell(asked.amount(one.amount)),
                Cell(asked.amount(one.likely) if asked.sees("chance") else ""),
            ]
        )
    shown = [(stage.name, found[stage.id].count if stage.id in found else 0) for stage in stages]
    return Report(
        [_("Stage"), _("Open deals"), _("Of all"), _("Amount"), _("Weighted")],
        rows,
        bars([(name, count, str(count)) for name, count in shown]),
        (explained.PROBABILITY, explained.SHARE),
    )


def _measures(session: Session) -> Mapping[str, LazyProxy]:
    """What stays are measured in; there is no choice where the company has not said when it works."""
    return MEASURED if working_hours.exist(session) else {}


def _stays(asked: Asked) -> Report:
    session, summary, how = asked.ctx.session, "", [explained.MEDIAN_STAY, explained.MEDIAN_ENDED]
    if asked.by == WORKING:
        counted = working_stays.count(session, asked.which)
        found, summary = counted.by_stage, _waiting(counted.waiting)
        how.append(explained.HOURS)
    else:
        found = reports.stays(session, asked.which)
    order = [one.name for one in queries.stages(session, asked.which.pipeline or 0)]
    names = sorted(found, key=lambda name: (order.index(name) if name in order else len(order), name))
    rows, values = [], []
    for name in names:
        stays = found[name]
        ended, going_on = sum(one.ended for one in stays), sum(one.going_on for one in stays)
        median = formulae.median_stay(stays)
        shown = _("more than half stay on") if median is None else format_number(median)
        of_ended = formulae.median_ended(stays)
        plain = "" if of_ended is None else format_number(of_ended)
        rows.append([Cell(name), Cell(shown), Cell(plain), Cell(str(ended)), Cell(str(going_on))])
        values.append((name, float(median or 0), shown))
    half = (
        _("Working hours by which half have left")
        if asked.by == WORKING
        else _("Days by which half have left")
    )
    columns = [
        _("Stage"),
        half,
        _("Median of those that ended"),
        _("Stays that ended"),
        _("Stays that go on"),
    ]
    return Report(columns, rows, bars(values), how, summary)


def _waiting(deals: int) -> str:
    """Why stays of some deals are missing."""
    if not deals:
        return ""
    return ngettext(
        "Stays that ended are not counted yet of %(n)s deal: its working time is being counted, as the "
        "calendar has changed. Look again in some minutes.",
        "Stays that ended are not counted yet of %(n)s deals: their working time is being counted, as the "
        "calendar has changed. Look again in some minutes.",
        deals,
    )


TABS: Final[Mapping[str, Tab]] = {
    "funnel": Tab(_l("Funnel"), _funnel, one_pipeline=True),
    "standing": Tab(_l("Open now"), _standing, one_pipeline=True),
    "outcomes": Tab(_l("Won and lost"), _outcomes, by=groups.OUTCOMES),
    "stays": Tab(_l("Time in stages"), _stays, one_pipeline=True, by=_measures),
    "speed": Tab(_l("Speed"), trade_report.speed, by=groups.SPEED),
    "forecast": Tab(_l("Forecast"), forecast_report.forecast),
    "accuracy": Tab(_l("Forecast and fact"), forecast_report.accuracy),
    "calibration": Tab(_l("Reliability"), chance_report.calibration),
    "demand": Tab(_l("Unmet demand"), trade_report.demand, by=trade_report.DEMAND_BY),
    "repeat": Tab(_l("Due to buy again"), trade_report.repeat),
    "process": Tab(compliance_report.TABS["process"], compliance_report.kept, by=compliance_report.BY),
    "steps_left": Tab(compliance_report.TABS["steps_left"], compliance_report.failing),
    "step_wins": Tab(compliance_report.TABS["step_wins"], compliance_report.effects),
    "pivot": Tab(_l("Pivot"), pivot_report.report, by=tuple(groups.WAYS), across=True),
}
PAGES: Final = Pages(
    URL, {name: tab.label for name, tab in TABS.items()}, (deal.label_plural, deal.url),
    since=_l("Begun from"), until=_l("Begun until"), also=("pipeline", "department"),
    template="deals/report.html",
)  # fmt: skip


@post("/deals/repeat/{client_id:int}", permission=CREATE)
def follow_up(ctx: Context, client_id: FromPath[int]) -> Response[bytes]:
    """Have a client asked to buy again."""
    return trade_report.follow_up(ctx, client_id)


handlers = (*reporting.handlers(PAGES, READ, _page), follow_up)
