"""What the models of a history have that its tables have not: as a new migration, or as a list of drift."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import sqlalchemy as sa
from alembic.autogenerate import RevisionContext, compare_metadata
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import NoReferencedTableError, SAWarning
from sqlalchemy.schema import sort_tables
from sqlalchemy.sql.schema import ColumnCollectionConstraint
from sqlalchemy.sql.type_api import TypeEngine

from vinculo.db import types
from vinculo.db.base import Base
from vinculo.db.custom import LIVE
from vinculo.db.engine import Database
from vinculo.db.histories import History, load_scripts, require_current, revisions
from vinculo.errors import SchemaError
from vinculo.i18n import gettext as _
from vinculo.jobs import DBOS_TABLES

OUR_TYPES: Final = "from vinculo.db.types import "
CONSTANTS: Final = ("BigId", "Json", "Key")


def revision(database: Database, history: History, message: str) -> Path:
    """Write the next migration: what the models have and the database has not, of own tables only.

    The database must be at the head of the history. Read what was written before you commit it.
    """
    require_current(database, [history])
    scripts = load_scripts(history)
    number = f"{len(revisions(scripts)) + 1:04}"
    draft = RevisionContext(Config(), scripts, _command_arguments(number, message))
    draft.template_args.update(title=_title(message))  # type: ignore[call-overload]

    def compare(current: Any, context: MigrationContext) -> Iterable[Any]:
        draft.run_autogenerate(current, context)
        return ()

    _compare(database, history, EnvironmentContext(Config(), scripts, fn=compare))
    try:
        (script,) = draft.generate_scripts()
    except OSError as error:
        raise SchemaError(
            _("The migration of %(name)s cannot be written: %(reason)s", name=history.name, reason=error)
        ) from error
    assert script is not None
    return Path(script.path)


def drift(database: Database, histories: Sequence[History]) -> list[str]:
    """Where the tables of each history differ from its models, a line each; nothing if they agree."""
    require_current(database, histories)
    found: list[str] = []
    for history in histories:

        def compare(current: Any, context: MigrationContext, name: str = history.name) -> Iterable[Any]:
            differences = compare_metadata(context, Base.metadata)
            found.extend(f"{name}: {line}" for line in _describe(differences))
            return ()

        _compare(database, history, EnvironmentContext(Config(), load_scripts(history), fn=compare))
    return found


def _compare(database: Database, history: History, environment: EnvironmentContext) -> None:
    _load_models(history)
    with database.engine.connect() as connection, environment:
        foreign = DBOS_TABLES | _virtual_tables(connection)

        def is_own(table: str | None) -> bool:
            return table is not None and history.owns(table) and table not in foreign

        environment.configure(
            connection=connection,
            target_metadata=Base.metadata,
            version_table=history.version_table,
            include_name=lambda name, kind, _parents: kind != "table" or is_own(name),
            include_object=_object_filter(is_own, connection.dialect.name),
            render_item=_render_item,
            render_as_batch=True,
            compare_server_default=_differs_on_sqlite if connection.dialect.name == "sqlite" else True,
            dont_mutate=True,
        )
        with warnings.catch_warnings():
            # SQLite does not tell what an index on an expression is of, so that none can be compared.
            warnings.filterwarnings("ignore", "Skipped unsupported reflection", SAWarning)
            warnings.filterwarnings("ignore", "autogenerate skipping", UserWarning)
            environment.run_migrations()


def _load_models(history: History) -> None:
    try:
        for module in history.models:
            importlib.import_module(module)
        sort_tables(Base.metadata.tables.values())  # follows every foreign key
    except (ImportError, NoReferencedTableError) as error:
        raise SchemaError(
            _(
                "The models of %(name)s are not complete: %(reason)s. Does the plugin require the one that"
                " has it?",
                name=history.name,
                reason=error,
            )
        ) from error


def _object_filter(is_own: Callable[[str | None], bool], dialect: str) -> Callable[..., bool]:
    def include(item: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
        if kind == "table":
            return is_own(name)
        if kind == "index" and reflected and (name or "").startswith(LIVE):
            return False
        condition = getattr(item, "_ddl_if", None)  # an index that only one of the databases has
        wanted = condition.dialect if condition else None
        return wanted is None or dialect in ((wanted,) if isinstance(wanted, str) else wanted)

    return include


def _virtual_tables(connection: sa.Connection) -> frozenset[str]:
    """SQLite's full-text indexes and the tables that they keep behind."""
    if connection.dialect.name != "sqlite":
        return frozenset()
    query = "select name from pragma_table_list where type in ('virtual', 'shadow')"
    return frozenset(connection.exec_driver_sql(query).scalars())


def _title(message: str) -> str:
    """The message as a sentence that fits into a docstring."""
    escaped = message.strip().replace("\\", r"\\").replace('"', r"\"")
    return escaped if escaped.endswith((".", "!", "?")) else escaped + "."


def _differs_on_sqlite(context: MigrationContext, found: Any, wanted: sa.Column[Any], *_: Any) -> bool | None:
    """SQLite numbers keys without being told, so no Identity is found there; None leaves it to Alembic."""
    return False if isinstance(wanted.server_default, sa.Identity) else None


def _command_arguments(number: str, message: str) -> dict[str, Any]:
    return {
        "message": message,
        "rev_id": number,
        "head": "head",
        "splice": False,
        "branch_label": None,
        "version_path": None,
        "depends_on": None,
        "sql": False,
    }


def _render_item(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:
    """What Alembic would write for one database only, or at great length; False leaves it to Alembic."""
    if kind == "type":
        return _render_type(item, context)
    constant = getattr(item, "arg", None)
    if kind == "server_default" and isinstance(constant, (sa.False_, sa.True_)):
        return f"sa.{constant}()"
    return False


def _render_type(item: TypeEngine[Any], context: AutogenContext) -> str | Literal[False]:
    """Our types by name, so that scripts stay readable and outlive a change of what is behind them."""
    name = _our_name(item)
    if name:
        _import_ours(context.imports, name)
        return name if name in CONSTANTS else f"{name}()"
    module = type(item).__module__
    if not module.startswith("sqlalchemy."):  # a plugin's own; Alembic writes it with its module
        context.imports.add(f"import {module}")
    return False


def _our_name(item: TypeEngine[Any]) -> str | None:
    if type(item).__module__ == types.__name__:
        return type(item).__name__
    return next((name for name in CONSTANTS if _anatomy(item) == _anatomy(getattr(types, name))), None)


def _anatomy(item: TypeEngine[Any]) -> tuple[str, dict[str, str]]:
    """SQLAlchemy copies types, so that only their parts tell whether two are the same."""
    return repr(item), {dialect: repr(variant) for dialect, variant in item._variant_mapping.items()}  # noqa: SLF001


def _import_ours(imports: set[str], name: str) -> None:
    """Keep it one line, as ruff wants it."""
    line = next((line for line in imports if line.startswith(OUR_TYPES)), None)
    names = {name}
    if line:
        imports.remove(line)
        names.update(line.removeprefix(OUR_TYPES).split(", "))
    imports.add(OUR_TYPES + ", ".join(sorted(names)))


def _describe(differences: Iterable[Any]) -> Iterator[str]:
    for difference in differences:
        if isinstance(difference, list):  # all that differs in one column
            yield from _describe(difference)
        elif difference[0].startswith("modify_"):
            action, _schema, table, column, _options, old, new = difference
            yield _(
                "column %(column)s differs in its %(what)s: %(database)s in the database,"
                " %(model)s in the model",
                column=f"{table}.{column}",
                what=_trait(action),
                database=_show(old),
                model=_show(new),
            )
        elif difference[0].startswith("add_"):
            yield _("the database lacks %(thing)s", thing=_thing(difference))
        else:
            yield _("no model has %(thing)s", thing=_thing(difference))


def _thing(difference: Sequence[Any]) -> str:
    match difference[-1]:
        case sa.Table(name=name):
            return _("table %(name)s", name=name)
        case sa.Column(name=name):
            return _("column %(name)s", name=f"{difference[2]}.{name}")
        case sa.Index() as index:
            return _("index %(name)s", name=_place(index))
        case ColumnCollectionConstraint() as constraint:
            return _("constraint %(name)s", name=_place(constraint))
        case other:
            return str(other)


def _place(item: sa.Index | ColumnCollectionConstraint) -> str:
    columns = ", ".join(column.name for column in item.columns)
    return f"{item.name} ({columns}), {item.table}"


def _trait(action: str) -> str:
    traits = {"modify_type": _("type"), "modify_nullable": _("nullability"), "modify_default": _("default")}
    return traits.get(action, action)


def _show(value: Any) -> str:
    if isinstance(value, sa.DefaultClause):
        return str(value.arg)
    return str(value)
