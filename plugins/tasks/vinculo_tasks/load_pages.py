"""Who has how much to do, and how much of it is late: what a manager sees without asking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response

from vinculo.errors import MalformedError
from vinculo.i18n import gettext as _
from vinculo.i18n import today
from vinculo.web.context import Context
from vinculo.web.routes import get
from vinculo.web.views import Crumb
from vinculo_tasks import queries
from vinculo_tasks.models import State, Task
from vinculo_tasks.pages import READ, tabs
from vinculo_tasks.records import task
from vinculo_tasks.views import sees_all, visible

URL: Final = "/tasks/load"
Column = tuple[str, Any, dict[str, str], str]  # label, condition, the same in an address, tone


@get(URL, permission=READ)
def page(ctx: Context) -> Response[bytes]:
    """Rows are people, columns periods or, ``by`` type, types; each figure opens its list."""
    by = ctx.parameter("by", "period")
    if by not in ("period", "type"):
        raise MalformedError(_("by must be period or type."))
    columns = _periods() if by == "period" else _types(ctx)
    rows: Sequence[Any] = ()
    if sees_all(ctx) and columns:
        rows = queries.load(ctx.session, visible(ctx), [one[1] for one in columns])
    return ctx.render(
        "tasks/load.html",
        crumbs=[Crumb(str(task.label_plural), task.url), Crumb(_("Load"))],
        title=_("Load"),
        tabs=tabs(URL),
        ways=[(f"{URL}?by={one}", label, one == by) for one, label in _ways()],
        columns=[one[0] for one in columns],
        rows=[_row(row, columns) for row in rows],
    )


def _ways() -> Sequence[tuple[str, str]]:
    return [("period", _("By day")), ("type", _("By type"))]


def _periods() -> list[Column]:
    now = today()
    soon = now + timedelta(days=7)
    return [
        (_("Overdue"), Task.due_on < now, {"due_on[lt]": "today"}, "bad"),
        (_("Today"), Task.due_on == now, {"due_on": "today"}, "warn"),
        (
            _("Next 7 days"),
            (Task.due_on > now) & (Task.due_on <= soon),
            {"due_on[gt]": "today", "due_on[lte]": "7d"},
            "",
        ),
        (_("Later"), Task.due_on > soon, {"due_on[gt]": "7d"}, ""),
        (_("Without a day"), Task.due_on.is_(None), {"due_on[empty]": "true"}, ""),
    ]


def _types(ctx: Context) -> list[Column]:
    known: list[Column] = [
        (name, Task.type_id == type_id, {"type_id": str(type_id)}, "")
        for type_id, name, _icon in queries.types(ctx.session)
    ]
    return [*known, (_("Without a type"), Task.type_id.is_(None), {"type_id[empty]": "true"}, "")]


def _row(row: Any, columns: Sequence[Column]) -> dict[str, Any]:
    whose = {"assignee_id[empty]": "true"} if row[0] is None else {"assignee_id": str(row[0])}
    base = {"state": State.OPEN.value, **whose}
    cells = [
        {"count": count, "tone": tone, "url": f"{task.url}?{urlencode({**base, **asked})}"}
        for count, (_label, _condition, asked, tone) in zip(row[2:], columns, strict=True)
    ]
    return {"name": row[1] or _("Nobody"), "url": f"{task.url}?{urlencode(base)}", "cells": cells}
