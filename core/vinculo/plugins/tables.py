"""The tables of a plugin as the database knows them; its package need not be there.

How large a table is, each database says in a way of its own: the SQL here is not for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

_NAMES: sa.BindParameter[Any] = sa.bindparam("names", expanding=True)
_POSTGRES = sa.text(
    "select relname, pg_total_relation_size(oid) from pg_class"
    " where relname in :names and relkind = 'r' and pg_table_is_visible(oid)"
).bindparams(_NAMES)
_SQLITE = sa.text(
    "select tbl_name, sum(pgsize) from dbstat join sqlite_master using (name)"
    " where aggregate = 1 and tbl_name in :names group by tbl_name"
).bindparams(_NAMES)


def of_plugin(connection: sa.Connection, name: str) -> Sequence[str]:
    """The tables that begin with the plugin's name."""
    return of_plugins(connection, [name])[name]


def of_plugins(connection: sa.Connection, names: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """The same of several plugins, by name."""
    every = sorted(sa.inspect(connection).get_table_names())
    return {name: [table for table in every if table.startswith(f"{name}_")] for name in names}


def count_rows(connection: sa.Connection, tables: Sequence[str]) -> Mapping[str, int]:
    """How many rows each table has."""
    if not tables:
        return {}
    counts = [sa.select(sa.func.count()).select_from(sa.table(name)).scalar_subquery() for name in tables]
    return dict(zip(tables, connection.execute(sa.select(*counts)).one(), strict=True))


def count_bytes(connection: sa.Connection, tables: Sequence[str]) -> Mapping[str, int] | None:
    """What each table takes on disk with its indexes; None where SQLite cannot tell."""
    if not tables:
        return {}
    statement = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRES
    try:
        return {row[0]: int(row[1]) for row in connection.execute(statement, {"names": [*tables]})}
    except OperationalError:  # a SQLite that was built without dbstat
        return None
