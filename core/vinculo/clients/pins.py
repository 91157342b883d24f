"""Entries that stay on top of a client's timeline, until somebody takes them down.

A pin names the record: entries are written anew with each change of theirs.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.clients.models import Pin
from vinculo.db.base import now
from vinculo.errors import ConflictError, NotFoundError
from vinculo.events import timeline
from vinculo.events.models import TimelineEntry
from vinculo.i18n import gettext as _

MOST: Final = 20
_users: Final = sa.table("accounts_user", *map(sa.column, ("id", "full_name", "login")))


def pin(
    session: Session,
    client_id: int,
    kind: str,
    record_id: int,
    *,
    actor: Actor,
    visible: sa.ColumnElement[bool] | None,
) -> None:
    """Keep an entry on top. Raises ``NotFoundError`` for one that the actor does not see."""
    if _held(session, client_id, kind, record_id) is not None:
        return
    of_record = (TimelineEntry.kind == kind, TimelineEntry.record_id == record_id)
    if not timeline.of_client(session, client_id, visible=visible, limit=1, conditions=of_record):
        raise NotFoundError
    count = sa.select(sa.func.count()).select_from(Pin).where(Pin.client_id == client_id)
    if (session.scalar(count) or 0) >= MOST:
        text = _("At most %(most)s entries can be pinned. Take one down first.", most=MOST)
        raise ConflictError(text, code="too_many_pins")
    session.add(
        Pin(client_id=client_id, kind=kind, record_id=record_id, user_id=actor.user_id, pinned_at=now())
    )


def unpin(session: Session, client_id: int, kind: str, record_id: int) -> None:
    """Take an entry down; one that is not pinned stays as it is."""
    held = _held(session, client_id, kind, record_id)
    if held is not None:
        session.delete(held)


def _held(session: Session, client_id: int, kind: str, record_id: int) -> Pin | None:
    mine = sa.select(Pin).where(Pin.client_id == client_id, Pin.kind == kind, Pin.record_id == record_id)
    return session.scalar(mine)


def of_client(
    session: Session, client_id: int, *, visible: sa.ColumnElement[bool] | None
) -> Sequence[tuple[TimelineEntry, str, str]]:
    """(entry, who did it, who pinned it), what was pinned last first."""
    rows = session.execute(_pinned(visible), {"client": client_id})
    return [(row[0], row[1], row[2]) for row in rows]


@functools.lru_cache(1000)
def _pinned(visible: sa.ColumnElement[bool] | None) -> sa.Select[TimelineEntry, str, str]:
    did, pinned = _users.alias("did"), _users.alias("pinned")
    client_id = sa.bindparam("client", type_=sa.BigInteger)
    query = (
        sa.select(TimelineEntry, _name(did), _name(pinned))
        .join(Pin, sa.and_(Pin.kind == TimelineEntry.kind, Pin.record_id == TimelineEntry.record_id))
        .outerjoin(did, did.c.id == TimelineEntry.user_id)
        .outerjoin(pinned, pinned.c.id == Pin.user_id)
        .where(Pin.client_id == client_id, TimelineEntry.client_id == client_id)
        .order_by(Pin.id.desc())
    )
    return query if visible is None else query.where(visible)


def _name(users: Any) -> sa.ColumnElement[str]:
    return sa.func.coalesce(sa.func.nullif(users.c.full_name, ""), users.c.login, "")
