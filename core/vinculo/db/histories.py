"""The migration histories of kernel and plugins: what they hold, and how far a database has come."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from vinculo.containment import contained
from vinculo.db.engine import Database
from vinculo.errors import SchemaError
from vinculo.i18n import gettext as _

VERSION_TABLES: Final = "alembic_version_"
INCOMPLETE: Final = "vinculo_incomplete"  # a database into which somebody is still writing, or was killed

State = Literal["current", "behind", "ahead", "absent", "orphan"]


@dataclass(frozen=True, slots=True)
class History:
    """The linear migrations of the kernel or of one plugin, in ``<package>/migrations/``.

    ``models`` are the modules to import until the metadata holds every table of the history and every
    table these refer to. ``prefixes`` say which tables it owns: one that ends with ``_`` stands for all
    names that begin so, any other for the table of exactly that name.
    """

    name: str
    package: str
    models: tuple[str, ...]
    prefixes: tuple[str, ...]

    @property
    def version_table(self) -> str:
        """Where the database remembers the revision."""
        return VERSION_TABLES + self.name

    def owns(self, table: str) -> bool:
        """Whether a table belongs to this history."""
        return any(table.startswith(p) if p.endswith("_") else table == p for p in self.prefixes)


@dataclass(frozen=True, slots=True)
class HistoryStatus:
    """How far a database has come in one history.

    ``absent``: nothing of it is in the database. ``behind``: ``pending`` waits to be applied. ``ahead``:
    the database has a revision that the installed package does not know. ``orphan``: the tables are
    there, the package is not; they are left in peace.
    """

    name: str
    current: str | None
    head: str | None
    pending: tuple[str, ...]
    state: State


def status(database: Database, histories: Sequence[History]) -> list[HistoryStatus]:
    """Where each history stands, in the order given; then the orphans.

    Reads nothing but the version tables. Pass the histories of all installed packages, also of plugins
    that are off, or their tables show as orphans.
    """
    current = _read_versions(database)
    known = [_status(history, current.pop(history.name, None)) for history in histories]
    return known + [HistoryStatus(name, current[name], None, (), "orphan") for name in sorted(current)]


def require_current(database: Database, histories: Sequence[History]) -> None:
    """Raise ``SchemaError`` unless each history is at its head; the message says what to run."""
    for found in status(database, histories):
        if found.state == "ahead":
            raise ahead_error(found.name, found.current)
        if found.pending:
            raise SchemaError(
                _(
                    "The tables of %(name)s are at revision %(current)s, this program needs %(head)s."
                    " Run: vinculo db upgrade",
                    name=found.name,
                    current=found.current or "base",
                    head=found.head,
                ),
                code="schema_behind",
            )


def ahead_error(name: str, current: str | None) -> SchemaError:
    """The package of a history is older than its tables."""
    return SchemaError(
        _(
            "The database has revision %(current)s of %(name)s, which the installed package does not know:"
            " the package of %(name)s is older than its tables. Install the version that was used last.",
            name=name,
            current=current,
        ),
        code="schema_ahead",
    )


def load_scripts(history: History) -> ScriptDirectory:
    """The migration scripts, checked to form one line."""
    folder = migrations_folder(history)
    try:
        scripts = ScriptDirectory(
            Path(__file__).parent,
            file_template="%(rev)s_%(slug)s",
            version_locations=[folder],
            messaging_opts={"quiet": True},
        )
        with contained():
            heads = sorted(scripts.get_heads())
    except Exception as error:  # a migration is a program of its own and may raise anything
        raise SchemaError(
            _(
                "The migrations of %(name)s in %(folder)s cannot be read: %(reason)s",
                name=history.name,
                folder=folder,
                reason=f"{type(error).__name__}: {error}",
            ),
            code="migrations_unreadable",
        ) from error
    if len(heads) > 1:
        raise SchemaError(
            _(
                "The migrations of %(name)s have several ends: %(heads)s. Let one follow the other:"
                " set its down_revision.",
                name=history.name,
                heads=", ".join(heads),
            ),
            code="multiple_heads",
        )
    return scripts


def revisions(scripts: ScriptDirectory) -> list[str]:
    """All revisions, the oldest first."""
    return [script.revision for script in scripts.walk_revisions()][::-1]


def migrations_folder(history: History) -> Path:
    """Where the scripts lie. The package is not imported: that of a plugin that is off must not be."""
    spec = importlib.util.find_spec(history.package)
    if spec is None or not spec.submodule_search_locations:
        raise SchemaError(
            _(
                "The package %(package)s of %(name)s is not installed.",
                package=history.package,
                name=history.name,
            )
        )
    return Path(spec.submodule_search_locations[0]) / "migrations"


def _status(history: History, current: str | None) -> HistoryStatus:
    line = revisions(load_scripts(history))
    head = line[-1] if line else None
    if current is None:
        return HistoryStatus(history.name, None, head, tuple(line), "absent" if line else "current")
    if current not in line:
        return HistoryStatus(history.name, current, head, (), "ahead")
    pending = tuple(line[line.index(current) + 1 :])
    return HistoryStatus(history.name, current, head, pending, "behind" if pending else "current")


def _read_versions(database: Database) -> dict[str, str]:
    """The revision of each history that has left one in the database, by name."""
    try:
        with database.engine.connect() as connection:
            tables = sa.inspect(connection).get_table_names()
            if INCOMPLETE in tables:
                raise _incomplete()
            names = [table for table in tables if table.startswith(VERSION_TABLES)]
            rows = connection.execute(_select_versions(names)).all() if names else []
    except OperationalError:
        database.ping()  # words it, if the database cannot be reached
        raise
    return {table.removeprefix(VERSION_TABLES): version for table, version in rows}


def _incomplete() -> SchemaError:
    text = _(
        "This database is incomplete: a restore or a move into it has not ended. Wait for it, or start it"
        " again: vinculo restore FILE, or vinculo move --to URL"
    )
    return SchemaError(text, code="incomplete")


def _select_versions(tables: Sequence[str]) -> sa.CompoundSelect[str, str]:
    version: sa.ColumnClause[str] = sa.column("version_num", sa.String)
    return sa.union_all(*(sa.select(sa.literal(t), version).select_from(sa.table(t)) for t in tables))
