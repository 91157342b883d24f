"""Writing tables into a database, in one transaction; what is SQL for one database says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from vinculo.db import rows
from vinculo.errors import ConflictError
from vinculo.i18n import gettext as _
from vinculo.transfer.reading import Sealer, TableSeal, seal

Adapt = Callable[[str, dict[str, Any]], dict[str, Any] | None]

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


def load(
    connection: sa.Connection, name: str, chunks: Iterable[list[dict[str, Any]]], adapt: Adapt
) -> TableSeal:
    """Fill an empty table with what ``adapt`` makes of each encoded row; None leaves the row out.

    Raises ``ConflictError`` unless the table then holds just that.
    """
    table = rows.reflect(connection, name)
    connection.execute(sa.delete(table))  # migrations may have put in rows
    sealer = Sealer(name)
    for chunk in chunks:
        adapted = [row for raw in chunk if (row := adapt(name, raw)) is not None]
        sealer.add(adapted)
        if adapted:
            connection.execute(sa.insert(table), [rows.decode_row(row) for row in adapted])
    if seal(connection, name) != sealer.seal:
        raise damaged(name)
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
