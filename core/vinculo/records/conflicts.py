"""Two people changed one record: what each changed is put together, what both changed is asked about.

Each side is compared with the version from which it began, which the event log tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy.orm import Session

from vinculo.errors import FieldConflict, StaleVersionError
from vinculo.records.fields import Field, MomentField
from vinculo.records.kind import Collection, RecordKind
from vinculo.records.reading import RowValues, Values
from vinculo.records.snapshots import at_version, snapshot

_UNKNOWN: Final[Any] = object()
Rows = Mapping[int, Mapping[str, Any]]


@dataclass(slots=True)
class Merged:
    """``values`` are what is left to set on the record as it is now, with the user's own where both differ.

    ``taken`` names what others changed and the user did not.
    """

    values: Values
    conflicts: list[FieldConflict] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)


def rebase(session: Session, kind: RecordKind, record: Any, values: Values) -> Values:
    """Values that were given for an earlier version, as ones for the present one.

    Raises ``StaleVersionError`` with every conflict.
    """
    merged = merge(session, kind, record, values)
    if merged.conflicts:
        expected = values.version or 0
        raise StaleVersionError(
            kind.title_of(record), expected=expected, current=record.version, conflicts=merged.conflicts
        )
    return merged.values


def merge(session: Session, kind: RecordKind, record: Any, values: Values) -> Merged:
    """Put values that were given for an earlier version together with what the record holds now."""
    theirs = snapshot(kind, record, ids=True)
    original = at_version(session, kind, record, values.version or 0)
    merged = Merged(replace(values, fields={}, collections={}, version=record.version))
    for name, mine in values.fields.items():
        item = kind.field(name)
        before = _UNKNOWN if original is None else _read(item, original[name])
        if _keep(item, name, before, mine, _read(item, theirs[name]), merged):
            merged.values.fields[name] = mine
    if values.has_external_id:
        _merge_external_id(original, values.external_id, theirs["external_id"], merged)
    for name, rows in values.collections.items():
        before = None if original is None else original[name]
        _RowMerge(kind.collection(name), before, theirs[name], merged).merge(rows)
    return merged


def _read(item: Field, dumped: Any) -> Any:
    """A value of a snapshot as the model's; as it is where the field no longer takes it."""
    if dumped is None or dumped == item.empty:
        return item.empty
    try:
        return item.read(dumped)
    except (ValueError, TypeError):
        return dumped


def _keep(
    item: Field, path: str, original: Any, mine: Any, theirs: Any, merged: Merged, row: int | None = None
) -> bool:
    """Whether the user's value is to be set; a conflict is noted, and their value is."""
    if _same(item, mine, theirs):
        return False
    if original is not _UNKNOWN and _same(item, mine, original):
        merged.taken.append(path)
        return False
    if original is _UNKNOWN or not _same(item, original, theirs):
        before = None if original is _UNKNOWN else item.dump(original)
        found = FieldConflict(path, before, item.dump(mine), item.dump(theirs), row, original is not _UNKNOWN)
        merged.conflicts.append(found)
    return True


def _same(item: Field, mine: Any, other: Any) -> bool:
    """Whether two values are one; forms know moments to the minute only."""
    if mine == other:
        return True
    if not isinstance(item, MomentField) or mine is None or mine.second or mine.microsecond:
        return False
    return item.text(mine) == item.text(other)


def _merge_external_id(
    original: Mapping[str, Any] | None, mine: str | None, theirs: str | None, merged: Merged
) -> None:
    before = _UNKNOWN if original is None else original["external_id"]
    merged.values.has_external_id = mine not in (theirs, before)
    if merged.values.has_external_id and before != theirs:
        known = before is not _UNKNOWN
        found = FieldConflict("external_id", before if known else None, mine, theirs, None, known)
        merged.conflicts.append(found)


class _RowMerge:
    """The rows of one collection: those that only one side touched are as that side has them."""

    def __init__(
        self, collection: Collection, original: Sequence[Any] | None, theirs: Sequence[Any], merged: Merged
    ) -> None:
        self.collection, self.merged = collection, merged
        self.original = None if original is None else _by_id(original)
        self.theirs = _by_id(theirs) or {}
        self.rows: list[RowValues] = []

    def merge(self, mine: Sequence[RowValues]) -> None:
        """Note in ``merged`` what becomes of the rows that the user sent."""
        name = self.collection.name
        if self.original is None:
            if not self._are_theirs(mine):
                self._conflict(None, None, [*map(self._dumped, mine)], [*self.theirs.values()], known=False)
                self.merged.values.collections[name] = [self._still_there(row) for row in mine]
            return
        added = [row for number, row in self.theirs.items() if number not in self.original]
        for row in mine:
            self.rows += self._merged(row, added)
        kept = {row.id for row in self.rows}
        self.rows += self._others([number for number in self.theirs if number not in kept])
        self.merged.values.collections[name] = self.rows

    def _merged(self, row: RowValues, added: Sequence[Mapping[str, Any]]) -> Iterator[RowValues]:
        assert self.original is not None
        if row.id is None:
            if not any(self._holds(other, row) for other in added):
                yield row
        elif row.id in self.theirs:
            yield RowValues(dict(self._own_values(row)), row.id)
        elif row.id not in self.original:
            yield row  # of another record: refused where rows are written
        elif not self._holds(self.original[row.id], row):
            self._conflict(row.id, self.original[row.id], self._dumped(row), None)
            yield self._still_there(row)
        else:
            self.merged.taken.append(self.collection.name)

    def _own_values(self, row: RowValues) -> Iterator[tuple[str, Any]]:
        assert self.original is not None
        assert row.id is not None
        before, theirs = self.original.get(row.id), self.theirs[row.id]
        for name, mine in row.values.items():
            item = self.collection.field(name)
            original = _UNKNOWN if before is None else _read(item, before.get(name))
            path = f"{self.collection.name}.{name}"
            if _keep(item, path, original, mine, _read(item, theirs[name]), self.merged, row.id):
                yield name, mine

    def _others(self, numbers: Iterable[int]) -> Iterator[RowValues]:
        """Rows that the user did not send: added by others, or removed by the user."""
        assert self.original is not None
        for number in numbers:
            before, theirs = self.original.get(number), self.theirs[number]
            if before is None:
                self.merged.taken.append(self.collection.name)
                yield RowValues({}, number)
            elif before != theirs:
                self._conflict(number, before, None, theirs)
                yield RowValues({}, number)

    def _conflict(
        self, row: int | None, original: Any, mine: Any, theirs: Any, *, known: bool = True
    ) -> None:
        found = FieldConflict(self.collection.name, original, mine, theirs, row, known)
        self.merged.conflicts.append(found)

    def _are_theirs(self, mine: Sequence[RowValues]) -> bool:
        rows = [*self.theirs.values()]
        return len(mine) == len(rows) and all(map(self._holds, rows, mine))

    def _holds(self, dumped: Mapping[str, Any], row: RowValues) -> bool:
        """Whether a row of a snapshot holds all that was given for one."""
        fields = self.collection.field
        return all(
            _same(fields(n), value, _read(fields(n), dumped.get(n))) for n, value in row.values.items()
        )

    def _dumped(self, row: RowValues) -> dict[str, Any]:
        values = {name: self.collection.field(name).dump(value) for name, value in row.values.items()}
        return values if row.id is None else {"id": row.id, **values}

    def _still_there(self, row: RowValues) -> RowValues:
        """A row that others removed comes back as a new one."""
        return row if row.id in self.theirs else RowValues(row.values)


def _by_id(rows: Sequence[Mapping[str, Any]]) -> dict[int, Mapping[str, Any]] | None:
    """Rows of a snapshot; None if their ids were not noted."""
    found = {row["id"]: row for row in rows if row.get("id")}
    return found if len(found) == len(rows) else None
