"""Exports: all rows of a list as a file that an import reads back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import UNLIMITED, Actor
from vinculo.events import traps
from vinculo.i18n import current_time_zone
from vinculo.plugins.guard import Guard
from vinculo.records import access, facts, telling, vcard_export
from vinculo.records import query as queries
from vinculo.records.fields import Field, LinkField, MomentField
from vinculo.records.kind import Collection, Figure, Names, RecordKind
from vinculo.records.mapping import EXTERNAL_ID, Target, targets
from vinculo.records.query import Query
from vinculo.records.reading import Kinds
from vinculo.records.tabular import open_writer
from vinculo.records.vcard_export import VCARD

PAGE: Final = 1000
Seal = Callable[[int, frozenset[int]], str]
STAMPS: Final = ("created_at", "changed_at")


def write(
    session: Session,
    kind: RecordKind,
    kinds: Kinds,
    query: Query,
    path: Path,
    *,
    actor: Actor,
    most: int = UNLIMITED,
    seal: Seal | None = None,
    guard: Guard | None = None,
) -> int:
    """Write all rows of a query that the actor may export to a .csv, .xlsx or .vcf file; how many there were.

    Links are written as external id, else as name. Of a collection the first fitting row is written; of
    the kind's figures those that ``query.fields`` names, which are empty where the plugin fails.
    After ``most`` rows it ends. ``seal`` is told how many there are, and which canaries are among their
    clients, and says what the last row holds; if it raises, the file is to be thrown away.
    """
    kind = access.seen_by(kind, actor)

    def work(seen: RecordKind) -> int:
        return _write(session, seen, kinds, query, path, actor, most, seal)

    def trial(seen: RecordKind) -> None:
        figures = [one for one in seen.figures if one.field.name in query.fields]
        for rows in _pages(session, seen, query, [one.expression for one in figures], most, actor):
            for row in rows:
                for figure, value in zip(figures, row, strict=False):
                    if value is not None:
                        figure.field.cell(value)

    return telling.ask(session, kind, query, work, guard=guard, fields=query.fields, trial=trial)[1]


def _write(
    session: Session,
    kind: RecordKind,
    kinds: Kinds,
    query: Query,
    path: Path,
    actor: Actor,
    most: int,
    seal: Seal | None,
) -> int:
    if path.suffix.lower() == VCARD:
        pages = _pages(session, kind, query, [kind.column("id")], most, actor)
        ids = (row[0] for page in pages for row in page)
        return vcard_export.write(session, kind, kinds, ids, path, actor=actor, seal=seal)
    canaries = traps.canaries(session)
    figures = [one for one in kind.figures if one.field.name in query.fields]
    layout = _Layout(kind, kinds, actor, figures, moments_as_text=path.suffix.lower() == ".csv")
    count, given = 0, set[int]()
    with open_writer(path, layout.header()) as table:
        for rows in _pages(session, kind, query, layout.columns(), most, actor):
            for cells in layout.cells(session, rows):
                table.write(cells)
            if canaries:
                given |= canaries & layout.clients(rows)
            count += len(rows)
        if seal is not None:
            table.write([seal(count, frozenset(given)), *[None] * (len(layout.header()) - 1)])
    return count


def _pages(
    session: Session, kind: RecordKind, query: Query, columns: Sequence[Any], most: int, actor: Actor
) -> Iterator[Sequence[Any]]:
    asked, left = replace(query, cursor="", fields=()), most
    while left > 0:
        asked = replace(asked, limit=min(PAGE, left))
        page = queries.page(session, kind, asked, columns, actor=actor, action="export")
        if page.rows:
            yield page.rows
        if not page.next_cursor:
            return
        left -= len(page.rows)
        asked = replace(asked, cursor=page.next_cursor)


@dataclass(frozen=True, slots=True)
class _Layout:
    """The columns of a kind's export, in the order of its import targets."""

    kind: RecordKind
    kinds: Kinds
    actor: Actor
    figures: Sequence[Figure]
    moments_as_text: bool

    def header(self) -> list[str]:
        """Names that an import recognises in every language; those of figures it leaves out."""
        figures = [_titled(figure) for figure in self.figures]
        return [*targets(self.kind, written=False), *STAMPS, *figures]

    def columns(self) -> list[Any]:
        """What to select of a record."""
        names = ["id", EXTERNAL_ID, *(field.name for field in self.kind.fields), *STAMPS]
        figures = [figure.expression for figure in self.figures]
        return [*(self.kind.column(name) for name in names), *figures]

    def clients(self, rows: Sequence[Any]) -> set[int]:
        """The clients that selected rows belong to, by the column that says so."""
        names = ["id", EXTERNAL_ID, *(field.name for field in self.kind.fields)]
        return {row[names.index(self.kind.client)] for row in rows} if self.kind.client in names else set()

    def cells(self, session: Session, rows: Sequence[Any]) -> Iterator[list[Any]]:
        """The cells of selected rows; one query for each collection and each linked kind."""
        fields = self.kind.fields
        owned = {
            c.name: _rows_of(session, self.kind, c, [row[0] for row in rows]) for c in self.kind.collections
        }
        links = self._links(session, rows, owned)
        for row in rows:
            cells = [row[1]]
            cells += [self._cell(field, value, links) for field, value in zip(fields, row[2:], strict=False)]
            for collection in self.kind.collections:
                found = _spread(collection, owned[collection.name].get(row[0], ()))
                cells += [
                    self._cell(target.field, getattr(found.get(target.group), target.field.name, None), links)
                    for target in _targets_of(self.kind, collection)
                ]
            stamps = row[2 + len(fields) : 4 + len(fields)]
            cells += [self._moment(stamp) for stamp in stamps]
            told = zip(self.figures, row[4 + len(fields) :], strict=False)
            yield [*cells, *(self._cell(figure.field, value, links) for figure, value in told)]

    def _cell(self, field: Field, value: Any, links: Names) -> Any:
        if value is None:
            return None
        if isinstance(field, LinkField):
            return links[field.kind].get(value)
        return self._moment(value) if isinstance(field, MomentField) else field.cell(value)

    def _moment(self, value: datetime | None) -> datetime | None:
        """Sheets know no time zone: they hold local time, which an import takes it for."""
        if value is None or self.moments_as_text:
            return value
        return value.astimezone(current_time_zone()).replace(tzinfo=None)

    def _links(
        self, session: Session, rows: Sequence[Any], owned: Mapping[str, Mapping[int, Sequence[Any]]]
    ) -> dict[str, dict[int, str]]:
        wanted: dict[str, set[int]] = {}
        for index, field in enumerate(self.kind.fields, 2):
            if isinstance(field, LinkField):
                wanted.setdefault(field.kind, set()).update(row[index] for row in rows if row[index])
        for collection in self.kind.collections:
            items = [item for found in owned[collection.name].values() for item in found]
            for field in collection.fields:
                if isinstance(field, LinkField):
                    ids = {getattr(item, field.name) for item in items}
                    wanted.setdefault(field.kind, set()).update(ids - {None})
        return {name: _names(session, self.kinds[name], ids, self.actor) for name, ids in wanted.items()}


def _titled(figure: Figure) -> str:
    """The name of a figure; of one that failed also why, so that nobody takes it for empty."""
    return f"{figure.field.name}: {facts.fault(figure)}" if figure.failed else figure.field.name


def _targets_of(kind: RecordKind, collection: Collection) -> list[Target]:
    return [
        t
        for t in targets(kind, written=False).values()
        if t.collection is not None and t.collection.name == collection.name
    ]


def _rows_of(
    session: Session, kind: RecordKind, collection: Collection, ids: Sequence[int]
) -> dict[int, list[Any]]:
    """The rows of a collection by record, without keeping them in the session."""
    if not collection.file_columns:
        return {}
    relation = getattr(kind.model, collection.name)
    columns = [getattr(collection.model, field.name).label(field.name) for field in collection.fields]
    query = sa.select(kind.model.id.label("owner"), *columns).join(relation).where(kind.model.id.in_(ids))
    found: dict[int, list[Any]] = {}
    for row in session.execute(query.order_by(*(relation.property.order_by or ()))):
        found.setdefault(row.owner, []).append(row)
    return found


def _spread(collection: Collection, rows: Sequence[Any]) -> dict[tuple[str, str], Any]:
    """Which row each group of columns shows: the pickiest group chooses first, no row is shown twice."""
    left = list(rows)
    found: dict[tuple[str, str], Any] = {}
    for column in sorted(collection.file_columns, key=lambda column: -len(column.constants)):
        group = collection.name, column.group or column.key
        if group in found:
            continue
        fitting = (row for row in left if _fits(row, column.constants))
        found[group] = chosen = next(fitting, None)
        if chosen is not None:
            left = [row for row in left if row is not chosen]
    return found


def _fits(row: Any, constants: Mapping[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in constants.items())


def _names(session: Session, kind: RecordKind, ids: Iterable[int], actor: Actor) -> dict[int, str]:
    """What a file calls records that the actor sees: the external id, else a unique key, else the title."""
    names = [EXTERNAL_ID, *kind.keys, kind.title]
    query = sa.select(kind.table.c.id, *map(kind.column, names)).where(kind.table.c.id.in_(list(ids)))
    query = access.within(query, kind, actor, few=True)
    return {row[0]: str(next(filter(None, row[1:]), "")) for row in session.execute(query)}
