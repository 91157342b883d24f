"""Which plugins are on: a table, so that every process of every host agrees."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.db.base import Base, now
from vinculo.db.types import BigId


class State(StrEnum):
    """Whether a plugin works. One without a row is installed and off."""

    ON = "on"
    OFF = "off"


class PluginState(Base):
    """The switch of one plugin, and who threw it."""

    __tablename__ = "plugins_plugin"

    name: Mapped[str] = mapped_column(sa.String(40), unique=True)
    state: Mapped[State]
    version: Mapped[str] = mapped_column(sa.String(40))
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL")
    )
