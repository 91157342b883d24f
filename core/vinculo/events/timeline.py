"""The timeline of a client: a projection of records, one index wide."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.db import bulk
from vinculo.events.models import TimelineEntry


def put(session: Session, *, kind: str, record_id: int, new: bool, entry: Mapping[str, Any] | None) -> None:
    """Show a record on the timeline of its client, or take it off where there is nothing to show."""
    if not new:
        session.execute(
            sa.delete(TimelineEntry).where(TimelineEntry.kind == kind, TimelineEntry.record_id == record_id)
        )
    if entry is not None:
        session.add(TimelineEntry(**entry))


def put_new(session: Session, entries: Sequence[Mapping[str, Any]]) -> None:
    """Show many new records at once."""
    bulk.insert_named(session.connection(), TimelineEntry.__table__, entries)


def of_client(
    session: Session,
    client_id: int,
    *,
    visible: sa.ColumnElement[bool] | None,
    limit: int,
    before: tuple[datetime, int] | None = None,
    conditions: Sequence[sa.ColumnElement[bool]] = (),
) -> Sequence[tuple[TimelineEntry, str]]:
    """The newest entries first, with their users' names; ``before`` is (happened_at, id) of the last seen.

    ``visible`` says which of them the reader may see (``vinculo.records.access.documents``); None: all.
    ``conditions`` are further ones.
    """
    query = _entries(visible, limit)
    if conditions:
        query = query.where(*conditions)
    if before is not None:
        query = query.where(sa.tuple_(TimelineEntry.happened_at, TimelineEntry.id) < sa.tuple_(*before))
    return [(row[0], row[1]) for row in session.execute(query, {"client": client_id})]


@functools.lru_cache(1000)
def _entries(visible: sa.ColumnElement[bool] | None, limit: int) -> sa.Select[TimelineEntry, Any]:
    users = sa.table("accounts_user", sa.column("id"), sa.column("full_name"), sa.column("login"))
    name = sa.func.coalesce(sa.func.nullif(users.c.full_name, ""), users.c.login, "")
    query = (
        sa.select(TimelineEntry, name)
        .outerjoin(users, users.c.id == TimelineEntry.user_id)
        .where(TimelineEntry.client_id == sa.bindparam("client"))
        .order_by(TimelineEntry.happened_at.desc(), TimelineEntry.id.desc())
        .limit(limit)
    )
    return query if visible is None else query.where(visible)
