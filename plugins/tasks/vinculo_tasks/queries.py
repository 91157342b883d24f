"""What pages ask about tasks: one query each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts.models import User
from vinculo.actor import Actor
from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.records import access
from vinculo_tasks.models import Icon, State, Task, TaskType

Conditions = Sequence[sa.ColumnElement[bool]]
UNDATED: Final = date.max


@dataclass(frozen=True, slots=True)
class Line:
    """A task as it stands in a list of a page."""

    task_id: int
    subject: str
    state: State
    due_on: date | None
    due_time: str | None
    due_at: datetime | None
    high: bool
    repeats: bool
    client_id: int | None
    client: str
    type: str
    icon: Icon | None
    assignee: str


def lines(session: Session, actor: Actor, conditions: Conditions, *, limit: int) -> list[Line]:
    """Tasks by their day, with the names that go with them; a client's only to who may know it."""
    known = access.condition(client, actor, few=True)
    name = Client.name if known is None else sa.case((known, Client.name), else_="")
    who = sa.func.coalesce(sa.func.nullif(User.full_name, ""), User.login, "")
    task = Task.__table__.c
    columns = (
        task.id, task.subject, task.state, task.due_on, task.due_time, task.due_at, task.priority == "high",
        task.rule != "", task.client_id, sa.func.coalesce(name, ""), sa.func.coalesce(TaskType.name, ""),
        TaskType.icon, who,
    )  # fmt: skip
    query = (
        sa.select(*columns)
        .select_from(Task)
        .outerjoin(Client, Client.id == Task.client_id)
        .outerjoin(TaskType, TaskType.id == Task.type_id)
        .outerjoin(User, User.id == Task.assignee_id)
        .where(*conditions)
        .order_by(Task.due_on.is_(None), Task.due_on, Task.due_at, Task.id)
        .limit(limit)
    )
    return [Line(*row) for row in session.execute(query)]


def of_day(actor: Actor, until: date, *, undated: bool = True) -> Conditions:
    """A user's own that are open and due up to a day, or have none."""
    due = Task.due_on <= until
    return (
        Task.assignee_id == actor.user_id,
        Task.state == State.OPEN,
        sa.or_(due, Task.due_on.is_(None)) if undated else due,
    )


def count_due(session: Session, actor: Actor, until: date) -> int:
    """How many of a user's own wait today."""
    query = sa.select(sa.func.count()).select_from(Task).where(*of_day(actor, until, undated=False))
    return session.scalar(query) or 0


def load(session: Session, visible: Conditions, columns: Sequence[Any]) -> Sequence[Any]:
    """(assignee's id, name, counts…) of open tasks, the most loaded first."""
    who = sa.func.coalesce(sa.func.nullif(User.full_name, ""), User.login, "")
    counts = [sa.func.sum(sa.case((one, 1), else_=0)) for one in columns]
    query = (
        sa.select(Task.assignee_id, who, *counts)
        .select_from(Task)
        .outerjoin(User, User.id == Task.assignee_id)
        .where(Task.state == State.OPEN, *visible)
        .group_by(Task.assignee_id, User.full_name, User.login)
        .order_by(sa.func.count().desc(), Task.assignee_id)
    )
    return session.execute(query).all()


def types(session: Session) -> Sequence[tuple[int, str, str]]:
    """(id, name, icon) of all types."""
    query = sa.select(TaskType.id, TaskType.name, TaskType.icon).order_by(TaskType.name_key)
    return [(row.id, row.name, row.icon) for row in session.execute(query)]
