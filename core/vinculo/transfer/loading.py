"""Writing tables into a database, in one transaction; what is SQL for one database says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from vinculo.db import rows
from vinculo.errors import ConflictError
from vinculo.i18n import gettext as _
from vinculo.transfer.reading import Rows, Sealer, TableSeal, seal

Row = dict[str, Any]


class Adapt(Protocol):
    """What becomes of encoded rows on their way into a table."""

    def __call__(self, table: str, row: Row) -> Row | None:
        """The row as it is to be written, the same object if it stays as it is; None to leave it out."""

    def refuse(self, table: str, row: Row) -> None:
        """It could not be written: the table has one like it."""


class AsItIs:
    """Changes nothing."""

    def __call__(self, table: str, row: Row) -> Row:
        """The row itself."""
        return row

    def refuse(self, table: str, row: Row) -> None:
        """Does not happen to rows that nobody has changed."""


_KEYS = sa.text(
    "select conrelid::regclass::text as source, quote_ident(conname) as name,"
    " pg_get_constraintdef(oid) as text"
    " from pg_constraint where contype = 'f' and conrelid::regclass::text = any(:tables)"
)


@contextmanager
def without_links(connection: sa.Connection, tables: Sequence[str]) -> Iterator[None]:
    """Let rows come in any order: foreign keys of these tables hold again, and are checked, at the end.

    On SQLite they are off on this connection (``db.locking.migrating``).
    """
    if connection.dialect.name == "sqlite":
        yield
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken:
            raise damaged(str(broken[0]))
        return
    keys = connection.execute(_KEYS, {"tables": list(tables)}).all()
    for key in keys:
        connection.exec_driver_sql(f"alter table {key.source} drop constraint {key.name}")
    yield
    for key in keys:
        connection.exec_driver_sql(f"alter table {key.source} add constraint {key.name} {key.text}")


def load(connection: sa.Connection, name: str, read: Callable[[], Rows], adapt: Adapt) -> TableSeal:
    """Fill an empty table with what ``adapt`` makes of each encoded row; None leaves the row out.

    A row that ``adapt`` has changed gives way where the table has one like it that must not be there
    twice. Raises ``ConflictError`` unless the table then holds just that.
    """
    table = rows.reflect(connection, name)
    connection.execute(sa.delete(table))  # migrations may have put in rows
    sealer = Sealer(name)
    changed: dict[int, Row | None] = {}
    for chunk in read():
        adapted = [adapt(name, raw) for raw in chunk]
        sealer.add([row for row in adapted if row is not None])
        pairs = [*zip(chunk, adapted, strict=True)]
        changed |= {raw["id"]: row for raw, row in pairs if row is not raw}
        _insert(connection, table, [raw for raw, row in pairs if row is raw])
    refused = [row for row in changed.values() if row and not _fits(connection, table, row)]
    for row in refused:
        adapt.refuse(name, row)
        changed[row["id"]] = None
    expected = _sealed_again(name, read, changed) if refused else sealer.seal
    if seal(connection, name) != expected:
        raise damaged(name)
    return expected


def _insert(connection: sa.Connection, table: sa.Table, found: Sequence[Row]) -> None:
    if found:
        connection.execute(sa.insert(table), [rows.decode_row(row) for row in found])


def _fits(connection: sa.Connection, table: sa.Table, row: Row) -> bool:
    try:
        with connection.begin_nested():
            _insert(connection, table, [row])
    except IntegrityError:
        return False
    return True


def _sealed_again(name: str, read: Callable[[], Rows], changed: Mapping[int, Row | None]) -> TableSeal:
    sealer = Sealer(name)
    for chunk in read():
        sealer.add([row for raw in chunk if (row := changed.get(raw["id"], raw)) is not None])
    return sealer.seal


def damaged(table: str) -> ConflictError:
    """What was written is not what was read."""
    text = _("The rows of %(table)s did not arrive as they were; nothing was changed.", table=table)
    return ConflictError(text, code="not_identical")


def continue_ids(connection: sa.Connection, table: str, last: int) -> None:
    """Go on after the highest id that was ever given: none is given twice."""
    if not last:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(sa.text("delete from sqlite_sequence where name = :table"), {"table": table})
        statement = sa.text("insert into sqlite_sequence (name, seq) values (:table, :last)")
    else:
        statement = sa.text(
            "select setval(cast(pg_get_serial_sequence(:table, 'id') as regclass), :last, true)"
        )
    connection.execute(statement, {"table": table, "last": last})


def drop(connection: sa.Connection, tables: Sequence[str]) -> None:
    """Drop tables that may refer to each other; on SQLite foreign keys are off."""
    for name in tables:
        cascade = "" if connection.dialect.name == "sqlite" else " cascade"
        quoted = connection.dialect.identifier_preparer.quote(name)
        connection.exec_driver_sql(f"drop table if exists {quoted}{cascade}")
