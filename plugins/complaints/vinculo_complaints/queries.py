"""What pages ask about complaints: one query each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts.models import User
from vinculo.records.kind import RecordKind
from vinculo_complaints.models import Complaint, State, Stay

SHOWN: Final = ("client_id", "state", "received_at", "due_at", "severity")
FEW: Final = 5


def names(session: Session, kind: RecordKind) -> Sequence[tuple[int, str]]:
    """(id, name) of all records of a managed list."""
    table: Any = kind.table
    query = sa.select(table.c.id, table.c.name).order_by(table.c.name_key)
    return [(row.id, row.name) for row in session.execute(query)]


def earlier(
    session: Session, one: Complaint, days: int, seen: sa.ColumnElement[bool] | None
) -> Sequence[Complaint]:
    """Those of the same client and topic within so many days before, the latest first."""
    if one.topic_id is None:
        return ()
    query = sa.select(Complaint).where(
        sa.true() if seen is None else seen,
        Complaint.client_id == one.client_id,
        Complaint.topic_id == one.topic_id,
        Complaint.received_at.between(one.received_at - timedelta(days=days), one.received_at),
        Complaint.id != one.id,
    )
    order = (Complaint.received_at.desc(), Complaint.id.desc())
    return session.scalars(query.order_by(*order).limit(FEW)).all()


@dataclass(frozen=True, slots=True)
class Was:
    """A state that a complaint was in."""

    state: State
    at: datetime
    who: str


def stays(session: Session, complaint_id: int) -> Sequence[Was]:
    """The history of a complaint's states, the latest first."""
    who = sa.func.coalesce(sa.func.nullif(User.full_name, ""), User.login, "")
    query = (
        sa.select(Stay.state, Stay.entered_at, who)
        .outerjoin(User, User.id == Stay.user_id)
        .where(Stay.complaint_id == complaint_id)
        .order_by(Stay.id.desc())
    )
    return [Was(*row) for row in session.execute(query)]
