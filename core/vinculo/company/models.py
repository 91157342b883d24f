"""What a company chose over its table of the configuration, and rates of currencies.

The choices are in a table, so that every process of every host agrees.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.db.base import Base, Record, now
from vinculo.db.personal import NOT_PERSONAL
from vinculo.db.types import BigId, Rate


class CompanySetting(Base):
    """One key of ``[company]`` and the text that stands for its value; no row: the configuration holds."""

    __tablename__ = "company_setting"

    key: Mapped[str] = mapped_column(sa.String(40), unique=True, info=NOT_PERSONAL)
    value: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL"), index=True
    )


class CompanyLogo(Base):
    """A picture that stands for the company: WebP, in a square; the setting ``logo`` names the one in use."""

    __tablename__ = "company_logo"

    key: Mapped[str] = mapped_column(sa.String(16), unique=True, info=NOT_PERSONAL)  # of its content
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, info=NOT_PERSONAL)


class Quote(StrEnum):
    """How a rate is written: what the currency costs, or what it buys."""

    DIRECT = "direct"
    INVERSE = "inverse"


class ExchangeRate(Record):
    """What a currency is worth in another, ``base``, from a day on until the next rate.

    Direct: ``units`` of the currency are ``rate`` of the base; inverse: ``units`` of the base are ``rate`` of
    the currency. It is kept as it was published, so that nothing is lost by turning it around.
    """

    __tablename__ = "company_rate"
    __table_args__ = (
        sa.UniqueConstraint("currency", "base", "day"),
        sa.Index(None, "day", "id"),
        sa.CheckConstraint("rate > 0", name="rate"),
        sa.CheckConstraint("units > 0", name="units"),
        {"sqlite_autoincrement": True},
    )

    currency: Mapped[str] = mapped_column(sa.String(3), info=NOT_PERSONAL)
    base: Mapped[str] = mapped_column(sa.String(3), info=NOT_PERSONAL)
    day: Mapped[date]
    rate: Mapped[Decimal] = mapped_column(Rate)
    units: Mapped[int] = mapped_column(sa.Integer, default=1)
    quote: Mapped[Quote] = mapped_column(default=Quote.DIRECT)
    source: Mapped[str] = mapped_column(sa.String(200), default="", info=NOT_PERSONAL)
