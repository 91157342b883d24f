"""Groups, who is and was in them, what refreshed them, and goals."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.db.base import Base, Record, now
from vinculo.db.personal import NOT_PERSONAL, PERSONAL
from vinculo.db.types import BigId

USER = "accounts_user.id"


class Way(StrEnum):
    """How it is decided who is in a group."""

    MANUAL = "manual"
    LIVE = "live"  # by its rule, each time that it is asked for
    STORED = "stored"  # by its rule, as it was when the group was refreshed


class Every(StrEnum):
    """How often a group is refreshed by itself."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    NEVER = "never"


class Segment(Record):
    """A group of clients. ``rule`` are the conditions of a list, as pairs of an address.

    ``kind`` is that of its members; ``fault`` says why it could not be refreshed last.
    """

    __tablename__ = "segments_segment"

    kind: Mapped[str] = mapped_column(sa.String(60), default="client", info=NOT_PERSONAL)
    name: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    description: Mapped[str] = mapped_column(sa.Text, default="", info=NOT_PERSONAL)
    way: Mapped[Way] = mapped_column(default=Way.LIVE)
    rule: Mapped[list[Any]] = mapped_column(default=list, info=NOT_PERSONAL)
    every: Mapped[Every] = mapped_column(default=Every.DAY)
    shared: Mapped[bool] = mapped_column(default=False)
    owner_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey(USER, ondelete="SET NULL", info={"on_merge": "follow"}), index=True
    )
    refreshed_at: Mapped[datetime | None]
    fault: Mapped[str] = mapped_column(sa.Text, default="", info=NOT_PERSONAL)


class Refresh(Base):
    """One time that a stored group was brought up to date; without a user, by the clock."""

    __tablename__ = "segments_refresh"

    segment_id: Mapped[int] = mapped_column(
        BigId,
        sa.ForeignKey("segments_segment.id", ondelete="CASCADE", info={"on_merge": "follow"}),
        index=True,
    )
    user_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey(USER, ondelete="SET NULL", info={"on_merge": "follow"})
    )
    at: Mapped[datetime] = mapped_column(default=now)
    joined: Mapped[int] = mapped_column(default=0)
    left: Mapped[int] = mapped_column(default=0)


class Membership(Record):
    """A client in a group, from when until when; the refreshes are those by which it joined and left."""

    __tablename__ = "segments_membership"
    __table_args__ = (
        sa.Index("ix_segments_membership_group", "segment_id", "left_at", "client_id"),
        sa.Index("ix_segments_membership_client", "client_id", "segment_id"),
        {"sqlite_autoincrement": True},
    )

    segment_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("segments_segment.id", ondelete="CASCADE", info={"on_merge": "follow"})
    )
    client_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info={"on_merge": "follow"})
    )
    joined_at: Mapped[datetime] = mapped_column(default=now)
    left_at: Mapped[datetime | None]
    remark: Mapped[str] = mapped_column(sa.String(200), default="", info=PERSONAL)
    joined_by_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("segments_refresh.id", ondelete="SET NULL", info={"on_merge": "follow"})
    )
    left_by_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("segments_refresh.id", ondelete="SET NULL", info={"on_merge": "follow"})
    )


class Measure(StrEnum):
    """How the figures of the clients of a group become one."""

    SUM = "sum"
    AVERAGE = "average"


class Goal(Record):
    """What a figure shall be on a day, for a client or for a group; ``metric`` is the name of a fact.

    ``base`` is what it was on the day ``base_on``, from which what is expected grows evenly.
    """

    __tablename__ = "segments_goal"

    name: Mapped[str] = mapped_column(sa.String(200), info=PERSONAL)
    client_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info={"on_merge": "follow"}), index=True
    )
    segment_id: Mapped[int | None] = mapped_column(
        BigId,
        sa.ForeignKey("segments_segment.id", ondelete="CASCADE", info={"on_merge": "follow"}),
        index=True,
    )
    metric: Mapped[str] = mapped_column(sa.String(100), info=NOT_PERSONAL)
    measure: Mapped[Measure] = mapped_column(default=Measure.SUM)
    target: Mapped[Decimal]
    due_on: Mapped[date]
    base: Mapped[Decimal] = mapped_column(default=Decimal(0))
    base_on: Mapped[date]
    owner_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey(USER, ondelete="SET NULL", info={"on_merge": "follow"}), index=True
    )
