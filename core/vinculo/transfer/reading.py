"""Reading tables as they are at one moment, off plugins included; what is SQL for one database says so."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

import sqlalchemy as sa

from vinculo.db import rows
from vinculo.db.engine import Database
from vinculo.db.histories import INCOMPLETE
from vinculo.jobs import DBOS_TABLES

CHUNK: Final = 1000
_LONG: Final = ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout")

Rows = Iterator[list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class TableSeal:
    """How many rows a table has, and the SHA-256 of their canonical lines in the order of their ids."""

    table: str
    rows: int
    sha256: str


class Source(Protocol):
    """Where tables come from: a database at one moment, or a sealed file."""

    @property
    def tables(self) -> Sequence[str]:
        """Their names."""

    def rows(self, table: str) -> Rows:
        """Encoded rows by id, in chunks."""

    def schema(self, table: str) -> dict[str, Any]:
        """What ``vinculo.transfer.schema`` says of the table."""

    def last_id(self, table: str) -> int:
        """The highest id that was ever given, also to rows that are gone; 0 for none."""


class Sealer:
    """Counts and hashes rows as they pass."""

    def __init__(self, table: str) -> None:
        self.table, self.count, self._hash = table, 0, hashlib.sha256()

    def add(self, chunk: Sequence[dict[str, Any]]) -> list[bytes]:
        """The canonical lines of these rows."""
        lines = [rows.line(row) for row in chunk]
        self.count += len(lines)
        for line in lines:
            self._hash.update(line)
        return lines

    @property
    def seal(self) -> TableSeal:
        """What has passed."""
        return TableSeal(self.table, self.count, self._hash.hexdigest())


@contextmanager
def snapshot(database: Database) -> Iterator[sa.Connection]:
    """A connection that sees the database as it is now, whatever others write meanwhile."""
    level = {} if database.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with database.engine.connect() as plain:
        connection = plain.execution_options(**level)
        with connection.begin():
            if not database.is_sqlite:
                for name in _LONG:
                    connection.execute(sa.text(f"set local {name} = 0"))
            sa.inspect(connection).get_table_names()  # SQLite's snapshot begins with the first read
            yield connection


def table_names(connection: sa.Connection) -> list[str]:
    """All tables that hold data of ours: not those of the search index, of dbos or of SQLite itself."""
    names = sa.inspect(connection).get_table_names()
    hidden = {*DBOS_TABLES, INCOMPLETE, *_virtual(connection)}
    return sorted(name for name in names if name not in hidden and not name.startswith("sqlite_"))


def _virtual(connection: sa.Connection) -> set[str]:
    """Virtual tables of SQLite and the tables behind them: indexes, made of what other tables hold."""
    if connection.dialect.name != "sqlite":
        return set()
    found = connection.exec_driver_sql("select name, type from pragma_table_list where schema = 'main'")
    return {row.name for row in found if row.type in ("virtual", "shadow")}


def read_rows(connection: sa.Connection, table: sa.Table, where: Any = None) -> Rows:
    """Encoded rows by id, in chunks."""
    query = sa.select(table).order_by(*([table.c.id] if "id" in table.c else table.c))
    if where is not None:
        query = query.where(where)
    # Not as an option of the connection, which would send what it executes next to a cursor, too.
    found = connection.execute(query, execution_options={"yield_per": CHUNK}).mappings()
    for part in found.partitions(CHUNK):
        yield [rows.encode_row(dict(row)) for row in part]


def seal(connection: sa.Connection, name: str) -> TableSeal:
    """Count and hash a table."""
    sealer = Sealer(name)
    for chunk in read_rows(connection, rows.reflect(connection, name)):
        sealer.add(chunk)
    return sealer.seal


def last_id(connection: sa.Connection, table: str) -> int:
    """The highest id that was ever given."""
    if "id" not in rows.reflect(connection, table).c:
        return 0
    if connection.dialect.name == "sqlite":
        statement = sa.text("select seq from sqlite_sequence where name = :table")
    else:
        statement = sa.text(
            "select pg_sequence_last_value(cast(pg_get_serial_sequence(:table, 'id') as regclass))"
        )
    return connection.scalar(statement, {"table": table}) or 0
