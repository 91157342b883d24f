"""Custom fields that lead to another record (decision 0019).

What is stored is the id that was chosen, for good. Where it leads is found out where it is read: to the
record into which that one was merged, or nowhere while it is deleted. Nothing is written when a record is
merged, deleted or put back, so that taking any of it back has nothing to put right.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from vinculo.db import custom
from vinculo.records.fields import LinkField
from vinculo.records.kind import RecordKind
from vinculo.records.models import Merge


@dataclass(frozen=True, kw_only=True)
class CustomLink(LinkField):
    """A link among the values of a record; ``table`` is that of the kind it leads to."""

    table: sa.Table

    stored: ClassVar[TypeEngine[Any]] = sa.BigInteger()

    def held(self, column: sa.Column[Any], part: str = "") -> sa.ColumnElement[Any]:
        """Where the link leads now."""
        return _leads_to(super().held(column), self.kind, self.table)


@functools.lru_cache(10_000)
def _leads_to(chosen: sa.ColumnElement[Any], kind: str, table: sa.Table) -> sa.ColumnElement[Any]:
    merged, there = Merge.__table__.alias(), table.alias()
    survivor = sa.select(merged.c.new_id).where(merged.c.kind == kind, merged.c.old_id == chosen)
    current = sa.func.coalesce(survivor.correlate_except(merged).scalar_subquery(), chosen)
    return sa.select(there.c.id).where(there.c.id == current).correlate_except(there).scalar_subquery()


def settle(session: Session, kind: RecordKind, record: Any) -> None:
    """Let the links of a record read as they lead now: one query, where it has any."""
    names = [field.name for field in kind.whole.fields if isinstance(field, CustomLink)]
    if names:
        columns = [kind.whole.column(name) for name in names]
        row = session.execute(sa.select(*columns).where(kind.table.c.id == record.id)).one()
        record.__dict__[custom.CURRENT] = dict(zip(names, row, strict=True))
