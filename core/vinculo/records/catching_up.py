"""What search and likeness learn a moment after records were imported: half the work of an import.

An import writes its records with all that rules, rights and the event log ask for, and notes their ids in the
same transaction (``LateRecords``). Once its rows are read, their texts and keys are written; what an import
that was killed left, by a job. Whoever changes such a record meanwhile makes it known at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from vinculo.db.base import now
from vinculo.db.engine import PAUSE_SECONDS, Database
from vinculo.events.models import SearchDocument
from vinculo.records import search, similar
from vinculo.records.kind import RecordKind
from vinculo.records.models import LateRecords, MatchKey
from vinculo.records.reading import Kinds


def note(session: Session, kind: RecordKind, ids: Sequence[int]) -> None:
    """Remember new records of which search and likeness do not know yet."""
    if ids:
        session.add(LateRecords(kind=kind.name, first_id=min(ids), last_id=max(ids), at=now()))


def waits(session: Session, kind: RecordKind) -> bool:
    """Whether there are records of a kind that are not found yet."""
    return session.scalar(sa.select(LateRecords.id).where(LateRecords.kind == kind.name).limit(1)) is not None


def catch_up(
    database: Database,
    kinds: Kinds,
    *,
    before: datetime | None = None,
    watch: Callable[[], object] = lambda: None,
) -> None:
    """Make known what is late, or what is so since ``before``; ``watch`` is called after each transaction.

    Others may do the same at once. Kinds whose plugins are off wait until they are on.
    """
    while _some(database, kinds, before):
        watch()
        if database.is_sqlite:
            time.sleep(PAUSE_SECONDS)


def _some(database: Database, kinds: Kinds, before: datetime | None) -> bool:
    query = sa.select(LateRecords).where(LateRecords.kind.in_(list(kinds)))
    if before is not None:
        query = query.where(LateRecords.at < before)
    with database.write() as session:
        late = session.scalar(query.order_by(LateRecords.id).limit(1).with_for_update(skip_locked=True))
        if late is None:
            return False
        kind = kinds[late.kind].whole
        records = session.scalars(_unknown(kind, late)).all()
        search.index_new(session, kind, records)
        keyed = _keyed(session, late)
        similar.index_new(session, kind, [record for record in records if record.id not in keyed])
        session.delete(late)
        return True


def _keyed(session: Session, late: LateRecords) -> set[int]:
    """Those that a scan for doubles was faster with."""
    query = sa.select(MatchKey.record_id).distinct().where(MatchKey.kind == late.kind)
    return set(session.scalars(query.where(MatchKey.record_id.between(late.first_id, late.last_id))))


def _unknown(kind: RecordKind, late: LateRecords) -> sa.Select[Any]:
    """Records without a text, locked: who changes one now would leave what it was before."""
    model = kind.model
    document = sa.select(SearchDocument.id)
    document = document.where(SearchDocument.kind == kind.name, SearchDocument.record_id == model.id)
    rows = [selectinload(getattr(model, collection.name)) for collection in kind.collections]
    return (
        sa.select(model)
        .where(model.id.between(late.first_id, late.last_id), ~sa.exists(document.correlate(kind.table)))
        .order_by(model.id)
        .options(*rows)
        .with_for_update()
    )
