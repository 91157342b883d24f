"""New records that never enter a session: their values are set past the ORM's bookkeeping.

It notes what changed for the UPDATE to come, which takes longer than all else that is done to a record of
a file. So rules of such kinds (``RecordKind.independent``) are not told what is new: all of it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import instance_dict, set_committed_value

from vinculo.actor import Actor, Scope
from vinculo.db import custom
from vinculo.db.base import now
from vinculo.records import access
from vinculo.records.fields import Field, TextField
from vinculo.records.filling import no_such_row, start
from vinculo.records.kind import Collection, RecordKind
from vinculo.records.reading import RowValues, Values
from vinculo.records.text import sort_key


class Blank:
    """What new records of a kind begin with, for one actor, from now on."""

    def __init__(self, kind: RecordKind, actor: Actor) -> None:
        moment = now()
        stamps: dict[str, Any] = dict.fromkeys(("created_at", "changed_at"), moment)
        stamps |= dict.fromkeys(("created_by_id", "changed_by_id"), actor.user_id)
        self._new = _maker(kind.model)
        self._start = {"version": 1, **stamps, **start(kind.fields)}
        if kind.owner and access.reach(kind, actor, "create") is not Scope.ALL:
            self._start[kind.owner] = actor.user_id
        self._customised = any(name.startswith(custom.PREFIX) for name in self._start)
        self._keys = _keys(kind.fields)
        self._rows = {one.name: _BlankRow(one) for one in kind.collections}

    def filled(self, values: Values) -> Any:
        """A record with these values. Raises ``InvalidError`` for an id of a row: it has none yet."""
        record = self._new()
        held = instance_dict(record)
        held.update(self._start)
        _fill(held, self._keys, values.fields)
        if self._customised:
            _pack(held)
        if values.has_external_id:
            held["external_id"] = values.external_id
        for name, row in self._rows.items():
            given = [*values.collections.get(name, ()), *values.additions.get(name, ())]
            set_committed_value(record, name, [row.filled(one, index) for index, one in enumerate(given)])
        return record


class _BlankRow:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._new = _maker(collection.model)
        self._start = start(collection.fields)
        self._keys = _keys(collection.fields)

    def filled(self, given: RowValues, index: int) -> Any:
        if given.id is not None:
            raise no_such_row(self._collection, index, given.id)
        row = self._new()
        held = instance_dict(row)
        held.update(self._start)
        _fill(held, self._keys, given.values)
        return row


def _maker(model: Any) -> Callable[[], Any]:
    """What makes an instance past ``__init__`` and those who listen to it, as when one is loaded."""
    make: Callable[[], Any] = sa.inspect(model).class_manager.new_instance
    return make


def _keys(fields: Sequence[Field]) -> Mapping[str, str]:
    return {field.name: field.key for field in fields if isinstance(field, TextField) and field.key}


def _fill(held: dict[str, Any], keys: Mapping[str, str], values: Mapping[str, Any]) -> None:
    held.update(values)
    for name, key in keys.items():
        if name in values:
            held[key] = sort_key(values[name])


def _pack(held: dict[str, Any]) -> None:
    """Put the values of custom fields where they are kept."""
    found = {name: custom.packed(held.pop(name)) for name in [*held] if name.startswith(custom.PREFIX)}
    kept = {name: value for name, value in found.items() if value is not None}
    if kept:
        held["custom"] = kept
