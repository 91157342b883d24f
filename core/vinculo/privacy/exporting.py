"""All that is known of a person, in one file: JSON for programs, text for people, and the files."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.errors import InvalidFileError
from vinculo.events import chain, log
from vinculo.events.models import Event, Trash
from vinculo.i18n import gettext as _
from vinculo.privacy import archives
from vinculo.privacy.findings import Findings, encoded, gather
from vinculo.privacy.reach import DatabaseTables, GivenTables, pieces, reach
from vinculo.privacy.subjects import Subject
from vinculo.privacy.traces import TAKEN

FORMAT: Final = 1
Rows = dict[str, list[dict[str, Any]]]


def collect(session: Session, found: Findings) -> dict[str, Any]:
    """Everything, as JSON builtins.

    ``tables``: the rows about the person, of all plugins. ``mentions``: texts of others that name the
    person. ``deleted``: what lies in the trash. ``archives``: rows of plugins, by file. ``history``: events.
    """
    subject = found.subject
    return {
        "vinculo_person": FORMAT,
        "exported_at": chain.moment(now()),
        "person": subject.person_id,
        "records": {table: sorted(ids) for table, ids in subject.ids.items()},
        "tables": {
            table: [plain(row) for row in encoded(session, table, ids)]
            for table, ids in sorted(found.reached.rows.items())
        },
        "mentions": dict(_mentions(session, found)),
        "deleted": [*_deleted(session, found)],
        "archives": {
            one.path.name: {table: [*map(plain, of)] for table, of in _archived(found, one.path).items()}
            for one in found.archives
            if not one.fault
        },
        "history": [*_history(session, found)],
        "files": [path.name for path in found.files],
    }


def write(
    session: Session, files: Path, kinds: Mapping[str, str], subject: Subject, path: Path
) -> dict[str, int]:
    """Write a ZIP of it; how many rows of each table. Raises ``InvalidFileError`` if it cannot be written."""
    found = gather(session, files, kinds, subject)
    told = collect(session, found)
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            target.writestr("person.json", msgspec.json.format(msgspec.json.encode(told)))
            target.writestr("person.txt", readable(told))
            for file in found.files:
                target.write(file, f"files/{file.relative_to(files).as_posix()}")
    except OSError as error:
        text = _("%(file)s cannot be written: %(reason)s.", file=path, reason=error.strerror or error)
        raise InvalidFileError(text, code="not_writable") from error
    return {table: len(of) for table, of in told["tables"].items()}


def note(session: Session, subject: Subject, counts: Mapping[str, int], *, actor: Actor) -> None:
    """That it was taken, and how much; not what."""
    log.write(
        session,
        actor=actor,
        action=TAKEN,
        kind="person",
        record_id=subject.person_id,
        title=f"person {subject.person_id}",
        changes={"rows": [None, dict(counts)]},
        version=None,
    )


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """An encoded row without the names of types."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    return next(iter(value.values())) if isinstance(value, dict) else value


def readable(told: Mapping[str, Any]) -> str:
    """The same for people."""
    lines = [_("All that is known of person %(id)s", id=told["person"]), told["exported_at"]]
    for table, of in told["tables"].items():
        lines += ["", table, "=" * len(table), *_lines(of)]
    for file, tables in told["archives"].items():
        for table, of in tables.items():
            lines += ["", f"{table} ({file})", *_lines(of)]
    for name, heading in (
        ("mentions", _("Named in")), ("deleted", _("Deleted")), ("history", _("History")),
    ):  # fmt: skip
        lines += ["", heading, "=" * len(heading)]
        lines += _lines(told[name] if isinstance(told[name], list) else [told[name]])
    return "\n".join(lines) + "\n"


def _lines(found: list[dict[str, Any]]) -> Iterator[str]:
    for row in found:
        yield from (f"{name}: {value}" for name, value in row.items() if value not in (None, "", {}, []))
        yield ""


def _mentions(session: Session, found: Findings) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Of other rows only the texts that name the person."""
    for table, changes in found.mentioned.items():
        others = {*changes} - found.reached.rows.get(table, set())
        texts = [
            {"id": row["id"], **{name: row[name] for name in changes[row["id"]]}}
            for row in encoded(session, table, others)
        ]
        if texts:
            yield table, texts


def _deleted(session: Session, found: Findings) -> Iterator[dict[str, Any]]:
    tables = DatabaseTables(session.connection(), found.declared)
    query = sa.select(Trash).where(Trash.id.in_(found.traces.trash)).order_by(Trash.id)
    for entry in session.scalars(query):
        stored: Rows = {}
        for one in entry.rows:
            if one["action"] == "delete":
                stored.setdefault(one["table"], []).append(one["values"])
        reached = reach(GivenTables(stored, tables.keys), found.roots)
        for table, of in stored.items():
            about = [plain(row) for row in of if row.get("id") in reached.rows.get(table, ())]
            yield from (
                {"deleted_at": chain.moment(entry.deleted_at), "table": table, **row} for row in about
            )


def _archived(found: Findings, path: Path) -> Rows:
    return archives.rows_about(path, found.declared, found.roots)


def _history(session: Session, found: Findings) -> Iterator[dict[str, Any]]:
    for part in pieces(found.traces.events):
        for event in session.scalars(sa.select(Event).where(Event.id.in_(part)).order_by(Event.id)):
            yield {
                "id": event.id,
                "at": chain.moment(event.at),
                "action": event.action,
                "kind": event.kind,
                "record_id": event.record_id,
                "title": event.title,
                "changes": event.changes,
            }
