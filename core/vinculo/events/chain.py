"""The hash chain of the event log: events wait in their session and are written as it commits.

Each row carries the hash of its content and of the hash before it, so that none can be edited, put in or
taken out without a trace (decision 0009). The row of ``events_head`` is locked last of all, from here to
the end of the commit: nobody waits for another's work, only for its commit.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, SessionTransaction

from vinculo.db import bulk
from vinculo.events import traps
from vinculo.events.models import Event, Head, changes_text
from vinculo.events.verify_log import COLUMNS, Point, link, seal

_WAITING: Final = "vinculo.events"
SALT: Final = 16  # bytes
_event, _head = Event.__table__, Head.__table__
_LOCK: Final = sa.select(_head.c.number, _head.c.hash).with_for_update()
_MOVE: Final = sa.update(Head)
_AS_WRITTEN: Final = [
    sa.type_coerce(_event.c[name], sa.Text).label(name) if name == "changes" else _event.c[name]
    for name in COLUMNS
]


@dataclass(frozen=True, slots=True)
class _Waiting:
    values: dict[str, Any]
    savepoint: SessionTransaction | None  # with which it goes


def wait(session: Session, values: dict[str, Any], *, given: Collection[int] = ()) -> None:
    """Let an event be written when the session commits; it goes with a savepoint that is rolled back.

    ``given`` are canaries that were handed out with many other clients.
    """
    traps.spring(session, values, given)
    waiting: list[_Waiting] = session.info.setdefault(_WAITING, [])
    waiting.append(_Waiting(values, session.get_nested_transaction()))


def append(session: Session) -> None:
    """Write the events that wait, with no need to call it: committing does.

    All others who log wait from here to the end of the transaction.
    """
    waiting: Sequence[_Waiting] = session.info.pop(_WAITING, ())
    if not waiting:
        return
    session.flush()
    rows = [_sealed(one.values, salt) for one, salt in zip(waiting, _salts(len(waiting)), strict=True)]
    connection = session.connection()
    number, digest = connection.execute(_LOCK).one()  # all that can be done before was
    for row in rows:
        number += 1
        row["id"] = number
        row["hash"] = digest = link(digest, {**row, "at": moment(row["at"])})
    bulk.insert_named(connection, _event, rows)
    connection.execute(_MOVE, {"number": number, "hash": digest})


def _salts(count: int) -> Iterator[str]:
    """So many, drawn at once: the system takes its time for each that it is asked for."""
    drawn = secrets.token_hex(SALT * count)
    yield from (drawn[at : at + 2 * SALT] for at in range(0, len(drawn), 2 * SALT))


def _sealed(values: dict[str, Any], salt: str) -> dict[str, Any]:
    row = {**values, "salt": salt, "changes": changes_text(values["changes"])}
    row["sealed"] = seal(row["salt"], row["title"], row["changes"])
    return row


def moment(at: datetime) -> str:
    """A moment in the one form in which it is hashed."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def head(source: Session | sa.Connection) -> Point:
    """Number and hash of the last event."""
    number, digest = source.execute(sa.select(_head.c.number, _head.c.hash)).one()
    return number, digest


def rows(source: Session | sa.Connection, *, since: int = 0) -> Iterator[dict[str, Any]]:
    """The log as ``verify_log`` takes it, from the row before ``since`` on.

    Read it in one snapshot with the head: others go on writing.
    """
    query = sa.select(*_AS_WRITTEN).order_by(_event.c.id)
    if since:
        before = sa.select(sa.func.max(_event.c.id)).where(_event.c.id < since).scalar_subquery()
        query = query.where(_event.c.id >= sa.func.coalesce(before, since))
    for row in source.execute(query, execution_options={"yield_per": 1000}).mappings():
        yield {**row, "at": moment(row["at"])}


@sa.event.listens_for(Session, "before_commit")
def _before_commit(session: Session) -> None:
    if _WAITING in session.info and not session.in_nested_transaction():
        append(session)


@sa.event.listens_for(Session, "after_soft_rollback")
def _after_rollback(session: Session, gone: SessionTransaction) -> None:
    if _WAITING in session.info:
        kept = [one for one in session.info[_WAITING] if not _is_within(one.savepoint, gone)]
        session.info[_WAITING] = kept if gone.nested or gone.parent else []


def _is_within(savepoint: SessionTransaction | None, outer: SessionTransaction) -> bool:
    while savepoint is not None:
        if savepoint is outer:
            return True
        savepoint = savepoint.parent
    return False
