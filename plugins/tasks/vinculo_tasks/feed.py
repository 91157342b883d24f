"""A user's tasks as a calendar that other programs subscribe to."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts import rights
from vinculo.accounts.models import User
from vinculo.actor import Actor, ExportLimits, Source
from vinculo.db.base import now
from vinculo.plugins.registry import Registry
from vinculo.records import access
from vinculo_tasks.models import Feed, Priority, State, Task
from vinculo_tasks.records import task

if TYPE_CHECKING:
    from icalendar import Alarm, Event

MOST: Final = 2000
BACK: Final = timedelta(days=90)
LENGTH: Final = timedelta(minutes=30)  # a task has no length; calendars draw one
PRIORITIES: Final = {Priority.HIGH: 1, Priority.NORMAL: 5, Priority.LOW: 9}


def renew(session: Session, user_id: int) -> str:
    """The token of a new address; the one before opens nothing any more."""
    stop(session, user_id)
    token = secrets.token_urlsafe(32)
    session.add(Feed(user_id=user_id, token_hash=_hash(token), created_at=now()))
    return token


def stop(session: Session, user_id: int) -> None:
    """No address opens it any more."""
    session.execute(sa.delete(Feed).where(Feed.user_id == user_id))


def since(session: Session, user_id: int) -> datetime | None:
    """When a user's address was made."""
    return session.scalar(sa.select(Feed.created_at).where(Feed.user_id == user_id))


def reader(session: Session, registry: Registry, token: str) -> Actor | None:
    """Whose address it is, with the rights that they have now; None for nobody who may read tasks."""
    owner = sa.select(User).join(Feed, Feed.user_id == User.id).where(Feed.token_hash == _hash(token))
    user = session.scalar(owner.where(User.active))
    if user is None:
        return None
    held = rights.compiled(session, user.id, registry.permissions, ExportLimits())
    actor = Actor(user.id, user.name, Source.API, rights=held.rights, is_administrator=held.is_administrator)
    return actor if actor.may(task.permission("read")) else None


def calendar(session: Session, actor: Actor, url: str) -> bytes:
    """What is assigned to the reader, is not closed, and has a day, as far as they may see it."""
    hidden = access.hidden(task, actor)
    from icalendar import Calendar  # noqa: PLC0415 -- 0.2 s at each start, for one route

    made = Calendar()
    made.add("prodid", "-//Vinculo//Tasks//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", f"Vinculo: {actor.name}")
    if hidden.isdisjoint(("due_on", "state", "assignee_id")):
        query = access.within(sa.select(Task), task, actor, few=True).where(
            Task.assignee_id == actor.user_id,
            Task.state == State.OPEN,
            Task.due_on >= (now() - BACK).date(),
        )
        for one in session.scalars(query.order_by(Task.due_on, Task.id).limit(MOST)):
            made.add_component(_event(one, hidden, url))
    return bytes(made.to_ical())


def _event(one: Task, hidden: frozenset[str], url: str) -> Event:
    from icalendar import Event  # noqa: PLC0415 -- 0.2 s at each start, for one route

    event = Event()
    event.add("uid", f"task-{one.id}@vinculo")
    event.add("dtstamp", one.changed_at.astimezone(UTC))
    event.add("sequence", one.version)
    event.add("summary", one.subject)
    assert one.due_on is not None
    if one.due_time and "due_time" not in hidden:
        start = datetime.combine(one.due_on, time.fromisoformat(one.due_time), ZoneInfo(one.zone))
        event.add("dtstart", start.astimezone(UTC))
        event.add("dtend", start.astimezone(UTC) + LENGTH)
    else:
        event.add("dtstart", one.due_on)
        event.add("transp", "TRANSPARENT")
    if one.note and "note" not in hidden:
        event.add("description", one.note)
    if "priority" not in hidden:
        event.add("priority", PRIORITIES[one.priority])
    if url:
        event.add("url", f"{url}{task.url}/{one.id}")
    if one.remind_at is not None and "remind" not in hidden:
        event.add_component(_alarm(one.remind_at, one.subject))
    return event


def _alarm(at: datetime, text: str) -> Alarm:
    from icalendar import Alarm  # noqa: PLC0415 -- 0.2 s at each start, for one route

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", text)
    alarm.add("trigger", at.astimezone(UTC))
    return alarm


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
