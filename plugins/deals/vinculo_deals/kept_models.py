"""What reports and probabilities are taken from: kept by jobs, and nobody's work."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.db.base import Base
from vinculo.db.personal import NOT_PERSONAL
from vinculo.db.types import BigId

FOLLOW: Final = {"on_merge": "follow"}
APART: Final = {**FOLLOW, "on_erase": "delete"}


def _about(table: str, info: dict[str, str]) -> Mapped[int | None]:
    return mapped_column(BigId, sa.ForeignKey(f"{table}.id", ondelete="CASCADE", info=info), index=True)


class WinRate(Base):
    """How many of the deals that closed in 24 months were won, of those that share one thing.

    One of the four keys says which. All of it can be counted anew.
    """

    __tablename__ = "deals_win_rate"

    stage_id: Mapped[int | None] = _about("deals_stage", FOLLOW)
    user_id: Mapped[int | None] = _about("accounts_user", APART)
    client_id: Mapped[int | None] = _about("clients_client", FOLLOW)
    pipeline_id: Mapped[int | None] = _about("deals_pipeline", FOLLOW)
    won: Mapped[int]
    closed: Mapped[int]
    counted_at: Mapped[datetime]


class Forecast(Base):
    """What was forecast on a day for a month, of the deals of a pipeline and a responsible."""

    __tablename__ = "deals_forecast"
    __table_args__ = (sa.Index(None, "month", "taken_on"), {"sqlite_autoincrement": True})

    taken_on: Mapped[date]
    month: Mapped[date]
    pipeline_id: Mapped[int | None] = _about("deals_pipeline", FOLLOW)
    user_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL", info=FOLLOW), index=True
    )
    won: Mapped[Decimal]
    commit: Mapped[Decimal]
    best: Mapped[Decimal]
    pipeline: Mapped[Decimal]
    weighted: Mapped[Decimal]
    count: Mapped[int]


class FollowUp(Base):
    """That a client is asked to buy again, by a record of any kind: once for each last purchase."""

    __tablename__ = "deals_follow_up"
    __table_args__ = (sa.Index(None, "client_id", "last_on"), {"sqlite_autoincrement": True})

    client_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=FOLLOW)
    )
    last_on: Mapped[date]
    kind: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)
    record_id: Mapped[int] = mapped_column(BigId)
    made_at: Mapped[datetime]


class Tally(Base):
    """What reports add up of each deal, as words that are counted much quicker than rows (``tallies``).

    It has the id of its deal and holds until a moment; what that is past is counted from the rows themselves.
    ``due`` is what its steps weigh that were due. ``hours`` are working hours of stays, by a calendar with
    this mark (``working_hours``); None where stays have changed since.
    """

    __tablename__ = "deals_tally"
    __table_args__ = (sa.Index(None, "until"), sa.Index(None, "due"), sa.Index(None, "calendar"))

    id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("deals_deal.id", ondelete="CASCADE", info=FOLLOW), primary_key=True
    )
    stays: Mapped[str] = mapped_column(sa.Text, default="", info=NOT_PERSONAL)
    kept: Mapped[str] = mapped_column(sa.Text, default="", info=NOT_PERSONAL)
    done: Mapped[str] = mapped_column(sa.Text, default="", info=NOT_PERSONAL)
    hours: Mapped[str | None] = mapped_column(sa.Text, info=NOT_PERSONAL)
    calendar: Mapped[str | None] = mapped_column(sa.String(16), info=NOT_PERSONAL)
    due: Mapped[int] = mapped_column(default=0)
    until: Mapped[datetime]
