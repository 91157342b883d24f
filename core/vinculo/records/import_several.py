"""Rows that speak of several records each: a client, its legal entity, somebody there.

Records are written kind by kind, what others point to first, and tied to those of their row. A row comes in
whole or not at all.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.records import access, mapping
from vinculo.records.import_chunk import Chunk, Seen, said, with_external_id
from vinculo.records.import_parts import Part, Parts
from vinculo.records.import_rows import WAITING, Names, Parsed, RowParser, Trace
from vinculo.records.kind import RecordKind
from vinculo.records.mapping import Target
from vinculo.records.reading import Reader
from vinculo.records.tabular import TableRow
from vinculo.records.text import sort_key

LOST = 0  # the id of a record that a trial would have made, were it not rolled back since


class Several:
    """Reads and writes the rows of one file under its mapping."""

    def __init__(
        self,
        parts: Parts,
        header: Sequence[str],
        columns: Mapping[str, str],
        match: Sequence[str],
        *,
        values: Mapping[str, Mapping[str, str]],
        actor: Actor,
        promised: Names | None,
    ) -> None:
        self._parts = parts
        self._actor = actor
        self._seen = {part.kind.name: Seen() for part in parts.all} if promised else {}
        made = {part.kind.name for part in parts.all}
        self._match: dict[str, list[str]] = {}
        self._parsers: dict[str, RowParser] = {}
        for part in parts.in_order:
            own = parts.own(part, columns)
            keys = with_external_id(part.kind, parts.own_match(part, match), own.values())
            if parts.named_after(part) and part.within and part.within not in keys:
                keys.append(part.within)
            bound = mapping.bind(part.kind, header, own, values)
            self._match[part.kind.name] = keys
            self._parsers[part.kind.name] = RowParser(
                part.kind, bound, keys, part.ties, made=made, promised=promised
            )

    def parse(self, row: TableRow, reader: Reader) -> Parsed:
        """Read one row; a fault in what it says of one record rejects it."""
        main = self._parsers[self._parts.main.name].parse(row, reader)
        if row.error:
            return main
        for part in self._parts.all[1:]:
            parsed = self._parsers[part.kind.name].parse(row, reader)
            if parsed.faults:
                main.reject(*_labelled(part.kind, parsed.faults))
            elif _says_something(parsed) or self._parts.named_after(part):
                main.parts[part.kind.name] = parsed
                if parsed.awaited and not main.outcome:
                    main.outcome = WAITING
        return main

    def write(self, session: Session, rows: Sequence[Parsed]) -> list[tuple[str, int, int]]:
        """Set the outcome of every row; kind, id and version of each record that was written.

        Rows of which a part is refused are taken out, and all is redone.
        """
        made: list[tuple[str, int, int]] = []
        left = [row for row in rows if not row.outcome]
        while left:
            tries = [row.fresh() for row in left]
            with session.begin_nested() as point:
                for seen in self._seen.values():
                    seen.begin()
                written = [one for part in self._parts.in_order for one in self._write(session, part, tries)]
                redo = any(_is_written(row) for row in tries if self._faults(row))
                if redo:
                    point.rollback()
                    session.expunge_all()  # ids are given anew
                    for seen in self._seen.values():
                        seen.undo()
            for row, tried in zip(left, tries, strict=True):
                if faults := self._faults(tried):
                    row.reject(*faults)
                elif not redo:
                    row.outcome, row.record_id, row.parts = tried.outcome, tried.record_id, tried.parts
            made = [] if redo else written
            left = [row for row in left if not row.outcome]
        return made

    def _write(self, session: Session, part: Part, rows: Sequence[Parsed]) -> list[tuple[str, int, int]]:
        first: dict[Hashable, Parsed] = {}
        repeats: list[tuple[Parsed, Parsed]] = []
        waiting = []
        for row in rows:
            parsed = self._of(row, part.kind.name)
            if parsed is None or self._faults(row):
                continue
            self._tie(session, row, part, parsed)
            known = first.setdefault(_identity(parsed), parsed) if parsed.keys or parsed.places else parsed
            if known is not parsed:
                repeats.append((parsed, known))
            elif not parsed.outcome:
                waiting.append(parsed)
        name = part.kind.name
        seen = self._seen.get(name)
        parser, keys = self._parsers[name], self._match[name]
        chunk = _Linked(session, parser, keys, part, actor=self._actor, seen=seen)
        chunk.write(waiting)
        for parsed, known in repeats:
            parsed.record_id, parsed.faults = known.record_id, list(known.faults)
            parsed.outcome = "rejected" if known.faults else "unchanged"
        return chunk.made

    def _faults(self, row: Parsed) -> list[str]:
        """All that is wrong with a row."""
        faults = list(row.faults)
        for part in self._parts.all[1:]:
            if parsed := row.parts.get(part.kind.name):
                faults += _labelled(part.kind, parsed.faults)
        return faults

    def _of(self, row: Parsed, name: str) -> Parsed | None:
        """What a row says of a kind."""
        return row if name == self._parts.main.name else row.parts.get(name)

    def _tie(self, session: Session, row: Parsed, part: Part, parsed: Parsed) -> None:
        """Let a record point to the others of its row, which are written by now."""
        others = [(tie, other) for tie in part.ties if (other := self._of(row, tie.to)) is not None]
        named = self._parts.named_after(part)
        if (
            named
            and (other := self._of(row, named.kind.name))
            and part.kind.title not in parsed.values.fields
        ):
            self._name(session, part, parsed, named, other)
        key = parsed.keys.pop(part.within, None) if part.within else None
        if self._seen:
            marks: list[Hashable] = [(tie.to, self._mark(tie.to, other)) for tie, other in others]
            keys: dict[str, Hashable] = {part.within: (key, marks[0])} if key is not None and marks else {}
            parsed.trace = Trace(keys, [*said(parsed), *marks])
        if key is not None and others:
            parsed.keys[part.within] = key, others[0][0].to, others[0][1].record_id
        for tie, other in others:
            tie.point(parsed, other.record_id)
        if any(other.record_id == LOST for _tie, other in others):
            seen = self._seen[part.kind.name]
            parsed.outcome = seen.find(parsed, self._match[part.kind.name]) or "created"
            parsed.record_id = LOST

    def _name(self, session: Session, part: Part, parsed: Parsed, named: Part, other: Parsed) -> None:
        """Give a record that the row does not name the name of another, if it is a new one."""
        name = other.values.fields.get(named.kind.title)
        if name is None and other.record_id:
            titles = sa.select(named.kind.column(named.kind.title))
            titles = titles.where(named.kind.table.c.id == other.record_id)
            name = session.scalar(access.within(titles, named.kind, self._actor, few=True))
        if name:
            parsed.spare[part.kind.title] = name
            parsed.keys.setdefault(part.within, sort_key(name))

    def _mark(self, name: str, parsed: Parsed) -> Hashable:
        """What a trial calls a record whose id is of no meaning."""
        keys = {**parsed.keys, **(parsed.trace.keys if parsed.trace else {})}
        found = next(((key, keys[key]) for key in self._match[name] if key in keys), None)
        return found or repr(said(parsed))


class _Linked(Chunk):
    """Records that are found by their name beside what they are tied to."""

    def __init__(
        self,
        session: Session,
        parser: RowParser,
        match: Sequence[str],
        part: Part,
        *,
        actor: Actor,
        seen: Seen | None,
    ) -> None:
        super().__init__(session, parser, match, actor=actor, seen=seen)
        self._part = part

    def find(self, target: Target, keys: AbstractSet[Hashable]) -> Iterable[Any]:
        """Records by one target; by their names among those that are tied to the same."""
        if target.name != self._part.within:
            return super().find(target, keys)
        return self._find_within(target, cast("AbstractSet[tuple[str, str, int]]", keys))

    def _find_within(self, target: Target, keys: AbstractSet[tuple[str, str, int]]) -> Iterator[Any]:
        model, title = self.kind.model, self.kind.column(mapping.key_attribute(target.field))
        for tie in self._part.ties:
            wanted = {(name, record_id) for name, to, record_id in keys if to == tie.to}
            if not wanted:
                continue
            link = getattr(tie.collection.model if tie.collection else model, tie.field.name)
            query = sa.select(model.id, title, link, model.external_id).where(
                title.in_({name for name, _id in wanted}),
                link.in_({record_id for _name, record_id in wanted}),
            )
            if tie.collection:
                query = query.join(getattr(model, tie.collection.name))
            query = access.within(query.distinct(), self.kind, self.actor, few=True)
            for record_id, name, linked, external_id in self.session.execute(query):
                yield record_id, (name, tie.to, linked), external_id

    def again(self, parsed: Parsed) -> None:
        """Make the record of a trial anew: others of the row point to it, and the rules see what is said."""
        if self.parser.incomplete(parsed):
            parsed.record_id = LOST
        else:
            self.wait(parsed)


def _labelled(kind: RecordKind, faults: Iterable[str]) -> list[str]:
    return [f"{kind.label}: {fault}" for fault in faults]


def _is_written(row: Parsed) -> bool:
    """Whether something of a row is in the database by now."""
    return any(one.outcome in ("created", "changed") for one in (row, *row.parts.values()))


def _says_something(parsed: Parsed) -> bool:
    values = parsed.values
    return bool(values.fields or values.external_id or values.additions or parsed.awaited or parsed.promised)


def _identity(parsed: Parsed) -> Hashable:
    return frozenset(parsed.keys.items()), repr(said(parsed))
