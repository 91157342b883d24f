"""Values of a record as they were before some changes, as far as nobody has touched them since."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vinculo.records.history import rows_to_return_to
from vinculo.records.kind import Collection, RecordKind
from vinculo.records.snapshots import snapshot, without_id

Changes = Mapping[str, Sequence[Any]]  # field → [before, after], as the event log tells it
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """A value that is no longer what the change made of it. ``part``: see ``vinculo.records.reverting``."""

    part: str
    before: Any
    imported: Any
    present: Any


class Rewind:
    """Goes back through changes of a record, the newest first.

    ``values`` are those to set, as the API would be given them; ``clashes`` what stays. With ``chosen``
    the parts go back of which it says so, whatever they hold now, and no others.
    """

    def __init__(
        self,
        kind: RecordKind,
        record: Any,
        changes: Sequence[Changes],
        chosen: Callable[[str], bool] | None = None,
    ) -> None:
        self.clashes: list[Told] = []
        self.values: dict[str, Any] = {}
        self._chosen = chosen
        held = snapshot(kind, record, ids=True)
        collections = {one.name: one for one in kind.editable()}
        writable = {"external_id", *(one.name for one in kind.writable())}
        for name in dict.fromkeys(name for one in changes for name in one):
            steps = [one[name] for one in changes if name in one]
            if name in collections:
                self._rows(collections[name], steps, held[name])
            elif name in writable:
                self._value(name, steps, held[name])

    def _value(self, name: str, steps: Sequence[Sequence[Any]], held: Any) -> None:
        value = self._back(name, steps, held)
        if value != held:
            self.values[name] = value

    def _goes(self, part: str, *, untouched: bool) -> bool:
        return untouched if self._chosen is None else self._chosen(part)

    def _back(self, part: str, steps: Sequence[Sequence[Any]], held: Any) -> Any:
        value = held
        for before, after in steps:
            if self._goes(part, untouched=value == after):
                value = before
            elif value != before:
                self.clashes.append(Told(part, before, after, value))
                break
        return value

    def _rows(self, collection: Collection, steps: Sequence[Sequence[Any]], held: Sequence[Row]) -> None:
        rows = {row["id"]: row for row in held}
        lost: list[Row] = []
        for before, after in steps:
            old, new = _by_id(before), _by_id(after)
            for one in new.keys() - old.keys():
                self._remove(f"{collection.name}:{one}", rows, one, new[one])
            for one in new.keys() & old.keys() & rows.keys():
                rows[one] = self._row(f"{collection.name}:{one}", old[one], new[one], rows[one])
            gone = [old[one] for one in old.keys() - new.keys() - rows.keys()]
            lost += [row for row in gone if not any(_same(other, without_id(row)) for other in held)]
        back = [*rows.values(), *map(without_id, lost)]
        if back != [*held]:
            self.values[collection.name] = rows_to_return_to(collection, back, held)

    def _remove(self, part: str, rows: dict[int, Row], one: int, after: Row) -> None:
        if one not in rows:
            return
        if self._goes(part, untouched=_same(rows[one], after)):
            del rows[one]
        else:
            self.clashes.append(Told(part, None, without_id(after), without_id(rows[one])))

    def _row(self, part: str, old: Row, new: Row, row: Row) -> Row:
        differ = [name for name in row if name in old and old[name] != new.get(name)]
        back = {
            name: self._back(f"{part}:{name}", [(old[name], new.get(name))], row[name]) for name in differ
        }
        return {**row, **back}


def _by_id(rows: Sequence[Row] | None) -> dict[int, Row]:
    return {row["id"]: row for row in rows or () if row.get("id")}


def _same(row: Row, other: Row) -> bool:
    return all(row[name] == value for name, value in other.items() if name in row)
