"""The clock of a complaint: first answer and solution in working time, standing still while it waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.company import calendars
from vinculo.company.working_time import WorkingTime
from vinculo.db.base import now
from vinculo_complaints import limits
from vinculo_complaints.models import CLOSED, Complaint, State

_KEPT: Final = "complaints.clock"  # in a session: what does not change within a transaction
_ANSWERING: Final = (State.WAITING, *CLOSED)  # to ask back, or to say how it ended, is an answer


@dataclass(frozen=True, slots=True)
class Measures:
    """What complaints are measured by, read once for a session."""

    calendars: calendars.Calendars
    limits: Mapping[str, int]


def measures(session: Session) -> Measures:
    """As they were when the session first asked."""
    if _KEPT not in session.info:
        session.info[_KEPT] = Measures(calendars.load(session), limits.NUMBERS.read(session))
    found: Measures = session.info[_KEPT]
    return found


def due(time: WorkingTime, received: datetime, minutes: int, paused: int = 0) -> datetime | None:
    """When so many working minutes have passed, and the seconds of the pauses besides; None without limit."""
    return time.add(received, minutes * 60 + paused) if minutes else None


def taken(time: WorkingTime, received: datetime, until: datetime, paused: int = 0) -> int:
    """Seconds of working time between two moments, without those of the pauses."""
    return max(time.working_seconds(received, until) - paused, 0)


def settle(session: Session, one: Complaint) -> None:
    """Say of a complaint that is being written how its clock stands."""
    known = measures(session)
    time = known.calendars.of(user_id=one.responsible_id)
    at = now()
    _pause(time, one, _before(one), at)
    if one.state in _ANSWERING and one.answered_at is None:
        one.answered_at = one.closed_at or at
    if one.state in CLOSED:
        one.closed_at = one.closed_at or at
        one.solve_seconds = taken(time, one.received_at, one.closed_at, one.paused_seconds)
    else:
        one.closed_at = one.solve_seconds = None
    one.answer_seconds = taken(time, one.received_at, one.answered_at) if one.answered_at else None
    before = (one.answer_due_at, one.due_at)
    if _is_measured_anew(one):
        one.answer_due_at = due(time, one.received_at, known.limits[f"answer_{one.severity}"])
        minutes = known.limits[f"solve_{one.severity}"]
        one.due_at = due(time, one.received_at, minutes, one.paused_seconds)
    if one.answer_due_at != before[0] and one.answer_due_at and one.answer_due_at > at:
        one.answer_told_at = None
    if one.due_at != before[1] and one.due_at and one.due_at > at:
        one.told_at = None


def take_as_told(one: Complaint) -> None:
    """Nobody need be told that it is overdue, if it is so already."""
    at = now()
    one.answer_told_at = at if one.answer_due_at and one.answer_due_at <= at else None
    one.told_at = at if one.due_at and one.due_at <= at else None


def _pause(time: WorkingTime, one: Complaint, before: State | None, at: datetime) -> None:
    """What ends now is added up: waiting for the client, or having been closed.

    Only what is reopened was closed: taken back, a closing never was, and the clock ran on.
    """
    one.paused_seconds = one.paused_seconds or 0
    if before is not None and before is not one.state:
        closed = _was(one, "closed_at") if before in CLOSED and one.state is State.REOPENED else None
        for since in (one.waiting_since if before is State.WAITING else None, closed):
            if since is not None:
                one.paused_seconds += time.working_seconds(since, at)
    if one.state is not State.WAITING:
        one.waiting_since = None
    elif one.waiting_since is None:
        one.waiting_since = at


def _before(one: Complaint) -> State | None:
    found: State | None = None if one.id is None else _was(one, "state")
    return found


def _was(one: Complaint, name: str) -> Any:
    """What the database holds of a value."""
    history = sa.inspect(one).attrs[name].history
    return history.deleted[0] if history.deleted else getattr(one, name)


def _is_measured_anew(one: Complaint) -> bool:
    """Whether what its time depends on is new; otherwise it keeps the time that it was given."""
    known = sa.inspect(one).attrs
    names = ("severity", "received_at", "responsible_id", "paused_seconds")
    return one.id is None or any(known[name].history.has_changes() for name in names)
