"""A row of a file as values of a record, with every fault listed and the keys it is found by."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vinculo.i18n import gettext as _
from vinculo.records.fields import Field, LinkField
from vinculo.records.kind import Collection, RecordKind
from vinculo.records.mapping import EXTERNAL_ID, Bound, Target, key_attribute
from vinculo.records.reading import Reader, RowValues, Values
from vinculo.records.tabular import TableRow
from vinculo.records.text import sort_key

MAX_SHOWN = 60


@dataclass(slots=True)
class Parsed:
    """What a row says. ``outcome`` is set when it is done.

    ``keys`` are what its record is found by. ``places`` say which added row holds such a key instead:
    only the kind's rules know how it is written.
    """

    source: TableRow
    values: Values = field(default_factory=Values)
    keys: dict[str, Hashable] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    outcome: str = ""

    @property
    def external_id(self) -> str | None:
        """The external id that the row gives."""
        return self.values.external_id

    def reject(self, *faults: str) -> None:
        """Give the row back with what is wrong with it."""
        self.outcome = "rejected"
        self.faults.extend(faults)


@dataclass(slots=True)
class _Group:
    """The columns that fill one row of a collection together."""

    values: dict[str, Any]
    keys: list[str] = field(default_factory=list)


class RowParser:
    """Reads the rows of one file under its mapping."""

    def __init__(self, kind: RecordKind, columns: Sequence[Bound], match: Sequence[str]) -> None:
        self.kind = kind
        self.columns = columns
        self.match = frozenset(match)

    def parse(self, row: TableRow, reader: Reader) -> Parsed:
        """Read one row; empty cells say nothing."""
        parsed = Parsed(row)
        if row.error:
            parsed.reject(row.error)
            return parsed
        groups: dict[tuple[str, str], _Group] = {}
        for bound in self.columns:
            text = row.values[bound.index].strip()
            if text:
                self._read(bound.target, text, parsed, groups, reader)
        for (collection, _name), group in groups.items():
            self._complete(self.kind.collection(collection), group, parsed)
        if parsed.faults:
            parsed.outcome = "rejected"
        return parsed

    def _read(
        self,
        target: Target,
        text: str,
        parsed: Parsed,
        groups: dict[tuple[str, str], _Group],
        reader: Reader,
    ) -> None:
        try:
            value = _value(target.field, text, reader)
        except (ValueError, TypeError) as fault:
            parsed.faults.append(_fault(target, text, str(fault)))
            return
        if target.name == EXTERNAL_ID:
            parsed.values.external_id = value
            parsed.values.has_external_id = True
        elif target.column is not None:
            group = groups.setdefault(target.group, _Group(dict(target.column.constants)))
            group.values[target.column.field] = value
            if target.name in self.match:
                group.keys.append(target.name)
            return
        else:
            parsed.values.fields[target.name] = value
        if target.name in self.match:
            parsed.keys[target.name] = comparable(target.field, value)

    def _complete(self, collection: Collection, group: _Group, parsed: Parsed) -> None:
        faults = _missing(collection.fields, group.values)
        if faults:
            parsed.faults.extend(faults)
            return
        rows = parsed.values.additions.setdefault(collection.name, [])
        for name in group.keys:
            parsed.places[name] = collection.name, len(rows)
        rows.append(RowValues(group.values))

    def incomplete(self, parsed: Parsed) -> list[str]:
        """What a row lacks to make a new record of it."""
        return _missing(self.kind.writable(), parsed.values.fields)


def _missing(fields: Sequence[Field], values: Mapping[str, Any]) -> list[str]:
    return [
        _("%(field)s is required.", field=field.label)
        for field in fields
        if field.required and field.default is None and not field.read_only and field.name not in values
    ]


def _value(field: Field, text: str, reader: Reader) -> Any:
    if "\x00" in text:
        raise ValueError(_("It holds characters that are no text; type it anew."))
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


def _has(target: Any, values: Mapping[str, Any]) -> bool:
    return all(getattr(target, name) == value for name, value in values.items())
