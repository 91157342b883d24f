"""A user's second factors together: what there is, and taking it away. The edge commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts import passkeys, recovery, sessions, totp, trail
from vinculo.accounts.models import Passkey, Totp, User
from vinculo.accounts.permissions import MANAGE_USERS
from vinculo.accounts.rights import roles_of
from vinculo.accounts.rules import Rules
from vinculo.actor import Actor
from vinculo.errors import ConflictError, NotFoundError
from vinculo.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Factors:
    """What a user has beside a password."""

    app: Totp | None
    passkeys: Sequence[Passkey]
    codes_left: int

    @property
    def count(self) -> int:
        """Recovery codes are no factor of their own: they stand in for one that is lost."""
        return len(self.passkeys) + (self.app is not None)


def of(session: Session, user_id: int) -> Factors:
    """All second factors of a user."""
    return Factors(
        app=totp.find(session, user_id),
        passkeys=passkeys.list_passkeys(session, user_id),
        codes_left=recovery.left(session, user_id),
    )


def demanded(session: Session, user: User, rules: Rules) -> bool:
    """Whether a user must have a second factor, by the settings or by one of their roles."""
    roles = roles_of(session, user.id)
    administrator = any(role.administrator for role in roles)
    by_role = any(role.second_factor for role in roles)
    return by_role or rules.demand_second_factor(is_administrator=administrator)


def added(session: Session, user: User, what: str, *, actor: Actor, now: datetime) -> Sequence[str]:
    """Log a new factor. With the first one there are recovery codes, to be shown this once."""
    trail.note(session, user, "factor added", actor=actor, at=now, factor=what)
    if of(session, user.id).count > 1:
        return []
    return make_codes(session, user, actor=actor, now=now)


def make_codes(session: Session, user: User, *, actor: Actor, now: datetime) -> Sequence[str]:
    """New recovery codes in the place of the old ones."""
    codes = recovery.make(session, user.id)
    trail.note(session, user, "recovery codes made", actor=actor, at=now, count=len(codes))
    return codes


def remove_app(session: Session, user: User, *, rules: Rules, actor: Actor, now: datetime) -> None:
    """Take the authenticator app away."""
    found = totp.find(session, user.id)
    if found is None:
        raise NotFoundError(_("There is no authenticator app."))
    _refuse_last(session, user, rules)
    session.delete(found)
    _removed(session, user, "totp", actor=actor, now=now)


def remove_passkey(
    session: Session, user: User, passkey_id: int, *, rules: Rules, actor: Actor, now: datetime
) -> Passkey:
    """Take one passkey away."""
    found = session.get(Passkey, passkey_id)
    if found is None or found.user_id != user.id:
        raise NotFoundError(_("There is no passkey with the number %(id)s.", id=passkey_id))
    _refuse_last(session, user, rules)
    session.delete(found)
    _removed(session, user, "passkey", actor=actor, now=now)
    return found


def remove_all(session: Session, user: User, *, actor: Actor, now: datetime) -> None:
    """Take everything away from a user who has lost it, and sign them out everywhere.

    Where a second factor is demanded, the next sign-in asks to set one up.
    """
    actor.require(MANAGE_USERS)
    for model in (Totp, Passkey):
        session.execute(sa.delete(model).where(model.user_id == user.id))
    recovery.forget(session, user.id)
    sessions.sign_out_everywhere(session, user.id)
    trail.note(session, user, "factors removed", actor=actor, at=now)


def _removed(session: Session, user: User, what: str, *, actor: Actor, now: datetime) -> None:
    session.flush()
    if of(session, user.id).count == 0:
        recovery.forget(session, user.id)
    trail.note(session, user, "factor removed", actor=actor, at=now, factor=what)


def _refuse_last(session: Session, user: User, rules: Rules) -> None:
    """The lock makes two who remove one each at the same time wait for each other."""
    session.scalar(sa.select(User.id).where(User.id == user.id).with_for_update(key_share=True))
    if demanded(session, user, rules) and of(session, user.id).count == 1:
        raise ConflictError(
            _("This is your last second factor, and you must have one. Add another first."),
            code="last_factor",
        )
