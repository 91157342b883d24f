"""Steps that put rows back, in whatever order the database lets them.

Rows hang on each other, and what must be unique is free only once another row has given it up: a step that
the database refuses waits until others are done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from vinculo.db import rows
from vinculo.records.images import pieces


@dataclass(frozen=True, slots=True)
class Step:
    """``missing`` rows that come back, and those of ``ids`` that get ``values``, or go if these are None.

    All are encoded, as ``vinculo.db.rows`` does it.
    """

    table: sa.Table
    missing: list[Mapping[str, Any]] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    values: Mapping[str, Any] | None = None

    @property
    def size(self) -> int:
        """How many rows it is about."""
        return len(self.missing) + len(self.ids)

    def parts(self) -> Sequence[Step]:
        """The same, row by row."""
        rows_alone = [replace(self, missing=[row], ids=[]) for row in self.missing]
        return rows_alone + [replace(self, missing=[], ids=[one]) for one in self.ids]

    def execute(self, connection: sa.Connection) -> None:
        """Do it. Raises ``IntegrityError``."""
        for row in self.missing:
            connection.execute(sa.insert(self.table).values(_decoded(row)))
        for part in pieces(self.ids):
            these = self.table.c.id.in_(part)
            if self.values is None:
                connection.execute(sa.delete(self.table).where(these))
            else:
                connection.execute(sa.update(self.table).where(these).values(_decoded(self.values)))


def carry_out(connection: sa.Connection, steps: Sequence[Step]) -> Sequence[Step]:
    """Do all of them; those that the database would not have at all are given back."""
    waiting, moved = [*steps], True
    while waiting and moved:
        left: list[Step] = []
        moved = False
        for step in waiting:
            try:
                with connection.begin_nested():
                    step.execute(connection)
                moved = True
            except IntegrityError:
                moved = moved or step.size > 1
                left += step.parts()
        waiting = left
    return waiting


def _decoded(values: Mapping[str, Any]) -> Mapping[str, Any]:
    # None for a column of JSON would become its null.
    return {name: sa.null() if value is None else rows.decode(value) for name, value in values.items()}
