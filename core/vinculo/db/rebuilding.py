"""SQLite alters most things by rebuilding the table; what Alembic's copy would lose is kept here."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import sqlalchemy as sa
from alembic.util import CommandError
from sqlalchemy.exc import SAWarning

from vinculo.db.custom import LIVE
from vinculo.i18n import gettext as _

COPY: Final = "_alembic_tmp_"
COPY_LENGTH: Final = 50  # Alembic cuts the name off there


@contextmanager
def careful_rebuilds(connection: sa.Connection) -> Iterator[None]:
    """Let no table lose AUTOINCREMENT or its count: an id that was deleted is never given again.

    Triggers and indexes on expressions cannot be copied. The migration must drop them before and create
    them after; one that does not is refused.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    counts, live = _counts(connection), _without_live(connection)
    sa.event.listen(sa.Table, "before_create", _keep)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "Skipped unsupported reflection", SAWarning)
            yield
    finally:
        sa.event.remove(sa.Table, "before_create", _keep)
    _restore(connection, counts)
    for table, statement in live:
        if sa.inspect(connection).has_table(table):
            connection.exec_driver_sql(statement)


def _without_live(connection: sa.Connection) -> list[tuple[str, str]]:
    """Drop the indexes that no migration knows; by table, what makes them again."""
    query = "select name, tbl_name, sql from sqlite_master where type = 'index'"
    found = [row for row in connection.exec_driver_sql(query) if row.name.startswith(LIVE)]
    for row in found:
        connection.exec_driver_sql(f"drop index {row.name}")
    return [(row.tbl_name, row.sql) for row in found]


def _keep(copy: sa.Table, connection: sa.Connection, **_options: Any) -> None:
    if not copy.name.startswith(COPY):
        return
    schema = connection.exec_driver_sql("select type, name, tbl_name, sql from sqlite_master").all()
    for item in schema:
        if (COPY + item.tbl_name)[:COPY_LENGTH] != copy.name:
            continue
        if item.type == "table" and _numbers(item.sql):
            copy.dialect_options["sqlite"]["autoincrement"] = True
        if item.type == "trigger":
            raise CommandError(
                _(
                    "rebuilding the table %(table)s would lose its trigger %(trigger)s:"
                    " drop it before and create it again after",
                    table=item.tbl_name,
                    trigger=item.name,
                )
            )


def _counts(connection: sa.Connection) -> dict[str, int]:
    """The highest id that each table has ever given."""
    if not sa.inspect(connection).has_table("sqlite_sequence"):
        return {}
    return {row.name: row.seq for row in connection.exec_driver_sql("select name, seq from sqlite_sequence")}


def _restore(connection: sa.Connection, counts: dict[str, int]) -> None:
    now = _counts(connection)
    tables = connection.exec_driver_sql("select name, sql from sqlite_master where type = 'table'").all()
    for name, sql in tables:
        if counts.get(name, 0) > now.get(name, 0) and _numbers(sql):
            connection.exec_driver_sql("delete from sqlite_sequence where name = ?", (name,))
            connection.exec_driver_sql("insert into sqlite_sequence values (?, ?)", (name, counts[name]))


def _numbers(sql: str) -> bool:
    return "AUTOINCREMENT" in sql.upper()
