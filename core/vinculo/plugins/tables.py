"""The tables of a plugin as the database knows them; its package need not be there.

How large a table is, each database says in a way of its own: the SQL here is not for both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

_POSTGRES = sa.text("select pg_total_relation_size(cast(cast(:name as text) as regclass))")
_SQLITE = sa.text(
    "select sum(pgsize) from dbstat where aggregate = 1"
    " and name in (select name from sqlite_master where tbl_name = :name)"
)


def of_plugin(connection: sa.Connection, name: str) -> Sequence[str]:
    """The tables that begin with the plugin's name."""
    return sorted(table for table in sa.inspect(connection).get_table_names() if table.startswith(f"{name}_"))


def count_rows(connection: sa.Connection, tables: Sequence[str]) -> Mapping[str, int]:
    """How many rows each table has."""
    count = sa.select(sa.func.count())
    return {table: connection.scalar(count.select_from(sa.table(table))) or 0 for table in tables}


def count_bytes(connection: sa.Connection, tables: Sequence[str]) -> int | None:
    """What the tables and their indexes take on disk; None where SQLite cannot tell."""
    statement = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRES
    try:
        return sum(connection.scalar(statement, {"name": table}) or 0 for table in tables)
    except OperationalError:  # a SQLite that was built without dbstat
        return None
