"""One-time keys: random tokens that open one thing once; see ``OneTimeKey``."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts.models import OneTimeKey, Purpose


def digest(token: str) -> str:
    """The hash under which a random token is kept; it needs no salt, having 32 random bytes itself."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def issue(
    session: Session,
    purpose: Purpose,
    *,
    lifetime: timedelta,
    now: datetime,
    user_id: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> str:
    """Make a key; the token is handed out here and never again. What has expired goes at the same time."""
    purge(session, now)
    token = secrets.token_urlsafe(32)
    key = OneTimeKey(
        purpose=purpose,
        token_hash=digest(token),
        user_id=user_id,
        data=dict(data or {}),
        created_at=now,
        expires_at=now + lifetime,
    )
    session.add(key)
    session.flush()
    return token


def find(
    session: Session, purpose: Purpose, token: str, now: datetime, *, lock: bool = True
) -> OneTimeKey | None:
    """The key as long as it is good, which it stays until ``use``; locked, for whoever wants to use it."""
    theirs = sa.select(OneTimeKey).where(
        OneTimeKey.token_hash == digest(token), OneTimeKey.purpose == purpose, OneTimeKey.expires_at > now
    )
    return session.scalar(theirs.with_for_update() if lock else theirs) if token else None


def use(session: Session, key: OneTimeKey) -> None:
    """It opens nothing any more."""
    session.delete(key)
    session.flush()


def revoke(session: Session, user_id: int, purpose: Purpose) -> None:
    """End all keys of a user for this purpose."""
    theirs = sa.and_(OneTimeKey.user_id == user_id, OneTimeKey.purpose == purpose)
    session.execute(sa.delete(OneTimeKey).where(theirs))


def revoke_all(session: Session, user_id: int) -> None:
    """End all keys of a user."""
    session.execute(sa.delete(OneTimeKey).where(OneTimeKey.user_id == user_id))


def purge(session: Session, now: datetime) -> None:
    """Delete what has expired."""
    session.execute(sa.delete(OneTimeKey).where(OneTimeKey.expires_at <= now))
