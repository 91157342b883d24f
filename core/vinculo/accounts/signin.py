"""Signing in with a browser, step by step, and telling who sent a request. The edge commits."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts import factors, onetime, passkeys, passwords, rights, sessions, throttling, trail
from vinculo.accounts.models import ApiToken, Purpose, Stage, User, UserSession
from vinculo.accounts.onetime import digest
from vinculo.accounts.rights import Held, RightsBook
from vinculo.accounts.rules import Rules, Visit
from vinculo.accounts.scopes import EVERYTHING, narrowed
from vinculo.accounts.sessions import SignedIn
from vinculo.actor import Actor, Source
from vinculo.db import base
from vinculo.errors import ForbiddenError, NotSignedInError
from vinculo.events import notices
from vinculo.i18n import gettext as _
from vinculo.web.identity import Identify, Identity

REFRESH_AFTER: Final = timedelta(minutes=5)
STEP: Final = timedelta(minutes=10)  # how long one may take for the second factor


@dataclass(frozen=True, slots=True)
class NextStep:
    """Nobody is signed in yet: a second factor has to be shown or, with ``enrol``, to be set up first.

    The token goes into a cookie; it is no session.
    """

    token: str
    user: User
    enrol: bool


def login_key(login: str) -> str:
    """The form in which sign-in names are compared: without case, and one form for each letter."""
    return unicodedata.normalize("NFKC", login.strip().replace("\0", "")).casefold()[:300]


def sign_in(
    session: Session, *, login: str, password: str, visit: Visit, rules: Rules
) -> SignedIn | NextStep | None:
    """Open a session for a browser, or ask for more; None if name and password do not belong together.

    A wrong password is an answer, not an exception, so that the edge commits and the failure counts.
    ``ThrottledError`` after too many of them, before anything is written or any hash computed.
    """
    key = login_key(login)
    # The lock makes tries at one account wait for each other, so that no burst slips through the count.
    user = session.scalar(sa.select(User).where(User.login_key == key).with_for_update(key_share=True))
    if not _proves(session, user, key, password, visit, rules) or user is None:
        return None
    if passwords.needs_rehash(user.password_hash):
        user.password_hash = passwords.hash_password(password)
    return admit(session, user, method="password", visit=visit, rules=rules)


def admit(
    session: Session,
    user: User,
    *,
    method: str,
    visit: Visit,
    rules: Rules,
    second_factor: bool = False,
) -> SignedIn | NextStep:
    """What follows for somebody who has shown who they are.

    ``second_factor``: by more than one factor, so that there is nothing to ask for any more.
    """
    if not second_factor:
        has_one = factors.of(session, user.id).count > 0
        if has_one or factors.demanded(session, user, rules):
            data = {"method": method, "enrol": not has_one, "challenge": passkeys.new_challenge()}
            token = onetime.issue(
                session, Purpose.SECOND_FACTOR, lifetime=STEP, now=visit.at, user_id=user.id, data=data
            )
            return NextStep(token, user, enrol=not has_one)
    return sessions.open_session(
        session,
        user,
        method=method,
        second_factor=second_factor,
        visit=visit,
        rules=rules,
    )


def confirm_password(session: Session, user_id: int, *, password: str, visit: Visit, rules: Rules) -> bool:
    """Whether a signed-in user knows the password; wrong ones count and throttle as at the door."""
    user = session.scalars(sa.select(User).where(User.id == user_id).with_for_update(key_share=True)).one()
    return _proves(session, user, user.login_key, password, visit, rules)


def purge_expired(session: Session, now: datetime) -> None:
    """Delete sessions and keys that are over, and failures that no longer count."""
    sessions.purge(session, now)
    onetime.purge(session, now)
    throttling.purge(session, now)


def _proves(session: Session, user: User | None, key: str, password: str, visit: Visit, rules: Rules) -> bool:
    throttling.check(session, Stage.PASSWORD, key, visit, rules)
    matches = passwords.verify(password, user.password_hash if user else "")
    if user is None or not user.active or not matches:
        throttling.count(session, Stage.PASSWORD, key, visit)
        trail.refused(session, user, visit, Stage.PASSWORD)
        return False
    throttling.forget(session, key, Stage.PASSWORD)
    return True


# Who sent a request

_Row = sa.Row[*tuple[Any, ...]]
_user, _session, _token = User.__table__, UserSession.__table__, ApiToken.__table__
_USER: Final = (
    *(_user.c[name] for name in ("id", "login", "full_name", "language", "time_zone", "theme")),
    rights.version.label("rights_version"),
)


def make_identify(
    book: RightsBook,
    *,
    rules: Rules = Rules(),  # noqa: B008 -- frozen
    clock: Callable[[], datetime] = base.now,
) -> Identify:
    """The lookup that the web room asks at each request."""

    def identify(session: Session, *, cookie: str, bearer: str) -> Identity | None:
        now = clock()
        row = _by_token(session, bearer, now) if bearer else _by_session(session, cookie, now)
        if row is None:
            return None
        held = book.of(session, row.id, row.rights_version or 0)
        if bearer:
            use = _noted(session, _token_use(row, now))
            return _identity(row, held, source=Source.API, scopes=row.scopes, in_use=use)
        if not _strong_enough(row, held, rules):
            return None
        use = _noted(session, _session_use(row, now))
        return _identity(row, held, source=Source.PAGE, csrf=row.csrf, unread=row.unread, in_use=use)

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
        *_USER,
        _session.c.id.label("session_id"),
        notices.unread(_user.c.id).label("unread"),
        *(_session.c[name] for name in ("csrf", "seen_at", "expires_at", "ends_at", "second_factor")),
    )
    .join_from(_session, _user, _user.c.id == _session.c.user_id)
    .where(
        _session.c.token_hash == sa.bindparam("hash"),
        _session.c.expires_at > sa.bindparam("now"),
        _user.c.active,
    )
)
_TOKEN: Final = (
    sa.select(*_USER, _token.c.id.label("token_id"), _token.c.last_used_at, _token.c.scopes)
    .join_from(_token, _user, _user.c.id == _token.c.user_id)
    .where(
        _token.c.token_hash == sa.bindparam("hash"),
        _token.c.revoked_at.is_(None),
        sa.or_(_token.c.expires_at.is_(None), _token.c.expires_at > sa.bindparam("now")),
        _user.c.active,
    )
)


def _by_session(session: Session, cookie: str, now: datetime) -> _Row | None:
    return session.execute(_SESSION, {"hash": digest(cookie), "now": now}).first() if cookie else None


def _by_token(session: Session, bearer: str, now: datetime) -> _Row:
    row = session.execute(_TOKEN, {"hash": digest(bearer), "now": now}).first()
    if row is None:
        raise NotSignedInError(
            _("The API token is unknown, expired or revoked. Create another in your settings."),
            code="invalid_token",
        )
    return row


def _session_use(row: _Row, now: datetime) -> sa.Update | None:
    """What moves the end of a session that is in use, at most every five minutes."""
    if row.seen_at > now - REFRESH_AFTER:
        return None
    until = min(now + (row.expires_at - row.seen_at), row.ends_at)
    return (
        sa.update(UserSession).where(UserSession.id == row.session_id).values(seen_at=now, expires_at=until)
    )


def _token_use(row: _Row, now: datetime) -> sa.Update | None:
    if row.last_used_at is not None and row.last_used_at > now - REFRESH_AFTER:
        return None
    return sa.update(ApiToken).where(ApiToken.id == row.token_id).values(last_used_at=now)


def _noted(session: Session, use: sa.Update | None) -> sa.Update | None:
    """Note a use at once where the request writes; what is left to do where it reads.

    A reading request would wait for the one writer that SQLite admits, and hold what it has read.
    """
    if use is None or not _is_writing(session):
        return use
    session.execute(use)
    return None


def _strong_enough(row: _Row, held: Held, rules: Rules) -> bool:
    """A session of a password alone is none any more once a second factor is demanded of its user."""
    demanded = held.needs_second_factor or rules.demand_second_factor(is_administrator=held.is_administrator)
    return row.second_factor or not demanded


def _is_writing(session: Session) -> bool:
    return session.get_bind().get_execution_options().get("sqlite_begin") == "IMMEDIATE"


def _identity(
    row: _Row,
    held: Held,
    *,
    source: Source,
    csrf: str = "",
    scopes: Sequence[str] = EVERYTHING,
    unread: int = 0,
    in_use: sa.Update | None = None,
) -> Identity:
    name = row.full_name or row.login
    return Identity(
        actor=narrowed(Actor(row.id, name, source, held.rights, held.is_administrator), scopes),
        full_name=name,
        role_label=held.label,
        language=row.language,
        time_zone=row.time_zone,
        theme=row.theme,
        csrf=csrf,
        unread=unread,
        in_use=in_use,
    )
