"""Rows before and after a change, so that it can be taken back: what differs, column by column.

Plugins that are off are reached too: the database itself says what hangs on what, as in ``trash``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.db import rows
from vinculo.db.links import Link
from vinculo.records.followers import Followers

CHUNK: Final = 1000  # databases bound the number of values in a statement
STAMPS: Final = frozenset({"version", "changed_at", "changed_by_id"})  # these only ever go forward
Row = dict[str, Any]


class Images:
    """Keeps rows as they are before a change; ``changed`` says afterwards what became of them."""

    def __init__(self, session: Session) -> None:
        self._connection = session.connection()
        self._followers = Followers(session)
        self._tables = sa.MetaData()
        self._before: dict[str, dict[int, Row]] = {}
        self._last: list[tuple[str, str, int, int]] = []

    def keep(self, name: str, column: str, values: Sequence[int], **where: Any) -> Sequence[int]:
        """Keep the rows in whose column one of these values stands; their ids. What is kept stays so."""
        table = self._table(name)
        kept, found = self._before.setdefault(name, {}), []
        for part in pieces(values):
            query = sa.select(table).where(table.c[column].in_(part))
            query = query.where(*(table.c[key] == value for key, value in where.items()))
            for row in self._connection.execute(query.order_by(table.c.id)).mappings():
                kept.setdefault(row["id"], {**row})
                found.append(row["id"])
        return found

    def keep_all(self, name: str, ids: Sequence[int]) -> None:
        """Keep rows that are to be deleted, with all that goes with them or is detached."""
        self.keep(name, "id", ids)
        for link, found in self._following(name, ids):
            if found and link.on_delete == "CASCADE":
                self.keep_all(link.table.name, found)

    def drop(self, name: str, one: int) -> None:
        """The same, and delete the row."""
        self.keep_all(name, [one])
        self._take_along(name, [one])
        table = self._table(name)
        self._connection.execute(sa.delete(table).where(table.c.id == one))

    def _take_along(self, name: str, ids: Sequence[int]) -> None:
        """Delete what no key takes along."""
        for link, found in self._following(name, ids):
            if found and link.on_delete == "CASCADE":
                self._take_along(link.table.name, found)
                if link.kind:
                    self._connection.execute(sa.delete(link.table).where(link.table.c.id.in_(found)))

    def _following(self, name: str, ids: Sequence[int]) -> Iterator[tuple[Link, Sequence[int]]]:
        for link in self._followers.of(name):
            where = {} if link.kind is None else dict([link.kind])
            yield link, self.keep(link.table.name, link.column, ids, **where)

    def watch(self, name: str, column: str, value: int) -> None:
        """Rows that appear from now on with this value are of the change, too."""
        last = self._connection.scalar(sa.select(sa.func.max(self._table(name).c.id)))
        self._last.append((name, column, value, last or 0))

    def changed(self) -> list[Row]:
        """{table, id, before, after} of the rows that differ, as JSON builtins, in the order they were kept.

        Of a row that is there still, only what differs; ``before`` is None for a new one, ``after`` for one
        that is gone.
        """
        return [*self._old(), *self._new()]

    def _old(self) -> Iterator[Row]:
        for name, kept in self._before.items():
            present = read(self._connection, self._table(name), [*kept])
            for one, values in kept.items():
                before, after = rows.encode_row(values), present.get(one)
                if after is None:
                    yield {"table": name, "id": one, "before": before, "after": None}
                    continue
                differ = [key for key in before if before[key] != after[key] and key not in STAMPS]
                if differ:
                    pair = [{key: side[key] for key in differ} for side in (before, after)]
                    yield {"table": name, "id": one, "before": pair[0], "after": pair[1]}

    def _new(self) -> Iterator[Row]:
        for name, column, value, last in self._last:
            table = self._table(name)
            query = sa.select(table).where(table.c[column] == value, table.c.id > last)
            for row in self._connection.execute(query).mappings():
                after = rows.encode_row({**row})
                yield {"table": name, "id": row["id"], "before": None, "after": after}

    def _table(self, name: str) -> sa.Table:
        return rows.reflect(self._connection, name, self._tables)


def read(connection: sa.Connection, table: sa.Table, ids: Sequence[int]) -> Mapping[int, Row]:
    """Rows by id, as JSON builtins."""
    found = {}
    for part in pieces(ids):
        for row in connection.execute(sa.select(table).where(table.c.id.in_(part))).mappings():
            found[row["id"]] = rows.encode_row({**row})
    return found


def pieces(values: Sequence[int]) -> Iterator[Sequence[int]]:
    """At most so many at a time as a statement takes."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
