"""What the records room keeps: answers to repeatable requests, runs of imports, and exports."""

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


class IdempotentAnswer(Base):
    """The answer given to a POST with an Idempotency-Key, kept to be given again."""

    __tablename__ = "records_idempotency"
    __table_args__ = (sa.UniqueConstraint("user_id", "key"), {"sqlite_autoincrement": True})

    user_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("accounts_user.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(sa.String(200))
    request_hash: Mapped[str] = mapped_column(sa.String(64))
    status: Mapped[int]
    headers: Mapped[dict[str, Any]]
    body: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)


class RunState(StrEnum):
    """Where an import stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ImportRun(Base):
    """An import: what was asked, how far it got, what it did. Files lie in the files folder."""

    __tablename__ = "records_import"

    kind: Mapped[str] = mapped_column(sa.String(60))
    file_name: Mapped[str] = mapped_column(sa.String(200))
    path: Mapped[str] = mapped_column(sa.String(500))
    mapping: Mapped[dict[str, Any]]
    match: Mapped[list[Any]]
    dry_run: Mapped[bool]
    language: Mapped[str] = mapped_column(sa.String(10))
    user_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL"))
    state: Mapped[RunState]
    fault: Mapped[str] = mapped_column(sa.Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    created: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    errors: Mapped[list[Any]]  # the first rejected rows: [row number, message]


class ExportState(StrEnum):
    """Where an export stands."""

    WAITING = "waiting"  # for somebody to approve it
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    SENT = "sent"
    CUT_OFF = "cut_off"


class Export(Base):
    """A file of records that left or is to leave; its id is the number in the file and in its name.

    ``query`` are the parameters of the list, as pairs. ``rows`` were asked for and, once it is sent, are in
    the file; ``delivered`` is what counts as gone from ``sent_at`` on, less if the connection broke.
    ``user_id`` is null for the command line, and once the user's row is gone: ``user_name`` stays.
    """

    __tablename__ = "records_export"
    __table_args__ = (
        sa.Index(None, "user_id", "sent_at"),
        sa.Index(
            "ix_records_export_waiting",
            "id",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        ),
        {"sqlite_autoincrement": True},
    )

    kind: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)
    format: Mapped[str] = mapped_column(sa.String(10), info=NOT_PERSONAL)
    query: Mapped[list[Any]] = mapped_column(info=PERSONAL)
    source: Mapped[Source]
    user_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL"))
    user_name: Mapped[str] = mapped_column(sa.String(200), default="", info=NOT_PERSONAL)
    state: Mapped[ExportState]
    rows: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL")
    )
    remark: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)
    sent_at: Mapped[datetime | None]
    delivered: Mapped[int] = mapped_column(default=0)
    file_name: Mapped[str] = mapped_column(sa.String(200), default="", info=NOT_PERSONAL)


class CustomType(StrEnum):
    """What a custom field holds."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"
    CHOICE = "choice"
    URL = "url"


class CustomField(Base):
    """A field that a company added to a kind of record.

    ``name`` is its key in the API and in ``Record.custom``; a name is never given twice, so that a deleted
    field finds its values when it is restored. ``version`` counts the changes: processes go by it.
    """

    __tablename__ = "records_custom_field"
    __table_args__ = (sa.UniqueConstraint("kind", "name"), {"sqlite_autoincrement": True})

    kind: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)
    name: Mapped[str] = mapped_column(sa.String(50), info=NOT_PERSONAL)
    label: Mapped[str] = mapped_column(sa.String(100), info=NOT_PERSONAL)
    type: Mapped[CustomType]
    options: Mapped[list[Any]] = mapped_column(info=NOT_PERSONAL)
    required: Mapped[bool] = mapped_column(default=False)
    help: Mapped[str] = mapped_column(sa.String(500), default="", info=NOT_PERSONAL)
    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    deleted_at: Mapped[datetime | None]


class Merge(Base):
    """A record that was merged into another: where links to the old id lead now.

    No foreign keys: the survivor may be merged or deleted in its turn.
    """

    __tablename__ = "records_merge"
    __table_args__ = (
        sa.UniqueConstraint("kind", "old_id"),
        sa.Index(None, "kind", "new_id"),
        {"sqlite_autoincrement": True},
    )

    kind: Mapped[str] = mapped_column(sa.String(60))
    old_id: Mapped[int] = mapped_column(BigId)
    new_id: Mapped[int] = mapped_column(BigId)
    at: Mapped[datetime] = mapped_column(default=now)
    actor_id: Mapped[int | None] = mapped_column(BigId)
