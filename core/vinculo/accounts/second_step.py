"""Between the password and the session: a second factor is shown, or set up where one is demanded.

What the browser holds meanwhile is a one-time key, no session. The edge commits.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts import factors, onetime, passkeys, recovery, sessions, throttling, totp, trail
from vinculo.accounts.models import OneTimeKey, Purpose, Stage, User
from vinculo.accounts.passkeys import Party
from vinculo.accounts.rules import Rules, Visit
from vinculo.accounts.sessions import SignedIn
from vinculo.encryption import Cipher
from vinculo.errors import NotSignedInError
from vinculo.i18n import gettext as _


def pending(session: Session, token: str, visit: Visit, *, lock: bool = True) -> tuple[OneTimeKey, User]:
    """Who is on the way in. Raises ``NotSignedInError`` once it is too late."""
    key = onetime.find(session, Purpose.SECOND_FACTOR, token, visit.at, lock=lock)
    statement = sa.select(User).where(User.id == key.user_id) if key else None
    if statement is not None and lock:  # as at the password: tries at one account wait for each other
        statement = statement.with_for_update(key_share=True)
    user = session.scalar(statement) if statement is not None else None
    if key is None or user is None or not user.active:
        raise NotSignedInError(_("That took too long. Sign in again."), code="step_over")
    return key, user


def by_code(
    session: Session,
    token: str,
    *,
    code: str,
    cipher: Cipher,
    visit: Visit,
    rules: Rules,
) -> SignedIn | None:
    """Let in whoever types what the app shows, or a recovery code; None if it is neither."""
    key, user = pending(session, token, visit)
    throttling.check(session, Stage.SECOND_FACTOR, user.login_key, visit, rules)
    if recovery.use(session, user.id, code=code, now=visit.at):
        left = recovery.left(session, user.id)
        actor = trail.themselves(user)
        trail.note(session, user, "recovery code used", actor=actor, at=visit.at, left=left)
        return _let_in(session, key, user, "recovery_code", visit, rules)
    if totp.matches(session, user.id, code=code, cipher=cipher, now=visit.at):
        return _let_in(session, key, user, "totp", visit, rules)
    _refuse(session, user, visit)
    return None


def by_passkey(
    session: Session,
    token: str,
    *,
    answer: str,
    party: Party,
    visit: Visit,
    rules: Rules,
) -> SignedIn | None:
    """Let in whoever shows a passkey of that user; None if it is none."""
    key, user = pending(session, token, visit)
    throttling.check(session, Stage.SECOND_FACTOR, user.login_key, visit, rules)
    challenge = str(key.data["challenge"])
    shown = passkeys.verify(session, party, challenge=challenge, answer=answer, now=visit.at)
    if shown is None or shown.user_id != user.id:
        _refuse(session, user, visit)
        return None
    return _let_in(session, key, user, "passkey", visit, rules)


def enrol_app(
    session: Session,
    token: str,
    *,
    code: str,
    cipher: Cipher,
    visit: Visit,
    rules: Rules,
) -> tuple[SignedIn, Sequence[str]] | None:
    """Let in whoever sets up an app, with recovery codes; None if the code is not the app's."""
    key, user = _enrolling(session, token, visit)
    throttling.check(session, Stage.SECOND_FACTOR, user.login_key, visit, rules)
    if not totp.confirm(session, user.id, code=code, cipher=cipher, now=visit.at):
        _refuse(session, user, visit)
        return None
    codes = factors.added(session, user, "totp", actor=trail.themselves(user), now=visit.at)
    return _let_in(session, key, user, "totp", visit, rules), codes


def enrol_passkey(
    session: Session,
    token: str,
    *,
    answer: str,
    name: str,
    party: Party,
    visit: Visit,
    rules: Rules,
) -> tuple[SignedIn, Sequence[str]]:
    """Let in whoever makes a passkey, with recovery codes. Raises ``InvalidError``."""
    key, user = _enrolling(session, token, visit)
    challenge = str(key.data["challenge"])
    passkeys.add(session, user, party, challenge=challenge, answer=answer, name=name, now=visit.at)
    codes = factors.added(session, user, "passkey", actor=trail.themselves(user), now=visit.at)
    return _let_in(session, key, user, "passkey", visit, rules), codes


def _enrolling(session: Session, token: str, visit: Visit) -> tuple[OneTimeKey, User]:
    """A password alone must not add a factor to an account that has one: that would be a way round it."""
    key, user = pending(session, token, visit)
    if factors.of(session, user.id).count:
        raise NotSignedInError(_("You have a second factor. Sign in again and show it."), code="step_over")
    return key, user


def _let_in(session: Session, key: OneTimeKey, user: User, by: str, visit: Visit, rules: Rules) -> SignedIn:
    method = f"{key.data['method']}+{by}"
    onetime.use(session, key)
    throttling.forget(session, user.login_key, Stage.SECOND_FACTOR)
    return sessions.open_session(session, user, method=method, second_factor=True, visit=visit, rules=rules)


def _refuse(session: Session, user: User, visit: Visit) -> None:
    throttling.count(session, Stage.SECOND_FACTOR, user.login_key, visit)
    trail.refused(session, user, visit, Stage.SECOND_FACTOR)
