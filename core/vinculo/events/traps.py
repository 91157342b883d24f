"""Canaries: whatever is logged of a client that nobody has a reason to touch raises an alarm with it.

What is looked at, shown, changed, merged, deleted or exported is logged, so it is here that no door is
forgotten. The alarm is a row in the transaction of the event, and goes with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from vinculo.actor import Source
from vinculo.db.types import Json, UtcDateTime

_KNOWN: Final = "vinculo.canaries"

# Of rooms above this one.
_canary: Final = sa.table("protection_canary", sa.column("client_id"))
_client: Final = sa.table("clients_client", sa.column("id"), sa.column("name"))
_alarm: Final = sa.table(
    "protection_alarm",
    *map(sa.column, ("user_id", "kind", "subject", "step", "count", "state", "remark")),
    sa.column("raised_at", UtcDateTime()), sa.column("day", sa.Date()), sa.column("details", Json),
)  # fmt: skip
_session: Final = sa.table(
    "accounts_session", *map(sa.column, ("user_id", "address", "user_agent", "seen_at"))
)


def canaries(session: Session) -> frozenset[int]:
    """The clients that are canaries; asked once in a session, and past it, for it may not flush yet."""
    known: frozenset[int] | None = session.info.get(_KNOWN)
    if known is None:
        known = frozenset(session.connection().scalars(sa.select(_canary.c.client_id)))
        session.info[_KNOWN] = known
    return known


def spring(session: Session, event: Mapping[str, Any], given: Collection[int] = ()) -> None:
    """Raise an alarm for each canary that an event is about; ``given`` are those that were handed out.

    For the same user, canary and action once a day. What a job does by itself is nobody's.
    """
    if event["client_id"] is None and not given:
        return
    if event["actor_id"] is None and event["source"] == Source.JOB:
        return
    for client_id in canaries(session) & {event["client_id"], *given}:
        _raise(session.connection(), event, client_id)


def _raise(connection: sa.Connection, event: Mapping[str, Any], client_id: int) -> None:
    user_id, day, subject = event["actor_id"], event["at"].date(), f"{event['action']} {client_id}"
    same = sa.select(1).where(
        _alarm.c.user_id.is_not_distinct_from(user_id),
        _alarm.c.kind == "canary",
        _alarm.c.day == day,
        _alarm.c.subject == subject,
    )
    if connection.scalar(same):
        return
    name = connection.scalar(sa.select(_client.c.name).where(_client.c.id == client_id))
    about = {name: event[name] for name in ("action", "kind", "record_id", "source", "via")}
    details = {**about, "client_id": client_id, "client": name or "", **_came_from(connection, user_id)}
    values = {
        "raised_at": event["at"], "user_id": user_id, "kind": "canary", "subject": subject, "day": day,
        "step": 1, "count": 1, "details": details, "state": "new", "remark": "",
    }  # fmt: skip
    # Of two at once, one is enough, and neither must fail for it.
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(insert(_alarm).values(values).on_conflict_do_nothing())


def _came_from(connection: sa.Connection, user_id: int | None) -> dict[str, str]:
    """Address and browser of the session that a user used last."""
    query = sa.select(_session.c.address, _session.c.user_agent).where(_session.c.user_id == user_id)
    row = connection.execute(query.order_by(_session.c.seen_at.desc()).limit(1)).first()
    return {"address": row.address, "browser": row.user_agent} if row else {}
