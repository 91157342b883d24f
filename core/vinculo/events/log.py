"""Writing the event log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.events.models import Event


def write(
    session: Session,
    *,
    actor: Actor,
    action: str,
    kind: str,
    record_id: int,
    title: str,
    client_id: int | None = None,
    changes: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> None:
    """Add one row to the log; it commits or rolls back with what it tells of."""
    session.add(
        Event(
            at=at or now(),
            actor_id=actor.user_id,
            source=actor.source,
            action=action,
            kind=kind,
            record_id=record_id,
            client_id=client_id,
            title=title[:300],
            changes=dict(changes or {}),
        )
    )
