"""Tables of the protection room: alarms, what users did on each day, and canaries."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.db.base import Base, now
from vinculo.db.personal import NOT_PERSONAL, PERSONAL
from vinculo.db.types import BigId


class Measure(StrEnum):
    """What is counted of a user and a day."""

    CARDS = "cards"  # clients whose card was looked at, each once
    REVEALS = "reveals"  # values that were shown on request
    ROWS = "rows"  # rows that were exported


class AlarmKind(StrEnum):
    """What an alarm is about: one of the measures, or a canary."""

    CARDS = "cards"
    REVEALS = "reveals"
    ROWS = "rows"
    CANARY = "canary"


class AlarmState(StrEnum):
    """Whether somebody has seen to it."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"


class Usage(Base):
    """How much of something a user did on one day of the company's time zone; made of the event log."""

    __tablename__ = "protection_usage"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "measure", "day"),
        sa.Index(None, "day"),
        {"sqlite_autoincrement": True},
    )

    user_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("accounts_user.id", ondelete="CASCADE"))
    measure: Mapped[Measure]
    day: Mapped[date]
    count: Mapped[int] = mapped_column(BigId)


class Alarm(Base):
    """Something that an administrator should look at.

    ``step`` counts the alarms of one user, kind, subject and day. ``subject`` tells canaries apart.
    ``details`` are what explains it: see ``vinculo.protection.baselines`` and ``vinculo.events.traps``.
    """

    __tablename__ = "protection_alarm"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "kind", "subject", "day", "step"),
        sa.Index(None, "state", "id"),
        {"sqlite_autoincrement": True},
    )

    raised_at: Mapped[datetime] = mapped_column(default=now)
    user_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("accounts_user.id", ondelete="CASCADE"))
    kind: Mapped[AlarmKind]
    subject: Mapped[str] = mapped_column(sa.String(100), default="", info=NOT_PERSONAL)
    day: Mapped[date]
    step: Mapped[int] = mapped_column(default=1)
    count: Mapped[int] = mapped_column(BigId)
    details: Mapped[dict[str, Any]] = mapped_column(info=PERSONAL)
    state: Mapped[AlarmState] = mapped_column(default=AlarmState.NEW)
    mailed_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL"), index=True
    )
    remark: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)


class Canary(Base):
    """A client that nobody has a reason to open. That it is one is told to nobody but who keeps them."""

    __tablename__ = "protection_canary"

    client_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE"), unique=True
    )
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL"), index=True
    )
