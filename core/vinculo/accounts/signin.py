"""Signing in and out with a browser, and telling who sent a request. The edge commits."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts import passwords, rights
from vinculo.accounts.models import USER_AGENT_LENGTH, ApiToken, SigninFailure, User, UserSession
from vinculo.accounts.rights import Held, RightsBook
from vinculo.actor import Actor, Source
from vinculo.db import base
from vinculo.errors import ForbiddenError, NotSignedInError, ThrottledError
from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext
from vinculo.web.identity import Identify, Identity

REFRESH_AFTER: Final = timedelta(minutes=5)
FAILURES_KEPT: Final = timedelta(days=7)
PEOPLE_PER_ADDRESS: Final = 4  # an office behind one address may fail as often as so many accounts


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new browser session: the token goes into the cookie and is kept nowhere else."""

    token: str
    csrf: str
    user: User


def login_key(login: str) -> str:
    """The form in which sign-in names are compared: without case, and one form for each letter."""
    return unicodedata.normalize("NFKC", login.strip().replace("\0", "")).casefold()[:300]


def digest(token: str) -> str:
    """The hash under which a random token is kept; it needs no salt, having 32 random bytes itself."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def sign_in(
    session: Session,
    *,
    login: str,
    password: str,
    address: str,
    user_agent: str,
    now: datetime,
    hours: int,
    attempts: int,
    window: timedelta,
) -> SignedIn | None:
    """Open a session for a browser; None if name and password do not belong together.

    A wrong password is an answer, not an exception, so that the edge commits and the failure counts.
    ``ThrottledError`` after too many of them, before anything is written or any hash computed.
    """
    key = login_key(login)
    # The lock makes tries at one account wait for each other, so that no burst slips through the count.
    user = session.scalar(sa.select(User).where(User.login_key == key).with_for_update(key_share=True))
    door = _Door(key, _origin(address), now, attempts, window)
    if not _proves(session, user, password, door) or user is None:
        return None
    if passwords.needs_rehash(user.password_hash):
        user.password_hash = passwords.hash_password(password)
    return _open(session, user, address=address, user_agent=user_agent, now=now, hours=hours)


def confirm_password(
    session: Session,
    user_id: int,
    *,
    password: str,
    address: str,
    now: datetime,
    attempts: int,
    window: timedelta,
) -> bool:
    """Whether a signed-in user knows the password; wrong ones count and throttle as at the door."""
    user = session.scalars(sa.select(User).where(User.id == user_id).with_for_update(key_share=True)).one()
    return _proves(session, user, password, _Door(user.login_key, _origin(address), now, attempts, window))


def sign_out(session: Session, *, cookie: str) -> None:
    """End the session of a cookie."""
    session.execute(sa.delete(UserSession).where(UserSession.token_hash == digest(cookie)))


def sign_out_everywhere(session: Session, user_id: int, *, keep: str = "") -> None:
    """End all sessions of a user except that of the cookie ``keep``."""
    others = sa.and_(UserSession.user_id == user_id, UserSession.token_hash != digest(keep))
    session.execute(sa.delete(UserSession).where(others))


def purge_expired(session: Session, now: datetime) -> None:
    """Delete sessions that are over and failures that no longer count."""
    session.execute(sa.delete(UserSession).where(UserSession.expires_at <= now))
    session.execute(sa.delete(SigninFailure).where(SigninFailure.at <= now - FAILURES_KEPT))


def _open(
    session: Session, user: User, *, address: str, user_agent: str, now: datetime, hours: int
) -> SignedIn:
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    session.add(
        UserSession(
            token_hash=digest(token),
            user_id=user.id,
            csrf=csrf,
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=hours),
            address=address[:64],
            user_agent=user_agent[:USER_AGENT_LENGTH],
        )
    )
    session.flush()
    return SignedIn(token=token, csrf=csrf, user=user)


@dataclass(frozen=True, slots=True)
class _Door:
    """At which account, from where and when somebody tries, and how often one may."""

    key: str
    origin: str
    now: datetime
    attempts: int
    window: timedelta


def _proves(session: Session, user: User | None, password: str, door: _Door) -> bool:
    _throttle(session, door, SigninFailure.login_key == door.key, door.attempts)
    if door.origin:
        _throttle(session, door, SigninFailure.address == door.origin, door.attempts * PEOPLE_PER_ADDRESS)
    matches = passwords.verify(password, user.password_hash if user else "")
    if user is None or not user.active or not matches:
        session.add(SigninFailure(login_key=door.key, address=door.origin, at=door.now))
        session.flush()
        return False
    session.execute(sa.delete(SigninFailure).where(SigninFailure.login_key == door.key))
    return True


def _throttle(session: Session, door: _Door, whose: sa.ColumnElement[bool], limit: int) -> None:
    """Refuse if the ``limit``-th newest failure is still within the window."""
    recent = sa.select(SigninFailure.at).where(whose, SigninFailure.at > door.now - door.window)
    at = session.scalar(recent.order_by(SigninFailure.at.desc()).offset(limit - 1).limit(1))
    if at is None:
        return
    seconds = max(1, int((at + door.window - door.now).total_seconds()))
    raise ThrottledError(
        ngettext(
            "Too many failed sign-ins. Try again in %(n)s minute.",
            "Too many failed sign-ins. Try again in %(n)s minutes.",
            -(-seconds // 60),
        ),
        retry_after=seconds,
    )


def _origin(address: str) -> str:
    """What counts as one address: with IPv6, a household or office has a /64 of its own to change within."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if parsed.version == 4:
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))


# Who sent a request

_Row = sa.Row[*tuple[Any, ...]]
_user, _session, _token = User.__table__, UserSession.__table__, ApiToken.__table__
_USER: Final = (
    *(_user.c[name] for name in ("id", "login", "full_name", "language", "time_zone", "theme")),
    rights.version.label("rights_version"),
)


def make_identify(book: RightsBook, *, clock: Callable[[], datetime] = base.now) -> Identify:
    """The lookup that the web room asks at each request."""

    def identify(session: Session, *, cookie: str, bearer: str) -> Identity | None:
        now = clock()
        row = _by_token(session, bearer, now) if bearer else _by_session(session, cookie, now)
        if row is None:
            return None
        held = book.of(session, row.id, row.rights_version or 0)
        if bearer:
            return _identity(row, held, source=Source.API)
        return _identity(row, held, source=Source.PAGE, csrf=row.csrf)

    return identify


def actor_of(session: Session, user_id: int | None, book: RightsBook) -> Actor:
    """A user who acts without a request, in a job. Raises ``ForbiddenError`` once nobody may act so."""
    user = session.get(User, user_id) if user_id is not None else None
    if user is None or not user.active:
        raise ForbiddenError(_("The user who asked for this is disabled."))
    held = book.now(session, user.id)
    return Actor(user.id, user.name, Source.JOB, held.rights, held.is_administrator)


# Of tables and made once: these run at every request, and a statement costs as much to build as to run,
# half as much again if it is about entities.
_SESSION: Final = (
    sa.select(
        *_USER, _session.c.id.label("session_id"), _session.c.csrf, _session.c.seen_at, _session.c.expires_at
    )
    .join_from(_session, _user, _user.c.id == _session.c.user_id)
    .where(
        _session.c.token_hash == sa.bindparam("hash"),
        _session.c.expires_at > sa.bindparam("now"),
        _user.c.active,
    )
)
_TOKEN: Final = (
    sa.select(*_USER, _token.c.id.label("token_id"), _token.c.last_used_at)
    .join_from(_token, _user, _user.c.id == _token.c.user_id)
    .where(
        _token.c.token_hash == sa.bindparam("hash"),
        _token.c.revoked_at.is_(None),
        sa.or_(_token.c.expires_at.is_(None), _token.c.expires_at > sa.bindparam("now")),
        _user.c.active,
    )
)


def _by_session(session: Session, cookie: str, now: datetime) -> _Row | None:
    row = session.execute(_SESSION, {"hash": digest(cookie), "now": now}).first() if cookie else None
    if row is not None and row.seen_at <= now - REFRESH_AFTER and _is_writing(session):
        until = now + (row.expires_at - row.seen_at)
        statement = sa.update(UserSession).where(UserSession.id == row.session_id)
        session.execute(statement.values(seen_at=now, expires_at=until))
    return row


def _by_token(session: Session, bearer: str, now: datetime) -> _Row:
    row = session.execute(_TOKEN, {"hash": digest(bearer), "now": now}).first()
    if row is None:
        raise NotSignedInError(
            _("The API token is unknown, expired or revoked. Create another in your settings."),
            code="invalid_token",
        )
    if _is_writing(session) and (row.last_used_at is None or row.last_used_at <= now - REFRESH_AFTER):
        session.execute(sa.update(ApiToken).where(ApiToken.id == row.token_id).values(last_used_at=now))
    return row


def _is_writing(session: Session) -> bool:
    """Reading requests leave no trace: they would wait for the one writer that SQLite admits."""
    return session.get_bind().get_execution_options().get("sqlite_begin") == "IMMEDIATE"


def _identity(row: _Row, held: Held, *, source: Source, csrf: str = "") -> Identity:
    name = row.full_name or row.login
    return Identity(
        actor=Actor(row.id, name, source, held.rights, held.is_administrator),
        full_name=name,
        role_label=held.label,
        language=row.language,
        time_zone=row.time_zone,
        theme=row.theme,
        csrf=csrf,
    )
