"""Imports: a file becomes records, chunk by chunk, each in a short transaction of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.engine import Database
from vinculo.errors import InvalidFileError
from vinculo.i18n import gettext as _
from vinculo.records import access
from vinculo.records import mapping as mappings
from vinculo.records.import_chunk import Chunk, Seen, with_external_id
from vinculo.records.import_rejects import Rejects
from vinculo.records.import_rows import Parsed, RowParser
from vinculo.records.kind import RecordKind
from vinculo.records.reading import Kinds, Reader
from vinculo.records.tabular import TableRow, open_table

FIRST_CHUNK: Final = 200
SMALLEST_CHUNK: Final = 20
LARGEST_CHUNK: Final = 500
CHUNK_SECONDS: Final = 0.1
PAUSE_SECONDS: Final = 0.025  # on SQLite, where a writer that waits looks this often whether it may
MAX_ERRORS: Final = 200
PREVIEW_ROWS: Final = 10


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be imported, and how. ``mapping`` is header → target, ``match`` targets in order."""

    kind: RecordKind
    path: Path
    mapping: Mapping[str, str]
    match: Sequence[str] = ()
    dry_run: bool = False
    encoding: str | None = None
    delimiter: str | None = None


@dataclass(slots=True)
class Tally:
    """How far an import got: ``done`` rows were read, the first rejected ones are in ``errors``."""

    done: int = 0
    total: int | None = None
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)

    def count(self, rows: Sequence[Parsed]) -> None:
        """Add the outcomes of a chunk."""
        self.done += len(rows)
        for parsed in rows:
            setattr(self, parsed.outcome, getattr(self, parsed.outcome) + 1)
            if parsed.outcome == "rejected" and len(self.errors) < MAX_ERRORS:
                self.errors.append((parsed.source.number, " ".join(parsed.faults)))


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file looks like before it is imported. ``total`` is None where nobody has counted."""

    header: list[str]
    rows: list[list[str]]
    total: int | None = None


Note = Callable[[Session, Tally], None]
Watch = Callable[[Tally], None]


def first_rows(path: Path) -> Preview:
    """The header and the first rows of a file."""
    with open_table(path) as table:
        return Preview(list(table.header), [row.values for row in islice(table, PREVIEW_ROWS)])


def count_rows(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Preview:
    """Read a file from end to end, before anything of it is written.

    Raises ``InvalidFileError`` for one that cannot be imported.
    """
    with open_table(path, encoding=encoding, delimiter=delimiter) as table:
        total = sum(1 for _row in table)
        header = list(table.header)
    if not total:
        raise InvalidFileError(
            _("The file has a header and no rows below it; there is nothing to import."), code="no_rows"
        )
    return Preview(header, [], total)


def run(
    database: Database,
    kinds: Kinds,
    plan: Plan,
    *,
    actor: Actor,
    rejects: Rejects,
    tally: Tally | None = None,
    note: Note | None = None,
    watch: Watch | None = None,
) -> Tally:
    """Import a file, or try to; goes on behind ``tally.done`` rows.

    ``note`` is called in the transaction of each chunk, so that what it stores is true after a crash;
    ``watch`` after it. A dry run does the same and keeps nothing: it always begins at the first row.
    Rejected rows go to ``rejects`` before their chunk is committed.
    """
    tally = tally or Tally()
    with open_table(plan.path, encoding=plan.encoding, delimiter=plan.delimiter) as table:
        mappings.check(access.seen_by(plan.kind, actor), table.header, plan.mapping, plan.match)
        work = _Work(database, kinds, plan, actor, table.header)
        rejects.open(table.header, after=tally.done)
        _skip(table, tally.done)
        for rows in work.chunks(table):
            with database.write() as session:
                work.write(session, rows)
                tally.count(rows)
                if plan.dry_run:
                    session.rollback()
                if note:
                    note(session, tally)
                rejects.add(rows, done=tally.done)
            if watch:
                watch(tally)
    return tally


def _skip(table: Iterator[Any], count: int) -> None:
    next(islice(table, count, count), None) if count else None


class _Work:
    def __init__(
        self, database: Database, kinds: Kinds, plan: Plan, actor: Actor, header: Sequence[str]
    ) -> None:
        self._database = database
        self._kinds = kinds
        self._actor = actor
        self._match = with_external_id(plan.match, plan.mapping.values())
        columns = mappings.bind(access.seen_by(plan.kind, actor), header, plan.mapping)
        self._parser = RowParser(plan.kind, columns, self._match)
        self._seen = Seen() if plan.dry_run else None
        self._size = FIRST_CHUNK

    def chunks(self, table: Iterator[TableRow]) -> Iterator[list[Parsed]]:
        """Parsed rows. They are read outside of the write transaction, which others wait for."""
        while rows := list(islice(table, self._size)):
            began = time.perf_counter()
            with self._database.read() as session:
                reader = Reader(session, self._kinds, actor=self._actor)
                parsed = [self._parser.parse(row, reader) for row in rows]
            if self._database.is_sqlite:
                time.sleep(max(0.0, PAUSE_SECONDS - (time.perf_counter() - began)))
            yield parsed

    def write(self, session: Session, rows: Sequence[Parsed]) -> None:
        """Write a chunk, and learn from the time it took how long the next one may be."""
        began = time.perf_counter()
        Chunk(session, self._parser, self._match, actor=self._actor, seen=self._seen).write(rows)
        session.flush()
        ratio = CHUNK_SECONDS / max(time.perf_counter() - began, 0.001)
        self._size = round(min(max(len(rows) * ratio, SMALLEST_CHUNK), LARGEST_CHUNK))
