"""Imports: a file becomes records, chunk by chunk, each in a short transaction of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.engine import PAUSE_SECONDS, Database
from vinculo.errors import InvalidFileError
from vinculo.i18n import gettext as _
from vinculo.records import import_parts
from vinculo.records import mapping as mappings
from vinculo.records.import_chunk import Chunk, Seen, with_external_id
from vinculo.records.import_likes import Likely, Likes
from vinculo.records.import_rejects import Rejects
from vinculo.records.import_rows import WAITING, Names, Parsed, RowParser
from vinculo.records.import_several import Several
from vinculo.records.import_values import Meanings
from vinculo.records.kind import RecordKind
from vinculo.records.reading import Kinds, Reader
from vinculo.records.tabular import Layout, TableRow, open_table

FIRST_CHUNK: Final = 200
SMALLEST_CHUNK: Final = 100  # below which the work around a chunk takes longer than its rows
LARGEST_CHUNK: Final = 1000
CHUNK_SECONDS: Final = 0.15  # on SQLite, where all other writers wait
LONG_CHUNK_SECONDS: Final = 0.25  # on PostgreSQL, where they wait for no more than its commit
MAX_ERRORS: Final = 200
OUTCOMES: Final = ("created", "changed", "unchanged")
PREVIEW_ROWS: Final = 10


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be imported, and how. ``mapping`` is header → target, ``match`` targets in order.

    ``likely`` is for rows that no key finds, and that look like a record all the same.
    ``others`` name further kinds that the rows speak of (``import_parts``), ``values`` say what texts of a
    column mean (``import_values``).
    """

    kind: RecordKind
    others: Sequence[str] = ()
    path: Path
    mapping: Mapping[str, str]
    match: Sequence[str] = ()
    values: Meanings = field(default_factory=dict)
    dry_run: bool = False
    layout: Layout = field(default_factory=Layout)
    likely: Likely = Likely.CREATE


@dataclass(slots=True)
class Tally:
    """How far an import got: ``done`` rows were read, the first rejected ones are in ``errors``.

    ``waiting`` of them point to records that the file may still make, and are tried again at its end.
    ``likely`` are the first rows that look like a record: number, its id if it has one, and why.
    """

    done: int = 0
    total: int | None = None
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    skipped: int = 0
    waiting: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)
    likely: list[tuple[int, int | None, str]] = field(default_factory=list)
    parts: dict[str, dict[str, int]] = field(default_factory=dict)  # of further kinds: name → outcome → count

    @property
    def settled(self) -> int:
        """How many rows have an outcome."""
        return self.done - self.waiting

    def count(self, rows: Sequence[Parsed], *, again: bool) -> None:
        """Add the outcomes of a chunk, ``again``: of rows that waited."""
        if again:
            self.waiting -= len(rows)
        else:
            self.done += len(rows)
        for parsed in rows:
            setattr(self, parsed.outcome, getattr(self, parsed.outcome) + 1)
            if parsed.outcome == "rejected" and len(self.errors) < MAX_ERRORS:
                self.errors.append((parsed.source.number, " ".join(parsed.faults)))
            elif parsed.outcome in OUTCOMES:
                for name, part in parsed.parts.items():
                    counts = self.parts.setdefault(name, dict.fromkeys(OUTCOMES, 0))
                    counts[part.outcome] += 1
            if parsed.looks_like and len(self.likely) < MAX_ERRORS:
                self.likely.append((parsed.source.number, *parsed.looks_like))


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file looks like before it is imported. ``total`` is None where nobody has counted.

    ``layout`` says how it was read, with what was found out; ``sheets`` are those of a workbook.
    """

    header: list[str]
    rows: list[list[str]]
    layout: Layout = field(default_factory=Layout)
    total: int | None = None
    sheets: Sequence[str] = ()
    format: str = ""


Made = Sequence[tuple[str, int, int]]  # kind, id and new version of each record that was written


@dataclass(frozen=True, slots=True)
class Step:
    """What a chunk did: which records it wrote, the numbers of rows that wait from now on, or no longer."""

    made: Made
    postponed: Sequence[int] = ()
    settled: Sequence[int] = ()


Note = Callable[[Session, Tally, Step], None]
Watch = Callable[[Tally], None]


def first_rows(path: Path, layout: Layout | None = None) -> Preview:
    """The header and the first rows of a file."""
    with open_table(path, layout) as table:
        rows = [row.values for row in islice(table, PREVIEW_ROWS)]
        return Preview(list(table.header), rows, table.layout, sheets=table.sheets, format=table.format)


def count_rows(path: Path, layout: Layout | None = None) -> Preview:
    """Read a file from end to end, before anything of it is written.

    Raises ``InvalidFileError`` for one that cannot be imported.
    """
    with open_table(path, layout) as table:
        total = sum(1 for _row in table)
        seen = Preview(list(table.header), [], table.layout, total, table.sheets, table.format)
    if not total:
        raise InvalidFileError(
            _("The file has a header and no rows below it; there is nothing to import."), code="no_rows"
        )
    return seen


def run(
    database: Database,
    kinds: Kinds,
    plan: Plan,
    *,
    actor: Actor,
    rejects: Rejects,
    tally: Tally | None = None,
    waiting: Iterable[int] = (),
    note: Note | None = None,
    watch: Watch | None = None,
) -> Tally:
    """Import a file, or try to; goes on behind ``tally.done`` rows, with the numbers of those that wait.

    ``note`` is called in the transaction of each chunk, so that what it stores is true after a crash;
    ``watch`` after it. A dry run does the same and keeps nothing: it always begins at the first row.
    Rejected rows go to ``rejects`` before their chunk is committed.
    """
    tally = tally or Tally()
    book = _Book(tally, rejects, note, watch, set(waiting))
    with open_table(plan.path, plan.layout) as table:
        work = _Work(database, kinds, plan, actor, table.header, book)
        rejects.open(table.header, after=tally.settled)
        _skip(table, tally.done)
        for rows in work.chunks(table):
            work.step(rows)
    _settle(work, book, plan)
    return tally


def _settle(work: _Work, book: _Book, plan: Plan) -> None:
    """Try the rows that wait until none is answered any more; those that are left are rejected."""
    late, last = Names(), False
    while before := len(book.waiting):
        with open_table(plan.path, plan.layout) as table:
            for rows in work.chunks(row for row in table if row.number in book.waiting):
                for row in rows:
                    if row.outcome == WAITING:
                        work.give_up(row, late) if last else work.remember(row, late)
                work.step([row for row in rows if row.outcome != WAITING], again=True)
        last = len(book.waiting) == before


@dataclass(slots=True)
class _Book:
    """What is known of a run, and where that is noted; ``waiting`` are numbers of rows."""

    tally: Tally
    rejects: Rejects
    note: Note | None
    watch: Watch | None
    waiting: set[int]

    def write(self, session: Session, rows: Sequence[Parsed], made: Made, *, again: bool) -> None:
        """Note a chunk within its transaction."""
        numbers = [row.source.number for row in rows if again or row.outcome == WAITING]
        self.tally.count(rows, again=again)
        if self.note:
            self.note(session, self.tally, Step(made, *(((), numbers) if again else (numbers, ()))))
        self.rejects.add(rows, done=self.tally.settled)
        if again:
            self.waiting.difference_update(numbers)
        else:
            self.waiting.update(numbers)


def _skip(table: Iterator[Any], count: int) -> None:
    next(islice(table, count, count), None) if count else None


class _One:
    """Reads and writes rows that speak of one record each."""

    def __init__(
        self, kind: RecordKind, header: Sequence[str], plan: Plan, *, actor: Actor, promised: Names | None
    ) -> None:
        self._actor = actor
        self._match = with_external_id(kind, plan.match, plan.mapping.values())
        bound = mappings.bind(kind, header, plan.mapping, plan.values)
        self._parser = RowParser(kind, bound, self._match, made={kind.name}, promised=promised)
        self._seen = Seen() if plan.dry_run else None
        self._likely = plan.likely
        looks = plan.likely is not Likely.CREATE
        self._likes = Likes(plan.kind, actor, dry_run=plan.dry_run) if looks else None

    def parse(self, row: TableRow, reader: Reader) -> Parsed:
        """Read one row."""
        return self._parser.parse(row, reader)

    def write(self, session: Session, rows: Sequence[Parsed]) -> Made:
        """Set the outcome of every row; which records were written."""
        chunk = Chunk(
            session,
            self._parser,
            self._match,
            actor=self._actor,
            seen=self._seen,
            likely=self._likely,
            likes=self._likes,
        )
        chunk.write(rows)
        return chunk.made


class _Work:
    def __init__(
        self,
        database: Database,
        kinds: Kinds,
        plan: Plan,
        actor: Actor,
        header: Sequence[str],
        book: _Book,
    ) -> None:
        self._database = database
        self._kinds = kinds
        self._actor = actor
        self._size = FIRST_CHUNK
        parts = import_parts.of(kinds, plan.kind, plan.others, actor)
        parts.check(header, plan.mapping, plan.match)
        self._book = book
        self._main, self._others = parts.main, [part.kind for part in parts.all[1:]]
        self._promised = Names() if plan.dry_run else None
        how: dict[str, Any] = {"actor": actor, "promised": self._promised}
        self._rows: _One | Several
        if parts.others:
            self._rows = Several(parts, header, plan.mapping, plan.match, values=plan.values, **how)
        else:
            self._rows = _One(parts.main, header, plan, **how)

    def chunks(self, table: Iterator[TableRow]) -> Iterator[list[Parsed]]:
        """Parsed rows. They are read outside of the write transaction, which others wait for."""
        while rows := list(islice(table, self._size)):
            began = time.perf_counter()
            with self._database.read() as session:
                reader = Reader(session, self._kinds, actor=self._actor)
                parsed = [self._rows.parse(row, reader) for row in rows]
            if self._database.is_sqlite:
                time.sleep(max(0.0, PAUSE_SECONDS - (time.perf_counter() - began)))
            yield parsed

    def step(self, rows: Sequence[Parsed], *, again: bool = False) -> None:
        """Write a chunk in a transaction of its own, ``again``: of rows that waited."""
        if not rows:
            return
        with self._database.write() as session:
            made = self._write(session, rows)
            if self._promised is not None:  # it is a trial
                session.rollback()
                made = []
            self._book.write(session, rows, made, again=again)
        if self._promised is not None:
            for row in rows:
                if row.outcome in OUTCOMES:
                    self.remember(row, self._promised)
        if self._book.watch:
            self._book.watch(self._book.tally)

    def remember(self, row: Parsed, names: Names) -> None:
        """Let links to the records of a row be known."""
        names.add(self._main, row)
        for kind in self._others:
            if kind.name in row.parts:
                names.add(kind, row.parts[kind.name])

    def give_up(self, row: Parsed, late: Names) -> None:
        """Reject a row with the links that nothing answers; ``late`` are records of rows that wait, too."""
        for one in (row, *row.parts.values()):
            for (kind, name), fault in one.awaited.items():
                in_turn = _(
                    "The row of “%(name)s” waits for another in turn. Correct that one, "
                    "or leave a link out where they wait for each other.",
                    name=name,
                )
                row.reject(in_turn if late.has(kind, name) else fault)

    def _write(self, session: Session, rows: Sequence[Parsed]) -> Made:
        """Write a chunk, and learn from the time it took how long the next one may be."""
        began = time.perf_counter()
        made = self._rows.write(session, rows)
        session.flush()
        wanted = CHUNK_SECONDS if self._database.is_sqlite else LONG_CHUNK_SECONDS
        ratio = wanted / max(time.perf_counter() - began, 0.001)
        self._size = round(min(max(len(rows) * ratio, SMALLEST_CHUNK), LARGEST_CHUNK))
        return made
