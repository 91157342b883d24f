"""Recovery codes: shown once, kept as hashes, each good for one sign-in. The edge commits."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts.models import RecoveryCode
from vinculo.accounts.onetime import digest

COUNT: Final = 10
LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"  # none that looks like another
LENGTH: Final = 24  # 120 random bits, so that a plain hash is enough
GROUP: Final = 4


def make(session: Session, user_id: int) -> Sequence[str]:
    """New codes in the place of those that are there."""
    forget(session, user_id)
    codes = ["".join(secrets.choice(LETTERS) for _letter in range(LENGTH)) for _code in range(COUNT)]
    session.add_all(RecoveryCode(user_id=user_id, code_hash=digest(code)) for code in codes)
    session.flush()
    return ["-".join(code[i : i + GROUP] for i in range(0, LENGTH, GROUP)) for code in codes]


def use(session: Session, user_id: int, *, code: str, now: datetime) -> bool:
    """Whether this is a code of the user that nobody has used before; it is used now."""
    plain = "".join(code.replace("-", " ").split()).lower()
    theirs = sa.select(RecoveryCode).where(
        RecoveryCode.user_id == user_id,
        RecoveryCode.code_hash == digest(plain),
        RecoveryCode.used_at.is_(None),
    )
    found = session.scalar(theirs.with_for_update())
    if found is None:
        return False
    found.used_at = now
    session.flush()
    return True


def left(session: Session, user_id: int) -> int:
    """How many codes a user can still use."""
    theirs = sa.select(sa.func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return session.scalar(theirs) or 0


def forget(session: Session, user_id: int) -> None:
    """Delete all codes of a user."""
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
