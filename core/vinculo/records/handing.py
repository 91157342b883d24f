"""Handing over: records of a list, or all of a user, get another responsible user.

Each has a line in its history.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Scope
from vinculo.db.engine import PAUSE_SECONDS, Database
from vinculo.errors import ConflictError, FieldError, ForbiddenError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records import access, service
from vinculo.records import query as queries
from vinculo.records.fields import LinkField
from vinculo.records.kind import RecordKind
from vinculo.records.query import Query
from vinculo.records.reading import Kinds, Reader, Values

MOST: Final = 10_000
CHUNK: Final = 500
FEW: Final = 100  # on SQLite others wait as long: 0.2 s


def asked_for(session: Session, kind: RecordKind, query: Query, *, actor: Actor) -> Sequence[int]:
    """The ids of all that a list shows and the actor may change.

    Raises ``ConflictError`` if they are more than can be handed over at once.
    """
    ids: list[int] = [row[0] for row in _rows(session, kind, query, actor)]
    if len(ids) > MOST:
        text = _("These are more than %(most)s records. Narrow the list with a filter.", most=MOST)
        raise ConflictError(text, code="too_many")
    return ids


def _rows(session: Session, kind: RecordKind, query: Query, actor: Actor) -> Iterator[Any]:
    asked, found = replace(query, limit=CHUNK, cursor="", fields=()), 0
    while found <= MOST:
        page = queries.page(session, kind, asked, [kind.column("id")], actor=actor, action="update")
        found += len(page.rows)
        yield from page.rows
        if not page.next_cursor:
            return
        asked = replace(asked, cursor=page.next_cursor)


def hand_over(
    session: Session, kind: RecordKind, kinds: Kinds, ids: Sequence[int], *, to: int, actor: Actor
) -> int:
    """Make a user responsible for these records; how many were somebody else's until now.

    Raises ``ForbiddenError`` if the user is beyond the actor's scope; nothing has changed then.
    """
    owner = kind.field(kind.owner)
    assert isinstance(owner, LinkField)
    errors: list[FieldError] = []
    Reader(session, kinds, actor=actor).check_link(owner, to, "to", errors)
    if errors:
        raise InvalidError(errors)
    count = 0
    for chunk in _pieces(ids):
        query = access.within(sa.select(kind.model), kind, actor, "update", few=True)
        records = session.scalars(query.where(kind.table.c.id.in_(chunk)).with_for_update()).all()
        for record in records:
            count += service.update(session, kind, record, Values({kind.owner: to}), actor=actor)
        session.flush()
        session.expunge_all()  # of ten thousand, none is needed again
    return count


@dataclass(frozen=True, slots=True)
class Handed:
    """What became of all records of a user: how many another has now, and how many a rule kept back."""

    handed: int
    kept: int


def owned(session: Session, kind: RecordKind, user_id: int) -> int:
    """How many records a user is named as responsible for, whoever asks."""
    mine = kind.column(kind.owner) == user_id
    return session.scalar(sa.select(sa.func.count()).select_from(kind.table).where(mine)) or 0


def hand_over_all(database: Database, kind: RecordKind, *, before: int, to: int, actor: Actor) -> Handed:
    """Give every record of one user to another, however many they are, in short transactions of its own.

    The actor must be allowed to change all records. What a rule refuses stays and is counted. To be called
    again after a crash: it goes on with what is left.
    """
    require_all(kind, actor)
    last, handed, kept = 0, 0, 0
    while True:
        with database.write() as session:
            records = session.scalars(_next(kind, before, last, actor)).all()
            changed = [_give(session, kind, record, to, actor) for record in records]
        if not records:
            return Handed(handed, kept)
        last, handed, kept = records[-1].id, handed + sum(changed), kept + len(changed) - sum(changed)
        if database.is_sqlite:
            time.sleep(PAUSE_SECONDS)


def require_all(kind: RecordKind, actor: Actor) -> None:
    """Raise ``ForbiddenError`` unless the actor may give all records of the kind to somebody else."""
    actor.require(kind.permission("update"))
    access.require_writable(kind, [kind.owner], actor)
    if access.reach(kind, actor, "update") is not Scope.ALL:
        text = _(
            "You may not change all records of the kind %(kind)s. Ask an administrator.", kind=kind.label
        )
        raise ForbiddenError(text, code="out_of_scope")


def _next(kind: RecordKind, before: int, last: int, actor: Actor) -> sa.Select[Any]:
    """A few records of a user, behind the last one seen."""
    query = access.within(sa.select(kind.model), kind, actor, "update")
    query = query.where(kind.column(kind.owner) == before, kind.column("id") > last)
    return query.order_by(kind.column("id")).limit(FEW).with_for_update()


def _give(session: Session, kind: RecordKind, record: Any, to: int, actor: Actor) -> bool:
    values = Values({kind.owner: to})
    change = partial(service.update, session, kind, record, values, actor=actor)
    return service.attempt(session, kind, change) is True


def _pieces(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """In pieces that fit into a statement."""
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
