"""The event log, the timeline that is projected from records, and what was deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.actor import Source
from vinculo.db.base import Base
from vinculo.db.types import BigId, Key


class Event(Base):
    """One change, written in its transaction and never touched again.

    ``changes`` maps a field to [before, after] as JSON values. No foreign keys: the log outlives
    what it tells of.
    """

    __tablename__ = "events_event"
    __table_args__ = (
        sa.Index(None, "kind", "record_id", "id"),
        sa.Index(None, "client_id", "id"),
        {"sqlite_autoincrement": True},
    )

    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(BigId)
    source: Mapped[Source]
    action: Mapped[str] = mapped_column(sa.String(40))
    kind: Mapped[str] = mapped_column(sa.String(60))
    record_id: Mapped[int] = mapped_column(BigId)
    client_id: Mapped[int | None] = mapped_column(BigId)
    title: Mapped[str] = mapped_column(sa.String(300))
    changes: Mapped[dict[str, Any]]


class TimelineEntry(Base):
    """A record as it appears on its client's timeline, readable while its plugin is off."""

    __tablename__ = "events_timeline"
    __table_args__ = (
        sa.Index(None, "client_id", "happened_at", "id"),
        sa.UniqueConstraint("kind", "record_id"),
        {"sqlite_autoincrement": True},
    )

    client_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE"))
    happened_at: Mapped[datetime]
    domain: Mapped[str] = mapped_column(sa.String(40))
    kind: Mapped[str] = mapped_column(sa.String(60))
    record_id: Mapped[int] = mapped_column(BigId)
    label: Mapped[str] = mapped_column(sa.String(100))
    title: Mapped[str] = mapped_column(sa.String(300))
    text: Mapped[str] = mapped_column(sa.Text)
    icon: Mapped[str] = mapped_column(sa.String(40))
    user_id: Mapped[int | None] = mapped_column(BigId)


class SearchDocument(Base):
    """What the search knows of a record: a folded text and how to show the hit."""

    __tablename__ = "events_search"
    __table_args__ = (
        sa.UniqueConstraint("kind", "record_id"),
        sa.Index(None, "kind", "title_key"),
        sa.Index(
            "ix_events_search_body_trgm",
            "body",
            postgresql_using="gin",
            postgresql_ops={"body": "gin_trgm_ops"},
        ).ddl_if(dialect="postgresql"),
        {"sqlite_autoincrement": True},
    )

    kind: Mapped[str] = mapped_column(sa.String(60))
    record_id: Mapped[int] = mapped_column(BigId)
    client_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE"), index=True
    )
    title: Mapped[str] = mapped_column(sa.String(300))
    title_key: Mapped[str] = mapped_column(Key)
    body: Mapped[str] = mapped_column(sa.Text)


class Trash(Base):
    """A deleted record with all rows that went with it, so that deleting can be undone.

    ``rows`` is a list of {table, action: delete|detach, values}, in the order in which they were
    deleted.
    """

    __tablename__ = "events_trash"

    deleted_at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(BigId)
    kind: Mapped[str] = mapped_column(sa.String(60))
    record_id: Mapped[int] = mapped_column(BigId, index=True)
    title: Mapped[str] = mapped_column(sa.String(300))
    rows: Mapped[list[Any]]
