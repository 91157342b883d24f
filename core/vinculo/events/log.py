"""Writing the event log."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.events import chain
from vinculo.events.models import Event
from vinculo.events.verify_log import ERASED

UNKNOWN: Final = 0  # the version of a record that nobody noted
_via: ContextVar[str] = ContextVar("vinculo.events.via", default="")


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
    version: int | None = UNKNOWN,
    at: datetime | None = None,
    given: Collection[int] = (),
) -> None:
    """Add one row to the log; it commits or rolls back with what it tells of.

    ``changes`` maps a field to [before, after] as JSON builtins. ``version`` is the record's own, after
    the change; None for what changes no record: its history leaves that out. ``given``: see
    ``vinculo.events.traps``.
    """
    described = entry(
        actor=actor,
        action=action,
        kind=kind,
        record_id=record_id,
        title=title,
        client_id=client_id,
        changes=changes,
        version=version,
        at=at,
    )
    chain.wait(session, described, given=given)


def entry(
    *,
    actor: Actor,
    action: str,
    kind: str,
    record_id: int,
    title: str,
    client_id: int | None = None,
    changes: Mapping[str, Any] | None = None,
    version: int | None = None,
    at: datetime | None = None,
) -> dict[str, Any]:
    """What is to be written, as it stands now; see ``write``."""
    return {
        "at": at or now(),
        "actor_id": actor.user_id,
        "source": actor.source,
        "via": _via.get(),
        "version": version,
        "action": action,
        "kind": kind,
        "record_id": record_id,
        "client_id": client_id,
        "title": title[:300],
        "changes": dict(changes or {}),
    }


@contextmanager
def through(name: str) -> Iterator[None]:
    """Note the plugin or the job behind whatever is logged in the block; its code has no say in that."""
    token = _via.set(name[:100])
    try:
        yield
    finally:
        _via.reset(token)


def erase(session: Session, ids: Sequence[int], *, actor: Actor, title: str) -> int:
    """Empty what events say and keep that they happened; the chain stays whole. How many there were.

    The log itself tells which, by whom and, in ``title``, why.
    """
    if not ids:
        return 0
    blank = {"title": "", "changes": {}, "salt": ""}
    session.execute(sa.update(Event).where(Event.id.in_(ids)).values(blank))
    changes = {"rows": [None, sorted(ids)]}
    write(
        session,
        actor=actor,
        action=ERASED,
        kind="event",
        record_id=0,
        title=title,
        changes=changes,
        version=None,
    )
    return len(ids)
