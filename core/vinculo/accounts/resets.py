"""Links to set a new password: each works once, and not for long. The edge commits."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts import onetime, service, signin, throttling, trail
from vinculo.accounts.models import Purpose, Stage, User
from vinculo.accounts.passwords import Policy
from vinculo.accounts.permissions import MANAGE_USERS
from vinculo.accounts.rules import Rules, Visit
from vinculo.actor import Actor
from vinculo.errors import ConflictError, NotFoundError
from vinculo.i18n import gettext as _


def path(token: str) -> str:
    """The part of a link that follows the address of the site."""
    return f"/reset/{token}"


def make(session: Session, user: User, *, hours: int, actor: Actor, now: datetime) -> str:
    """A token for a link, to be handed over by an administrator; an older link works no more."""
    actor.require(MANAGE_USERS)
    if not user.active:
        text = _("%(user)s is disabled. Enable the user first.", user=user.name)
        raise ConflictError(text, code="disabled")
    return _make(session, user, hours=hours, actor=actor, now=now)


def make_for_mail(session: Session, named: str, *, hours: int, now: datetime) -> tuple[User, str] | None:
    """The same for whoever asked for it by sign-in name or address; None unless that is one active user."""
    key = signin.login_key(named)
    theirs = sa.or_(User.login_key == key, sa.func.lower(User.email) == named.strip().lower())
    found = session.scalars(sa.select(User).where(theirs, User.active, User.email != "").limit(2)).all()
    if len(found) != 1:
        return None
    user = found[0]
    return user, _make(session, user, hours=hours, actor=trail.themselves(user), now=now)


def asked(session: Session, named: str, *, visit: Visit, rules: Rules) -> None:
    """Count that somebody asked for a link; who asks too often waits, whether the name is known or not."""
    key = signin.login_key(named)
    throttling.check(session, Stage.RESET, key, visit, rules)
    throttling.count(session, Stage.RESET, key, visit)


def holder(session: Session, token: str, now: datetime, *, lock: bool = True) -> User:
    """Whose link this is. Raises ``NotFoundError`` if it does not work any more."""
    key = onetime.find(session, Purpose.RESET, token, now, lock=lock)
    user = session.get(User, key.user_id) if key else None
    if user is None or not user.active:
        raise NotFoundError(_("This link has been used or is too old. Ask for another."), code="link_over")
    return user


def set_password(
    session: Session, token: str, *, password: str, policy: Policy | None, now: datetime
) -> User:
    """Use a link: the password is replaced and all sessions end. Second factors stay."""
    user = holder(session, token, now)
    actor = trail.themselves(user)
    service.set_password(
        session, user.id, password=password, policy=policy, actor=actor, now=now
    )  # which ends the link, too
    trail.note(session, user, "password reset", actor=actor, at=now)
    return user


def _make(session: Session, user: User, *, hours: int, actor: Actor, now: datetime) -> str:
    onetime.revoke(session, user.id, Purpose.RESET)
    lifetime = timedelta(hours=hours)
    token = onetime.issue(session, Purpose.RESET, lifetime=lifetime, now=now, user_id=user.id)
    trail.note(session, user, "reset link made", actor=actor, at=now)
    return token
