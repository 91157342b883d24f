"""Tasks as pages draw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from vinculo.clients.records import client
from vinculo.db.base import now
from vinculo.i18n import format_date, today
from vinculo.i18n import gettext as _
from vinculo.records import access
from vinculo.web.context import Context
from vinculo.web.views import Badge
from vinculo_tasks import queries
from vinculo_tasks.models import State, Task
from vinculo_tasks.records import task

SHOWN = ("subject", "due_on", "due_time", "client_id", "assignee_id", "state")


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task as a line. ``done_url`` is empty where it is closed, or its reader may not close it."""

    url: str
    subject: str
    badge: Badge | None
    icon: str
    type: str
    high: bool
    repeats: bool
    closed: bool
    client: str = ""
    client_url: str = ""
    who: str = ""
    done_url: str = ""
    day: date | None = None
    clock: str = ""


def shown(ctx: Context, lines: Sequence[queries.Line], *, back: str, who: bool = False) -> list[TaskView]:
    """Lines as their reader sees them; ``back`` is the page to return to when one is done."""
    may = access.writes(task, ctx.actor, ["state"], "update")
    return [_view(one, back if may else "", who=who) for one in lines]


def _view(one: queries.Line, back: str, *, who: bool) -> TaskView:
    url = f"{task.url}/{one.task_id}"
    return TaskView(
        url=url,
        subject=one.subject,
        badge=_due(one),
        icon=one.icon or task.icon,
        type=one.type,
        high=one.high,
        repeats=one.repeats,
        closed=one.state is not State.OPEN,
        client=one.client,
        client_url=f"{client.url}/{one.client_id}" if one.client else "",
        who=one.assignee if who else "",
        done_url=f"{url}/done?back={quote(back)}" if back and one.state is State.OPEN else "",
        day=one.due_on,
        clock=one.due_time or "",
    )


def _due(one: queries.Line) -> Badge | None:
    if one.state is not State.OPEN:
        return Badge(str(task.field("state").show(one.state)), "ok" if one.state is State.DONE else "neutral")
    if one.due_on is None:
        return None
    day = today()
    text = _("Today") if one.due_on == day else format_date(one.due_on)
    late = one.due_on < day or (one.due_on == day and one.due_at is not None and one.due_at <= now())
    tone = "bad" if late else "warn" if one.due_on == day else "neutral"
    return Badge(f"{text} {one.due_time}" if one.due_time else text, tone)


def visible(ctx: Context) -> queries.Conditions:
    """Which tasks the user may read."""
    found = access.condition(task, ctx.actor, few=True)
    return () if found is None else (found,)


def sees_all(ctx: Context) -> bool:
    """Whether nothing that lines show is hidden from the user."""
    return access.hidden(task, ctx.actor).isdisjoint(SHOWN)


def about(ctx: Context, of: str, record_id: int) -> queries.Conditions:
    """Which tasks hang on a record."""
    from_link = task_links().get(of)
    if from_link is not None:
        return (getattr(Task, from_link) == record_id, *visible(ctx))
    return (Task.about_kind == of, Task.about_id == record_id, *visible(ctx))


def task_links() -> dict[str, str]:
    """Kinds on which tasks hang by a link."""
    return {"client": "client_id", "counterparty": "counterparty_id", "person": "person_id"}
