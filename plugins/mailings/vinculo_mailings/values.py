"""What templates are told of clients: fields and facts as people read them, with the rights of the owner."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.clients.records import client
from vinculo.people.models import Person
from vinculo.plugins.registry import Registry
from vinculo.records import access, facts
from vinculo.records.fields import Field, LinkField
from vinculo.records.kind import RecordKind

ROOT: Final = "client."
OTHERS: Final = frozenset({"person", "person.name", "company", "company.name", "event", "event.title",
                           "unsubscribe_url"})  # fmt: skip


def offered(registry: Registry, actor: Actor) -> Sequence[Field]:
    """The fields and facts of clients that may be asked for."""
    kind = facts.seen_by(registry, client, actor)
    return [*_fields(kind), *(one.field for one in kind.figures)]


def unknown(registry: Registry, actor: Actor, asked: Iterable[str]) -> list[str]:
    """What a template asks for and will not be told: of a plugin that is off, hidden, or nothing at all."""
    known = {f"{ROOT}{field.name}" for field in offered(registry, actor)} | OTHERS
    return sorted(set(asked) - known)


def of_clients(
    session: Session, registry: Registry, actor: Actor, ids: Collection[int], asked: Iterable[str]
) -> dict[int, dict[str, str]]:
    """The values of some clients, by their ids; what the actor does not see is not there."""
    kind = facts.seen_by(registry, client, actor)
    names = {one.removeprefix(ROOT) for one in asked if one.startswith(ROOT)} | {"name"}
    fields = [one for one in _fields(kind) if one.name in names]
    figures = [one for one in kind.figures if one.field.name in names]
    columns = [*(kind.column(one.name) for one in fields), *(one.expression for one in figures)]
    query = access.within(sa.select(kind.column("id"), *columns), kind, actor, few=True)
    shown = [*fields, *(one.field for one in figures)]
    return {
        row[0]: {
            field.name: field.show(value) if value is not None else ""
            for field, value in zip(shown, row[1:], strict=True)
        }
        for row in session.execute(query.where(kind.column("id").in_(ids)))
    }


def people(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    """The names of people, who are known to be meant."""
    rows = session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row[0]: row[1] for row in rows}


def _fields(kind: RecordKind) -> list[Field]:
    return [one for one in kind.fields if not isinstance(one, LinkField) and one.name != "custom"]
