"""Browser sessions: opened, renewed under another id, listed, ended. The edge commits."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts import trail
from vinculo.accounts.models import USER_AGENT_LENGTH, User, UserSession
from vinculo.accounts.onetime import digest
from vinculo.accounts.permissions import MANAGE_USERS
from vinculo.accounts.rules import Rules, Visit
from vinculo.actor import Actor
from vinculo.errors import NotFoundError
from vinculo.i18n import gettext as _

FRESH: Final = timedelta(minutes=15)  # how long a proof is enough to change what one signs in with

_BROWSERS: Final = ("Edg", "OPR", "Firefox", "Chrome", "Safari")  # each also names those behind it
_SYSTEMS: Final = ("Windows", "Android", "iPhone", "iPad", "Mac OS X", "Linux")
_NAMES: Final = {"Edg": "Edge", "OPR": "Opera", "Mac OS X": "macOS"}


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new browser session: the token goes into the cookie and is kept nowhere else."""

    token: str
    csrf: str
    user: User


def open_session(
    session: Session,
    user: User,
    *,
    method: str,
    second_factor: bool,
    visit: Visit,
    rules: Rules,
) -> SignedIn:
    """Let a user in with this browser; the session that it had ends."""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    if visit.cookie:
        session.execute(sa.delete(UserSession).where(UserSession.token_hash == digest(visit.cookie)))
    session.add(
        UserSession(
            token_hash=digest(token),
            user_id=user.id,
            csrf=csrf,
            created_at=visit.at,
            seen_at=visit.at,
            proved_at=visit.at,
            expires_at=visit.at + min(rules.idle, rules.longest),
            ends_at=visit.at + rules.longest,
            second_factor=second_factor,
            address=visit.address[:64],
            user_agent=visit.user_agent[:USER_AGENT_LENGTH],
        )
    )
    session.flush()
    trail.signed_in(session, user, visit, method)
    return SignedIn(token=token, csrf=csrf, user=user)


def find(session: Session, cookie: str) -> UserSession | None:
    """The session of a cookie."""
    return session.scalar(sa.select(UserSession).where(UserSession.token_hash == digest(cookie)))


def is_fresh(found: UserSession | None, now: datetime) -> bool:
    """Whether its user has shown a short time ago who they are."""
    return found is not None and found.proved_at > now - FRESH


def renew(session: Session, found: UserSession, *, now: datetime, second_factor: bool = False) -> str:
    """The user has shown again who they are: the session goes on under another id, the cookie's new value."""
    token = secrets.token_urlsafe(32)
    found.token_hash, found.proved_at = digest(token), now
    found.second_factor = found.second_factor or second_factor
    session.flush()
    return token


def list_sessions(session: Session, user_id: int, now: datetime) -> Sequence[UserSession]:
    """Where a user is signed in, last used first."""
    theirs = sa.select(UserSession).where(UserSession.user_id == user_id, UserSession.expires_at > now)
    return session.scalars(theirs.order_by(UserSession.seen_at.desc(), UserSession.id.desc())).all()


def revoke(session: Session, session_id: int, *, actor: Actor, now: datetime) -> None:
    """End one session. Others' sessions do not exist for those who may not manage users."""
    found = session.get(UserSession, session_id)
    if found is None or not (found.user_id == actor.user_id or actor.may(MANAGE_USERS)):
        raise NotFoundError(_("There is no session with the number %(id)s.", id=session_id))
    user = session.get_one(User, found.user_id)
    session.delete(found)
    session.flush()
    trail.note(session, user, "session ended", actor=actor, at=now, address=found.address)


def revoke_all(session: Session, user: User, *, keep: str = "", actor: Actor, now: datetime) -> int:
    """End all sessions of a user except that of the cookie ``keep``; how many they were."""
    if actor.user_id != user.id:
        actor.require(MANAGE_USERS)
    count = sign_out_everywhere(session, user.id, keep=keep)
    trail.note(session, user, "sessions ended", actor=actor, at=now, count=count)
    return count


def sign_out(session: Session, *, cookie: str, now: datetime) -> None:
    """End the session of a cookie."""
    if found := find(session, cookie):
        user = session.get_one(User, found.user_id)
        session.delete(found)
        session.flush()
        trail.note(session, user, "signed out", actor=trail.themselves(user), at=now)


def sign_out_everywhere(session: Session, user_id: int, *, keep: str = "") -> int:
    """The same as a part of something else that is logged."""
    others = sa.and_(UserSession.user_id == user_id, UserSession.token_hash != digest(keep))
    ended = session.scalars(sa.delete(UserSession).where(others).returning(UserSession.id))
    return len(ended.all())


def browser_name(user_agent: str) -> str:
    """Roughly which browser on which system, as people would say it."""
    browser = next((name for name in _BROWSERS if name in user_agent), "")
    system = next((name for name in _SYSTEMS if name in user_agent), "")
    names = [_NAMES.get(name, name) for name in (browser, system) if name]
    return " · ".join(names) or user_agent[:40] or _("Unknown")


def purge(session: Session, now: datetime) -> None:
    """Delete sessions that are over."""
    session.execute(sa.delete(UserSession).where(UserSession.expires_at <= now))
