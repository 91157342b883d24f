"""An employee leaves: locked out at once, then all that they own is handed on. Decision 0012."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts import external, factors, onetime, roles, service, sessions, trail
from vinculo.accounts.models import ApiToken, OneTimeKey, Purpose, User
from vinculo.actor import Actor
from vinculo.db.engine import Database
from vinculo.db.links import links_to
from vinculo.errors import FieldError, ForbiddenError, InvalidError
from vinculo.events.models import Event
from vinculo.i18n import gettext as _
from vinculo.plugins import memory
from vinculo.records import export_requests, handing
from vinculo.records.reading import Kinds

ACTION: Final = "left"
STAMPS: Final = ("created_by_id", "changed_by_id")  # who did something once; that stays


@dataclass(frozen=True, slots=True)
class Asleep:
    """Rows of a plugin that is off which name a user; nothing changes them until it is on."""

    plugin: str
    column: str
    rows: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody has by which to come in, to see and to own. ``owned`` is kind → records."""

    sessions: int
    tokens: int
    factors: int
    reset_links: int
    identities: int
    exports: int
    roles: Sequence[str]
    owned: Mapping[str, int]
    asleep: Sequence[Asleep]


def standing(session: Session, user: User, kinds: Kinds, *, now: datetime) -> Standing:
    """What there is to take away and to hand on."""
    tokens = sa.and_(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
    links = sa.and_(
        OneTimeKey.user_id == user.id, OneTimeKey.purpose == Purpose.RESET, OneTimeKey.expires_at > now
    )
    return Standing(
        sessions=len(sessions.list_sessions(session, user.id, now)),
        tokens=_count(session, ApiToken, tokens),
        factors=factors.of(session, user.id).count,
        reset_links=_count(session, OneTimeKey, links),
        identities=len(external.list_identities(session, user.id)),
        exports=export_requests.open_of(session, user.id),
        roles=[role.name for role in roles.own_roles(session, user.id)],
        owned=_owned(session, user.id, kinds),
        asleep=_asleep(session, user.id),
    )


def lock_out(
    session: Session, user_id: int, *, heir_id: int | None, kinds: Kinds, actor: Actor, now: datetime
) -> Standing:
    """Take all away by which somebody comes in, sees and waits; what they had. ``hand_on`` follows.

    To be called again, for somebody who is locked out already and still owns something. Raises
    ``InvalidError`` for an heir who is none, ``ForbiddenError`` for oneself or where the actor may not
    hand over, ``ConflictError`` for the last administrator.
    """
    if user_id == actor.user_id:
        text = _("You cannot do this to yourself: ask another administrator.")
        raise ForbiddenError(text, code="yourself")
    user = service.managed(session, user_id, actor)
    check_heir(session, user, heir_id)
    for kind in kinds.values():
        if kind.owner:
            handing.require_all(kind, actor)
    found = standing(session, user, kinds, now=now)
    if user.active:
        service.disable_user(session, user_id, actor=actor, now=now)
    if found.factors:
        factors.remove_all(session, user, actor=actor, now=now)
    onetime.revoke_all(session, user_id)
    external.unlink_all(session, user, actor=actor, now=now)
    export_requests.withdraw_all(session, user_id, actor=actor)
    roles.take_all(session, user, actor=actor, now=now)
    return found


def check_heir(session: Session, user: User, heir_id: int | None) -> User:
    """Whoever gets it all: somebody else, who is here."""
    heir = session.get(User, heir_id) if heir_id is not None and heir_id < 2**63 else None
    if heir is None:
        raise InvalidError([FieldError("to", _("Say who is responsible from now on."), "required")])
    if heir.id == user.id or not heir.active:
        text = _("%(user)s cannot get it: choose somebody else, who may sign in.", user=heir.name)
        raise InvalidError([FieldError("to", text, "no_heir")])
    return heir


def hand_on(
    database: Database,
    user_id: int,
    *,
    heir_id: int,
    had: Mapping[str, Any],
    kinds: Kinds,
    actor: Actor,
    begun: datetime,
    now: datetime,
) -> Mapping[str, int]:
    """Hand on all records, in short transactions; then one event that sums up. What is left, by kind.

    ``had`` is ``facts`` of what there was. To be called again after a crash: the event is written once.
    """
    for kind in kinds.values():
        if kind.owner:
            handing.hand_over_all(database, kind, before=user_id, to=heir_id, actor=actor)
    with database.write() as session:
        user, heir = session.get_one(User, user_id), session.get_one(User, heir_id)
        left = _owned(session, user_id, kinds)
        if not _told(session, user_id, begun):
            changes: dict[str, Any] = {"heir": [None, heir.name]}
            changes |= {name: [value, left.get(name, 0)] for name, value in had.items()}
            trail.sum_up(session, user, ACTION, changes, actor=actor, at=now)
    return left


def facts(found: Standing) -> Mapping[str, int]:
    """What there was, in numbers, as the event tells it; kinds of records by their names."""
    ways = ("sessions", "tokens", "factors", "reset_links", "identities", "exports")
    told = {name: getattr(found, name) for name in ways}
    told["roles"] = len(found.roles)
    return {name: number for name, number in {**told, **found.owned}.items() if number}


def _told(session: Session, user_id: int, begun: datetime) -> bool:
    same = (Event.kind == trail.KIND, Event.record_id == user_id, Event.action == ACTION, Event.at >= begun)
    return session.scalar(sa.select(Event.id).where(*same).limit(1)) is not None


def _count(session: Session, model: Any, condition: sa.ColumnElement[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model).where(condition)) or 0


def _owned(session: Session, user_id: int, kinds: Kinds) -> Mapping[str, int]:
    counts = {kind.name: handing.owned(session, kind, user_id) for kind in kinds.values() if kind.owner}
    return {name: count for name, count in counts.items() if count}


def _asleep(session: Session, user_id: int) -> Sequence[Asleep]:
    """Rows of plugins that are off, found by the keys that the database knows."""
    found = []
    for link in links_to(session.connection(), User.__tablename__):
        owner = memory.owner_of_table(session, link.table.name) if link.column not in STAMPS else None
        if owner is None or owner.is_on:
            continue
        theirs = link.table.c[link.column] == user_id
        rows = session.scalar(sa.select(sa.func.count()).select_from(link.table).where(theirs)) or 0
        if rows:
            found.append(Asleep(owner.title, f"{link.table.name}.{link.column}", rows))
    return found
