"""Migrations: one linear history and one version table for the kernel and for each plugin.

A history is migrated in one transaction, all histories under one lock: what is killed or fails half-way
leaves the database as it was, and two upgrades at once are safe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from vinculo.containment import contained
from vinculo.db.autogenerate import drift, revision
from vinculo.db.base import Base
from vinculo.db.engine import Database
from vinculo.db.histories import (
    History,
    HistoryStatus,
    ahead_error,
    load_scripts,
    require_current,
    revisions,
    status,
)
from vinculo.db.locking import migrating
from vinculo.db.rebuilding import careful_rebuilds
from vinculo.errors import SchemaError
from vinculo.i18n import gettext as _

__all__ = [
    "Applied",
    "History",
    "HistoryStatus",
    "downgrade",
    "drift",
    "require_current",
    "revision",
    "status",
    "upgrade",
]

Plan = Callable[[ScriptDirectory, str | None], Iterable[RevisionStep]]


@dataclass(frozen=True, slots=True)
class Applied:
    """A migration that was run, up or down; ``title`` is the first line of its docstring."""

    history: str
    revision: str
    title: str


Progress = Callable[[Applied], None]


def upgrade(
    database: Database,
    histories: Sequence[History],
    on_progress: Progress | None = None,
    *,
    to: str = "head",
    prepare: Sequence[Callable[[Database], None]] = (),
) -> list[Applied]:
    """Bring every history to its head, in the order given: what is required comes before what requires it.

    With ``to`` it is that revision, which each of them must have.

    ``on_progress`` is called as each migration begins. ``prepare`` runs thereafter, under the same lock,
    each time: for tables that others migrate. A failure raises ``SchemaError``; the history that failed
    is as it was, those before it stay migrated.
    """

    def plan(scripts: ScriptDirectory, current: str | None) -> Iterable[RevisionStep]:
        # What Alembic's own command uses, yet underscored: hence the upper bound in pyproject.toml.
        return scripts._upgrade_revs(to, current)  # type: ignore[arg-type]  # noqa: SLF001

    with migrating(database) as connection:
        applied = [step for history in histories for step in _migrate(connection, history, plan, on_progress)]
        for make_tables in prepare:
            make_tables(database)
    return applied


def downgrade(
    database: Database, history: History, revision: str, on_progress: Progress | None = None
) -> list[Applied]:
    """Take a history back to a revision, or with ``base`` to nothing: its tables and rows are gone then."""

    def plan(scripts: ScriptDirectory, current: str | None) -> Iterable[RevisionStep]:
        if revision != "base" and revision not in revisions(scripts):
            raise _unknown_revision(history, revision, scripts)
        return scripts._downgrade_revs(revision, current) if current else ()  # noqa: SLF001

    with migrating(database) as connection:
        return _migrate(connection, history, plan, on_progress)


def _migrate(
    connection: sa.Connection, history: History, plan: Plan, on_progress: Progress | None
) -> list[Applied]:
    scripts = load_scripts(history)
    if scripts.get_current_head() is None:
        return []
    begun: list[Applied] = []

    def steps(heads: Sequence[str], context: MigrationContext) -> Iterable[RevisionStep]:
        current = heads[0] if heads else None
        if current and current not in revisions(scripts):
            raise ahead_error(history.name, current)
        for step in plan(scripts, current):
            begun.append(_describe(history, step))
            if on_progress:
                on_progress(begun[-1])
            yield step

    try:
        with contained(), connection.begin():
            _run(connection, history, EnvironmentContext(Config(), scripts, fn=steps))
            if begun and connection.dialect.name == "sqlite":
                _check_foreign_keys(connection)
    except SchemaError:
        raise
    except Exception as error:  # a migration is a program of its own and may raise anything
        raise _failure(history, begun, error) from error
    return begun


def _run(connection: sa.Connection, history: History, environment: EnvironmentContext) -> None:
    with environment, careful_rebuilds(connection):
        environment.configure(
            connection=connection,
            target_metadata=Base.metadata,
            version_table=history.version_table,
            transactional_ddl=True,
        )
        environment.run_migrations()
        if not environment.get_context().get_current_heads():  # back at base: leave nothing behind
            version_table = sa.Table(history.version_table, sa.MetaData())
            connection.execute(sa.schema.DropTable(version_table, if_exists=True))


def _describe(history: History, step: RevisionStep) -> Applied:
    title = (step.revision.doc or "").strip().partition("\n")[0]
    return Applied(history.name, step.revision.revision, title)


def _check_foreign_keys(connection: sa.Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken:
        raise CommandError(
            _(
                "row %(row)s of %(table)s refers to a row of %(parent)s that is not there",
                row=broken[1],
                table=broken[0],
                parent=broken[2],
            )
        )


def _unknown_revision(history: History, revision: str, scripts: ScriptDirectory) -> SchemaError:
    return SchemaError(
        _(
            "%(name)s has no revision %(revision)s; it has base, %(known)s.",
            name=history.name,
            revision=revision,
            known=", ".join(revisions(scripts)),
        ),
        code="unknown_revision",
    )


def _failure(history: History, begun: Sequence[Applied], error: Exception) -> SchemaError:
    name, reason = history.name, _reason(error)
    if not begun:
        text = _("The tables of %(name)s cannot be migrated: %(reason)s", name=name, reason=reason)
    else:
        text = _(
            "Migration %(revision)s of %(name)s failed and was taken back whole: %(reason)s",
            revision=begun[-1].revision,
            name=name,
            reason=reason,
        )
    return SchemaError(text, code="migration_failed")


def _reason(error: Exception) -> str:
    """The first line of what the database, Alembic or the migration itself says."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        error_text = str(error.orig)
    elif isinstance(error, CommandError):
        error_text = str(error)
    else:
        error_text = f"{type(error).__name__}: {error}"
    return error_text.strip().partition("\n")[0]
