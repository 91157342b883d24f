"""Authenticator apps: codes that change every half minute (RFC 6238). The edge commits."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Final

import pyotp
import sqlalchemy as sa
from markupsafe import Markup
from sqlalchemy.orm import Session

from vinculo.accounts.models import Totp, User
from vinculo.encryption import Cipher

DRIFT: Final = (0, -1, 1)  # steps by which clocks may differ


def begin(session: Session, user: User, *, cipher: Cipher, now: datetime) -> Totp:
    """An app that is being set up, with a secret that nobody has seen who began earlier and gave up."""
    found = _locked(session, user.id) or Totp(user_id=user.id)
    if found.confirmed_at is None:
        found.secret, found.created_at = cipher.encrypt(pyotp.random_base32()), now
        session.add(found)
        session.flush()
    return found


def find(session: Session, user_id: int) -> Totp | None:
    """A user's app, once it counts."""
    theirs = sa.select(Totp).where(Totp.user_id == user_id, Totp.confirmed_at.is_not(None))
    return session.scalar(theirs)


def confirm(session: Session, user_id: int, *, code: str, cipher: Cipher, now: datetime) -> bool:
    """Whether the app that is being set up shows the right code; from then on it counts."""
    found = _locked(session, user_id)
    if found is None or found.confirmed_at or not _take(found, code, cipher, now):
        return False
    found.confirmed_at = now
    session.flush()
    return True


def matches(session: Session, user_id: int, *, code: str, cipher: Cipher, now: datetime) -> bool:
    """Whether this is what the user's app shows. A code is good once, and no older one is after it."""
    found = _locked(session, user_id)
    if found is None or not found.confirmed_at or not _take(found, code, cipher, now):
        return False
    found.last_used_at = now
    session.flush()
    return True


def uri(user: User, secret: str, issuer: str) -> str:
    """What the app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.login, issuer_name=issuer)


def picture(address: str) -> Markup:
    """The address as a QR code: SVG without colours or sizes of its own, so that the page sets both."""
    import segno  # noqa: PLC0415 -- 1 MB, for a page that each user sees once

    code = segno.make(address, error="m", micro=False)
    drawn = code.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None)
    return Markup(drawn)  # noqa: S704 # nosec B704 # made of numbers alone


def _locked(session: Session, user_id: int) -> Totp | None:
    return session.scalar(sa.select(Totp).where(Totp.user_id == user_id).with_for_update())


def _take(found: Totp, code: str, cipher: Cipher, now: datetime) -> bool:
    app = pyotp.TOTP(cipher.decrypt(found.secret))
    present = app.timecode(now)
    typed = "".join(code.split()).encode()
    steps = [present + drift for drift in DRIFT if present + drift > found.last_step]
    right = [step for step in steps if hmac.compare_digest(app.generate_otp(step).encode(), typed)]
    if not right:
        return False
    found.last_step = right[0]
    return True
