"""Rows to test a plugin with, made up from what its kinds of records say of their fields."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.errors import VinculoError
from vinculo.plugins.registry import Registry
from vinculo.records import fields, service
from vinculo.records.fields import Field, LinkField
from vinculo.records.kind import RecordKind
from vinculo.records.reading import Reader
from vinculo.testing import factories
from vinculo.testing.factories import SYSTEM

FIRST_DAY: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
Sample = Callable[[RecordKind, int, int], dict[str, Any]]

# Records of the kernel that a link may ask for, by kind.
KERNEL: Final[Mapping[str, Callable[[Session, int], Any]]] = {
    "client": lambda session, n: factories.make_client(session, f"Client {n}"),
    "counterparty": lambda session, n: factories.make_counterparty(session, f"Firm {n}"),
    "person": lambda session, n: factories.make_person(session, f"Person {n}"),
    "role": lambda session, n: factories.make_record(session, factories.KINDS["role"], name=f"Role {n}"),
    "user": lambda session, n: factories.make_user(session, f"user{n}"),
}


def payload(kind: RecordKind, number: int, client_id: int) -> dict[str, Any]:
    """What the API would be sent for a record of a client: what is required, and one row of each collection.

    Other links than those to clients are left out; ``Samples`` fills in those that are required.
    """
    found = _row(kind.writable(), number, client_id)
    for collection in kind.editable():
        found[collection.name] = [_row(collection.fields, number, client_id)]
    return found


def value(field: Field, number: int) -> Any:
    """A value that fits a field, as JSON; another for each number where that can be."""
    moment = FIRST_DAY + timedelta(hours=number)
    match field:
        case fields.ChoiceField():
            return next(iter(field.enum)).value
        case fields.CodeField():
            return {"country": "BR", "currency": "USD"}[field.setting]
        case fields.YesNoField():
            return True
        case fields.UrlField():
            return f"https://example.com/{number}"
        case fields.TextField():
            return f"{field.name} {number}"[-field.max_length :]
        case fields.IntegerField():
            return max(field.minimum, min(number, field.maximum))
        case fields.AmountField():
            return str(max(field.minimum, min(number, field.maximum)))
        case fields.DateField():
            return moment.date().isoformat()
        case fields.MomentField():
            return moment.isoformat()
        case _:  # a stranger's own
            return field.dump(field.parse(str(number)))


class Samples:
    """Makes records of a plugin, each of another number. ``sample`` says what the API would be sent."""

    def __init__(self, registry: Registry, plugin: str, sample: Sample) -> None:
        self.kinds = [
            kind
            for name, kind in registry.kinds.items()
            if registry.kind_owners[name] == plugin and kind.exposed
        ]
        self._all, self._sample = registry.kinds, sample
        self._numbers = itertools.count(1)
        self._served: set[tuple[str, int]] = set()  # (kind, client) of what a client can have but once

    def put(self, session: Session, client_id: int, count: int = 1) -> dict[str, int]:
        """Add as many records of each kind to a client; the id of the last of each kind.

        Of what a client can have but once, further ones go to new clients.
        """
        last = {}
        for kind in self.kinds:
            for _n in range(count):
                last[kind.name] = self._make(session, kind, self._owner(session, kind, client_id))
        return last

    def _owner(self, session: Session, kind: RecordKind, client_id: int) -> int:
        if not _is_single(kind):
            return client_id
        if (kind.name, client_id) in self._served:
            client_id = KERNEL["client"](session, next(self._numbers)).id
        self._served.add((kind.name, client_id))
        return client_id

    def _make(self, session: Session, kind: RecordKind, client_id: int) -> int:
        sent = self._sample(kind, next(self._numbers), client_id)
        self._link(session, kind.writable(), sent, client_id)
        for collection in kind.editable():
            for row in sent.get(collection.name, ()):
                self._link(session, collection.fields, row, client_id)
        try:
            values = Reader(session, self._all, actor=SYSTEM).json(kind, sent, new=True)
            made: int = service.create(session, kind, values, actor=SYSTEM).id
        except VinculoError as error:
            raise AssertionError(
                f"The {kind.name} {sent} is refused: {error.message} Override sample() of the contract."
            ) from error
        return made

    def _link(self, session: Session, linking: Iterable[Field], sent: dict[str, Any], client_id: int) -> None:
        for field in linking:
            if isinstance(field, LinkField) and field.required and field.name not in sent:
                sent[field.name] = self._linked(session, field.kind, client_id)

    def _linked(self, session: Session, kind: str, client_id: int) -> int:
        if kind not in KERNEL:
            return self._make(session, self._all[kind], client_id)
        made: int = KERNEL[kind](session, next(self._numbers)).id
        return made


def _row(of: Iterable[Field], number: int, client_id: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in of:
        if field.read_only:
            continue
        if isinstance(field, LinkField):
            found |= {field.name: client_id} if field.kind == "client" else {}
        elif field.required:
            found[field.name] = value(field, number) if field.default is None else field.dump(field.initial)
    return found


def _is_single(kind: RecordKind) -> bool:
    """Whether a client can have but one of them."""
    if kind.client in ("", "id"):
        return False
    table: Any = sa.inspect(kind.model).local_table
    column = table.c[kind.client]
    keys = [{*key.columns} for key in table.constraints if isinstance(key, sa.UniqueConstraint)]
    keys += [{*index.columns} for index in table.indexes if index.unique]
    return {column} in keys
