"""Tables of the accounts room: users, their browser sessions and API tokens, failed sign-ins."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.db.base import Base, Record
from vinculo.db.types import BigId, Key

USER_AGENT_LENGTH = 200


class Role(StrEnum):
    """What a user may do: everything, or everything that is not administrative."""

    ADMINISTRATOR = "administrator"
    MEMBER = "member"


class User(Record):
    """Somebody who signs in. Users are disabled, never deleted: history names them."""

    __tablename__ = "accounts_user"

    login: Mapped[str] = mapped_column(sa.String(100))
    login_key: Mapped[str] = mapped_column(Key, unique=True)  # the login as it is compared
    full_name: Mapped[str] = mapped_column(sa.String(200), default="")
    email: Mapped[str] = mapped_column(sa.String(254), default="")
    password_hash: Mapped[str] = mapped_column(sa.String(300), default="")
    role: Mapped[Role]
    active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(sa.String(16), default="")  # empty: as the browser asks
    time_zone: Mapped[str] = mapped_column(sa.String(64), default="")  # empty: that of the settings
    theme: Mapped[str] = mapped_column(sa.String(8), default="")  # empty: as the system is set

    @property
    def name(self) -> str:
        """What colleagues see."""
        return self.full_name or self.login


class UserSession(Base):
    """A browser that is signed in. The cookie holds the token; only its hash is here."""

    __tablename__ = "accounts_session"

    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="CASCADE"), index=True
    )
    csrf: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    seen_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(sa.String(64), default="")
    user_agent: Mapped[str] = mapped_column(sa.String(USER_AGENT_LENGTH), default="")


class ApiToken(Base):
    """A key for programs that act as a user. ``prefix`` tells one from another; only the hash is kept."""

    __tablename__ = "accounts_token"

    name: Mapped[str] = mapped_column(sa.String(100))
    prefix: Mapped[str] = mapped_column(sa.String(8))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SigninFailure(Base):
    """One failed sign-in, counted by account and by address; the login need not exist."""

    __tablename__ = "accounts_signin_failure"
    __table_args__ = (
        sa.Index(None, "login_key", "at"),
        sa.Index(None, "address", "at"),
        {"sqlite_autoincrement": True},
    )

    login_key: Mapped[str] = mapped_column(Key)
    address: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime] = mapped_column(index=True)
