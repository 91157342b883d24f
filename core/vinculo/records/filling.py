"""What was given, put into a record: its fields, and the rows that it owns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records.fields import Field, TextField
from vinculo.records.kind import Collection, RecordKind
from vinculo.records.reading import RowValues, Values
from vinculo.records.text import sort_key


def start(fields: Sequence[Field]) -> dict[str, Any]:
    """What fields hold as long as nothing is said."""
    return {
        field.name: field.empty if field.default is None else field.initial
        for field in fields
        if not field.read_only
    }


def fill(kind: RecordKind, record: Any, values: Values) -> None:
    """Set what was given, and sort keys of it. Raises ``InvalidError`` for a row that is not there."""
    _set(kind.fields, record, values.fields)
    if values.has_external_id:
        record.external_id = values.external_id
    for name, rows in values.collections.items():
        _replace_rows(kind.collection(name), record, rows)
    for name, rows in values.additions.items():
        present = [RowValues({}, id=row.id) for row in getattr(record, name)]
        _replace_rows(kind.collection(name), record, [*present, *rows])


def _set(fields: Any, target: Any, values: Mapping[str, Any]) -> None:
    by_name = {field.name: field for field in fields}
    for name, value in values.items():
        setattr(target, name, value)
        field = by_name[name]
        if isinstance(field, TextField) and field.key:
            setattr(target, field.key, sort_key(value))


def _replace_rows(collection: Collection, record: Any, rows: list[RowValues]) -> None:
    present = {row.id: row for row in getattr(record, collection.name)}
    kept = []
    for index, values in enumerate(rows):
        if values.id is None:
            row = collection.model()
            for name, value in start(collection.fields).items():
                setattr(row, name, value)
        elif values.id in present:
            row = present[values.id]
        else:
            raise no_such_row(collection, index, values.id)
        _set(collection.fields, row, values.values)
        kept.append(row)
    setattr(record, collection.name, kept)


def drop_repeated(session: Session, collection: Collection, record: Any) -> None:
    """Take out new rows that repeat others, which shows once the rules have put them into standard form."""
    rows = getattr(record, collection.name)
    names = collection.same or [field.name for field in collection.fields]
    seen: set[tuple[Any, ...]] = set()
    kept = []
    for row in rows:
        identity = tuple(getattr(row, name) for name in names)
        if identity in seen and row.id is None:
            if row in session:
                session.expunge(row)
            continue
        seen.add(identity)
        kept.append(row)
    if len(kept) < len(rows):
        setattr(record, collection.name, kept)


def no_such_row(collection: Collection, index: int, row_id: int) -> InvalidError:
    """That a record does not have the row that is to be changed."""
    text = _("There is no row %(id)s.", id=row_id)
    return InvalidError([FieldError(f"{collection.name}[{index}].id", text)])
