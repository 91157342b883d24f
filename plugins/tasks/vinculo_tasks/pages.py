"""My day, adding a task in a line, and what is done with one click."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from litestar import Response
from litestar.params import FromPath

from vinculo.errors import NotFoundError, VinculoError
from vinculo.i18n import gettext as _
from vinculo.i18n import today
from vinculo.records import access, bulk_pages, forms, service
from vinculo.records.pages import render_new
from vinculo.records.reading import RowValues, Values
from vinculo.records.text import whole_number
from vinculo.web.context import Context, is_own_path
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Option, Toast
from vinculo_tasks import queries
from vinculo_tasks import service as rules
from vinculo_tasks.models import State, Task
from vinculo_tasks.records import task
from vinculo_tasks.views import TaskView, sees_all, shown, visible

DAY: Final = "/tasks/day"
READ: Final = task.permission("read")
CREATE: Final = task.permission("create")
UPDATE: Final = task.permission("update")
DAYS: Final = 7
MOST: Final = 300
COMPOSED: Final = ("type_id", "due_on", "assignee_id", "client_id")


def tabs(here: str) -> list[tuple[str, str, bool]]:
    """The pages of tasks, side by side."""
    pages = [
        (DAY, _("My day")),
        ("/tasks/calendar", _("Calendar")),
        ("/tasks/load", _("Load")),
        (task.url, _("All tasks")),
    ]
    return [(url, label, url == here) for url, label in pages]


@get(DAY, permission=READ)
def day(ctx: Context) -> Response[bytes]:
    """What the user has to do: overdue, today, in the next days, and what has no day."""
    until = today() + timedelta(days=DAYS)
    lines: list[queries.Line] = []
    if sees_all(ctx):
        conditions = (*queries.of_day(ctx.actor, until), *visible(ctx))
        lines = queries.lines(ctx.session, ctx.actor, conditions, limit=MOST)
    return ctx.render(
        "tasks/day.html",
        crumbs=[Crumb(str(task.label_plural), task.url), Crumb(_("My day"))],
        title=_("My day"),
        tabs=tabs(DAY),
        sections=_sections(shown(ctx, lines, back=DAY)),
        types=type_options(ctx) if access.writes(task, ctx.actor, COMPOSED) else None,
        today=today().isoformat(),
        feed_url="/tasks/feed",
    )


def _sections(lines: list[TaskView]) -> list[tuple[str, str, list[TaskView]]]:
    now = today()

    def of(first: date | None, last: date | None) -> list[TaskView]:
        dated = [line for line in lines if line.day is not None]
        return [one for one in dated if (first or date.min) <= one.day <= (last or date.max)]  # type: ignore[operator]

    found = [
        (_("Overdue"), "bad", of(None, now - timedelta(days=1))),
        (_("Today"), "warn", of(now, now)),
        (_("Next 7 days"), "", of(now + timedelta(days=1), None)),
        (_("Without a day"), "", [line for line in lines if line.day is None]),
    ]
    return [section for section in found if section[2]]


def type_options(ctx: Context) -> list[Option]:
    """The types to choose from."""
    return [Option("", "—"), *(Option(str(one), name) for one, name, _icon in queries.types(ctx.session))]


@post("/tasks/add", permission=CREATE)
def add(ctx: Context) -> Response[bytes]:
    """Add what was typed in a line; if it does not fit, go on in the whole form."""
    texts = {name: ctx.value(name) for name in ctx.form}
    texts.setdefault("assignee_id", str(ctx.actor.user_id or ""))
    seen = access.new_by(task, ctx.actor)
    typed = forms.from_texts(ctx, seen, {**_defaults(), **texts})
    back = own(ctx.value("back"))
    try:
        values = forms.read(ctx, seen, typed)
        values.fields.update(_about(ctx))
        record = service.create(ctx.session, task, values, actor=ctx.actor)
    except VinculoError as error:
        ctx.session.rollback()
        return render_new(ctx, seen, typed, back=back, error=error)
    may = access.permitted(ctx.session, task, record.id, ctx.actor, ["delete"])
    undo = f"{task.url}/{record.id}/delete?back={quote(back)}" if may else ""
    toast = Toast(_("%(task)s was added.", task=record.subject), undo_url=undo)
    return ctx.redirect(back or f"{task.url}/{record.id}", toast=toast)


def _defaults() -> dict[str, str]:
    return {f.name: f.text(f.initial) for f in task.writable() if f.default is not None}


def _about(ctx: Context) -> dict[str, Any]:
    """The record of a plugin's kind that the task is about, and its client. Raises ``NotFoundError``."""
    name, record_id = ctx.value("about_kind"), whole_number(ctx.value("about_id"))
    kind = ctx.registry.kinds.get(name)
    if not name or record_id is None:
        return {}
    if kind is None or not kind.exposed:
        raise NotFoundError
    record = service.get(ctx.session, kind, record_id, actor=ctx.actor)
    return {"about_kind": name, "about_id": record_id, "client_id": kind.client_of(record)}


def own(url: str) -> str:
    """Only a path of our own."""
    return url if is_own_path(url) else ""


@post("/tasks/{record_id:int}/done", permission=UPDATE)
def done(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Done; what is suggested next is offered as a form that is filled in."""
    return _close(ctx, record_id, State.DONE)


@post("/tasks/done", permission=UPDATE)
def many_done(ctx: Context) -> Response[bytes]:
    """Those that are ticked in a list are done; what repeats is made anew."""
    return bulk_pages.at_once(ctx, task, {"state": State.DONE.value})


@post("/tasks/{record_id:int}/cancel", permission=UPDATE)
def cancel(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Not to be done any more."""
    return _close(ctx, record_id, State.CANCELLED)


@post("/tasks/{record_id:int}/reopen", permission=UPDATE)
def reopen(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Open again."""
    return _close(ctx, record_id, State.OPEN)


def _close(ctx: Context, record_id: int, state: State) -> Response[bytes]:
    record: Task = service.get(ctx.session, task, record_id, actor=ctx.actor, lock=True)
    back = own(ctx.parameter("back") or ctx.value("back")) or f"{task.url}/{record_id}"
    changed = rules.close(ctx.session, task, record, state, result=ctx.value("result"), actor=ctx.actor)
    undo = f"{task.url}/{record_id}/changes/{record.version}/undo?back={quote(back)}" if changed else ""
    said = {
        State.DONE: _("Done: %(task)s", task=record.subject),
        State.CANCELLED: _("Cancelled: %(task)s", task=record.subject),
        State.OPEN: _("Open again: %(task)s", task=record.subject),
    }
    following = rules.suggestion(ctx.session, record) if changed and state is State.DONE else None
    if following and ctx.actor.may(CREATE):
        given = {name: str(value) for name, value in following.items() if value not in (None, "")}
        back = f"{task.url}/new?{urlencode({**given, 'back': back})}"
    return ctx.redirect(back, toast=Toast(said[state], undo_url=undo))


@post("/tasks/{record_id:int}/items/{item_id:int}", permission=UPDATE)
def tick(ctx: Context, record_id: FromPath[int], item_id: FromPath[int]) -> Response[bytes]:
    """Tick a line of the checklist, or take the tick away."""
    record: Task = service.get(ctx.session, task, record_id, actor=ctx.actor, lock=True)
    if item_id not in {item.id for item in record.items}:
        raise NotFoundError
    rows = [
        RowValues({"text": item.text, "done": item.done != (item.id == item_id)}, id=item.id)
        for item in record.items
    ]
    service.update(ctx.session, task, record, Values(collections={"items": rows}), actor=ctx.actor)
    return ctx.redirect(f"{task.url}/{record_id}")


handlers = (day, add, done, many_done, cancel, reopen, tick)
