"""The reports on the process: how far it is kept, what was not done on time, and what was won with a step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from vinculo.i18n import current_time_zone, format_date, format_number
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.records.text import whole_number
from vinculo.web.reports import FULL, NOTHING, Bar, Cell, Report, bars
from vinculo_deals import compliance, explained
from vinculo_deals.asking import Asked
from vinculo_deals.process_views import day_before
from vinculo_deals.records import STATES, deal
from vinculo_deals.statistics import Share

TABS: Final = {
    "process": _l("Process kept"),
    "steps_left": _l("Late and missing"),
    "step_wins": _l("Steps and wins"),
}
BY: Final = {
    "responsible": _l("Responsible"),
    "stage": _l("Stage"),
    "deal": _l("Deal"),
    "step": _l("Step"),
}
OWN: Final = ("_of", "_key", "_step", "_done")
SEES: Final = ("stage_id", "state", "responsible_id")  # what one must see to have these reports


def kept(asked: Asked) -> Report:
    """How much of what was due was done on time, in groups."""
    if not asked.sees(*SEES):
        return NOTHING
    by = asked.by
    found = compliance.groups(asked.ctx.session, asked.which, by)
    rows, shown = [], []
    for one in found:
        label, share = one.label or _("Without a value"), f"{100 * one.kept:.1f} %"
        behind = _url(asked, "steps_left", _of=by, _key=one.key or "")
        rows.append([
            Cell(label, f"{deal.url}/{one.key}" if by == "deal" else ""),
            Cell(format_number(one.deals)), Cell(format_number(one.due)), Cell(share),
            Cell(format_number(one.late), behind), Cell(format_number(one.missing), behind),
        ])  # fmt: skip
        shown.append((label, one.kept, share))
    return Report(
        [str(BY[by]), _("Deals"), _("Weight of what was due"), _("Done on time"), _("Late"), _("Missing")],
        rows,
        bars(shown, whole=1),
        (explained.COMPLIANCE,),
        _summary(found if by != "deal" else [compliance.whole(asked.ctx.session, asked.which)]),
    )


def _summary(found: Sequence[compliance.Group]) -> str:
    due, missing = sum(one.due for one in found), sum(one.missing for one in found)
    if not due:
        return _("Nothing was due: no step of a stage is required, or no deal has come that far.")
    on_time = sum(one.kept * one.due for one in found) / due
    return _("%(share)s of what was due was done on time; %(missing)s steps are missing.",
             share=f"{100 * on_time:.1f} %", missing=format_number(missing))  # fmt: skip


def _url(asked: Asked, name: str, **more: object) -> str:
    """Another of these reports, narrowed alike; names of its own begin with ``_``."""
    said = [(n, v) for n, v in asked.ctx.parameters() if v and n not in ("by", *OWN)]
    return f"{deal.url}/reports/{name}?{urlencode([*said, *more.items()])}"


def failing(asked: Asked) -> Report:
    """The steps that were done late or not at all, with their deals."""
    if not asked.sees(*SEES):
        return NOTHING
    of, key = asked.ctx.parameter("_of"), whole_number(asked.ctx.parameter("_key"))
    found = compliance.failing(asked.ctx.session, asked.which, by=of, key=key)
    counts: dict[str, int] = {}
    for one in found:
        counts[one.step] = counts.get(one.step, 0) + 1
    first = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return Report(
        [_("Deal"), _("Step"), _("Stage"), _("Responsible"), _("Was due"), _("Done"), _("Days late")],
        [
            [
                Cell(one.deal, f"{deal.url}/{one.deal_id}"), Cell(one.step), Cell(one.stage), Cell(one.who),
                Cell(day_before(one.due_at)),
                Cell(_day(one.settled) if one.settled else one.reason or _("Missing")),
                Cell(format_number((one.settled - one.due_at).days + 1) if one.settled else ""),
            ]
            for one in found
        ],
        bars([(name, float(count), format_number(count)) for name, count in first]),
        (explained.COMPLIANCE,),
    )  # fmt: skip


def _day(moment: datetime) -> str:
    return format_date(moment.astimezone(current_time_zone()).date())


def effects(asked: Asked) -> Report:
    """For each step the win rate with and without it; of one of these numbers its deals."""
    if not asked.sees(*SEES):
        return NOTHING
    step_id = whole_number(asked.ctx.parameter("_step"))
    if step_id is not None:
        return _deals(asked, step_id, done=asked.ctx.parameter("_done") == "1")
    rows, shown = [], []
    for one in compliance.effects(asked.ctx.session, asked.which):
        with_it, without = (_url(asked, "step_wins", _step=one.step_id, _done=flag) for flag in (1, 0))
        rows.append([
            Cell(one.step), Cell(one.stage),
            Cell(format_number(one.done.of), with_it), Cell(_interval(one.done)),
            Cell(format_number(one.undone.of), without), Cell(_interval(one.undone)), Cell(_apart(one)),
        ])  # fmt: skip
        text = f"{100 * one.done.value:.0f} % · {100 * one.undone.value:.0f} %"
        shown.append(Bar(one.step, round(FULL * one.done.value), text, mark=round(FULL * one.undone.value)))
    return Report(
        [_("Step"), _("Stage"), _("Closed with it"), _("Win rate with it"), _("Closed without it"),
         _("Win rate without it"), _("Difference")],
        rows,
        shown,
        (explained.SHARE,),
        _("Bars are the win rate with the step, marks without it. What goes together need not be its cause."),
    )  # fmt: skip


def _interval(one: Share) -> str:
    """In percent, always with its interval."""
    if not one.of:
        return ""
    return f"{100 * one.value:.1f} % ({100 * one.low:.0f}\N{EN DASH}{100 * one.high:.0f})"


def _apart(one: compliance.Effect) -> str:
    if not (one.done.of and one.undone.of):
        return ""
    points = f"{100 * (one.done.value - one.undone.value):+.1f}"
    return points if one.apart else _("%(points)s, may be chance", points=points)


def _deals(asked: Asked, step_id: int, *, done: bool) -> Report:
    found = compliance.closed(asked.ctx.session, asked.which, step_id, done=done)
    rows: Sequence[Sequence[Cell]] = [
        [Cell(title, f"{deal.url}/{number}"), Cell(str(STATES[state])),
         Cell(format_date(day) if day else ""), Cell(who)]
        for number, title, state, day, who in found
    ]  # fmt: skip
    return Report([_("Deal"), _("State"), _("Closed on"), _("Responsible")], rows, [], ())
