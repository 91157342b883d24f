"""What a change of many records at once keeps: what was asked, and what became of each."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.actor import Source
from vinculo.db.base import Base, now
from vinculo.db.personal import NOT_PERSONAL, PERSONAL
from vinculo.db.types import BigId
from vinculo.records.models import RunState


class BulkAction(StrEnum):
    """What is done to the records; each is a permission of their kind, too."""

    UPDATE = "update"
    DELETE = "delete"


class Outcome(StrEnum):
    """What became of a record."""

    WAITING = "waiting"
    DONE = "done"
    UNCHANGED = "unchanged"  # it was so already
    REFUSED = "refused"
    UNDONE = "undone"
    KEPT = "kept"  # undoing left it alone, because of what was done since


class BulkChange(Base):
    """Many records that get the same values, or go to the trash; ``undoing``: that is taken back.

    ``values`` are as the API is given them. ``total`` and ``done`` count the records of what is at work.
    """

    __tablename__ = "records_bulk_change"
    __table_args__ = (sa.Index(None, "created_at"), {"sqlite_autoincrement": True})

    kind: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)
    action: Mapped[BulkAction]
    values: Mapped[dict[str, Any]] = mapped_column(info=PERSONAL)
    source: Mapped[Source]
    language: Mapped[str] = mapped_column(sa.String(10), info=NOT_PERSONAL)
    user_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL"))
    state: Mapped[RunState]
    undoing: Mapped[bool] = mapped_column(default=False)
    fault: Mapped[str] = mapped_column(sa.Text, default="", info=NOT_PERSONAL)
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)


class BulkItem(Base):
    """One record of a bulk change, and what takes it back: the version that the change gave, or its trash.

    No foreign key to the record, as kinds are many.
    """

    __tablename__ = "records_bulk_item"
    __table_args__ = (sa.Index(None, "bulk_id", "outcome", "id"), {"sqlite_autoincrement": True})

    bulk_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("records_bulk_change.id", ondelete="CASCADE"))
    record_id: Mapped[int] = mapped_column(BigId)
    outcome: Mapped[Outcome]
    given: Mapped[int | None] = mapped_column(BigId)
    reason: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)
