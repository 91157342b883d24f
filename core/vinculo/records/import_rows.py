"""A row of a file as values of a record, with every fault listed and the keys it is found by."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any, Final

from vinculo.i18n import gettext as _
from vinculo.records.custom_models import CustomType
from vinculo.records.fields import Field, LinkField
from vinculo.records.kind import Collection, FileColumn, RecordKind
from vinculo.records.mapping import EXTERNAL_ID, Bound, Grouped, Target, key_attribute
from vinculo.records.reading import Reader, RowValues, UnknownNameError, Values
from vinculo.records.tabular import TableRow
from vinculo.records.text import sort_key

MAX_SHOWN = 60
WAITING: Final = "waiting"  # the outcome of a row that points to a record which the file may still make


@dataclass(slots=True)
class Parsed:
    """What a row says. ``outcome`` is set when it is done.

    ``keys`` are what its record is found by. ``places`` say which added row holds such a key instead:
    only the kind's rules know how it is written. ``tied`` says which added row links to another record of
    the same row. ``spare`` are values of a new record that nothing says. ``record_id`` is known when it is
    done. ``parts`` are what the row says of other kinds, by their names. ``awaited`` are the faults of links
    that nothing answers yet, by kind and name; ``promised`` the targets and texts of those that a trial
    would have made something for.
    """

    source: TableRow
    values: Values = field(default_factory=Values)
    keys: dict[str, Hashable] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    tied: dict[tuple[str, str], int] = field(default_factory=dict)
    spare: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    outcome: str = ""
    looks_like: tuple[int | None, str] | None = None  # a record, and why in words
    record_id: int | None = None
    parts: dict[str, Parsed] = field(default_factory=dict)
    trace: Trace | None = None
    awaited: dict[tuple[str, str], str] = field(default_factory=dict)
    promised: dict[str, str] = field(default_factory=dict)

    @property
    def external_id(self) -> str | None:
        """The external id that the row gives."""
        return self.values.external_id

    def reject(self, *faults: str) -> None:
        """Give the row back with what is wrong with it."""
        self.outcome = "rejected"
        self.faults.extend(faults)

    def fresh(self) -> Parsed:
        """The same as it was read, to be written anew after a try that was rolled back."""
        additions = {
            name: [RowValues(dict(row.values), row.id) for row in rows]
            for name, rows in self.values.additions.items()
        }
        return replace(
            self,
            values=replace(self.values, fields=dict(self.values.fields), additions=additions),
            keys=dict(self.keys),
            tied=dict(self.tied),
            faults=[],
            parts={name: part.fresh() for name, part in self.parts.items()},
        )


@dataclass(slots=True)
class Trace:
    """What a trial knows a row by whose record is rolled back: keys without ids, and prints of its values."""

    keys: dict[str, Hashable]
    values: list[object]


@dataclass(slots=True)
class _Group:
    """The columns that fill one row of a collection together."""

    values: dict[str, Any]
    keys: list[str] = field(default_factory=list)
    linkless: bool = False  # a link of it is awaited or promised


_Groups = dict[tuple[str, str, int], _Group]


@dataclass(frozen=True, slots=True)
class Tie(Grouped):
    """How a record points to that of another kind in the same row of a file.

    By one of its fields, or by a field of a row that is added to a collection.
    """

    field: LinkField
    to: str
    collection: Collection | None = None
    column: FileColumn | None = None

    def point(self, parsed: Parsed, record_id: int | None) -> None:
        """Let what a row says of a record point to another, by an added row where no column filled it."""
        if self.collection is None or self.column is None:
            parsed.values.fields[self.field.name] = record_id
            return
        rows = parsed.values.additions.setdefault(self.collection.name, [])
        if self.group not in parsed.tied:
            parsed.tied[self.group] = len(rows)
            rows.append(RowValues(dict(self.column.constants)))
        rows[parsed.tied[self.group]].values[self.field.name] = record_id


class Names:
    """What records are called that are in no database, as links of a file call them."""

    def __init__(self) -> None:
        self._known: set[tuple[str, str, str]] = set()

    def add(self, kind: RecordKind, parsed: Parsed) -> None:
        """Remember the record of a row."""
        if parsed.external_id:
            self._known.add((kind.name, EXTERNAL_ID, parsed.external_id))
        for target in kind.fields:
            value = parsed.values.fields.get(target.name)
            if isinstance(value, str) and (target.name == kind.title or key_attribute(target) in kind.keys):
                self._known.add((kind.name, "", sort_key(value)))

    def has(self, kind: str, name: str) -> bool:
        """Whether a record of a kind is called so."""
        return (kind, EXTERNAL_ID, name) in self._known or (kind, "", sort_key(name)) in self._known


class RowParser:
    """Reads the rows of one file under its mapping.

    Links to ``made``, the kinds that the file may make records of, wait where nothing answers them, but for
    those that ``promised`` knows.
    """

    def __init__(
        self,
        kind: RecordKind,
        columns: Sequence[Bound],
        match: Sequence[str],
        ties: Sequence[Tie] = (),
        *,
        made: AbstractSet[str] = frozenset(),
        promised: Names | None = None,
    ) -> None:
        self.kind = kind
        self.columns = columns
        self.match = frozenset(match)
        self._made, self._promised = made, promised or Names()
        self._tied = {tie.group for tie in ties if tie.collection}
        self._linked = {(tie.collection.name, tie.field.name) for tie in ties if tie.collection}

    def parse(self, row: TableRow, reader: Reader) -> Parsed:
        """Read one row; empty cells say nothing."""
        parsed = Parsed(row)
        if row.error:
            parsed.reject(row.error)
            return parsed
        groups: _Groups = {}
        for bound in self.columns:
            text = bound.text(row.values)
            if text:
                self._read(bound, text, parsed, groups, reader)
        for key, group in groups.items():
            if not group.linkless:
                self._complete(self.kind.collection(key[0]), key, group, parsed)
        if parsed.faults:
            parsed.outcome = "rejected"
        elif parsed.awaited:
            parsed.outcome = WAITING
        return parsed

    def _read(self, bound: Bound, text: str, parsed: Parsed, groups: _Groups, reader: Reader) -> None:
        target = bound.target
        try:
            value = read_text(target.field, text, reader)
        except UnknownNameError as fault:
            self._await(bound, fault, parsed, groups)
            return
        except (ValueError, TypeError) as fault:
            parsed.faults.append(_fault(target, text, str(fault)))
            return
        if target.name == EXTERNAL_ID:
            parsed.values.external_id = value
            parsed.values.has_external_id = True
        elif target.column is not None:
            group = groups.setdefault((*target.group, bound.nth), _Group(dict(target.column.constants)))
            group.values[target.column.field] = value
            if target.name in self.match:
                group.keys.append(target.name)
            return
        else:
            parsed.values.fields[target.name] = value
        if target.name in self.match:
            parsed.keys[target.name] = comparable(target.field, value)

    def _await(self, bound: Bound, fault: UnknownNameError, parsed: Parsed, groups: _Groups) -> None:
        """Note a link that nothing answers: as promised, to be tried again, or as a fault."""
        target = bound.target
        if self._promised.has(fault.kind, fault.name):
            parsed.promised[target.name] = fault.name
        elif fault.kind in self._made:
            parsed.awaited[fault.kind, fault.name] = _fault(target, fault.name, str(fault))
        else:
            parsed.faults.append(_fault(target, fault.name, str(fault)))
        if target.column is not None:
            group = groups.setdefault((*target.group, bound.nth), _Group(dict(target.column.constants)))
            group.linkless = True

    def _complete(
        self, collection: Collection, key: tuple[str, str, int], group: _Group, parsed: Parsed
    ) -> None:
        tied = key[2] == 0 and key[:2] in self._tied
        known = [f for f in collection.fields if not (tied and (collection.name, f.name) in self._linked)]
        faults = _missing(known, group.values)
        if faults:
            parsed.faults.extend(faults)
            return
        rows = parsed.values.additions.setdefault(collection.name, [])
        for name in group.keys:
            parsed.places.setdefault(name, (collection.name, len(rows)))
        if tied:
            parsed.tied[key[:2]] = len(rows)
        rows.append(RowValues(group.values))

    def incomplete(self, parsed: Parsed) -> list[str]:
        """What a row lacks to make a new record of it."""
        return _missing(self.kind.writable(), {**parsed.values.fields, **parsed.promised})

    def demands_promised(self, parsed: Parsed) -> bool:
        """Whether a new record could not be without a link that is only promised."""
        return any(field.required and field.name in parsed.promised for field in self.kind.writable())


def _missing(fields: Sequence[Field], values: Mapping[str, Any]) -> list[str]:
    return [
        _("%(field)s is required.", field=field.label)
        for field in fields
        if field.required and field.default is None and not field.read_only and field.name not in values
    ]


def read_text(field: Field, text: str, reader: Reader) -> Any:
    """The value of a cell, links by name. Raises ``ValueError`` or ``TypeError`` for one that is no such."""
    if "\x00" in text:
        raise ValueError(_("It holds characters that are no text; type it anew."))
    if field.defined == CustomType.FILE:
        raise ValueError(
            _("files do not come in a table; add it on the card of its record, or over the API.")
        )
    return reader.named(field, text) if isinstance(field, LinkField) else field.parse(text)


def _fault(target: Target, text: str, message: str) -> str:
    if text[:MAX_SHOWN] in message:
        return f"{target.label}: {message}"
    return _("%(field)s “%(value)s”: %(fault)s", field=target.label, value=text[:MAX_SHOWN], fault=message)


def comparable(field: Field, value: Any) -> Hashable:
    """A value as its key attribute holds it."""
    key = sort_key(value) if key_attribute(field) != field.name else value
    return key if isinstance(key, Hashable) else str(key)


def is_same(record: Any, values: Values) -> bool:
    """Whether a record certainly has these values already, so that the rules need not be asked."""
    if values.has_external_id and record.external_id != values.external_id:
        return False
    return _has(record, values.fields) and all(
        any(_has(row, added.values) for row in getattr(record, name))
        for name, rows in values.additions.items()
        for added in rows
    )


def without_present(record: Any, values: Values) -> Values:
    """The values without added rows that the record has already, under whatever else they say there."""
    additions = {
        name: [row for row in rows if not any(_has(mine, row.values) for mine in getattr(record, name))]
        for name, rows in values.additions.items()
    }
    return replace(values, additions={name: rows for name, rows in additions.items() if rows})


def _has(target: Any, values: Mapping[str, Any]) -> bool:
    return all(getattr(target, name) == value for name, value in values.items())
