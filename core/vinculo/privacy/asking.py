"""Whom a page or a program means, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.counterparties.models import Counterparty
from vinculo.counterparties.records import counterparty
from vinculo.errors import FieldError, InvalidError, MergedError, NotFoundError
from vinculo.i18n import gettext as _
from vinculo.people.models import PersonRole
from vinculo.people.records import person
from vinculo.privacy import subjects
from vinculo.privacy.erasing import House
from vinculo.privacy.subjects import Subject
from vinculo.records import access, service
from vinculo.web.context import Context

MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Candidate:
    """A client or counterparty at which a person plays a role, and which may be nobody else."""

    name: str
    record_id: int
    title: str


def house(ctx: Context) -> House:
    """Where the app's persons are."""
    kinds = {kind.name: kind.model.__tablename__ for kind in ctx.registry.kinds.values()}
    return House(ctx.site.database, ctx.site.settings.files.folder, kinds)


def called(ctx: Context, record_id: int) -> str:
    """What a person is called. Of one that is deleted administrators may know, and see its number.

    Raises ``NotFoundError``.
    """
    try:
        return str(service.get(ctx.session, person, record_id, actor=ctx.actor).name)
    except MergedError:
        raise
    except NotFoundError:
        if not ctx.actor.is_administrator or not subjects.is_known(ctx.session, record_id):
            raise
        return str(record_id)


def subject(ctx: Context, record_id: int, clients: Sequence[int], counterparties: Sequence[int]) -> Subject:
    """A person, with clients and counterparties that the actor sees."""
    for kind, ids in ((client, clients), (counterparty, counterparties)):
        for one in ids:
            service.get(ctx.session, kind, one, actor=ctx.actor)
    return subjects.subject(ctx.session, record_id, clients=clients, counterparties=counterparties)


def require_confirmed(name: str, typed: str) -> None:
    """Raise ``InvalidError`` unless the name was typed."""
    if typed.strip() != name:
        text = _("To confirm, type the name of the person: %(name)s.", name=name)
        raise InvalidError([FieldError("confirmation", text)], code="not_confirmed")


def candidates(ctx: Context, record_id: int) -> list[Candidate]:
    """Where a person plays a role, of what the actor sees."""
    of_clients = access.within(sa.select(Client.id, Client.name), client, ctx.actor, few=True)
    ids = sa.select(PersonRole.client_id).where(PersonRole.person_id == record_id)
    found = [
        Candidate("client", row.id, row.name)
        for row in ctx.session.execute(of_clients.where(Client.id.in_(ids)).limit(MOST))
    ]
    of_others = access.within(
        sa.select(Counterparty.id, Counterparty.legal_name), counterparty, ctx.actor, few=True
    )
    ids = sa.select(PersonRole.counterparty_id).where(PersonRole.person_id == record_id)
    found += [
        Candidate("counterparty", row.id, row.legal_name)
        for row in ctx.session.execute(of_others.where(Counterparty.id.in_(ids)).limit(MOST))
    ]
    return found
