"""Throwing old jottings away."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.records import trash
from vinculo_notebook.models import Jotting
from vinculo_notebook.records import jotting


def count_old(session: Session, keep_days: int, *, now: datetime) -> int:
    """How many jottings are past their time."""
    return session.scalar(sa.select(sa.func.count()).where(_is_old(keep_days, now))) or 0


def tidy(session: Session, keep_days: int, *, now: datetime, actor: Actor) -> int:
    """Delete the jottings that are past their time; how many these were."""
    old = session.scalars(sa.select(Jotting).where(_is_old(keep_days, now)).with_for_update()).all()
    for one in old:
        trash.delete(session, jotting, one, actor=actor)
    return len(old)


def _is_old(keep_days: int, now: datetime) -> sa.ColumnElement[bool]:
    return Jotting.created_at < now - timedelta(days=keep_days)
