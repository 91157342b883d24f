"""The whole company: into one file while it is at work, out of it, or from one database to another."""

from __future__ import annotations

import graphlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from vinculo import __version__
from vinculo.db import migrations, rows
from vinculo.db.base import now
from vinculo.db.engine import Database
from vinculo.db.histories import INCOMPLETE, VERSION_TABLES, History, load_scripts, revisions
from vinculo.db.links import forget
from vinculo.db.locking import migrating
from vinculo.errors import ConflictError
from vinculo.i18n import gettext as _
from vinculo.transfer import loading, schema
from vinculo.transfer.reading import (
    Rows,
    Source,
    TableSeal,
    last_id,
    read_rows,
    snapshot,
    table_names,
)
from vinculo.transfer.sealed import PARTIAL, open_sealed, write_sealed

VIRTUAL: Final = "select name from pragma_table_list where schema = 'main' and type = 'virtual'"
Prepare = Callable[[Database], None]
Watch = Callable[[TableSeal], None]


class _CompanySource:
    """All tables of a database, as they are in one snapshot."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self.tables = table_names(connection)

    def rows(self, table: str) -> Rows:
        return read_rows(self._connection, rows.reflect(self._connection, table))

    def schema(self, table: str) -> dict[str, Any]:
        return schema.describe(self._connection, table)

    def last_id(self, table: str) -> int:
        return last_id(self._connection, table)


def backup(database: Database, path: Path, *, files: Path) -> Sequence[TableSeal]:
    """Write everything into one file, while others work: tables, also of plugins that are off, and files.

    Jobs that wait in the background are not in it. Raises ``InvalidFileError`` if it cannot be written.
    """
    with snapshot(database) as connection:
        described = {
            "what": "company",
            "plugin": "",
            "version": __version__,
            "created_at": now().isoformat(),
            "versions": _versions(connection),
        }
        found = sorted(file for file in files.rglob("*") if file.is_file() and not file.is_symlink())
        kept = [file for file in found if file.resolve() != path.resolve() and file.suffix != PARTIAL]
        return [*write_sealed(path, _CompanySource(connection), described, kept, files).values()]


def restore(
    database: Database,
    path: Path,
    *,
    histories: Sequence[History],
    files: Path,
    prepare: Sequence[Prepare] = (),
    watch: Watch | None = None,
) -> Sequence[TableSeal]:
    """Fill an empty database from a backup, and the folder of files.

    ``histories`` are those of all installed packages; tables of others are made as they were. Raises
    ``InvalidFileError``, or ``ConflictError`` (not_empty) for a database that holds anything.
    """
    with open_sealed(path, "company") as sealed, filling(database):
        _make_schema(database, sealed, sealed.manifest.versions, histories, prepare)
        seals = _load(database, sealed, watch)
        sealed.extract_files(files)
    return seals


def move(
    source: Database,
    target: Database,
    *,
    histories: Sequence[History],
    prepare: Sequence[Prepare] = (),
    watch: Watch | None = None,
) -> Sequence[TableSeal]:
    """Copy everything into an empty database, of the same kind or of the other; see ``restore``.

    What is written into the source meanwhile is not copied.
    """
    with snapshot(source) as connection, filling(target):
        found = _CompanySource(connection)
        _make_schema(target, found, _versions(connection), histories, prepare)
        return _load(target, found, watch)


@contextmanager
def filling(database: Database) -> Iterator[None]:
    """Mark a database as incomplete for the length of the block; whoever is killed in it leaves the mark.

    One that was left so is emptied first.
    """
    database.ping()
    with migrating(database) as connection, connection.begin():
        inspector = sa.inspect(connection)
        if inspector.has_table(INCOMPLETE):
            loading.drop(connection, _all_tables(connection))
        elif table_names(connection):
            text = _("The database is not empty. Take a new one, so that nothing is overwritten.")
            raise ConflictError(text, code="not_empty")
        connection.exec_driver_sql(f"create table {INCOMPLETE} (since varchar(40))")
    yield
    with migrating(database) as connection, connection.begin():
        loading.drop(connection, [INCOMPLETE])
    forget(database.engine)


def _make_schema(
    database: Database,
    source: Source,
    versions: Mapping[str, str],
    histories: Sequence[History],
    prepare: Sequence[Prepare],
) -> None:
    for history in histories:
        revision = versions.get(history.name)
        if revision and revision in revisions(load_scripts(history)):
            migrations.upgrade(database, [history], to=revision)
    with migrating(database) as connection, connection.begin():
        there = set(table_names(connection))
        missing = {table: source.schema(table) for table in source.tables if table not in there}
        targets = {
            table: {link["table"] for link in one["links"]} & {*missing} - {table}
            for table, one in missing.items()
        }
        for table in graphlib.TopologicalSorter(targets).static_order():
            schema.make(connection, table, missing[table])
    for make_tables in prepare:
        make_tables(database)


def _load(database: Database, source: Source, watch: Watch | None) -> Sequence[TableSeal]:
    seals = []
    with migrating(database) as connection, connection.begin():
        with loading.without_links(connection, source.tables):
            for table in source.tables:
                seals.append(loading.load(connection, table, partial(source.rows, table), loading.AsItIs()))
                if watch:
                    watch(seals[-1])
        for table in source.tables:
            loading.continue_ids(connection, table, source.last_id(table))
    return seals


def _versions(connection: sa.Connection) -> dict[str, str]:
    """The revision of each history."""
    version: sa.ColumnClause[str] = sa.column("version_num", sa.String)
    names = [table for table in table_names(connection) if table.startswith(VERSION_TABLES)]
    return {
        name.removeprefix(VERSION_TABLES): connection.scalars(
            sa.select(version).select_from(sa.table(name))
        ).one()
        for name in names
    }


def _all_tables(connection: sa.Connection) -> Sequence[str]:
    """All tables, virtual ones first: they take those behind them along."""
    virtual = []
    if connection.dialect.name == "sqlite":
        virtual = list(connection.exec_driver_sql(VIRTUAL).scalars())
    return [*virtual, *table_names(connection), INCOMPLETE]
