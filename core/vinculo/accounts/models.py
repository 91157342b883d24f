"""Tables of the accounts room: users, their rights, what they sign in with, sessions and API tokens."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.actor import FieldAccess, Scope
from vinculo.db.base import Base, Record
from vinculo.db.encrypted import ENCRYPTED
from vinculo.db.types import BigId, Key

USER_AGENT_LENGTH = 200


class Stage(StrEnum):
    """Where on the way in somebody failed; each is counted by itself."""

    PASSWORD = "password"  # noqa: S105 # nosec B105 # a kind of proof, not one
    SECOND_FACTOR = "second_factor"
    RESET = "reset"  # asked for a link to set a new password


class Purpose(StrEnum):
    """What a one-time key opens."""

    SECOND_FACTOR = "second_factor"  # the password was right, or the company's provider said who it is
    PASSKEY = "passkey"  # a challenge to sign in with
    NEW_PASSKEY = "new_passkey"  # a challenge to make one
    OIDC = "oidc"  # somebody was sent to the company's provider
    RESET = "reset"


class User(Record):
    """Somebody who signs in. Users are disabled, never deleted: history names them."""

    __tablename__ = "accounts_user"

    login: Mapped[str] = mapped_column(sa.String(100))
    login_key: Mapped[str] = mapped_column(Key, unique=True)  # the login as it is compared
    full_name: Mapped[str] = mapped_column(sa.String(200), default="")
    email: Mapped[str] = mapped_column(sa.String(254), default="")
    password_hash: Mapped[str] = mapped_column(sa.String(300), default="")
    active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(sa.String(16), default="")  # empty: as the browser asks
    time_zone: Mapped[str] = mapped_column(sa.String(64), default="")  # empty: that of the settings
    theme: Mapped[str] = mapped_column(sa.String(8), default="")  # empty: as the system is set
    notice_mail: Mapped[bool] = mapped_column(default=True)  # notices by mail, too

    @property
    def name(self) -> str:
        """What colleagues see."""
        return self.full_name or self.login


class Department(Record):
    """A part of the company, in a tree: whoever sees a department's records sees those below it, too."""

    __tablename__ = "accounts_department"

    name: Mapped[str] = mapped_column(sa.String(100))
    name_key: Mapped[str] = mapped_column(Key, unique=True)
    parent_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_department.id", ondelete="RESTRICT"), index=True
    )


class Membership(Base):
    """Where a user works: in one department at most.

    A table of its own, for departments name the user who made them: the two would refer to each other.
    """

    __tablename__ = "accounts_membership"

    user_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="CASCADE"), unique=True
    )
    department_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("accounts_department.id", ondelete="RESTRICT"), index=True
    )


class Role(Record):
    """A set of rights under a name. Those of several roles add up.

    ``baseline``: every user has it. ``administrator``: it allows everything. ``second_factor``: who has
    it must sign in with one. Limits of exports (``vinculo.actor.ExportLimits``) that are null say nothing.
    """

    __tablename__ = "accounts_role"

    ADMINISTRATOR: ClassVar[str] = "Administrator"  # the two that every company begins with
    MEMBER: ClassVar[str] = "Member"

    name: Mapped[str] = mapped_column(sa.String(100))
    name_key: Mapped[str] = mapped_column(Key, unique=True)
    baseline: Mapped[bool] = mapped_column(default=False)
    administrator: Mapped[bool] = mapped_column(default=False)
    second_factor: Mapped[bool] = mapped_column(default=False)
    export_rows_per_day: Mapped[int | None]
    export_approval_above: Mapped[int | None]


class Grant(Base):
    """A role allows something. ``*`` stands for every permission that is not administrative."""

    __tablename__ = "accounts_grant"
    __table_args__ = (sa.UniqueConstraint("role_id", "permission"), {"sqlite_autoincrement": True})

    role_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("accounts_role.id", ondelete="CASCADE"))
    permission: Mapped[str] = mapped_column(sa.String(150))
    scope: Mapped[Scope]


class FieldRight(Base):
    """What a role says about a field of a kind of record."""

    __tablename__ = "accounts_field_right"
    __table_args__ = (sa.UniqueConstraint("role_id", "kind", "field"), {"sqlite_autoincrement": True})

    role_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("accounts_role.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(sa.String(60))
    field: Mapped[str] = mapped_column(sa.String(60))
    access: Mapped[FieldAccess]


class UserRole(Base):
    """A user has a role."""

    __tablename__ = "accounts_user_role"
    __table_args__ = (sa.UniqueConstraint("user_id", "role_id"), {"sqlite_autoincrement": True})

    user_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("accounts_user.id", ondelete="CASCADE"))
    role_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("accounts_role.id", ondelete="CASCADE"), index=True
    )


class RightsVersion(Base):
    """One row that counts the changes of all rights, so that a process knows when what it keeps is old."""

    __tablename__ = "accounts_rights_version"

    number: Mapped[int] = mapped_column(BigId)


class UserSession(Base):
    """A browser that is signed in. The cookie holds the token; only its hash is here.

    Use moves ``expires_at``, up to ``ends_at``. ``proved_at`` is when the user last showed who they are;
    ``second_factor``: not by a password alone.
    """

    __tablename__ = "accounts_session"

    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="CASCADE"), index=True
    )
    csrf: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    proved_at: Mapped[datetime]
    second_factor: Mapped[bool] = mapped_column(default=False)
    address: Mapped[str] = mapped_column(sa.String(64), default="")
    user_agent: Mapped[str] = mapped_column(sa.String(USER_AGENT_LENGTH), default="")


class ApiToken(Base):
    """A key for programs that act as a user. ``prefix`` tells one from another; only the hash is kept.

    ``scopes`` are names of permissions, or ``*`` for all that the user has.
    """

    __tablename__ = "accounts_token"

    name: Mapped[str] = mapped_column(sa.String(100))
    prefix: Mapped[str] = mapped_column(sa.String(8))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="CASCADE"), index=True
    )
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SigninFailure(Base):
    """One failed step of a sign-in, counted by account and by address; the login need not exist."""

    __tablename__ = "accounts_signin_failure"
    __table_args__ = (
        sa.Index(None, "login_key", "at"),
        sa.Index(None, "address", "at"),
        {"sqlite_autoincrement": True},
    )

    stage: Mapped[Stage]
    login_key: Mapped[str] = mapped_column(Key)
    address: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime] = mapped_column(index=True)


class OneTimeKey(Base):
    """A random token that opens one thing once, and soon expires; only its hash is kept.

    It is in a cookie between two steps of a sign-in, or in a link to set a new password. ``data`` is what
    the next step must know and the browser must not say.
    """

    __tablename__ = "accounts_one_time_key"

    purpose: Mapped[Purpose]
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="CASCADE"), index=True
    )
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Totp(Base):
    """A user's authenticator app. It counts once its first code was typed in, at ``confirmed_at``.

    ``last_step`` is that of the last code taken: no code is taken twice, none that is older either.
    """

    __tablename__ = "accounts_totp"

    user_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="CASCADE"), unique=True
    )
    secret: Mapped[str] = mapped_column(sa.Text, info=ENCRYPTED)
    last_step: Mapped[int] = mapped_column(BigId, default=0)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class Passkey(Base):
    """A WebAuthn credential: the public half of a key that never leaves the user's device."""

    __tablename__ = "accounts_passkey"

    user_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(sa.String(100))
    credential_id: Mapped[str] = mapped_column(sa.String(1400), unique=True)  # base64url
    public_key: Mapped[str] = mapped_column(sa.Text)  # base64url
    sign_count: Mapped[int] = mapped_column(BigId)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code for the day on which all other second factors are lost; used once, kept as a hash."""

    __tablename__ = "accounts_recovery_code"

    user_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="CASCADE"), index=True
    )
    code_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    used_at: Mapped[datetime | None]


class ExternalIdentity(Base):
    """Who a user is at the company's OpenID Connect provider."""

    __tablename__ = "accounts_external_identity"
    __table_args__ = (sa.UniqueConstraint("issuer", "subject"), {"sqlite_autoincrement": True})

    user_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="CASCADE"), index=True
    )
    issuer: Mapped[str] = mapped_column(sa.String(300))
    subject: Mapped[str] = mapped_column(sa.String(255))
    email: Mapped[str] = mapped_column(sa.String(254), default="")
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
