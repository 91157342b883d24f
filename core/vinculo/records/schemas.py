"""API schemas of a kind of record, made from its fields: msgspec Structs, also for OpenAPI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Optional, Union

import msgspec
from msgspec import UNSET, UnsetType

from vinculo.records.fields import Field
from vinculo.records.kind import Collection, RecordKind
from vinculo.records.query import STANDARD, column

Id = Annotated[int, msgspec.Meta(ge=1, description="Given by Vinculo, never used twice.")]
ExternalId = Annotated[
    str,
    msgspec.Meta(
        min_length=1, max_length=100, description="The key by which another system knows the record."
    ),
]
Failed = Annotated[
    dict[str, str],
    msgspec.Meta(description="Why facts that were asked for are null: a plugin failed to tell them."),
]


class FieldTotal(msgspec.Struct):
    """Of the values of a field, empty ones left out; of money in one ``currency``."""

    field: str
    currency: str | None
    count: int
    sum: Decimal
    average: Decimal | None


class ListTotals(msgspec.Struct):
    """Of all records of a list, whatever its pages."""

    records: int
    fields: list[FieldTotal]


@dataclass(frozen=True, slots=True)
class Schemas:
    """The shapes of a kind: in lists, on its own, in pages, and what may be sent."""

    item: type[msgspec.Struct]
    record: type[msgspec.Struct]
    page: type[msgspec.Struct]
    create: type[msgspec.Struct]
    update: type[msgspec.Struct]
    batch: type[msgspec.Struct]

    def all(self) -> Sequence[type[msgspec.Struct]]:
        """Every one, for the components of OpenAPI."""
        return (self.item, self.record, self.page, self.create, self.update, self.batch)


def schemas(kind: RecordKind) -> Schemas:
    """Make the Structs of a kind. Lists leave out collections: those cost a query each.

    Its figures are in lists alone, and only where ``fields`` names them.
    """
    name = "".join(part.capitalize() for part in kind.name.split("_"))
    base = [("id", Id), ("version", int), *((f.name, _output(f)) for f in kind.fields)]
    base += [(f.name, _output(f)) for f in STANDARD]
    rows = [(c.name, list[_row(name, c, output=True)]) for c in kind.collections]  # type: ignore[misc]
    told = [(f.field.name, _optional(f.field.json_type()) | UnsetType, UNSET) for f in kind.figures]
    item = msgspec.defstruct(f"{name}Item", [*base, *told])
    record = msgspec.defstruct(name, [*base, *rows])
    page = msgspec.defstruct(
        f"{name}Page",
        [
            ("items", list[item]),  # type: ignore[valid-type]
            ("next_cursor", str | None),
            ("previous_cursor", str | None),
            ("totals", ListTotals | UnsetType, UNSET),
            ("failed", Failed | UnsetType, UNSET),
        ],
    )
    sent = {c.name: _row(name, c, output=False) for c in kind.collections}
    create = msgspec.defstruct(
        f"{name}Create", _inputs(kind, sent, creating=True), forbid_unknown_fields=True
    )
    update = msgspec.defstruct(
        f"{name}Update", _inputs(kind, sent, creating=False), forbid_unknown_fields=True
    )
    batch = msgspec.defstruct(
        f"{name}Batch",
        [("items", Annotated[list[create], msgspec.Meta(min_length=1, max_length=1000)])],  # type: ignore[valid-type]
        forbid_unknown_fields=True,
    )
    return Schemas(item, record, page, create, update, batch)


def _output(field: Field) -> Any:
    kind = field.json_type()
    return _optional(kind) if field.nullable or field.name == "external_id" else kind


def _optional(kind: Any) -> Any:
    return Optional[kind]  # noqa: UP045 -- Annotated has no “|” in Python 3.11


def _inputs(kind: RecordKind, rows: Mapping[str, type[msgspec.Struct]], *, creating: bool) -> list[Any]:
    required = [(f.name, f.json_type()) for f in kind.writable() if creating and _needed(f)]
    rest = [(f.name, _input(f), UNSET) for f in kind.writable() if not (creating and _needed(f))]
    lists = [(name, list[row] | UnsetType, UNSET) for name, row in rows.items()]  # type: ignore[valid-type]
    extra: list[Any] = [("external_id", _optional(ExternalId) | UnsetType, UNSET)]
    if not creating:
        extra.append(("version", int | UnsetType, UNSET))
    return [*required, *rest, *lists, *extra]


def _needed(field: Field) -> bool:
    """Whether a new record has to be given it."""
    return field.required and field.default is None


def _input(field: Field) -> Any:
    kind = field.json_type()
    if field.nullable and not field.required:
        kind = _optional(kind)
    return Union[kind, UnsetType]  # noqa: UP007 -- see _optional


def _row(name: str, collection: Collection, *, output: bool) -> type[msgspec.Struct]:
    singular = "".join(part.capitalize() for part in collection.name.split("_"))
    if output:
        fields: list[Any] = [("id", Id), *((f.name, _output(f)) for f in collection.fields)]
        return msgspec.defstruct(f"{name}{singular}Row", fields)
    writable = [f for f in collection.fields if not f.read_only]
    fields = [(f.name, f.json_type()) for f in writable if _needed(f)]
    fields += [(f.name, _input(f), UNSET) for f in writable if not _needed(f)]
    fields.append(("id", int | UnsetType, UNSET))
    return msgspec.defstruct(f"{name}{singular}Input", fields, forbid_unknown_fields=True)


def names_of(kind: RecordKind) -> list[str]:
    """What an item of a list has that asks for nothing else."""
    return ["id", "version", *(f.name for f in kind.fields), *(f.name for f in STANDARD)]


def columns(kind: RecordKind) -> list[Any]:
    """The table's columns in the order of these."""
    return [column(kind, name) for name in names_of(kind)]


def to_record(
    kind: RecordKind, made: Schemas, record: Any, *, hidden: AbstractSet[str] = frozenset()
) -> msgspec.Struct | dict[str, Any]:
    """A loaded record in its API shape, without what is hidden."""
    values: dict[str, Any] = {name: getattr(record, name) for name in names_of(kind)}
    parts: list[Field | Collection] = [*kind.fields, *kind.collections]
    values.update({part.name: dumped(part, record) for part in parts})
    if hidden:
        values.update({one.name: _rows_seen(values[one.name], one.name, hidden) for one in kind.collections})
        return {name: values[name] for name in made.record.__struct_fields__ if name not in hidden}
    return made.record(**values)


def _rows_seen(rows: Sequence[dict[str, Any]], name: str, hidden: AbstractSet[str]) -> list[dict[str, Any]]:
    """Rows without what their reader would learn something hidden from."""
    return [{key: row[key] for key in row if f"{name}.{key}" not in hidden} for row in rows]


def dumped(part: Field | Collection, record: Any) -> Any:
    """A value of a record, or its rows, as JSON builtins."""
    if isinstance(part, Field):
        return part.dump(getattr(record, part.name))
    return [
        {"id": row.id, **{f.name: f.dump(getattr(row, f.name)) for f in part.fields}}
        for row in getattr(record, part.name)
    ]
