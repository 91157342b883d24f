"""What records are called, for those who may see them: reports name what stands behind their figures."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.records import access
from vinculo.records.kind import RecordKind


def of(session: Session, kind: RecordKind, ids: Collection[int], actor: Actor) -> dict[int, str]:
    """What those records of a kind are called that an actor may see; nothing where that is hidden."""
    if not actor.may(kind.permission(access.READ)) or kind.title in access.hidden(kind, actor):
        return {}
    query = access.within(sa.select(kind.table.c.id, kind.column(kind.title)), kind, actor, few=True)
    rows: Any = session.execute(query.where(kind.table.c.id.in_({*ids})))
    return {row[0]: str(row[1]) or f"{kind.label} {row[0]}" for row in rows}
