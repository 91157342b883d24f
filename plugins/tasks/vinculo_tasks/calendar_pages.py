"""Tasks on a calendar: a month or a week, as a table."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from litestar import Response

from vinculo.errors import MalformedError
from vinculo.i18n import babel_locale, current_language, format_date, format_month
from vinculo.i18n import gettext as _
from vinculo.web.context import Context
from vinculo.web.routes import get
from vinculo.web.views import Crumb
from vinculo_tasks import queries
from vinculo_tasks.models import State, Task
from vinculo_tasks.pages import READ, tabs
from vinculo_tasks.records import task
from vinculo_tasks.service import EARLIEST, LATEST, today
from vinculo_tasks.views import TaskView, sees_all, shown, visible

URL: Final = "/tasks/calendar"
MOST: Final = 1000
IN_A_CELL: Final = {"month": 4, "week": 50}


@get(URL, permission=READ)
def page(ctx: Context) -> Response[bytes]:
    """``as`` month or week, around the day ``on``, of the user or of ``who`` all."""
    look, on, everybody = _asked(ctx)
    first, weeks = _span(look, on)
    last = first + timedelta(days=7 * weeks - 1)
    views: list[TaskView] = []
    if sees_all(ctx):
        conditions = [Task.due_on >= first, Task.due_on <= last, Task.state != State.CANCELLED, *visible(ctx)]
        if not everybody:
            conditions.append(Task.assignee_id == ctx.actor.user_id)
        lines = queries.lines(ctx.session, ctx.actor, conditions, limit=MOST)
        views = shown(ctx, lines, back=f"{URL}?{_said(look, on, everybody)}", who=everybody)
    return ctx.render(
        "tasks/calendar.html",
        crumbs=[Crumb(str(task.label_plural), task.url), Crumb(_("Calendar"))],
        title=format_month(on) if look == "month" else " \N{EN DASH} ".join(map(format_date, (first, last))),
        tabs=tabs(URL),
        look=look,
        everybody=everybody,
        names=_weekdays(first),
        weeks=_cells(views, first, weeks, on if look == "month" else None, look),
        earlier=f"{URL}?{_said(look, _shift(look, on, -1), everybody)}",
        later=f"{URL}?{_said(look, _shift(look, on, 1), everybody)}",
        now=f"{URL}?{_said(look, today(), everybody)}",
        looks=[(f"{URL}?{_said(one, on, everybody)}", label, one == look) for one, label in _looks()],
        whose=[(f"{URL}?{_said(look, on, one)}", label, one == everybody) for one, label in _whose()],
        cut=len(views) == MOST,
    )


def _looks() -> Sequence[tuple[str, str]]:
    return [("month", _("Month")), ("week", _("Week"))]


def _whose() -> Sequence[tuple[bool, str]]:
    return [(False, _("Mine")), (True, _("Everybody's"))]


def _asked(ctx: Context) -> tuple[str, date, bool]:
    look, who, on = ctx.parameter("as", "month"), ctx.parameter("who"), ctx.parameter("on")
    if look not in IN_A_CELL or who not in ("", "all"):
        raise MalformedError(_("as must be month or week, and who be left out or all."))
    try:
        day = date.fromisoformat(on) if on else today()
    except ValueError:
        day = date.min
    if not EARLIEST < day < LATEST:
        raise MalformedError(_("“%(value)s” is not a day; write e.g. 2026-11-23.", value=on[:40]))
    return look, day, who == "all"


def _said(look: str, on: date, everybody: bool) -> str:
    return f"as={look}&on={on}" + ("&who=all" if everybody else "")


def _span(look: str, on: date) -> tuple[date, int]:
    """The first day, and how many weeks; weeks begin as they do where the language is spoken."""
    start = babel_locale(current_language()).first_week_day

    def monday(day: date) -> date:
        return day - timedelta(days=(day.weekday() - start) % 7)

    if look == "week":
        return monday(on), 1
    first = monday(on.replace(day=1))
    end = on.replace(day=calendar.monthrange(on.year, on.month)[1])
    return first, (end - first).days // 7 + 1


def _shift(look: str, on: date, by: int) -> date:
    if look == "week":
        return on + timedelta(days=7 * by)
    months = on.year * 12 + on.month - 1 + by
    return date(months // 12, months % 12 + 1, 1)


def _weekdays(first: date) -> list[str]:
    names = babel_locale(current_language()).days["stand-alone"]["abbreviated"]
    return [names[(first + timedelta(days=one)).weekday()] for one in range(7)]


def _cells(
    views: list[TaskView], first: date, weeks: int, month: date | None, look: str
) -> list[list[dict[str, Any]]]:
    by_day: dict[date | None, list[TaskView]] = {}
    for view in views:
        by_day.setdefault(view.day, []).append(view)
    now, most = today(), IN_A_CELL[look]

    def cell(day: date) -> dict[str, Any]:
        found = sorted(by_day.get(day, []), key=lambda one: one.closed)  # what is done stands last
        return {
            "day": day.day,
            "name": format_date(day),
            "at": day.isoformat(),
            "here": day == now,
            "outside": month is not None and day.month != month.month,
            "tasks": found[:most],
            "more": max(0, len(found) - most),
            "url": f"{task.url}?due_on={day}",
        }

    days = [first + timedelta(days=one) for one in range(7 * weeks)]
    return [[cell(day) for day in days[at : at + 7]] for at in range(0, len(days), 7)]
