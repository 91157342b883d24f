"""What points to what as the database itself knows it, in tables of plugins that are off, too.

Rows point by foreign keys, or by the two columns ``ABOUT``: the name of a kind, and the id of its record.
"""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import SAWarning

ABOUT: Final = ("about_kind", "about_id")


@dataclass(frozen=True, slots=True)
class Link:
    """What points to ``id`` of another table. ``on_delete`` ∈ CASCADE, SET NULL, RESTRICT, NO ACTION.

    A foreign key; or, with ``kind`` = (column, kind of record), a column that no key holds: then the database
    does nothing of itself.
    """

    table: sa.Table
    column: str
    on_delete: str
    kind: tuple[str, str] | None = None

    def of(self, ids: Collection[int]) -> sa.ColumnElement[bool]:
        """Which rows point to one of these."""
        points: sa.ColumnElement[bool] = self.table.c[self.column].in_(ids)
        return points if self.kind is None else sa.and_(points, self.table.c[self.kind[0]] == self.kind[1])


@dataclass(slots=True)
class _Pointers:
    links: dict[str, list[Link]] = field(default_factory=dict)
    about: list[sa.Table] = field(default_factory=list)
    tables: Mapping[str, sa.Table] = field(default_factory=dict)


# By pool: an engine and its copies with other options share it.
_cache: weakref.WeakKeyDictionary[sa.Pool, _Pointers] = weakref.WeakKeyDictionary()


def links_to(connection: sa.Connection, table: str) -> Sequence[Link]:
    """The foreign keys that point to a table, read once and kept."""
    return _known(connection).links.get(table, ())


def about_any(connection: sa.Connection) -> Sequence[sa.Table]:
    """The tables whose rows may be about a record of any kind, by the columns ``ABOUT``."""
    return _known(connection).about


def table(connection: sa.Connection, name: str) -> sa.Table:
    """A table as the database has it, read once and kept."""
    return _known(connection).tables[name]


def _known(connection: sa.Connection) -> _Pointers:
    pool = connection.engine.pool
    if pool not in _cache:
        _cache[pool] = _read(connection)
    return _cache[pool]


def forget(engine: sa.Engine) -> None:
    """Read the keys anew next time: after a migration."""
    _cache.pop(engine.pool, None)


def _read(connection: sa.Connection) -> _Pointers:
    metadata = sa.MetaData()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Skipped unsupported reflection", SAWarning)  # of indexes only
        metadata.reflect(
            connection, only=lambda name, _: not name.startswith(("sqlite_", "events_search_fts"))
        )
    found = _Pointers(tables=metadata.tables)
    for table in metadata.sorted_tables:
        if {*ABOUT} <= {*table.c.keys()}:
            found.about.append(table)
        for key in table.foreign_keys:
            rule = (key.ondelete or "NO ACTION").upper()
            found.links.setdefault(key.column.table.name, []).append(Link(table, key.parent.name, rule))
    return found
