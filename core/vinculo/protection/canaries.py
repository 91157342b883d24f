"""Which clients are canaries, and the hand that makes them so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.errors import ConflictError, FieldError, InvalidError, NotFoundError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.protection.models import Canary

MOST: Final = 200

# Of a room above this one.
_client: Final = sa.table("clients_client", sa.column("id"), sa.column("name"))


@dataclass(frozen=True, slots=True)
class Kept:
    """A canary with the present name of its client."""

    id: int
    client_id: int
    client: str
    since: datetime


def every(session: Session) -> Sequence[Kept]:
    """All canaries, by name."""
    query = (
        sa.select(Canary.id, Canary.client_id, _client.c.name, Canary.created_at)
        .join(_client, _client.c.id == Canary.client_id)
        .order_by(_client.c.name, Canary.id)
    )
    return [Kept(*row) for row in session.execute(query)]


def add(session: Session, client_id: int, *, actor: Actor) -> Canary:
    """Make a client a canary. Raises ``InvalidError`` or ``ConflictError``."""
    known = sa.select(_client.c.id).where(_client.c.id == client_id)
    if client_id >= 2**63 or session.scalar(known) is None:
        text = _("There is no client %(id)s. Choose one of the list.", id=client_id)
        raise InvalidError([FieldError("client_id", text, "no_such_record")])
    if session.scalar(sa.select(Canary.id).where(Canary.client_id == client_id)):
        raise ConflictError(_("This client is a canary already."), code="already_canary")
    if session.scalar(sa.select(sa.func.count()).select_from(Canary)) == MOST:
        text = _("There are %(most)s canaries already; remove one first.", most=MOST)
        raise ConflictError(text, code="too_many")
    canary = Canary(client_id=client_id, created_at=now(), created_by_id=actor.user_id)
    session.add(canary)
    session.flush()
    _log(session, canary, "canary added", actor=actor)
    return canary


def remove(session: Session, canary_id: int, *, actor: Actor) -> None:
    """Make it a client like all others. Raises ``NotFoundError``."""
    canary = session.get(Canary, canary_id) if canary_id < 2**63 else None
    if canary is None:
        raise NotFoundError(_("There is no canary %(id)s.", id=canary_id))
    _log(session, canary, "canary removed", actor=actor)
    session.delete(canary)


def of_client(session: Session, client_id: int) -> int:
    """The number of the canary that a client is. Raises ``NotFoundError``."""
    found = session.scalar(sa.select(Canary.id).where(Canary.client_id == client_id))
    if found is None:
        raise NotFoundError(_("The client %(id)s is no canary.", id=client_id))
    return found


def _log(session: Session, canary: Canary, action: str, *, actor: Actor) -> None:
    """By its number alone: who reads the log is not to learn which client it is."""
    log.write(
        session, actor=actor, action=action, kind="canary", record_id=canary.id, title="", version=None
    )  # fmt: skip
