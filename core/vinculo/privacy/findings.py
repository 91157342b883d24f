"""All that holds something of a person, found before anything is changed: what a plan counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.db import personal, rows
from vinculo.events.models import Event
from vinculo.people.models import Person
from vinculo.privacy import archives, traces
from vinculo.privacy.archives import ArchiveFound
from vinculo.privacy.declared import (
    NAMING,
    SUBJECTS,
    Column,
    Declared,
    blanked,
    columns_of,
    declared,
    placeholder,
)
from vinculo.privacy.reach import DatabaseTables, Reached, Roots, pieces, reach
from vinculo.privacy.rewriting import free_columns, redactions
from vinculo.privacy.subjects import Subject
from vinculo.privacy.traces import Traces
from vinculo.privacy.values import Values, named, telling
from vinculo.records.text import sort_key
from vinculo.transfer.reading import table_names

Changes = dict[str, dict[int, dict[str, Any]]]  # table → id → encoded values
_OF_SUBJECTS: Final = ("people_", "clients_", "counterparties_")
KERNELS_OWN: Final = (  # where nobody outside is named, or ``traces`` looks
    "accounts_", "alembic_", "events_", "plugins_", "privacy_", "records_idempotency", "records_import",
    "records_match_key", "records_merge", "records_similar", "records_unique_key",
)  # fmt: skip


@dataclass(slots=True)
class Findings:
    """Rows by table: those that are ``emptied``, taken away, and those of others that ``mention`` the person.

    ``kept`` counts what has to stay, by column and reason.
    """

    subject: Subject
    roots: Roots
    declared: Declared
    reached: Reached
    values: Values = field(default_factory=lambda: Values(frozenset()))
    emptied: Changes = field(default_factory=dict)
    mentioned: Changes = field(default_factory=dict)
    kept: dict[tuple[str, str], int] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    traces: Traces = field(default_factory=Traces)
    archives: list[ArchiveFound] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def gather(session: Session, files: Path, kinds: Mapping[str, str], subject: Subject) -> Findings:
    """Find everything. ``kinds`` are those of the app, as kind → table; ``files`` is the folder of files."""
    known = declared(session, kinds)
    tables = DatabaseTables(session.connection(), known)
    roots = Roots(subject.ids, _named_before(session, known, subject, tables))
    found = Findings(subject, roots, known, reach(tables, roots))
    there = {*table_names(session.connection())}  # those of a purged plugin are in its archive only
    found.reached.rows = {table: ids for table, ids in found.reached.rows.items() if table in there}
    texts = {*_read_rows(session, found, files)}
    told = traces.events_about(session, known, found.reached, roots, tables.keys)
    texts |= {*telling(_of_history(session, known, told))}
    found.values = Values(frozenset(_own_only(session, found, texts)))
    found.mentioned = dict(_mentions(session, found))
    found.traces = traces.gather(session, known, found.reached, roots, tables, found.values, told)
    for table, own in found.traces.stored:
        _note_file(found, table, own, files)
    found.traces.files = [*found.files, *traces.import_files(files, found.values)]
    found.archives = archives.search(session, files, known, roots, found.values)
    found.missing = archives.missing(session, files)
    return found


def _named_before(
    session: Session, known: Declared, subject: Subject, tables: DatabaseTables
) -> dict[str, frozenset[int]]:
    """Of one who is deleted: the records that history says they were part of; no row says so any more."""
    if session.scalar(sa.select(Person.id).where(Person.id == subject.person_id)) is not None:
        return {}
    found: dict[str, frozenset[int]] = {}
    for kind, record_id in traces.once_named(session, Roots(subject.ids), tables.keys):
        if table := known.kinds.get(kind):
            found[table] = found.get(table, frozenset()) | {record_id}
    return found


def encoded(session: Session, table: str, ids: set[int]) -> Iterator[dict[str, Any]]:
    """These rows of a table."""
    there = rows.reflect(session.connection(), table)
    for part in pieces(ids):
        for row in session.execute(
            sa.select(there).where(there.c.id.in_(part)).order_by(there.c.id)
        ).mappings():
            yield rows.encode_row(dict(row))


def _read_rows(session: Session, found: Findings, files: Path) -> Iterator[str]:
    """Say what becomes of each row; give out what tells of the person."""
    for table, ids in found.reached.rows.items():
        columns = columns_of(rows.reflect(session.connection(), table))
        going = found.reached.going.get(table, set())
        certain = table in found.subject.ids or bool(going)
        naming = [c.name for c in columns if found.declared.column(table, c) in NAMING] if certain else []
        for row in encoded(session, table, ids):
            stand_in = placeholder(table, row["id"])
            yield from telling(row[name] for name in naming if row[name] != stand_in)
            if row["id"] not in going:
                _empty(found, table, columns, row)
            _note_files(found, table, columns, row, files)


def _empty(found: Findings, table: str, columns: list[Column], row: dict[str, Any]) -> None:
    changes = blanked(table, row, columns, found.declared)
    if changes:
        found.emptied.setdefault(table, {})[row["id"]] = changes
    for column in columns:
        policy = found.declared.column(table, column)
        if policy.startswith(personal.KEPT) and row[column.name]:
            key = (f"{table}.{column.name}", policy.removeprefix(personal.KEPT))
            found.kept[key] = found.kept.get(key, 0) + 1


def _note_files(found: Findings, table: str, columns: list[Column], row: dict[str, Any], files: Path) -> None:
    for column in columns:
        if found.declared.column(table, column) == personal.STORED_FILE and row[column.name]:
            _note_file(found, table, str(row[column.name]), files)


def _note_file(found: Findings, table: str, own: str, files: Path) -> None:
    folder = files / table.partition("_")[0]
    path = folder / own
    if path.is_file() and path.resolve().is_relative_to(folder.resolve()):
        found.files.append(path)


def _of_history(session: Session, known: Declared, told: set[int]) -> Iterator[str]:
    """What persons were called, and by what they were reached, before."""
    fields = frozenset(
        column.rpartition(".")[2]
        for column, policy in known.policies.items()
        if policy in NAMING and column.startswith(_OF_SUBJECTS)
    )
    for part in pieces(told):
        query = sa.select(Event.changes).where(Event.id.in_(part), Event.kind.in_([*SUBJECTS]))
        for changes in session.scalars(query):
            yield from named(changes, fields)


def _own_only(session: Session, found: Findings, texts: set[str]) -> Iterator[str]:
    """Those that are not somebody else's, too: a shared number, a namesake."""
    places = [
        column.partition(".")
        for column, policy in found.declared.policies.items()
        if policy in (*NAMING, personal.TITLE_KEY) and column.startswith(_OF_SUBJECTS)
    ]
    shared: set[str] = set()
    for table, _dot, name in places:
        there = sa.table(table, sa.column("id"), sa.column(name))
        for text in texts - shared:
            ids = session.scalars(
                sa.select(there.c.id).where(there.c[name].in_([text, sort_key(text)]))
            ).all()
            if {*ids} - found.reached.rows.get(table, set()):
                shared.add(text)
    yield from texts - shared


def _mentions(session: Session, found: Findings) -> Iterator[tuple[str, dict[int, dict[str, Any]]]]:
    """Texts about others in which the person is named."""
    connection = session.connection()
    for table in table_names(connection) if found.values.texts else ():
        if table.startswith(KERNELS_OWN):
            continue
        there = rows.reflect(connection, table)
        columns = columns_of(there)
        names = free_columns(found.declared, table, columns)
        if not names or "id" not in there.c:
            continue
        changes = {}
        query = sa.select(there).where(found.values.stands_in(there.c[name] for name in names))
        for row in connection.execute(query).mappings():
            told = redactions(found.declared, found.values, table, columns, rows.encode_row(dict(row)))
            emptied = found.emptied.get(table, {}).get(row["id"], {})
            after = {name: value for name, value in told.items() if name not in emptied}
            if after and row["id"] not in found.reached.going.get(table, ()):
                changes[row["id"]] = after
        if changes:
            yield table, changes
