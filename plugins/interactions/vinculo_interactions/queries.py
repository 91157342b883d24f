"""What the card of a client and the home page ask about interactions: one query each."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.people.models import Person, PersonRole
from vinculo.people.records import person
from vinculo.records import access
from vinculo_interactions.models import NO_CONTACT, Interaction, InteractionType

PEOPLE: Final = 200
CLIENT: Final = sa.bindparam("client", type_=sa.BigInteger)  # whose card is drawn
Theirs = Callable[[sa.FromClause], sa.ColumnElement[bool]]
Visible = Sequence[sa.ColumnElement[bool]]  # which interactions the user may read


@dataclass(frozen=True, slots=True)
class Step:
    """A next step that waits."""

    interaction_id: int
    text: str
    on: date
    client_id: int
    client: str


@dataclass(frozen=True, slots=True)
class Contact:
    """The last time one was in touch with a client."""

    interaction_id: int
    type: InteractionType
    subject: str
    at: datetime


def people_of(session: Session, client_id: int, today: date, *, actor: Actor) -> Sequence[tuple[int, str]]:
    """Those who play a role at a client today, by name."""
    present = sa.or_(PersonRole.valid_to.is_(None), PersonRole.valid_to >= today)
    ids = sa.select(PersonRole.person_id).where(PersonRole.client_id == client_id, present)
    query = access.within(sa.select(Person.id, Person.name), person, actor, few=True)
    query = query.where(Person.id.in_(ids)).order_by(Person.name_key, Person.id)
    return [(row.id, row.name) for row in session.execute(query.limit(PEOPLE))]


def contact_of(
    session: Session,
    client_id: int,
    moment: datetime,
    *,
    visible: Visible,
    theirs: Theirs | None = None,
) -> tuple[Contact | None, Step | None]:
    """When one was last in touch with a client, and the next step that waits.

    ``theirs`` says which interactions count for ``CLIENT``, if they are not those that were written for it;
    the same function each time, so that the statement is kept.
    """
    query = _contact(tuple(visible), theirs)
    contact, step = None, None
    for row, is_last, is_next in session.execute(query, {"client": client_id, "moment": moment}):
        if is_last:
            contact = Contact(row.id, row.type, row.subject, row.happened_at)
        if is_next and row.next_step_on:
            step = Step(row.id, row.next_step, row.next_step_on, client_id, "")
    return contact, step


@functools.lru_cache(1000)
def _contact(
    visible: tuple[sa.ColumnElement[bool], ...], theirs: Theirs | None
) -> sa.Select[Interaction, bool, bool]:
    mine = sa.select(Interaction.id).where(
        theirs(Interaction.__table__) if theirs else Interaction.client_id == CLIENT, *visible
    )
    last = (
        mine.where(Interaction.happened_at <= sa.bindparam("moment"), Interaction.type.not_in(NO_CONTACT))
        .order_by(Interaction.happened_at.desc(), Interaction.id.desc())
        .limit(1)
    )
    following = mine.where(waits(theirs)).order_by(Interaction.next_step_on, Interaction.id).limit(1)
    ids = (last.scalar_subquery(), following.scalar_subquery())
    query = sa.select(Interaction, Interaction.id == ids[0], Interaction.id == ids[1])
    return query.where(sa.or_(*(Interaction.id == one for one in ids)))


def due(session: Session, actor: Actor, today: date, *, visible: Visible, limit: int) -> Sequence[Step]:
    """A user's next steps up to today, the oldest first."""
    known = access.condition(client, actor, few=True)
    query = (
        sa.select(Interaction, Client.name if known is None else sa.case((known, Client.name), else_=""))
        .join(Client, Client.id == Interaction.client_id)
        .where(Interaction.responsible_id == actor.user_id, Interaction.next_step_on <= today, waits())
        .where(*visible)
        .order_by(Interaction.next_step_on, Interaction.id)
        .limit(limit)
    )
    return [
        Step(row.id, row.next_step, row.next_step_on, row.client_id, name)
        for row, name in session.execute(query)
        if row.next_step_on
    ]


def waits(theirs: Theirs | None = None) -> Any:
    """Whether a next step waits: it has a day, and nothing happened with the client since that day.

    ``theirs`` says what counts for the client, if it is not what was written for the same one.
    """
    later = Interaction.__table__.alias()
    followed = (
        sa.select(1)
        .where(
            theirs(later) if theirs else later.c.client_id == Interaction.client_id,
            later.c.happened_at > Interaction.happened_at,
            later.c.happened_at >= Interaction.next_step_on,  # both databases compare a moment with a day
        )
        .correlate_except(later)
        .exists()
    )
    return sa.and_(Interaction.next_step_on.is_not(None), ~followed)
