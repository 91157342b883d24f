"""Handing over: all records of a list get another responsible user, each with a line in its history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records import access, service
from vinculo.records import query as queries
from vinculo.records.fields import LinkField
from vinculo.records.kind import RecordKind
from vinculo.records.query import Query
from vinculo.records.reading import Kinds, Reader, Values

MOST: Final = 10_000
CHUNK: Final = 500


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


def _pieces(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """In pieces that fit into a statement."""
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
