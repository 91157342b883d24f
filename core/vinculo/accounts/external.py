"""Which user somebody is whom the company's provider has let in. The edge commits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import count

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts import service, trail
from vinculo.accounts.models import ExternalIdentity, Role, User, UserRole
from vinculo.accounts.oidc import Claims
from vinculo.accounts.signin import login_key
from vinculo.actor import Actor, Source, system
from vinculo.errors import ConflictError, NotFoundError
from vinculo.i18n import gettext as _
from vinculo.settings.sections import OidcSettings


def user_of(session: Session, claims: Claims, settings: OidcSettings, now: datetime) -> User | None:
    """The user who is linked; else, where the settings allow it, one of that address or a new one."""
    identity = session.scalar(_identity(claims))
    if identity is not None:
        identity.last_used_at, identity.email = now, claims.email[:254]
        user = session.get_one(User, identity.user_id)
        return user if user.active else None
    found = _by_email(session, claims) if settings.link_by_email else None
    if found is None and settings.create_users:
        found = _create(session, claims, now)
    if found is not None:
        link(session, found, claims, actor=system(Source.PAGE), now=now).last_used_at = now
    return found


def link(session: Session, user: User, claims: Claims, *, actor: Actor, now: datetime) -> ExternalIdentity:
    """Let somebody sign in as this user from now on. Raises ``ConflictError`` if they are another's."""
    identity = session.scalar(_identity(claims))
    if identity is not None and identity.user_id != user.id:
        text = _("This account of your company belongs to another user of Vinculo already.")
        raise ConflictError(text, code="identity_taken")
    if identity is None:
        identity = ExternalIdentity(
            user_id=user.id,
            issuer=claims.issuer,
            subject=claims.subject,
            email=claims.email[:254],
            created_at=now,
        )
        session.add(identity)
        session.flush()
        trail.note(session, user, "identity linked", actor=actor, at=now, issuer=claims.issuer)
    return identity


def list_identities(session: Session, user_id: int) -> Sequence[ExternalIdentity]:
    """With which accounts a user can sign in."""
    theirs = sa.select(ExternalIdentity).where(ExternalIdentity.user_id == user_id)
    return session.scalars(theirs.order_by(ExternalIdentity.id)).all()


def unlink(session: Session, user: User, identity_id: int, *, actor: Actor, now: datetime) -> None:
    """Let that account in no longer. One who has no password would be locked out."""
    identity = session.get(ExternalIdentity, identity_id)
    if identity is None or identity.user_id != user.id:
        raise NotFoundError(_("There is no account with the number %(id)s.", id=identity_id))
    if not user.password_hash:
        text = _("You have no password yet and could not sign in any more. Set one first.")
        raise ConflictError(text, code="last_way_in")
    session.delete(identity)
    session.flush()
    trail.note(session, user, "identity unlinked", actor=actor, at=now, issuer=identity.issuer)


def unlink_all(session: Session, user: User, *, actor: Actor, now: datetime) -> None:
    """Let none of these accounts in any more, of somebody who is not to come in at all."""
    for identity in list_identities(session, user.id):
        session.delete(identity)
        trail.note(session, user, "identity unlinked", actor=actor, at=now, issuer=identity.issuer)
    session.flush()


def serves_administrator(session: Session, issuer: str) -> bool:
    """Whether an administrator has come in through this provider, so that it is known to work."""
    theirs = (
        sa.select(User.id)
        .join(ExternalIdentity, ExternalIdentity.user_id == User.id)
        .join(UserRole, UserRole.user_id == User.id)
        .join(Role, Role.id == UserRole.role_id)
        .where(User.active, Role.administrator)
        .where(ExternalIdentity.issuer == issuer, ExternalIdentity.last_used_at.is_not(None))
    )
    return session.scalar(theirs.limit(1)) is not None


def _identity(claims: Claims) -> sa.Select[ExternalIdentity]:
    return sa.select(ExternalIdentity).where(
        ExternalIdentity.issuer == claims.issuer, ExternalIdentity.subject == claims.subject
    )


def _by_email(session: Session, claims: Claims) -> User | None:
    """The one user of an address that the provider has verified; of two, neither."""
    if not claims.email:
        return None
    theirs = sa.select(User).where(sa.func.lower(User.email) == claims.email.lower(), User.active)
    found = session.scalars(theirs.limit(2)).all()
    return found[0] if len(found) == 1 else None


def _create(session: Session, claims: Claims, now: datetime) -> User:
    return service.create_user(
        session,
        login=_free_login(session, claims),
        password=None,
        full_name=claims.name[:200],
        email=claims.email,
        actor=system(Source.PAGE),
        now=now,
    )


def _free_login(session: Session, claims: Claims) -> str:
    """A sign-in name that nobody has: two people of one name must not become one user."""
    wanted = re.sub(r"[^\w.@+-]", "", claims.login or claims.email.partition("@")[0]).lstrip("_.@+-")[:90]
    base = wanted or "user"
    names = (base if number == 1 else f"{base}{number}" for number in count(1))
    taken = sa.select(User.id)
    return next(
        name for name in names if session.scalar(taken.where(User.login_key == login_key(name))) is None
    )
