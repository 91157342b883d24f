"""Indexes on custom fields that are to be fast to find and order by, made and dropped while all goes on.

No migration knows them: they follow the definitions. The name says of which field and of which of its types
one is, so that a field that changed its type gets another. PostgreSQL makes them beside those who write,
SQLite in the time of one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import sqlalchemy as sa

from vinculo.db.custom import LIVE
from vinculo.db.engine import Database
from vinculo.records import custom
from vinculo.records.custom_fields import Kinds
from vinculo.records.fields import TextField
from vinculo.records.kind import RecordKind
from vinculo.web.site import Site

JOB: Final = "records.indexes"
_MADE: Final = {
    "sqlite": "select name, 1 from sqlite_master where type = 'index' and name like 'cx\\_%' escape '\\'",
    "postgresql": (
        "select c.relname, i.indisvalid from pg_index i join pg_class c on c.oid = i.indexrelid"
        " where c.relname like 'cx\\_%' and c.relnamespace = current_schema()::regnamespace"
    ),
}


def run(site: Site) -> None:
    """The job."""
    settle(site.database, site.registry.kinds)


def settle(database: Database, kinds: Kinds) -> None:
    """Make the indexes that are wanted and drop the others; harmless where all is as it should be."""
    with database.read() as session:
        rows = [one for one in custom.every(session) if one.indexed]
        extended = custom.extended(kinds, rows)
        sound = {row[0] for row in session.execute(sa.text(_MADE[database.engine.dialect.name])) if row[1]}
        made = {row[0] for row in session.execute(sa.text(_MADE[database.engine.dialect.name]))}
    wanted = {
        name: statement
        for row in rows
        if row.kind in extended and any(field.name == row.name for field in extended[row.kind].fields)
        for name, statement in _statements(
            database, extended[row.kind], row.name, f"{row.id}_{len(row.former)}"
        )
    }
    gone = made - wanted.keys() | (made - sound)
    missing = wanted.keys() - (made - gone)
    if gone or missing:
        _carry_out(database, gone, {name: wanted[name] for name in sorted(missing)})


def _statements(database: Database, kind: RecordKind, name: str, ending: str) -> Iterator[tuple[str, str]]:
    """By name, what makes the indexes of a field: to find by its values, and to order by them."""
    field = kind.field(name)
    if isinstance(field, TextField) and field.sort_attribute != name:
        yield from _of_attribute(database, kind, name, ending)
        ending = f"{ending}k"
    yield from _of_attribute(database, kind, field.sort_attribute, ending)


def _of_attribute(
    database: Database, kind: RecordKind, attribute: str, ending: str
) -> Iterator[tuple[str, str]]:
    """With those values first, or those, which are none."""
    column = kind.column(attribute)
    dialect = database.engine.dialect
    compiler = dialect.statement_compiler(dialect, None)
    text = compiler.process(column, include_table=False, literal_binds=True)
    orders = {"": "{} , id", "d": "{} DESC NULLS LAST, id DESC"}
    for mark, order in orders.items():
        if mark and (database.is_sqlite or not kind.nullable(attribute)):
            continue  # it reads the other one backwards
        key = order.format(f"({text})")
        yield f"{LIVE}{ending}{mark}", f"{LIVE}{ending}{mark} ON {kind.table.name} ({key})"


def _carry_out(database: Database, gone: set[str], missing: Mapping[str, str]) -> None:
    if database.is_sqlite:
        with database.write() as session:
            for statement in (*_drops(gone, ""), *_makes(missing, "")):
                session.connection().exec_driver_sql(statement)
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("SET lock_timeout = 0")
        try:
            for statement in (*_drops(gone, "CONCURRENTLY "), *_makes(missing, "CONCURRENTLY ")):
                connection.exec_driver_sql(statement)
            for table in {statement.split(" ON ")[1].split(" ")[0] for statement in missing.values()}:
                connection.exec_driver_sql(f"ANALYZE {table}")  # or nothing is known of its values
        finally:
            connection.exec_driver_sql("RESET statement_timeout")
            connection.exec_driver_sql("RESET lock_timeout")


def _drops(names: set[str], how: str) -> Iterator[str]:
    return (f"DROP INDEX {how}IF EXISTS {name}" for name in sorted(names))


def _makes(statements: Mapping[str, str], how: str) -> Iterator[str]:
    return (f"CREATE INDEX {how}IF NOT EXISTS {rest}" for rest in statements.values())
