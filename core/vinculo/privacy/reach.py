"""Which rows are about a person: along the keys, in a database, in an archive, in what was deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import sqlalchemy as sa

from vinculo.db import personal
from vinculo.db.links import links_to
from vinculo.privacy.declared import Declared
from vinculo.transfer.reading import table_names

CHUNK: Final = 1000  # databases bound the number of values in a statement
Ids = Mapping[str, AbstractSet[int]]  # by table


@dataclass(frozen=True, slots=True)
class Key:
    """A foreign key, and what erasing does by it. ``is_part``: the row is a part of the one it leads to."""

    table: str
    column: str
    target: str
    is_part: bool
    policy: str


@dataclass(frozen=True, slots=True)
class Roots:
    """Rows that are the person, and ``also`` rows that are known to be about them, by table."""

    ids: Ids
    also: Ids = field(default_factory=dict)


class Tables(Protocol):
    """Where rows refer to each other."""

    @property
    def keys(self) -> Sequence[Key]:
        """All foreign keys."""

    def pointing(self, key: Key, ids: AbstractSet[int]) -> set[int]:
        """The rows whose key leads to one of these."""

    def targets(self, key: Key, ids: AbstractSet[int]) -> set[int]:
        """Where the keys of these rows lead."""


@dataclass(slots=True)
class Reached:
    """Rows about a person, by table; those in ``going`` are taken away, the others emptied."""

    rows: dict[str, set[int]] = field(default_factory=dict)
    going: dict[str, set[int]] = field(default_factory=dict)


def reach(tables: Tables, roots: Roots) -> Reached:
    """All rows about the ``roots``: those that point to them, their parts, and what they are a whole of."""
    reached = Reached()
    for known in (roots.ids, roots.also):
        for table, ids in known.items():
            reached.rows.setdefault(table, set()).update(ids)
    waiting = [(table, set(ids)) for table, ids in reached.rows.items()]
    while waiting:
        table, ids = waiting.pop()
        for other, found in _next(tables, table, ids, reached, of_roots=table in roots.ids):
            new = found - reached.rows.get(other, set())
            if new:
                reached.rows.setdefault(other, set()).update(new)
                waiting.append((other, new))
    return reached


def _next(
    tables: Tables, table: str, ids: set[int], reached: Reached, *, of_roots: bool
) -> Iterator[tuple[str, set[int]]]:
    for key in tables.keys:
        if key.target == table and key.policy != personal.KEEP and (of_roots or key.is_part):
            found = tables.pointing(key, ids)
            if found and key.policy == personal.DELETE:
                reached.going.setdefault(key.table, set()).update(found)
            yield key.table, found
        if key.table == table and key.policy == personal.WHOLE:
            yield key.target, tables.targets(key, ids)


class DatabaseTables:
    """The tables of a database; ``prefix`` leaves all but a plugin's own out."""

    def __init__(self, connection: sa.Connection, declared: Declared, prefix: str = "") -> None:
        self._connection = connection
        self._tables: dict[str, sa.Table] = {}
        self.keys = [*self._keys(declared, prefix)]

    def _keys(self, declared: Declared, prefix: str) -> Iterator[Key]:
        for target in table_names(self._connection):
            for link in links_to(self._connection, target):
                name = str(link.table.name)
                if name.startswith(prefix):
                    self._tables[name] = link.table
                    is_part = link.on_delete == "CASCADE"
                    yield made(declared, name, str(link.column), target, is_part=is_part)

    def pointing(self, key: Key, ids: AbstractSet[int]) -> set[int]:
        """See ``Tables``."""
        table = self._tables[key.table]
        return self._ids(table.c.id, table.c[key.column], ids)

    def targets(self, key: Key, ids: AbstractSet[int]) -> set[int]:
        """See ``Tables``."""
        table = self._tables[key.table]
        return self._ids(table.c[key.column], table.c.id, ids)

    def _ids(self, wanted: sa.Column[Any], by: sa.Column[Any], ids: AbstractSet[int]) -> set[int]:
        found: set[int] = set()
        for part in pieces(ids):
            found.update(self._connection.scalars(sa.select(wanted).where(by.in_(part), wanted.is_not(None))))
        return found


class GivenTables:
    """Rows that were read, by table: of an archive, or of what was deleted."""

    def __init__(self, rows: Mapping[str, Iterable[Mapping[str, Any]]], keys: Sequence[Key]) -> None:
        self.keys = keys
        self._pairs: dict[tuple[str, str], list[tuple[int, int]]] = {
            (key.table, key.column): [] for key in keys
        }
        for table, found in rows.items():
            columns = [key.column for key in keys if key.table == table]
            for row in found if columns else ():
                for column in columns:
                    if row.get(column) is not None:
                        self._pairs[table, column].append((row["id"], row[column]))

    def pointing(self, key: Key, ids: AbstractSet[int]) -> set[int]:
        """See ``Tables``."""
        return {own for own, other in self._pairs[key.table, key.column] if other in ids}

    def targets(self, key: Key, ids: AbstractSet[int]) -> set[int]:
        """See ``Tables``."""
        return {other for own, other in self._pairs[key.table, key.column] if own in ids}


def made(declared: Declared, table: str, column: str, target: str, *, is_part: bool) -> Key:
    """A key with what is declared of it."""
    within = is_part and target.partition("_")[0] == table.partition("_")[0]
    return Key(table, column, target, is_part, declared.key(table, column, within=within))


def pieces(ids: Iterable[int]) -> Iterator[list[int]]:
    """In pieces that fit into a statement."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]
