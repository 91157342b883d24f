"""What tasks tell of a client: what is next, what is late, how much is open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import today
from vinculo.plugins.contributions import Fact
from vinculo.records.facts import Told
from vinculo.records.fields import DateField, IntegerField
from vinculo_tasks.models import State
from vinculo_tasks.records import task

TODAY: Final = sa.bindparam("tasks_today", type_=sa.Date(), callable_=today)
TELLS: Final = ("client_id", "state", "due_on")


def open_ones(told: Told) -> sa.ColumnElement[Any]:
    """How many are open."""
    return _of(told, sa.func.count())


def overdue(told: Told) -> sa.ColumnElement[Any]:
    """Of how many the day has passed."""
    return _of(told, sa.func.count(), task.table.c.due_on < TODAY)


def next_day(told: Told) -> sa.ColumnElement[Any]:
    """The first day on which one is due; it may be past."""
    return _of(told, sa.func.min(task.table.c.due_on))


def _of(
    told: Told, what: sa.ColumnElement[Any], *conditions: sa.ColumnElement[bool]
) -> sa.ColumnElement[Any]:
    table = task.table
    query = sa.select(what).select_from(table).where(told.rows(), table.c.state == State.OPEN, *conditions)
    return query.scalar_subquery()


def _rows(client_id: int, value: Any) -> Mapping[str, str]:
    return {"client_id": str(client_id), "state": State.OPEN}


def _late_rows(client_id: int, value: Any) -> Mapping[str, str]:
    return {**_rows(client_id, value), "due_on[lt]": "today"}


def _next_rows(client_id: int, value: Any) -> Mapping[str, str]:
    return {**_rows(client_id, value), "due_on": str(value)}


def late_tone(count: int) -> str:
    """What is late shows."""
    return "bad" if count else ""


FACTS: Final = (
    Fact(
        about="client",
        field=DateField(
            name="tasks_next",
            label=_l("Next task"),
            help=_l("The first day on which an open task is due."),
            read_only=True,
        ),
        of=task,
        expression=next_day,
        tells=TELLS,
        rows=_next_rows,
        header=35,
        joins="interactions_next_contact",
    ),
    Fact(
        about="client",
        field=IntegerField(
            name="tasks_overdue",
            label=_l("Overdue tasks"),
            help=_l("Open tasks whose day has passed."),
            read_only=True,
        ),
        of=task,
        expression=overdue,
        tells=TELLS,
        rows=_late_rows,
        header=36,
        tone=late_tone,
    ),
    Fact(
        about="client",
        field=IntegerField(
            name="tasks_open",
            label=_l("Open tasks"),
            help=_l("Tasks neither done nor cancelled."),
            read_only=True,
        ),
        of=task,
        expression=open_ones,
        tells=TELLS,
        rows=_rows,
    ),
)
