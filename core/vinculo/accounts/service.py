"""Users and API tokens. The edge commits."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import available_timezones

import sqlalchemy as sa
from email_validator import EmailNotValidError, validate_email
from sqlalchemy.orm import Session

from vinculo.accounts import onetime, passwords, rights, roles, throttling, trail
from vinculo.accounts.models import ApiToken, Purpose, Stage, User
from vinculo.accounts.onetime import digest
from vinculo.accounts.permissions import MANAGE_USERS
from vinculo.accounts.scopes import ALL, EVERYTHING
from vinculo.accounts.sessions import sign_out_everywhere
from vinculo.accounts.signin import login_key
from vinculo.actor import Actor
from vinculo.errors import FieldError, ForbiddenError, InvalidError, NotFoundError
from vinculo.i18n import LANGUAGES
from vinculo.i18n import gettext as _

THEMES: Final = ("light", "dark")
TOKEN_MARK: Final = "vin_"  # noqa: S105 -- lets secret scanners recognise a leaked token
_LOGIN: Final = re.compile(r"[^\W_][\w.@+-]{0,99}")


def needs_setup(session: Session) -> bool:
    """Whether there is no user at all, so that the first visitor creates the administrator."""
    return session.scalar(sa.select(User.id).limit(1)) is None


def get_user(session: Session, user_id: int) -> User:
    """The user, or ``NotFoundError``."""
    if user := session.get(User, user_id):
        return user
    raise NotFoundError(_("There is no user with the number %(id)s.", id=user_id))


def find_user(session: Session, login: str) -> User:
    """The user of a sign-in name, or ``NotFoundError``."""
    if user := session.scalar(sa.select(User).where(User.login_key == login_key(login))):
        return user
    raise NotFoundError(_("There is no user %(login)s.", login=login))


def list_users(session: Session) -> list[User]:
    """All users by sign-in name."""
    return list(session.scalars(sa.select(User).order_by(User.login_key)))


def create_user(
    session: Session,
    *,
    login: str,
    password: str | None,
    role_names: Collection[str] = (),
    full_name: str = "",
    email: str = "",
    language: str = "",
    policy: passwords.Policy | None = None,
    actor: Actor,
    now: datetime,
) -> User:
    """Add somebody who may sign in from now on, with roles beside those that everybody has.

    Without a password they come in by a link or through a provider.
    """
    actor.require(MANAGE_USERS)
    given = [roles.find_role(session, name).id for name in role_names]
    login, full_name, email = login.strip(), full_name.strip(), email.strip()
    about = [full_name, email]
    _refuse(
        *_login_faults(session, login),
        *_password_faults(password, login, about, policy),
        *_profile_faults(full_name, email),
    )
    user = User(login=login, full_name=full_name, email=email, language=language)
    user.password_hash = "" if password is None else passwords.hash_password(password)
    _add(session, user, actor=actor, now=now)
    if given:
        roles.set_roles(session, user.id, given, actor=actor, now=now)
    return user


def _add(session: Session, user: User, *, actor: Actor, now: datetime) -> None:
    user.login_key = login_key(user.login)
    user.created_at, user.created_by_id, user.version = now, actor.user_id, 0
    _touch(user, actor=actor, now=now)
    session.add(user)
    session.flush()
    trail.note(session, user, "created", actor=actor, at=now)


def update_profile(
    session: Session,
    user_id: int,
    *,
    full_name: str,
    email: str,
    language: str,
    time_zone: str,
    theme: str,
    notice_mail: bool,
    actor: Actor,
    now: datetime,
) -> User:
    """Change what a user says about themselves. An empty language, zone or theme is the default one."""
    user = _own_or_managed(session, user_id, actor)
    full_name, email = full_name.strip(), email.strip()
    _refuse(*_profile_faults(full_name, email), *_preference_faults(language, time_zone, theme))
    user.full_name, user.email = full_name, email
    user.language, user.time_zone, user.theme = language, time_zone, theme
    user.notice_mail = notice_mail
    _touch(user, actor=actor, now=now)
    return user


def set_password(
    session: Session,
    user_id: int,
    *,
    password: str,
    keep: str = "",
    policy: passwords.Policy | None = None,
    actor: Actor,
    now: datetime,
) -> User:
    """Replace a password and sign the user out everywhere but in the session of the cookie ``keep``."""
    user = _own_or_managed(session, user_id, actor)
    about = [user.full_name, user.email]
    _refuse(*passwords.faults(password, login=user.login, about=about, policy=policy))
    user.password_hash = passwords.hash_password(password)
    _touch(user, actor=actor, now=now)
    sign_out_everywhere(session, user_id, keep=keep)
    onetime.revoke(session, user_id, Purpose.RESET)
    onetime.revoke(session, user_id, Purpose.SECOND_FACTOR)
    throttling.forget(session, user.login_key, Stage.PASSWORD, Stage.RESET)
    trail.note(session, user, "password changed", actor=actor, at=now)
    return user


def set_theme(session: Session, user_id: int, *, theme: str, actor: Actor, now: datetime) -> User:
    """Light, dark, or as the system is set."""
    user = _own_or_managed(session, user_id, actor)
    _refuse(*_preference_faults("", "", theme))
    user.theme = theme
    _touch(user, actor=actor, now=now)
    return user


@cache
def time_zones() -> tuple[str, ...]:
    """The zones that people choose from, such as Europe/Lisbon, and UTC."""
    places = (zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return ("UTC", *sorted(places))


def disable_user(session: Session, user_id: int, *, actor: Actor, now: datetime) -> User:
    """Lock a user out at once: no sign-in, no session, no token. The last administrator stays."""
    user = managed(session, user_id, actor)
    roles.refuse_last(session, user)
    user.active = False
    _touch(user, actor=actor, now=now)
    sign_out_everywhere(session, user_id)
    onetime.revoke(session, user_id, Purpose.RESET)
    onetime.revoke(session, user_id, Purpose.SECOND_FACTOR)
    trail.note(session, user, "disabled", actor=actor, at=now)
    usable = sa.and_(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    session.execute(sa.update(ApiToken).where(usable).values(revoked_at=now))
    return user


def enable_user(session: Session, user_id: int, *, actor: Actor, now: datetime) -> User:
    """Let a user sign in again. Tokens stay revoked."""
    user = managed(session, user_id, actor)
    user.active = True
    _touch(user, actor=actor, now=now)
    trail.note(session, user, "enabled", actor=actor, at=now)
    return user


def _login_faults(session: Session, login: str) -> Iterator[FieldError]:
    if not _LOGIN.fullmatch(login):
        text = _(
            "A sign-in name has 1 to 100 letters, digits and . @ + - _ and begins with a letter or digit;"
            " “%(login)s” does not fit.",
            login=login[:100],
        )
        yield FieldError("login", text)
    elif session.scalar(sa.select(User.id).where(User.login_key == login_key(login))) is not None:
        text = _("There is already a user %(login)s. Choose another sign-in name.", login=login)
        yield FieldError("login", text, "duplicate")


def _password_faults(
    password: str | None, login: str, about: Sequence[str], policy: passwords.Policy | None
) -> Iterator[FieldError]:
    if password is not None:
        yield from passwords.faults(password, login=login, about=about, policy=policy)


def _profile_faults(full_name: str, email: str) -> Iterator[FieldError]:
    if len(full_name) > 200:
        yield FieldError("full_name", _("A name has at most %(n)s characters.", n=200), "too_long")
    if email:
        try:
            validate_email(email, check_deliverability=False)
        except EmailNotValidError:
            text = _("“%(email)s” is not an e-mail address; write it as name@example.com.", email=email[:254])
            yield FieldError("email", text)


def _preference_faults(language: str, time_zone: str, theme: str) -> Iterator[FieldError]:
    closed = {
        "language": (language, LANGUAGES),
        "time_zone": (time_zone, time_zones()),
        "theme": (theme, THEMES),
    }
    for field, (value, known) in closed.items():
        if value and value not in known:
            yield FieldError(
                field, _("“%(value)s” cannot be chosen. Take one of the list.", value=value[:64])
            )


def _refuse(*errors: FieldError) -> None:
    if errors:
        raise InvalidError(errors)


def _touch(user: User, *, actor: Actor, now: datetime) -> None:
    user.version += 1
    user.changed_at, user.changed_by_id = now, actor.user_id


def _own_or_managed(session: Session, user_id: int, actor: Actor) -> User:
    return get_user(session, user_id) if actor.user_id == user_id else managed(session, user_id, actor)


def managed(session: Session, user_id: int, actor: Actor) -> User:
    """Somebody whom the actor manages: an administrator only by another, or it would be a way to be one."""
    actor.require(MANAGE_USERS)
    user = get_user(session, user_id)
    if not actor.is_administrator and any(role.administrator for role in rights.roles_of(session, user_id)):
        text = _("%(user)s is an administrator; only another can do this.", user=user.name)
        raise ForbiddenError(text)
    return user


# API tokens


def create_token(
    session: Session,
    user_id: int,
    *,
    name: str,
    scopes: Sequence[str] = EVERYTHING,
    known: Collection[str] = (),
    expires_at: datetime | None = None,
    max_days: int = 0,
    actor: Actor,
    now: datetime,
) -> tuple[ApiToken, str]:
    """Make a key for a program; the plain token is handed out here and never again.

    ``scopes`` are of the permissions that are ``known``, or ``*``. With ``max_days`` it ends after so many
    at the latest.
    """
    user = _own_or_managed(session, user_id, actor)
    name = name.strip()
    expires_at = expires_at or (now + timedelta(days=max_days) if max_days else None)
    _refuse(
        *_token_faults(user, name, expires_at, now),
        *_span_faults(expires_at, max_days, now),
        *_scope_faults(scopes, known),
    )
    plain = TOKEN_MARK + secrets.token_urlsafe(32)
    token = ApiToken(
        name=name,
        prefix=plain[:8],
        token_hash=digest(plain),
        user_id=user_id,
        scopes=sorted(set(scopes)),
        created_at=now,
        expires_at=expires_at,
    )
    session.add(token)
    session.flush()
    trail.note(session, user, "token made", actor=actor, at=now, token=name)
    return token, plain


def list_tokens(session: Session, user_id: int | None = None) -> list[tuple[ApiToken, User]]:
    """Tokens with their users, of one user or of all, newest first."""
    statement = sa.select(ApiToken, User).join(User, User.id == ApiToken.user_id)
    if user_id is not None:
        statement = statement.where(ApiToken.user_id == user_id)
    return [(token, user) for token, user in session.execute(statement.order_by(ApiToken.id.desc()))]


def revoke_token(session: Session, token_id: int, *, actor: Actor, now: datetime) -> ApiToken:
    """End a token at once. Others' tokens do not exist for those who may not manage users."""
    token = session.get(ApiToken, token_id)
    if token is None or not (token.user_id == actor.user_id or actor.may(MANAGE_USERS)):
        raise NotFoundError(_("There is no token with the number %(id)s.", id=token_id))
    if token.revoked_at is None:
        token.revoked_at = now
        user = get_user(session, token.user_id)
        trail.note(session, user, "token revoked", actor=actor, at=now, token=token.name)
    return token


def _token_faults(user: User, name: str, expires_at: datetime | None, now: datetime) -> Iterator[FieldError]:
    if not 1 <= len(name) <= 100:
        text = _("Give the token a name of 1 to 100 characters that says what it is for.")
        yield FieldError("name", text)
    if expires_at is not None and expires_at <= now:
        yield FieldError("expires_at", _("The token would be expired already. Choose a later moment."))
    if not user.active:
        text = _("%(user)s is disabled. Enable the user first.", user=user.name)
        yield FieldError("user", text, "disabled")


def _span_faults(expires_at: datetime | None, max_days: int, now: datetime) -> Iterator[FieldError]:
    if max_days and expires_at and expires_at > now + timedelta(days=max_days):
        text = _("A token may be good for %(n)s days at most. Choose an earlier end.", n=max_days)
        yield FieldError("expires_at", text)


def _scope_faults(scopes: Sequence[str], known: Collection[str]) -> Iterator[FieldError]:
    if not scopes:
        yield FieldError("scopes", _("Choose at least one thing that the token may do."))
    for scope in scopes:
        if scope != ALL and scope not in known:
            text = _("“%(name)s” is not a permission. Take one of the list.", name=scope[:100])
            yield FieldError("scopes", text, "unknown_permission")
