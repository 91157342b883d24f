"""Foreign keys as the database itself knows them, those of plugins that are off included."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import SAWarning


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key to ``id`` of another table. ``on_delete`` ∈ CASCADE, SET NULL, RESTRICT, NO ACTION."""

    table: sa.Table
    column: str
    on_delete: str


# By pool: an engine and its copies with other options share it.
_cache: weakref.WeakKeyDictionary[sa.Pool, Mapping[str, Sequence[Link]]] = weakref.WeakKeyDictionary()


def links_to(connection: sa.Connection, table: str) -> Sequence[Link]:
    """The foreign keys that point to a table, read once and kept."""
    pool = connection.engine.pool
    if pool not in _cache:
        _cache[pool] = _read(connection)
    return _cache[pool].get(table, ())


def forget(engine: sa.Engine) -> None:
    """Read the keys anew next time: after a migration."""
    _cache.pop(engine.pool, None)


def _read(connection: sa.Connection) -> Mapping[str, Sequence[Link]]:
    metadata = sa.MetaData()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Skipped unsupported reflection", SAWarning)  # of indexes only
        metadata.reflect(
            connection, only=lambda name, _: not name.startswith(("sqlite_", "events_search_fts"))
        )
    found: dict[str, list[Link]] = {}
    for table in metadata.sorted_tables:
        for key in table.foreign_keys:
            rule = (key.ondelete or "NO ACTION").upper()
            found.setdefault(key.column.table.name, []).append(Link(table, key.parent.name, rule))
    return found
