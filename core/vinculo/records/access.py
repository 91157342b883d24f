"""Where rights are applied: whose a record is, as SQL, and which fields an actor sees.

Every query of records passes through here: ``within`` narrows one to what an actor may read (or export,
or change), ``documents`` does so for search and timeline, which know records by kind and id. Where a scope
is all, nothing is added. ``permitted`` and ``require`` answer for one record, ``require_new`` for one that
was just written. ``seen_by`` is a kind without what its actor does not see, so that lists, forms, cards,
files and the API need not know of rights to fields.
"""

from __future__ import annotations

import functools
from collections.abc import Collection as CollectionOf
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor, FieldAccess, Scope, narrowest
from vinculo.errors import ForbiddenError
from vinculo.i18n import gettext as _
from vinculo.records.fields import Field
from vinculo.records.kind import Collection, RecordKind, Through

READ: Final = "read"
UNSEEN: Final = (FieldAccess.HIDDEN, FieldAccess.ON_REQUEST)

# Of rooms above this one.
CLIENTS: Final = sa.table(
    "clients_client", sa.column("id"), sa.column("responsible_id"), sa.column("created_by_id")
)
MEMBERS: Final = sa.table("accounts_membership", sa.column("user_id"), sa.column("department_id"))

Condition = sa.ColumnElement[bool]
Q = TypeVar("Q", bound="Narrowable")


class Narrowable(Protocol):
    """A statement that takes conditions."""

    def where(self, *conditions: Any) -> Self:
        """The same for fewer rows."""


@dataclass(frozen=True, slots=True)
class _People:
    """Those whose records are within a scope: one user, or else all of some departments."""

    user_id: int | None
    departments: frozenset[int] = frozenset()


def reach(kind: RecordKind, actor: Actor, action: str = READ) -> Scope | None:
    """For whose records an actor has a permission of a kind: never for more than they may read."""
    scopes = [actor.scope(kind.permission(one)) for one in {READ, action}]
    known = [scope for scope in scopes if scope is not None]
    if len(known) < len(scopes):
        return None
    return narrowest(known) if kind.scoped else Scope.ALL


def condition(
    kind: RecordKind,
    actor: Actor,
    action: str = READ,
    *,
    table: sa.FromClause | None = None,
    few: bool = False,
) -> Condition | None:
    """Which records an actor may read, or do something to; None: all of them.

    ``table`` is that of the kind, or an alias of it. ``few``: the query names its records, by their ids
    or what they hang on. Equal arguments give the same object, so that statements with it can be kept.
    """
    scope = reach(kind, actor, action)
    if scope is Scope.ALL:
        return None
    if scope is None or actor.user_id is None:
        return sa.false()
    departments = actor.rights.departments if scope is Scope.DEPARTMENT else frozenset[int]()
    people = _People(None if departments else actor.user_id, departments)
    rows = kind.table if table is None else table
    theirs = _belongs(kind.whole, people, rows, few=few)
    return sa.or_(theirs, rows.c[kind.shared]) if kind.shared and action == READ else theirs


def within(statement: Q, kind: RecordKind, actor: Actor, action: str = READ, *, few: bool = False) -> Q:
    """The statement, for those records of the kind that the actor may read, or do something to."""
    narrowed = condition(kind, actor, action, few=few)
    return statement if narrowed is None else statement.where(narrowed)


def documents(kinds: Iterable[RecordKind], actor: Actor, kind: Any, record_id: Any) -> Condition:
    """Which rows that name a record by the columns ``kind`` and ``record_id`` are of one that is read.

    Equal arguments give the same object here, too.
    """
    asked = ((one, condition(one, actor, table=_second(one), few=True)) for one in kinds)
    readable = ((one, found) for one, found in asked if found is None or reach(one, actor) is not None)
    return _documents(tuple(readable), kind, record_id)


@functools.lru_cache(1000)
def _documents(
    kinds: tuple[tuple[RecordKind, Condition | None], ...], kind: Any, record_id: Any
) -> Condition:
    free, narrowed = [], []
    for one, found in kinds:
        if found is None:
            free.append(one.name)
            continue
        table = _second(one)
        there = sa.select(1).select_from(table).where(table.c.id == record_id, found)
        narrowed.append(sa.and_(kind == one.name, sa.exists(there.offset(0).correlate_except(table))))
    return sa.or_(kind.in_(free), *narrowed) if free else sa.or_(sa.false(), *narrowed)


# Whose a record is


@functools.lru_cache(10_000)
def _belongs(kind: RecordKind, people: _People, table: sa.FromClause, *, few: bool) -> Condition:
    """Whether a row of the table is theirs.

    One user has few clients of many: in a list, what hangs on them is gathered first. A department has
    many, of which the first page soon meets enough: each row is asked. So it is where rows are ``few``.
    """
    theirs = _by_client(kind, people, table, few=few)
    if not kind.involved:
        return theirs
    return sa.or_(theirs, *(_theirs(people, table.c[kind.column(name).name]) for name in kind.involved))


def _by_client(kind: RecordKind, people: _People, table: sa.FromClause, *, few: bool) -> Condition:
    gather = not few and not people.departments
    if kind.client and kind.client != "id":
        column = table.c[kind.column(kind.client).name]
        found = (
            column.in_(_clients_of(people)) if gather else _exists(_client(people, column), table, few=few)
        )
        loose = sa.and_(column.is_(None), _own(kind, people, table))
        return sa.or_(found, loose) if column.nullable else found
    if not kind.through:
        return _own(kind, people, table)
    return _gathered(kind, people, table) if gather else _tied(kind, people, table, few=few)


def _own(kind: RecordKind, people: _People, table: sa.FromClause) -> Condition:
    """Whether they are named as its owner, or have made it where nobody is."""
    return _theirs(people, _owner(table, kind.column(kind.owner).name if kind.owner else ""))


def _owner(table: sa.FromClause, name: str) -> sa.ColumnElement[Any]:
    return sa.func.coalesce(table.c[name], table.c.created_by_id) if name else table.c.created_by_id


def _theirs(people: _People, owner: sa.ColumnElement[Any]) -> Condition:
    if not people.departments:
        return owner == people.user_id
    # No IN for the departments: a list of values is written into the statement anew each time it runs.
    there = sa.or_(*(MEMBERS.c.department_id == one for one in sorted(people.departments)))
    return owner.in_(sa.select(MEMBERS.c.user_id).where(there))


def _clients_of(people: _People) -> sa.Select[Any]:
    clients = CLIENTS.alias("whose")
    return sa.select(clients.c.id).where(_theirs(people, _owner(clients, "responsible_id")))


def _client(people: _People, client_id: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """The client of an id, if it is theirs."""
    clients = CLIENTS.alias("whose")
    return sa.select(1).where(
        clients.c.id == client_id, _theirs(people, _owner(clients, "responsible_id"))
    ).correlate_except(clients)  # fmt: skip


def _tied(kind: RecordKind, people: _People, table: sa.FromClause, *, few: bool) -> Condition:
    """Whether one of the clients that a row is tied to is theirs, or it has none and is theirs itself."""
    ties = [_joined(sa.select(1), tie, tie.record == table.c.id) for tie in kind.through]
    theirs = [
        _exists(query.where(sa.exists(_client(people, tie.client))), table, few=few)
        for query, tie in zip(ties, kind.through, strict=True)
    ]
    loose = [~_exists(one, table, few=few) for one in ties]
    return sa.or_(*theirs, sa.and_(_own(kind, people, table), *loose))


def _gathered(kind: RecordKind, people: _People, table: sa.FromClause) -> Condition:
    """The same, by the ids of all that are theirs."""
    loose = kind.table.alias()
    tied = [_joined(sa.select(tie.record), tie, tie.client.in_(_clients_of(people))) for tie in kind.through]
    free = [
        ~_exists(_joined(sa.select(1), tie, tie.record == loose.c.id), loose, few=False)
        for tie in kind.through
    ]
    made = sa.select(loose.c.id).where(_own(kind, people, loose), *free)
    return table.c.id.in_(sa.union_all(*tied, made))


def _joined(query: sa.Select[Any], tie: Through, condition: Condition) -> sa.Select[Any]:
    """The rows of a tie that have a client."""
    query = query.where(condition, tie.client.is_not(None))
    return query if tie.on is None else query.where(tie.on)


def _exists(query: sa.Select[Any], table: sa.FromClause, *, few: bool) -> Condition:
    """Whether a row of the table has such a one.

    With an OFFSET, PostgreSQL asks for each of few rows, instead of gathering what all rows have.
    """
    return sa.exists((query.offset(0) if few else query).correlate(table))


@functools.lru_cache(1000)
def _second(kind: RecordKind) -> sa.FromClause:
    """The kind's table under another name."""
    return kind.table.alias(f"{kind.name}_of")


# One record


def permitted(
    session: Session, kind: RecordKind, record_id: int, actor: Actor, actions: CollectionOf[str]
) -> frozenset[str]:
    """Which actions an actor may do to a record that they may read; one query at most."""
    readable = reach(kind, actor)
    scopes = {action: reach(kind, actor, action) for action in actions}
    asked = {
        action: found
        for action, scope in scopes.items()
        if scope is not None
        and (scope is not readable or kind.shared)
        and (found := condition(kind, actor, action, few=True)) is not None
    }
    given = {action for action, scope in scopes.items() if scope is not None} - asked.keys()
    if asked:
        row = session.execute(sa.select(*asked.values()).where(kind.table.c.id == record_id)).first()
        given |= {action for action, found in zip(asked, row or (), strict=False) if found}
    return frozenset(given)


def reads_of(session: Session, kind: RecordKind, actor: Actor, client_id: int | None) -> bool:
    """Whether an actor may read a record of the kind, made by another, that hangs on this client."""
    scope = reach(kind, actor)
    if scope is None or scope is Scope.ALL:
        return scope is not None
    if client_id is None or actor.user_id is None:
        return False
    departments = actor.rights.departments if scope is Scope.DEPARTMENT else frozenset[int]()
    people = _People(None if departments else actor.user_id, departments)
    return session.scalar(_client(people, sa.literal(client_id))) is not None


def require(session: Session, kind: RecordKind, record: Any, actor: Actor, action: str) -> None:
    """Raise ``ForbiddenError`` unless the actor may do this to a record that they may read."""
    actor.require(kind.permission(action))
    if not permitted(session, kind, record.id, actor, [action]):
        text = _("You may not do this with %(record)s: your rights cover only %(scope)s.")
        words = {"record": kind.title_of(record), "scope": scope_label(reach(kind, actor, action))}
        raise ForbiddenError(text % words, code="out_of_scope")


def require_new(session: Session, kind: RecordKind, ids: Sequence[int], actor: Actor, action: str) -> None:
    """Raise ``ForbiddenError`` unless records that were just written are where the actor may write."""
    actor.require(kind.permission(action))
    if reach(kind, actor, action) is Scope.ALL:
        return
    query = within(sa.select(sa.func.count()).select_from(kind.table), kind, actor, action, few=True)
    if session.scalar(query.where(kind.table.c.id.in_(ids))) != len(ids):
        text = _("You may give a %(kind)s to nobody beyond %(scope)s. Choose another responsible or client.")
        words = {"kind": kind.label, "scope": scope_label(reach(kind, actor, action))}
        raise ForbiddenError(text % words, code="out_of_scope")


def scope_label(scope: Scope | None) -> str:
    """A scope in words."""
    labels = {
        Scope.OWN: _("your own records"),
        Scope.DEPARTMENT: _("your department"),
        Scope.ALL: _("all records"),
    }
    return labels[scope] if scope else _("nothing")


# Fields


def hidden(kind: RecordKind, actor: Actor) -> frozenset[str]:
    """The fields and collections of a kind that an actor does not see, be it unless they ask."""
    return frozenset(name for name, access in _limits(kind, actor) if access in UNSEEN)


def on_request(kind: RecordKind, actor: Actor) -> frozenset[str]:
    """Those of them that the actor is shown where they ask; see ``vinculo.records.revealing``."""
    return frozenset(name for name, access in _limits(kind, actor) if access is FieldAccess.ON_REQUEST)


def seen_by(kind: RecordKind, actor: Actor) -> RecordKind:
    """The kind without what the actor does not see; what they may only read is ``read_only``.

    It is for what people and programs are shown and asked; what services do is done to the whole kind.
    """
    limits = _limits(kind, actor)
    seen = _limited(kind.whole, limits) if limits else kind.whole
    if not (kind.figures or kind.criteria or kind.related):
        return seen
    return seen.measured(tuple(kind.figures), tuple(kind.criteria), tuple(kind.related))


def new_by(kind: RecordKind, actor: Actor) -> RecordKind:
    """The kind as the actor fills in a new record: what is shown on request may be typed, not yet read."""
    limits = _limits_of_new(kind, actor)
    return _limited(kind.whole, limits) if limits else kind.whole


def _limits_of_new(kind: RecordKind, actor: Actor) -> frozenset[tuple[str, FieldAccess]]:
    return frozenset(one for one in _limits(kind, actor) if one[1] is not FieldAccess.ON_REQUEST)


def _limits(kind: RecordKind, actor: Actor) -> frozenset[tuple[str, FieldAccess]]:
    """Rights to parts; fields of rows that would tell what the actor does not see are “lines.cost”."""
    if actor.is_administrator or not actor.rights.fields:
        return frozenset()
    parts = frozenset(
        (part.name, access)
        for part in kind.whole.parts()
        if (access := _access_to(kind, part, actor)) is not FieldAccess.FULL
    )
    return parts | {
        (f"{collection.name}.{field.name}", FieldAccess.HIDDEN)
        for collection in kind.whole.collections
        for field in collection.fields
        if any(actor.field(*other) in UNSEEN for other in field.tells)
    }


def _access_to(kind: RecordKind, part: Field | Collection, actor: Actor) -> FieldAccess:
    if any(actor.field(*other) in UNSEEN for other in part.tells):
        return FieldAccess.HIDDEN
    return actor.field(kind.name, part.name)


@functools.lru_cache(1000)
def _limited(kind: RecordKind, limits: frozenset[tuple[str, FieldAccess]]) -> RecordKind:
    access = dict(limits)

    def kept(parts: Iterable[Any]) -> tuple[Any, ...]:
        left = [part for part in parts if access.get(part.name) not in UNSEEN]
        return tuple(replace(part, read_only=True) if part.name in access else part for part in left)

    def of_rows(collection: Collection) -> Collection:
        seen = [one for one in collection.fields if f"{collection.name}.{one.name}" not in access]
        return collection if len(seen) == len(collection.fields) else replace(collection, fields=seen)

    unseen = {name for name, one in limits if one in UNSEEN}
    return replace(
        kind,
        fields=kept(kind.fields),
        collections=tuple(of_rows(one) for one in kept(kind.collections)),
        of=kind,
        columns=[name for name in kind.columns if name not in unseen],
        sort="-id" if kind.sort.removeprefix("-") in unseen else kind.sort,
    )


def writes(kind: RecordKind, actor: Actor, names: CollectionOf[str], action: str = "create") -> bool:
    """Whether an actor has a permission of a kind and may write all of these fields."""
    limits = dict(_limits(kind, actor))
    return reach(kind, actor, action) is not None and limits.keys().isdisjoint(names)


def require_writable(kind: RecordKind, names: Iterable[str], actor: Actor, *, new: bool = False) -> None:
    """Raise ``ForbiddenError`` naming the first of these fields that the actor may not write.

    ``new``: in a record that is being made.
    """
    limits = dict(_limits_of_new(kind, actor) if new else _limits(kind, actor))
    for part in kind.whole.parts() if limits else ():
        if part.name in limits and part.name in names:
            text = _("You may not change %(field)s (%(name)s).", field=part.label, name=part.name)
            raise ForbiddenError(text, code="read_only_field")


def require_complete(kind: RecordKind, actor: Actor) -> None:
    """Raise ``ForbiddenError`` if the actor may not fill in what every new record needs."""
    limits = dict(_limits_of_new(kind, actor))
    for field in kind.whole.writable() if limits else ():
        if field.required and field.default is None and field.name in limits:
            text = _("You may not fill in %(field)s, which every new %(kind)s needs. Ask an administrator.")
            raise ForbiddenError(text % {"field": field.label, "kind": kind.label}, code="read_only_field")
