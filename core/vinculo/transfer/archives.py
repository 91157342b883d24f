"""A plugin's rows in a sealed file, its tables dropped, and both brought back.

All of it works on what the database knows, so the package need not be there.
"""

from __future__ import annotations

import graphlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from vinculo.db import migrations, rows
from vinculo.db.base import now
from vinculo.db.engine import Database
from vinculo.db.histories import VERSION_TABLES, History, load_scripts, revisions
from vinculo.db.links import forget
from vinculo.db.locking import migrating
from vinculo.errors import ConflictError
from vinculo.i18n import gettext as _
from vinculo.plugins.faults import one_line
from vinculo.plugins.models import PluginState, State
from vinculo.plugins.tables import of_plugin
from vinculo.transfer import loading, plausible, schema
from vinculo.transfer.links import Adapter, LinkOutcome, Resolver, foreign_keys, referred
from vinculo.transfer.plausible import SEARCH, TIMELINE
from vinculo.transfer.reading import Rows, TableSeal, last_id, read_rows, seal, snapshot
from vinculo.transfer.sealed import Sealed, damaged, file_hash, open_sealed, write_sealed

Conditions = Mapping[str, Callable[[sa.Table], sa.ColumnElement[bool]]]
# What the database and Python say of rows and tables that no Vinculo has written.
_OF_THE_FILE = (SQLAlchemyError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError)
Kinds = Mapping[str, str]  # kind of record → its table: those of the kernel, which may have been merged


@dataclass(frozen=True, slots=True)
class Archived:
    """What was sealed."""

    file: Path
    sha256: str
    tables: Sequence[TableSeal]


@dataclass(frozen=True, slots=True)
class LastArchive:
    """The last sealed file of a plugin, and the rows that it holds by table.

    ``size`` is None where the file is not on this host; ``downloadable``: it is, and lies in the folder
    of archives.
    """

    path: Path
    sha256: str
    at: datetime
    rows: Mapping[str, int]
    size: int | None
    downloadable: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back; ``links`` lists what no longer led where it led."""

    tables: Sequence[TableSeal]
    links: Sequence[LinkOutcome]
    version: str
    revision: str
    about: Mapping[str, Any]


class _PluginSource:
    """The tables of a plugin, then what the kernel shows of its records."""

    def __init__(self, connection: sa.Connection, own: Sequence[str], where: Conditions) -> None:
        self._connection, self._where = connection, where
        self.tables = [*own, *where]

    def rows(self, table: str) -> Rows:
        reflected, condition = rows.reflect(self._connection, table), self._where.get(table)
        where = None if condition is None else condition(reflected)
        return read_rows(self._connection, reflected, where)

    def schema(self, table: str) -> dict[str, Any]:
        return {} if table in self._where else schema.describe(self._connection, table)

    def last_id(self, table: str) -> int:
        return 0 if table in self._where else last_id(self._connection, table)


def archive_plugin(database: Database, name: str, path: Path, *, files: Path) -> Archived:
    """Seal the rows of a plugin, the links that leave them, and its files below ``files/<name>``.

    Raises ``ConflictError`` if it has no tables, ``InvalidFileError`` if the file cannot be written.
    """
    with snapshot(database) as connection:
        own = of_plugin(connection, name)
        revision = _revision(connection, name)
        if not own or revision is None:
            text = _("%(name)s has no tables, so there is nothing to archive.", name=name)
            raise ConflictError(text, code="nothing_to_archive")
        state = connection.execute(sa.select(PluginState.__table__).where(PluginState.name == name)).first()
        about = {**(state.about if state else {})}
        outgoing = [key for table in own for key in foreign_keys(connection, table) if key.target not in own]
        about["referred"] = referred(connection, outgoing)
        described = {
            "what": "plugin",
            "plugin": name,
            "version": state.version if state else "",
            "created_at": now().isoformat(),
            "versions": {name: revision},
            "about": about,
        }
        source = _PluginSource(connection, own, _projections(name, about))
        folder = files / name
        found = sorted(file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
        seals = write_sealed(path, source, described, found, folder)
    return Archived(path, file_hash(path), [seals[table] for table in own])


def purge_plugin(database: Database, name: str, path: Path, *, kinds: Kinds) -> Sequence[TableSeal]:
    """Drop the tables of a plugin, all of whose rows are in this archive as they are now.

    ``kinds`` are those of the kernel, which no plugin can own.

    Raises ``InvalidFileError`` for a file that is none, ``ConflictError`` (archive_stale, linked) otherwise.
    """
    with open_sealed(path, "plugin", name) as sealed, migrating(database) as connection, connection.begin():
        _refuse_if_on(connection, name)
        plausible.check(sealed, connection, name, frozenset(kinds))
        own = of_plugin(connection, name)
        seals = [seal(connection, table) for table in own]
        contents = sealed.manifest.tables
        held = {table: (contents[table].rows, contents[table].sha256) for table in own if table in contents}
        if held != {one.table: (one.rows, one.sha256) for one in seals}:
            text = _("Rows of %(name)s have changed since %(file)s was made; archive it anew.")
            raise ConflictError(text % {"name": name, "file": path.name}, code="archive_stale")
        _refuse_if_referred(connection, own)
        for table, condition in _projections(name, sealed.manifest.about).items():
            shown = rows.reflect(connection, table)
            connection.execute(sa.delete(shown).where(condition(shown)))
        loading.drop(connection, [*own, VERSION_TABLES + name])
    forget(database.engine)
    return seals


def restore_plugin(
    database: Database, name: str, path: Path, *, history: History | None, files: Path, kinds: Kinds
) -> Restored:
    """Bring back tables and rows of an archive, each with the hash that it had.

    Where rows that they refer to have since been merged or deleted, ``Restored.links`` lists what became
    of each link. ``history`` are the migrations of the package, if it is installed. Raises
    ``InvalidFileError``, or ``ConflictError`` (not_empty) where there are rows already.
    """
    with open_sealed(path, "plugin", name) as sealed:
        _clear(database, sealed, name, kinds)
        try:
            restored = _fill(database, sealed, name, history, files, kinds)
        except Exception as error:
            _clear(database, sealed, name, kinds)  # what the migrations have made
            if isinstance(error, _OF_THE_FILE) and not isinstance(error, OperationalError):  # that is: busy
                raise damaged(path, one_line(error)[:200]) from error
            raise
    forget(database.engine)
    return restored


def _fill(
    database: Database, sealed: Sealed, name: str, history: History | None, files: Path, kinds: Kinds
) -> Restored:
    revision = sealed.manifest.versions[name]
    if history and revision in revisions(load_scripts(history)):
        migrations.upgrade(database, [history], to=revision)
    with migrating(database) as connection, connection.begin():
        _refuse_if_on(connection, name)
        if not of_plugin(connection, name):
            _make_tables(connection, sealed, name, revision)
        restored = _load(connection, sealed, name, kinds)
        sealed.extract_files(files / name)
    return restored


def _load(connection: sa.Connection, sealed: Sealed, name: str, kinds: Kinds) -> Restored:
    about = {**sealed.manifest.about}
    about.pop("erased", None)  # that somebody was is told by the register
    own = _own(sealed)
    keys = {table: foreign_keys(connection, table) for table in own}
    adapt = Adapter(Resolver(connection, about.pop("referred", {}), kinds), keys)
    order = graphlib.TopologicalSorter(
        {
            table: {key.target for key in keys[table] if key.target in own and key.target != table}
            for table in own
        }
    )
    with loading.without_links(connection, own):
        seals = [
            loading.load(connection, table, partial(sealed.rows, table), adapt)
            for table in order.static_order()
        ]
    for table in own:
        loading.continue_ids(connection, table, sealed.last_id(table))
    for table in (TIMELINE, SEARCH):
        if table in sealed.tables:
            _project(connection, sealed, table, adapt, about)
    manifest = sealed.manifest
    ordered = sorted(seals, key=lambda one: one.table)
    return Restored(ordered, adapt.outcomes, manifest.version, manifest.versions[name], about)


def _project(
    connection: sa.Connection, sealed: Sealed, name: str, adapt: Adapter, about: Mapping[str, Any]
) -> None:
    """What the kernel shows of the records: on the timelines of today's clients, with ids of their own."""
    table, kinds = rows.reflect(connection, name), about.get("kinds", {})
    gone = {kind: adapt.left_out.get(of, ()) for kind, of in about.get("tables", {}).items()}
    silent = Adapter(adapt.resolver, {name: foreign_keys(connection, name)})
    connection.execute(sa.delete(table).where(table.c.kind.in_([*kinds])))
    for chunk in sealed.rows(name):
        for raw in chunk:
            plausible.check_shown(sealed, name, raw, sealed.manifest.plugin, frozenset(kinds))
        shown = [raw for raw in chunk if raw["record_id"] not in gone.get(raw["kind"], ())]
        found = [row for raw in shown if (row := silent(name, raw)) is not None]
        values = [{key: value for key, value in rows.decode_row(row).items() if key != "id"} for row in found]
        if values:
            connection.execute(sa.insert(table), values)


def _projections(name: str, about: Mapping[str, Any]) -> Conditions:
    """The rows by which the kernel shows the records of a plugin."""
    kinds = [*about.get("kinds", {})]
    return {
        TIMELINE: lambda table: sa.or_(table.c.domain == name, table.c.kind.in_(kinds)),
        SEARCH: lambda table: table.c.kind.in_(kinds),
    }


def _own(sealed: Sealed) -> list[str]:
    return [table for table in sealed.tables if table not in (TIMELINE, SEARCH)]


def _make_tables(connection: sa.Connection, sealed: Sealed, name: str, revision: str) -> None:
    """For want of a package with this revision: by the description in the file."""
    described = {table: sealed.schema(table) for table in _own(sealed)}
    targets = {
        table: {link["table"] for link in one["links"]} & {*described} - {table}
        for table, one in described.items()
    }
    for table in graphlib.TopologicalSorter(targets).static_order():
        schema.make(connection, table, described[table])
    version = sa.Table(
        VERSION_TABLES + name, sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True)
    )
    version.create(connection)
    connection.execute(sa.insert(version).values(version_num=revision))


def _refuse_if_on(connection: sa.Connection, name: str) -> None:
    """Raise ``ConflictError`` for a plugin that is on: somebody may have switched it meanwhile."""
    state = connection.scalar(sa.select(PluginState.state).where(PluginState.name == name).with_for_update())
    if state is State.ON:
        raise still_on(name)


def still_on(name: str) -> ConflictError:
    """Its rows are at work."""
    return ConflictError(_("%(name)s is on; switch it off first.", name=name), code="still_on")


def _clear(database: Database, sealed: Sealed, name: str, kinds: Kinds) -> None:
    """Drop tables that are empty; refuse if one is not, or if the archive is about other things, too."""
    with migrating(database) as connection, connection.begin():
        _refuse_if_on(connection, name)
        plausible.check(sealed, connection, name, frozenset(kinds))
        own = of_plugin(connection, name)
        for table in own:
            if connection.execute(sa.select(sa.literal(1)).select_from(sa.table(table)).limit(1)).first():
                text = _("%(table)s holds rows: purge %(name)s first, so that none is lost.")
                raise ConflictError(text % {"table": table, "name": name}, code="not_empty")
        _refuse_if_referred(connection, own)
        loading.drop(connection, [*own, VERSION_TABLES + name])


def _refuse_if_referred(connection: sa.Connection, own: Sequence[str]) -> None:
    for table in sa.inspect(connection).get_table_names():
        hanging = table not in own and [key for key in foreign_keys(connection, table) if key.target in own]
        if hanging:
            text = _("%(table)s refers to %(target)s: archive and purge the plugin of %(table)s first.")
            raise ConflictError(text % {"table": table, "target": hanging[0].target}, code="linked")


def _revision(connection: sa.Connection, name: str) -> str | None:
    table = VERSION_TABLES + name
    if not sa.inspect(connection).has_table(table):
        return None
    version: str | None = connection.scalar(sa.select(sa.column("version_num")).select_from(sa.table(table)))
    return version
