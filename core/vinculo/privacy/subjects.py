"""Who a person is: found by id, external id, e-mail address or name, with all that was merged into them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.errors import ConflictError, FieldError, InvalidError, NotFoundError
from vinculo.events.models import Event, Trash
from vinculo.i18n import gettext as _
from vinculo.people.contacts import email
from vinculo.people.models import ContactPoint, ContactType, Person
from vinculo.privacy.declared import CLIENT, COUNTERPARTY, PERSON, SUBJECTS
from vinculo.records.models import Merge
from vinculo.records.text import fold, sort_key, whole_number

MOST = 20


@dataclass(frozen=True, slots=True)
class Subject:
    """A person, and the clients and counterparties that are nobody but this person.

    ``ids`` are rows by table, with those that were merged into them.
    """

    person_id: int
    ids: Mapping[str, frozenset[int]]


def find(session: Session, text: str) -> int:
    """The id of the one person that is meant.

    Also of one who is in the trash, or of whom only the history is left. Raises ``NotFoundError``, or
    ``ConflictError`` (ambiguous) that lists those who may be meant.
    """
    number = whole_number(text)
    if number is not None and is_known(session, number):
        return _survivor(session, "person", number)
    found = {_survivor(session, "person", one) for one in _named(session, text)}
    if not found:
        raise NotFoundError(
            _("There is no person “%(text)s”; give an id, an external id, an e-mail or a name.", text=text)
        )
    if len(found) > 1:
        ids = ", ".join(map(str, sorted(found)[:MOST]))
        message = _("“%(text)s” may be any of the persons %(ids)s; give the id.", text=text, ids=ids)
        raise ConflictError(message, code="ambiguous")
    return found.pop()


def subject(
    session: Session, person_id: int, *, clients: Iterable[int] = (), counterparties: Iterable[int] = ()
) -> Subject:
    """A person with all duplicates. Raises ``InvalidError`` for a client that there is not."""
    wanted = {PERSON: [person_id], CLIENT: [*clients], COUNTERPARTY: [*counterparties]}
    kinds = {table: kind for kind, table in SUBJECTS.items()}
    for table, ids in wanted.items():
        if table != PERSON:
            _require(session, table, ids, kinds[table])
    return Subject(
        person_id,
        {table: frozenset(_with_merged(session, kinds[table], ids)) for table, ids in wanted.items() if ids},
    )


def _require(session: Session, table: str, ids: Sequence[int], kind: str) -> None:
    there = sa.table(table, sa.column("id"))
    for one in ids:
        if one >= 2**63 or session.scalar(sa.select(there.c.id).where(there.c.id == one)) is None:
            text = _("There is no %(kind)s %(id)s.", kind=kind, id=one)
            raise InvalidError([FieldError("clients" if table == CLIENT else "counterparties", text)])


def _with_merged(session: Session, kind: str, ids: Sequence[int]) -> set[int]:
    merged = sa.select(Merge.old_id).where(Merge.kind == kind, Merge.new_id.in_(ids))
    return {*ids, *session.scalars(merged)}


def _survivor(session: Session, kind: str, one: int) -> int:
    query = sa.select(Merge.new_id).where(Merge.kind == kind, Merge.old_id == one)
    return session.scalar(query) or one


def is_known(session: Session, number: int) -> bool:
    """Whether there is a person of this number, or was one."""
    queries = (
        sa.select(Person.id).where(Person.id == number),
        sa.select(Event.id).where(Event.kind == "person", Event.record_id == number).limit(1),
        sa.select(Trash.id).where(Trash.kind == "person", Trash.record_id == number).limit(1),
    )
    return any(session.scalar(query) is not None for query in queries)


def _named(session: Session, text: str) -> set[int]:
    """By external id; by e-mail; by name, that of one who was deleted, too."""
    text = text.strip()
    if by_key := session.scalar(sa.select(Person.id).where(Person.external_id == text)):
        return {by_key}
    if "@" in text:
        try:
            key = email(text)[1]
        except ValueError:
            key = fold(text)
        points = sa.select(ContactPoint.person_id).where(
            ContactPoint.type == ContactType.EMAIL,
            ContactPoint.key == key,
            ContactPoint.person_id.is_not(None),
        )
        return {one for one in session.scalars(points) if one}
    found = {*session.scalars(sa.select(Person.id).where(Person.name_key == sort_key(text)))}
    gone = sa.select(Trash.record_id).where(Trash.kind == "person", Trash.title == text)
    told = sa.select(Event.record_id).where(Event.kind == "person", Event.title == text).distinct()
    return found or {*session.scalars(gone)} or {*session.scalars(told)}
