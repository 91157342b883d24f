"""Signing in with a passkey alone: a thing that one has, and that has checked its user. The edge commits."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from vinculo.accounts import onetime, passkeys, sessions, throttling, trail
from vinculo.accounts.models import Purpose, Stage, User
from vinculo.accounts.passkeys import Party
from vinculo.accounts.rules import Rules, Visit
from vinculo.accounts.sessions import SignedIn

CHALLENGE: Final = timedelta(minutes=5)
ANYBODY: Final = ""  # failures before it is known whose they are count by address alone


def ask(session: Session, party: Party, *, visit: Visit) -> tuple[str, str]:
    """A challenge for whoever sits there: the token for the cookie, and the options for the browser."""
    challenge = passkeys.new_challenge()
    token = onetime.issue(
        session, Purpose.PASSKEY, lifetime=CHALLENGE, now=visit.at, data={"challenge": challenge}
    )
    return token, passkeys.request_options(session, party, challenge)


def enter(
    session: Session,
    token: str,
    *,
    answer: str,
    party: Party,
    visit: Visit,
    rules: Rules,
) -> SignedIn | None:
    """Let in whoever's passkey signed the challenge; None if nobody's did. A challenge is good once."""
    throttling.check_address(session, Stage.SECOND_FACTOR, visit, rules)
    key = onetime.find(session, Purpose.PASSKEY, token, visit.at)
    if key is None:
        return None
    challenge = str(key.data["challenge"])
    onetime.use(session, key)
    shown = passkeys.verify(session, party, challenge=challenge, answer=answer, now=visit.at)
    user = session.get_one(User, shown.user_id) if shown else None
    if user is None or not user.active:
        throttling.count(session, Stage.SECOND_FACTOR, ANYBODY, visit)
        trail.refused(session, user, visit, "passkey")
        return None
    return sessions.open_session(
        session, user, method="passkey", second_factor=True, visit=visit, rules=rules
    )
