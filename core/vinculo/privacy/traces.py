"""What a person leaves behind beside records: history, timeline, search, trash, answers, files of imports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.db import personal, rows
from vinculo.errors import VinculoError
from vinculo.events.models import Event, SearchDocument, TimelineEntry, Trash
from vinculo.events.verify_log import ERASED
from vinculo.people.records import person
from vinculo.privacy.declared import PERSON, SUBJECTS, Declared, columns_of, placeholder
from vinculo.privacy.reach import DatabaseTables, GivenTables, Key, Reached, Roots, pieces, reach
from vinculo.privacy.rewriting import Rewriter, shown
from vinculo.privacy.values import Values
from vinculo.records import import_runs
from vinculo.records.models import IdempotentAnswer, ImportRun, MergeUndo
from vinculo.records.tabular import Layout, open_table

DONE: Final = "personal data erased"
TAKEN: Final = "personal data exported"
OWN_EVENTS: Final = (ERASED, DONE, TAKEN)


@dataclass(slots=True)
class Traces:
    """Ids of rows, and what rows become; ``files`` are those that go.

    ``stored`` are files of deleted rows that go, each as the table and its own path.
    """

    events: list[int] = field(default_factory=list)
    timeline: dict[int, dict[str, Any]] = field(default_factory=dict)
    search: dict[int, dict[str, Any]] = field(default_factory=dict)
    trash: dict[int, dict[str, Any]] = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)
    imports: dict[int, dict[str, Any]] = field(default_factory=dict)
    merges: list[int] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    stored: list[tuple[str, str]] = field(default_factory=list)


def events_about(
    session: Session, declared: Declared, reached: Reached, roots: Roots, keys: Sequence[Key]
) -> set[int]:
    """The events of all records about a person, also of those that are gone and once named the person."""
    found: set[int] = set()
    for table, ids in reached.rows.items():
        for kind in declared.kinds_of(table):
            for part in pieces(ids):
                found.update(_events(session, Event.kind == kind, Event.record_id.in_(part)))
    for kind, record_id in once_named(session, roots, keys):
        found.update(_events(session, Event.kind == kind, Event.record_id == record_id))
    return found


def once_named(session: Session, roots: Roots, keys: Sequence[Key]) -> list[tuple[str, int]]:
    """The records whose history names a person among its rows."""
    columns = {key.column for key in keys if key.target == PERSON}
    texts = [
        f'"{column}":{said}'
        for column in columns
        for one in roots.ids.get(PERSON, ())
        for said in (f"{one},", f"{one}}}", f"[null,{one}]", f"[{one},")  # in a row, or as a change
    ]
    if not texts:
        return []
    told = sa.or_(*(sa.cast(Event.changes, sa.Text).contains(text) for text in texts))
    query = sa.select(Event.kind, Event.record_id).where(told, Event.kind.not_in([*SUBJECTS])).distinct()
    return [(row.kind, row.record_id) for row in session.execute(query)]


def _events(session: Session, *conditions: sa.ColumnElement[bool]) -> Sequence[int]:
    """Those that still say something."""
    query = sa.select(Event.id).where(*conditions, Event.salt != "", Event.action.not_in(OWN_EVENTS))
    return session.scalars(query).all()


def gather(
    session: Session,
    declared: Declared,
    reached: Reached,
    roots: Roots,
    tables: DatabaseTables,
    values: Values,
    told: set[int],
) -> Traces:
    """All traces, as they are to be; ``told`` are the events found already."""
    mentioned = _events(session, values.stands_in([Event.title, Event.changes]))
    traces = Traces(events=sorted({*told, *mentioned}))
    traces.timeline = dict(_shown(session, TimelineEntry, declared, reached, values, ("title", "text")))
    names = ("title", "title_key", "body")
    traces.search = dict(_shown(session, SearchDocument, declared, reached, values, names))
    for number, new, stored in _trash(session, declared, roots, tables, values):
        traces.stored += stored
        if new:
            traces.trash[number] = new
    traces.answers = [*session.scalars(sa.select(IdempotentAnswer.id).where(_answered(roots, values)))]
    traces.merges = [*_merges(session, roots, values)]
    for run in session.scalars(sa.select(ImportRun)):
        held = {"errors": run.errors, "likely": run.likely}
        after = {name: values.redacted(rows) for name, rows in held.items()}
        if after != held:
            traces.imports[run.id] = after
    return traces


def _merges(session: Session, roots: Roots, values: Values) -> Iterator[int]:
    """Merges that can be taken back and would bring the person back with them."""
    ids = roots.ids.get(PERSON, ())
    for merged in session.scalars(sa.select(MergeUndo)):
        told = [merged.title, merged.others, merged.rows]
        own = any(row["table"] == person.table.name and row["id"] in ids for row in merged.rows)
        if own or values.redacted(told) is not told:
            yield merged.id


def _answered(roots: Roots, values: Values) -> sa.ColumnElement[bool]:
    """Answers that speak of a person, or gave the address of one who was added."""
    headers = sa.cast(IdempotentAnswer.headers, sa.Text)
    added = (headers.contains(f'{person.api_url}/{one}"') for one in roots.ids.get(PERSON, ()))
    return sa.or_(values.stands_in([IdempotentAnswer.body]), *added)


def import_files(folder: Path, values: Values) -> list[Path]:
    """Uploaded files, and rejected rows, that hold something of the person."""
    found = sorted(path for path in (folder / import_runs.FOLDER).glob("*") if path.is_file())
    return [path for path in found if any(values.redacted(text) != text for text in _texts(path))]


def _texts(path: Path) -> Iterator[str]:
    try:
        with open_table(path, Layout(header=0)) as table:
            for row in table:
                yield " \n ".join(row.values)
    except (VinculoError, OSError, ValueError):
        yield path.read_bytes().decode("utf-8", "replace")


def _shown(
    session: Session,
    model: type[TimelineEntry | SearchDocument],
    declared: Declared,
    reached: Reached,
    values: Values,
    names: Sequence[str],
) -> Iterator[tuple[int, dict[str, Any]]]:
    """What the kernel shows of records, as it is to be shown."""
    table = model.__tablename__
    of_records: set[int] = set()
    columns = [getattr(model, name) for name in names]
    for of, ids in reached.rows.items():
        for kind in declared.kinds_of(of):
            for part in pieces(ids):
                query = sa.select(model.id, model.record_id, *columns)
                query = query.where(model.kind == kind, model.record_id.in_(part))
                for row in session.execute(query).mappings():
                    of_records.add(row["id"])
                    after = shown(table, of, row["record_id"])
                    if any(after[name] != row[name] for name in names):
                        yield row["id"], after
    mentioned = sa.select(model.id, *columns).where(values.stands_in(columns), model.kind.not_in([*SUBJECTS]))
    for row in session.execute(mentioned).mappings():
        if row["id"] not in of_records:
            after = {name: values.redacted(row[name]) for name in names}
            if any(after[name] != row[name] for name in names):
                yield row["id"], after


def _trash(
    session: Session, declared: Declared, roots: Roots, tables: DatabaseTables, values: Values
) -> Iterator[tuple[int, dict[str, Any], list[tuple[str, str]]]]:
    """What lies in the trash: each entry as it is to be, empty if as it is, and the files of its rows."""
    there = {*sa.inspect(session.connection()).get_table_names()}
    columns: dict[str, Any] = {}
    for entry in session.scalars(sa.select(Trash)):
        stored: dict[str, list[dict[str, Any]]] = {}
        for one in entry.rows:
            if one["action"] == "delete":
                stored.setdefault(one["table"], []).append(one["values"])
        for table in stored.keys() & there - columns.keys():
            columns[table] = columns_of(rows.reflect(session.connection(), table))
        reached = reach(GivenTables(stored, tables.keys), roots)
        rewriter = Rewriter(declared, reached, values, columns)
        after = {
            "rows": [*_rewritten(entry.rows, rewriter)],
            "title": _title(entry, declared, reached, values),
        }
        changed = (after["rows"], after["title"]) != (entry.rows, entry.title)
        yield entry.id, after if changed else {}, [*_stored(stored, reached, declared, columns)]


def _stored(
    rows_of: Mapping[str, Sequence[Mapping[str, Any]]],
    reached: Reached,
    declared: Declared,
    columns: Mapping[str, Any],
) -> Iterator[tuple[str, str]]:
    for table, found in rows_of.items():
        for column in columns.get(table, ()):
            if declared.column(table, column) == personal.STORED_FILE:
                mine = (row for row in found if row["id"] in reached.rows.get(table, ()))
                yield from ((table, row[column.name]) for row in mine if row[column.name])


def _rewritten(kept: Sequence[Mapping[str, Any]], rewriter: Rewriter) -> Iterator[dict[str, Any]]:
    for one in kept:
        if one["action"] != "delete":
            yield {**one}
        elif (row := rewriter(one["table"], one["values"])) is not None:
            yield {**one, "values": row}


def _title(entry: Trash, declared: Declared, reached: Reached, values: Values) -> str:
    table = declared.kinds.get(entry.kind, "")
    if entry.record_id in reached.rows.get(table, ()):
        return placeholder(table, entry.record_id)
    return str(values.redacted(entry.title))
