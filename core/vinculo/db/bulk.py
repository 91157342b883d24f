"""Many rows at once, past SQLAlchemy's compiler, which takes longer than the database does."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

Row = Sequence[Any]


def insert(
    connection: sa.Connection, table: sa.FromClause, names: Sequence[str], rows: Sequence[Row]
) -> None:
    """Write rows that hold values for these columns; other columns get their defaults.

    Raises what ``connection.execute`` raises. What waits in an ORM session is not flushed before.
    """
    if not rows:
        return
    statement = _statement(table, tuple(names), connection.dialect)
    if connection.dialect.name == "postgresql":
        _copy(connection, statement.text, statement.values(rows))
    else:
        connection.exec_driver_sql(statement.text, statement.values(rows))


def insert_named(connection: sa.Connection, table: sa.FromClause, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows that may name different columns."""
    alike: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        alike.setdefault(tuple(row), []).append(tuple(row.values()))
    for names, some in alike.items():
        insert(connection, table, names, some)


@dataclass(frozen=True, slots=True)
class _Statement:
    text: str
    defaults: Sequence[Callable[[], Any]]  # of the columns that come after those named
    processors: Sequence[Callable[[Any], Any] | None]

    def values(self, rows: Sequence[Row]) -> list[Row]:
        """The rows as the driver takes them."""
        columns: list[Any] = [*zip(*rows, strict=True)]
        columns += [[default() for _row in rows] for default in self.defaults]
        for index, process in enumerate(self.processors):
            if process is not None:
                columns[index] = _processed(process, columns[index])
        return [*zip(*columns, strict=True)]


def _processed(process: Callable[[Any], Any], values: Sequence[Any]) -> Sequence[Any]:
    """Values as the driver takes them; one that all rows share, such as when they were made, is told once."""
    first = values[0]
    if all(value is first for value in values):
        return [process(first)] * len(values)
    return [process(value) for value in values]


@functools.lru_cache(500)
def _statement(table: sa.FromClause, names: tuple[str, ...], dialect: sa.Dialect) -> _Statement:
    assert isinstance(table, sa.Table)
    lacking = [column for column in table.columns if column.name not in names and column.default is not None]
    columns = [*(table.columns[name] for name in names), *lacking]
    quoted = ", ".join(dialect.identifier_preparer.quote(column.name) for column in columns)
    target = f"{dialect.identifier_preparer.format_table(table)} ({quoted})"
    if dialect.name == "postgresql":
        text = f"COPY {target} FROM STDIN"
    else:
        text = f"INSERT INTO {target} VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 # nosec B608
    types = [column.type.dialect_impl(dialect) for column in columns]
    return _Statement(text, [*map(_default, lacking)], [one.bind_processor(dialect) for one in types])


def _default(column: sa.Column[Any]) -> Callable[[], Any]:
    """What SQLAlchemy would fill in; sequences and expressions of SQL are not known here."""
    default: Any = column.default
    if default.is_callable:
        return lambda: default.arg(None)
    assert default.is_scalar, column
    return lambda: default.arg


def _copy(connection: sa.Connection, text: str, rows: Iterable[Row]) -> None:
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(text) as target:
            for row in rows:
                target.write_row(row)
    except connection.dialect.loaded_dbapi.Error as error:
        found = DBAPIError.instance(
            text, None, error, connection.dialect.loaded_dbapi.Error,
            hide_parameters=True, dialect=connection.dialect,
        )  # fmt: skip
        raise found from error
