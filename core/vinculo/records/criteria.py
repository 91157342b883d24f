"""Conditions of lists that are no columns: of plugins, and about what hangs on a client (decision 0027).

``vinculo.records.facts.seen_by`` gives them to a kind, for one reader. A criterion about clients is asked of
whatever hangs on clients as well: of the client that a record names, or of any to which it is tied.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.plugins import contributions
from vinculo.plugins.calling import Owned
from vinculo.plugins.registry import Registry
from vinculo.records import access
from vinculo.records.attribution import Links, client_of, counts_for
from vinculo.records.condition_tree import Filter, Node
from vinculo.records.kind import Criterion, RecordKind

CLIENT: Final = "client"
About = Callable[[sa.ColumnElement[int]], sa.ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a criterion is asked: whether the record of the id ``about`` fulfils it for any of ``values``."""

    session: Session
    registry: Registry
    actor: Actor
    about: sa.ColumnElement[int]
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """An actor as a key: all that an expression may go by."""

    user_id: int | None
    everything: bool
    grants: frozenset[Any]
    fields: frozenset[Any]
    departments: frozenset[int]
    actor: Actor = field(compare=False)

    @classmethod
    def of(cls, actor: Actor) -> Reader:
        """The key of an actor."""
        rights = actor.rights
        grants, fields = frozenset(rights.grants.items()), frozenset(rights.fields.items())
        return cls(actor.user_id, actor.is_administrator, grants, fields, rights.departments, actor)


def of(
    registry: Registry, kind: RecordKind, actor: Actor, links: Links = Links.RECORDED
) -> tuple[Criterion, ...]:
    """The criteria of a kind that an actor may ask for; ``links`` is how records are counted for clients."""
    owned = [one for one in _of_kind(registry, kind) if actor.may(one.item.permission)]
    asker = Reader.of(actor) if owned else None
    return tuple(_bound(one, kind, asker, registry, links) for one in owned if asker)


def declared(registry: Registry, kind: RecordKind) -> tuple[Criterion, ...]:
    """All criteria of a kind: for what describes them, not for asking."""
    return tuple(
        Criterion(one.item.field, lambda _session, _values: sa.false(), one.plugin)
        for one in _of_kind(registry, kind)
    )


def related(registry: Registry, kind: RecordKind, actor: Actor) -> tuple[RecordKind, ...]:
    """The kinds that hang on this one, as an actor sees them: those whose records they may ask for."""
    if kind.client != "id":
        return ()
    hanging = (one for one in registry.kinds.values() if one.exposed and _hangs(one))
    return tuple(access.seen_by(one, actor) for one in hanging if actor.may(one.permission("read")))


def begins(
    session: Session, kind: RecordKind, filters: Sequence[Node], limit: int
) -> Iterator[sa.ColumnElement[bool]]:
    """With which records a list begins, where the criterion that alone narrows it knows them."""
    match filters:
        case [Filter(operator="eq") as one] if criterion := kind.criterion(one.field):
            if (ids := criterion.first(session, one.value, limit)) is not None:
                yield kind.table.c.id.in_(ids)


def hanging(
    kind: RecordKind, of: RecordKind, actor: Actor, links: Links, inner: sa.ColumnElement[bool]
) -> sa.ColumnElement[bool]:
    """Whether one of the kind ``of`` hangs on a record that the actor sees and that fulfils ``inner``.

    ``links`` is how records are counted for clients.
    """
    rows, client = of.table, kind.table.c.id
    visible = access.condition(of, actor, few=True)
    known = inner if visible is None else sa.and_(inner, visible)
    if of.client:
        theirs = counts_for(of, rows, links, lambda one: one == client)
    else:
        theirs = _tied(of, lambda one: one == client, kind.table)
    return sa.select(1).select_from(rows).where(theirs, known).correlate(kind.table).exists()


def _of_kind(registry: Registry, kind: RecordKind) -> Sequence[Owned[contributions.Criterion]]:
    own = registry.criteria.get(kind.name, ())
    theirs = registry.criteria.get(CLIENT, ()) if kind.name != CLIENT and _hangs(kind) else ()
    return [one for one in (*own, *theirs) if registry.kinds.keys() >= {*one.item.needs}]


def _hangs(kind: RecordKind) -> bool:
    return kind.client != "id" and bool(kind.client or kind.through)


@functools.lru_cache(1000)
def _bound(
    owned: Owned[contributions.Criterion],
    kind: RecordKind,
    asker: Reader,
    registry: Registry,
    links: Links,
) -> Criterion:
    item = owned.item

    def holds(session: Session, values: Sequence[Any]) -> sa.ColumnElement[bool]:
        def about(record: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
            return item.holds(Asked(session, registry, asker.actor, record, values))

        if item.about == kind.name:
            return about(kind.table.c.id)
        if kind.client:
            return about(client_of(kind, kind.table, links))
        return _tied(kind, about, None)

    def first(session: Session, value: Any, limit: int) -> Sequence[int] | None:
        if item.first is None or item.about != kind.name:
            return None
        return item.first(Asked(session, registry, asker.actor, kind.table.c.id, [value]), limit)

    return Criterion(item.field, holds, owned.plugin, first)


def _tied(kind: RecordKind, about: About, beside: sa.FromClause | None) -> sa.ColumnElement[bool]:
    """Whether one of the clients to which a row is tied is such a one."""
    around = [kind.table] if beside is None else [kind.table, beside]
    found = []
    for tie in kind.through:
        ties = sa.select(1).where(tie.record == kind.table.c.id, about(tie.client))
        found.append((ties if tie.on is None else ties.where(tie.on)).correlate(*around).exists())
    return sa.or_(*found)
