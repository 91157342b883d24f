"""Who gets a mailing, and who is left out, for which reason; asked with the rights of its owner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import chain
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.clients.records import client
from vinculo.db.base import now
from vinculo.errors import ConflictError, InvalidError, MalformedError
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.people.models import ContactPoint, ContactType, Person, PersonRole
from vinculo.people.models import Purpose as Use
from vinculo.people.records import person
from vinculo.plugins.registry import Registry
from vinculo.records import access, facts
from vinculo.records import query as queries
from vinculo_mailings.models import (
    Bounce,
    Choice,
    Mailing,
    MailingList,
    Medium,
    Purpose,
    Reach,
    Subscription,
    Template,
)

AT_ONCE: Final = 500
TYPES: Final = {Medium.EMAIL: ContactType.EMAIL, Medium.SMS: ContactType.PHONE}


class Reason(StrEnum):
    """Why somebody is left out."""

    NO_ADDRESS = "no_address"
    NO_CONSENT = "no_consent"
    OPTED_OUT = "opted_out"
    LEFT_LIST = "left_list"
    BOUNCED = "bounced"
    DOUBLE = "double"


REASONS: Final = {
    Reason.NO_ADDRESS: _l("No address for this channel"),
    Reason.NO_CONSENT: _l("Did not agree to this list"),
    Reason.OPTED_OUT: _l("Opted out of all marketing"),
    Reason.LEFT_LIST: _l("Left this list"),
    Reason.BOUNCED: _l("Nobody lives at this address"),
    Reason.DOUBLE: _l("The address gets it already"),
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who is meant, with the reason why they are left out, if they are."""

    client_id: int | None
    name: str
    address: str = ""
    key: str = ""
    person_id: int | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Blocks:
    """Which addresses may not be written to. Of the whole list, or of ``keys`` only."""

    bounced: frozenset[str]
    said: Mapping[tuple[str, bool], Choice]  # by key, and whether it is about the list
    service: bool
    needs_consent: bool
    of_list: bool

    @classmethod
    def read(
        cls, session: Session, registry: Registry, mailing: Mailing, keys: Sequence[str] | None = None
    ) -> Blocks:
        """As they are now."""
        about = sa.or_(Subscription.list_id.is_(None), Subscription.list_id == mailing.list_id)
        said = sa.select(
            Subscription.address_key, Subscription.list_id, Subscription.choice, Subscription.said_at
        ).where(about)
        bounced = sa.select(Bounce.address_key).where(Bounce.hard)
        if keys is not None:
            said = said.where(Subscription.address_key.in_(keys))
            bounced = bounced.where(Bounce.address_key.in_(keys))
        of = session.get(MailingList, mailing.list_id) if mailing.list_id else None
        return cls(
            frozenset(session.scalars(bounced)),
            _last(session.execute(said), _elsewhere(session, registry, keys)),
            mailing.purpose is Purpose.SERVICE,
            bool(of and of.needs_consent),
            of is not None,
        )

    def reason(self, key: str) -> Reason | None:
        """Why an address may not be written to. What is part of a service goes out whatever was said."""
        if key in self.bounced:
            return Reason.BOUNCED
        if self.service:
            return None
        if self.said.get((key, False)) is Choice.OPTED_OUT:
            return Reason.OPTED_OUT
        about = self.said.get((key, True)) if self.of_list else None
        if about is Choice.OPTED_OUT:
            return Reason.LEFT_LIST
        agreed = about or self.said.get((key, False))
        return Reason.NO_CONSENT if self.needs_consent and agreed is None else None


Said = tuple[str, int | None, Choice, datetime]


def _last(*found: Iterable[Said]) -> dict[tuple[str, bool], Choice]:
    """What each address said last, of the list and of all marketing."""
    rows = sorted(chain(*found), key=lambda one: one[3])
    return {(key, list_id is not None): choice for key, list_id, choice, _at in rows}


def _elsewhere(session: Session, registry: Registry, keys: Sequence[str] | None) -> Iterator[Said]:
    """What people said of all marketing to other plugins."""
    for source in registry.consents:
        for word in source.item.words(session, keys):
            yield word.key, None, Choice.SUBSCRIBED if word.agreed else Choice.OPTED_OUT, word.at


def of(
    session: Session, registry: Registry, mailing: Mailing, actor: Actor, *, only: int | None = None
) -> Iterator[Recipient]:
    """Everybody who is meant, in the order of clients; ``only`` one client, as for an event.

    Raises ``ConflictError`` where its conditions cannot be asked.
    """
    channel = session.scalar(sa.select(Template.channel).where(Template.id == mailing.template_id))
    assert channel is not None
    blocks, taken = Blocks.read(session, registry, mailing), set[str]()
    for one in _meant(session, registry, mailing, actor, channel, only):
        reason = one.reason or blocks.reason(one.key) or (Reason.DOUBLE if one.key in taken else None)
        if reason is None:
            taken.add(one.key)
        yield Recipient(one.client_id, one.name, one.address, one.key, one.person_id, reason)


def _meant(
    session: Session, registry: Registry, mailing: Mailing, actor: Actor, channel: Medium, only: int | None
) -> Iterator[Recipient]:
    if mailing.rule or only is not None:
        names = _clients(session, registry, mailing, actor, only)
        _require_contacts(actor)
        for start in range(0, len(names), AT_ONCE):
            some = dict(names[start : start + AT_ONCE])
            points = _points(session, some, channel, people=actor.may(person.permission("read")))
            for client_id, name in some.items():
                found = points.get(client_id) or [Recipient(client_id, name, reason=Reason.NO_ADDRESS)]
                yield from found[:1] if mailing.reach is Reach.FIRST else found
    elif mailing.list_id:
        yield from _subscribers(session, mailing.list_id, channel)


def _clients(
    session: Session, registry: Registry, mailing: Mailing, actor: Actor, only: int | None
) -> Sequence[tuple[int, str]]:
    kind = facts.seen_by(registry, client, actor)
    try:
        asked = queries.parse(kind, pairs(mailing), typed=True, me=actor.user_id)
        conditions = [*queries.conditions(session, kind, asked, actor)]
    except (InvalidError, MalformedError) as fault:
        text = _("The audience waits: %(fault)s Switch on the plugin that knows it, or choose another one.")
        raise ConflictError(text % {"fault": fault.message}, code="audience_waits") from fault
    statement = access.within(sa.select(kind.column("id"), kind.column("name")), kind, actor)
    statement = statement.where(*conditions).order_by(kind.column("id"))
    if only is not None:
        statement = statement.where(kind.column("id") == only)
    return [(row[0], row[1]) for row in session.execute(statement)]


def pairs(mailing: Mailing) -> list[tuple[str, str]]:
    """The conditions of its audience, as parameters of the list of clients."""
    return [(str(name), str(value)) for name, value in mailing.rule]


def _require_contacts(actor: Actor) -> None:
    if "contact_points" in access.hidden(client, actor):
        text = _("The owner of the mailing does not see how clients are reached; name another owner.")
        raise ConflictError(text, code="contacts_hidden")


def _points(
    session: Session, clients: Mapping[int, str], channel: Medium, *, people: bool
) -> dict[int, list[Recipient]]:
    """The addresses of clients, their own first, then those of the people who are there now."""
    found: dict[int, list[Recipient]] = {}
    columns = (ContactPoint.value, ContactPoint.key)
    usable = [ContactPoint.type == TYPES[channel]]
    if channel is Medium.SMS:  # only what is known to be a number, and not of a machine
        use = sa.func.coalesce(ContactPoint.purpose, Use.WORK)
        usable += [ContactPoint.key.startswith("+"), use != Use.FAX]
    own = sa.select(ContactPoint.client_id, *columns).where(ContactPoint.client_id.in_(clients), *usable)
    for client_id, value, key in session.execute(own.order_by(ContactPoint.id)):
        assert client_id is not None
        found.setdefault(client_id, []).append(Recipient(client_id, clients[client_id], value, key))
    if not people:
        return found
    theirs = (
        sa.select(PersonRole.client_id, Person.id, Person.name, *columns)
        .join(Person, Person.id == PersonRole.person_id)
        .join(ContactPoint, ContactPoint.person_id == Person.id)
        .where(PersonRole.client_id.in_(clients), *_current(now().date()), *usable)
        .order_by(PersonRole.id, ContactPoint.id)
    )
    for client_id, person_id, name, value, key in session.execute(theirs):
        assert client_id is not None
        found.setdefault(client_id, []).append(Recipient(client_id, name, value, key, person_id))
    return found


def _current(day: date) -> Sequence[sa.ColumnElement[bool]]:
    return (
        sa.or_(PersonRole.valid_from.is_(None), PersonRole.valid_from <= day),
        sa.or_(PersonRole.valid_to.is_(None), PersonRole.valid_to >= day),
    )


def _subscribers(session: Session, list_id: int, channel: Medium) -> Iterator[Recipient]:
    query = sa.select(Subscription).where(
        Subscription.list_id == list_id, Subscription.choice == Choice.SUBSCRIBED
    )
    for one in session.scalars(query.order_by(Subscription.id)):
        if ("@" in one.address) == (channel is Medium.EMAIL):
            yield Recipient(one.client_id, one.address, one.address, one.address_key)
