"""Which plugins are on, what is remembered of those that are not, and what each costs.

Tables, so that every process of every host agrees.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.db.base import Base, now
from vinculo.db.types import BigId


class State(StrEnum):
    """What became of a plugin. One without a row is installed, and was never on.

    ``ARCHIVED``: off, and a sealed file holds its rows. ``PURGED``: its tables are gone, the file is
    all there is. ``QUARANTINED``: it failed and is set aside until somebody tries it again.
    """

    ON = "on"
    OFF = "off"
    ARCHIVED = "archived"
    PURGED = "purged"
    QUARANTINED = "quarantined"


class PluginState(Base):
    """The switch of one plugin, who threw it, and what outlives its package.

    ``version`` and ``revision`` are those it last ran with; ``reason`` says why it is quarantined.
    ``archive`` is {"file", "sha256", "at", "rows"} of the last sealed
    file, which lies in the folder of archives unless its path is absolute. ``about`` is what the kernel must
    know while the package is off or gone: see ``vinculo.plugins.memory``.
    """

    __tablename__ = "plugins_plugin"

    name: Mapped[str] = mapped_column(sa.String(40), unique=True)
    state: Mapped[State]
    version: Mapped[str] = mapped_column(sa.String(40))
    revision: Mapped[str] = mapped_column(sa.String(60), default="")
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    archive: Mapped[dict[str, Any]] = mapped_column(default=dict)
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL")
    )


class Cost(Base):
    """What a plugin added to one page, or one of its jobs took, on one day (UTC), over all processes.

    ``place`` is the path of a route (``/clients/{record_id:int}``) or ``job:<name>``.
    """

    __tablename__ = "plugins_cost"
    __table_args__ = (sa.UniqueConstraint("plugin", "place", "day"), {"sqlite_autoincrement": True})

    plugin: Mapped[str] = mapped_column(sa.String(40))
    place: Mapped[str] = mapped_column(sa.String(200))
    day: Mapped[date] = mapped_column(index=True)
    times: Mapped[int] = mapped_column(BigId)
    queries: Mapped[int] = mapped_column(BigId)
    microseconds: Mapped[int] = mapped_column(BigId)
