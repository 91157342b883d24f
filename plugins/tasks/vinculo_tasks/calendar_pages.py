"""Tasks on a calendar: a month or a week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from litestar import Response

from vinculo.errors import MalformedError
from vinculo.i18n import gettext as _
from vinculo.web import calendars
from vinculo.web.calendars import Days
from vinculo.web.context import Context
from vinculo.web.routes import get
from vinculo.web.views import CalendarEntry, Crumb
from vinculo_tasks import queries
from vinculo_tasks.models import State, Task
from vinculo_tasks.pages import READ, tabs
from vinculo_tasks.records import task
from vinculo_tasks.views import TaskView, sees_all, shown, visible

URL: Final = "/tasks/calendar"
MOST: Final = 1000


@get(URL, permission=READ)
def page(ctx: Context) -> Response[bytes]:
    """``as`` month or week, around the day ``on``, of the user or of ``who`` all."""
    asked, who = calendars.read(ctx), ctx.parameter("who")
    if who not in ("", "all"):
        raise MalformedError(_("who must be left out or all."))

    def address(look: str, on: date, everybody: bool = who == "all") -> str:
        return f"{URL}?as={look}&on={on}" + ("&who=all" if everybody else "")

    views: list[TaskView] = []
    if sees_all(ctx):
        conditions = [Task.due_on >= asked.first, Task.due_on <= asked.last,
                      Task.state != State.CANCELLED, *visible(ctx)]  # fmt: skip
        if not who:
            conditions.append(Task.assignee_id == ctx.actor.user_id)
        lines = queries.lines(ctx.session, ctx.actor, conditions, limit=MOST)
        views = shown(ctx, lines, back=address(asked.look, asked.on), who=bool(who))
    days = Days(_by_day(views), lambda first, _last: f"{task.url}?due_on={first}")
    calendar = calendars.draw(asked, days, address)
    return ctx.render(
        "tasks/calendar.html",
        crumbs=[Crumb(str(task.label_plural), task.url), Crumb(_("Calendar"))],
        title=calendar.title,
        tabs=tabs(URL),
        calendar=calendar,
        whose=[
            (address(asked.look, asked.on, one), label, one == bool(who))
            for one, label in ((False, _("Mine")), (True, _("Everybody's")))
        ],
        cut=len(views) == MOST,
    )


def _by_day(views: Sequence[TaskView]) -> dict[date, list[CalendarEntry]]:
    """What is done stands last."""
    found: dict[date, list[CalendarEntry]] = {}
    for one in sorted(views, key=lambda view: view.closed):
        title = f"{one.subject}, {one.client}" if one.client else one.subject
        tone = one.badge.tone if one.badge else ""
        if one.day is not None:
            entry = CalendarEntry(one.subject, one.url, title, tone, one.clock, one.closed)
            found.setdefault(one.day, []).append(entry)
    return found
