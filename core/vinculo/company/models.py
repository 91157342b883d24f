"""What a company chose over its table of the configuration.

A table, so that every process of every host agrees.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.db.base import Base, now
from vinculo.db.personal import NOT_PERSONAL
from vinculo.db.types import BigId


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
