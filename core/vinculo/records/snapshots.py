"""A record's values as JSON builtins: now, and as the event log remembers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_dict

from vinculo.events.models import Event
from vinculo.records.fields import Field
from vinculo.records.kind import Collection, RecordKind

EMPTY: Final[tuple[Any, ...]] = (None, "", [])
UPDATES: Final = (
    "changed",
    "undone",
)  # the actions whose ``changes`` are of the record itself, and all of it


def snapshot(kind: RecordKind, record: Any, *, ids: bool = False) -> dict[str, Any]:
    """A record's values but those that are computed; its rows with their ids where these are asked for."""
    return _dumped(kind.fields, record) | _rest(kind, record, ids=ids)


def filled(kind: RecordKind, record: Any) -> dict[str, Any]:
    """The same with ids, without what is empty: most is, of a record that a file brings."""
    values = _dumped(kind.fields, record, empty=False) | _rest(kind, record, ids=True)
    return {name: value for name, value in values.items() if value not in EMPTY}


def _rest(kind: RecordKind, record: Any, *, ids: bool) -> dict[str, Any]:
    values: dict[str, Any] = {"external_id": record.external_id}
    for collection in kind.collections:
        values[collection.name] = [_row(collection, row, ids=ids) for row in getattr(record, collection.name)]
    return values


def _row(collection: Collection, row: Any, *, ids: bool) -> dict[str, Any]:
    values = _dumped(collection.fields, row)
    return {"id": row.id, **values} if ids else values


def _dumped(fields: Sequence[Field], record: Any, *, empty: bool = True) -> dict[str, Any]:
    held = instance_dict(record)  # what is loaded is there; to ask the ORM for each takes twice as long
    found = {}
    for field in fields:
        if field.formula:
            continue
        name = field.name
        value = held[name] if name in held else getattr(record, name)
        if empty or value not in EMPTY:
            found[name] = field.dump(value)
    return found


def plain(value: Any) -> Any:
    """A value of a snapshot without the ids of rows."""
    if not isinstance(value, list):
        return value
    return [without_id(row) if isinstance(row, dict) else row for row in value]


def without_id(row: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row."""
    return {name: value for name, value in row.items() if name != "id"}


def seen(changes: Mapping[str, Any], hidden: AbstractSet[str]) -> dict[str, Any]:
    """Changes as the log holds them, without what is ``hidden``, be it in their rows."""
    found = {name: change for name, change in changes.items() if name not in hidden}
    for name in hidden:
        collection, dot, part = name.partition(".")
        if dot and collection in found:
            found[collection] = [_without(rows, part) for rows in found[collection]]
    return found


def _without(rows: Any, part: str) -> Any:
    if not isinstance(rows, list):
        return rows
    return [{key: row[key] for key in row if key != part} if isinstance(row, dict) else row for row in rows]


def at_version(session: Session, kind: RecordKind, record: Any, version: int) -> dict[str, Any] | None:
    """What a record held at an earlier version; None where the log does not tell of every change since."""
    values = snapshot(kind, record, ids=True)
    expected = record.version
    for event in _since(session, kind, record.id, version):
        if event.version != expected or event.action not in UPDATES:
            return None
        values.update({name: before for name, (before, _after) in event.changes.items()})
        expected -= 1
    return values if expected == version else None


def _since(session: Session, kind: RecordKind, record_id: int, version: int) -> Sequence[Any]:
    query = (
        sa.select(Event.version, Event.action, Event.changes)
        .where(Event.kind == kind.name, Event.record_id == record_id, Event.version.is_not(None))
        .where(Event.version > version)
        .order_by(Event.id.desc())
    )
    return session.execute(query).all()
