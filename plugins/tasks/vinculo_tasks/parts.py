"""What tasks draw on pages of others: panels of cards, a way to write, the widget of the home page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import sqlalchemy as sa
from markupsafe import Markup

from vinculo.files import pages as file_pages
from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import today
from vinculo.notes import panels as note_panels
from vinculo.plugins.contributions import (
    EVERY_KIND,
    CardAction,
    Composer,
    FormPart,
    ListAction,
    MenuItem,
    PaletteAction,
    Panel,
    PanelContent,
    Performer,
    Widget,
)
from vinculo.records import access, hanging, service
from vinculo.records.form_parts import Asked, fields_of
from vinculo.records.kind import RecordKind
from vinculo.web.context import Context
from vinculo_tasks import calendar_pages, feed_pages, load_pages, pages, plan_pages, queries, working_days
from vinculo_tasks.models import State, Task
from vinculo_tasks.pages import COMPOSED, CREATE, READ, UPDATE, type_options
from vinculo_tasks.plan_pages import apply_url
from vinculo_tasks.records import plan, task, task_type
from vinculo_tasks.service import perform
from vinculo_tasks.views import about, sees_all, shown, visible

FIRST: Final = 10
CLOSED: Final = 5


def panel(of: str, ctx: Context, record_id: int) -> PanelContent | None:
    """The tasks of a record: those that are open, and what was closed last."""
    if not sees_all(ctx):
        return None
    back = f"{ctx.registry.kinds[of].url}/{record_id}"
    conditions = about(ctx, of, record_id)
    waiting = queries.lines(ctx.session, ctx.actor, (*conditions, Task.state == State.OPEN), limit=FIRST + 1)
    said = hanging.said(task, of, record_id)
    form = _form(ctx, {**said, "back": back})
    if not waiting and form is None:
        return None
    html = ctx.fragment(
        "tasks/panel.html",
        lines=shown(ctx, waiting[:FIRST], back=back, who=True),
        form=form,
        every=f"{task.url}?{'&'.join(f'{name}={value}' for name, value in said.items())}",
        more=len(waiting) > FIRST,
    )
    return PanelContent(html, count=len(waiting[:FIRST]) or None)


def composer(ctx: Context, client_id: int) -> Markup | None:
    """A task for a client, above its timeline."""
    return _form(ctx, {"client_id": str(client_id), "back": f"/clients/{client_id}"})


def _form(ctx: Context, hidden: dict[str, str]) -> Markup | None:
    if not access.writes(task, ctx.actor, COMPOSED):
        return None
    return ctx.fragment(
        "tasks/add.html", hidden=hidden, types=type_options(ctx), day=_tomorrow().isoformat(), bare=False
    )


def _tomorrow() -> date:
    return today() + timedelta(days=1)


def checklist(ctx: Context, record_id: int) -> PanelContent | None:
    """How far a task is: done or not with its result, and the lines to be ticked."""
    record: Task = service.get(ctx.session, task, record_id, actor=ctx.actor)
    hidden = access.hidden(task, ctx.actor)
    items = [] if "items" in hidden else list(record.items)
    may = bool(access.permitted(ctx.session, task, record_id, ctx.actor, ["update"]))
    html = ctx.fragment(
        "tasks/state.html",
        url=f"{task.url}/{record_id}",
        open=record.state is State.OPEN,
        items=[{"id": item.id, "text": item.text, "done": item.done} for item in items],
        may=may and access.writes(task, ctx.actor, ["state"], "update"),
        may_tick=may and access.writes(task, ctx.actor, ["items"], "update"),
        day_off=_day_off(ctx, record) if record.state is State.OPEN else "",
    )
    return PanelContent(html, count=sum(not item.done for item in items) or None)


def form_part(ctx: Context, kind: RecordKind, record: Task | None) -> Asked | None:
    """That a task is due on a day off, in the form in which it is changed."""
    text = _day_off(ctx, record) if record else ""
    if not text:
        return None
    return replace(fields_of(kind, (), {}, lambda _record, _values: None), help=text)


def _day_off(ctx: Context, record: Task) -> str:
    hidden = access.hidden(task, ctx.actor)
    return working_days.said(ctx.session, record) if hidden.isdisjoint(("due_on", "assignee_id")) else ""


def widget(ctx: Context) -> PanelContent | None:
    """What is overdue and what is for today, on the home page."""
    if not sees_all(ctx):
        return None
    conditions: tuple[sa.ColumnElement[bool], ...] = (
        *queries.of_day(ctx.actor, today(), undated=False),
        *visible(ctx),
    )
    found = queries.lines(ctx.session, ctx.actor, conditions, limit=100)
    if not found:
        return None
    lines = shown(ctx, found, back="/")
    html = ctx.fragment("tasks/widget.html", first=lines[:FIRST], rest=lines[FIRST:])
    return PanelContent(html, count=len(found))


def waiting(ctx: Context) -> int:
    """The number beside “My day” in the menu."""
    return queries.count_due(ctx.session, ctx.actor, today())


def new_url(client_id: int) -> str:
    """Where a task for a client is added in the whole form."""
    return f"{task.url}/new?client_id={client_id}&back=/clients/{client_id}"


FORM_PARTS: Final = (
    FormPart("tasks_day_off", ("task",), _l("Day off"), task.permission("update"), form_part),
)
ROUTES: Final = (
    *pages.handlers,
    calendar_pages.page,
    load_pages.page,
    *plan_pages.handlers,
    *feed_pages.handlers,
)
PANELS: Final = (
    Panel("tasks", EVERY_KIND, task.label_plural, panel, READ, weight=30),
    Panel("checklist", "task", _l("Progress"), checklist, READ, weight=5),
    note_panels.about(task),
    file_pages.panel(task),
)
MENU: Final = MenuItem(_l("My day"), pages.DAY, "calendar", READ, weight=5, count=waiting)
COMPOSER: Final = Composer("tasks.task", _l("Task"), "checklist", composer, CREATE, weight=15)
WIDGET: Final = Widget("tasks", _l("Tasks"), widget, READ, weight=5)
PERFORMERS: Final = (
    Performer("*", _l("A task"), lambda session, asked, actor: perform(session, task, asked, actor)),
)
ACTIONS: Final = (
    CardAction("task", "client", _l("Add task"), "checklist", new_url, CREATE),
    CardAction("task_plan", "client", _l("Apply a plan"), "stack-2", apply_url, CREATE, weight=60),
)
LISTS: Final = (
    ListAction("done", task.name, _l("Done"), "check", "/tasks/done", UPDATE, weight=5, at_once=True),
    ListAction("plan", EVERY_KIND, _l("Apply a plan…"), "stack-2", plan_pages.URL, CREATE, weight=60),
)
PALETTE: Final = tuple(
    PaletteAction(f"tasks.{kind.name}", kind.label_plural, kind.icon, kind.url, kind.permission("read"))
    for kind in (task_type, plan)
)
