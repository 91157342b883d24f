"""The event log, the timeline that is projected from records, and what was deleted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from vinculo.actor import Source
from vinculo.db.base import Base
from vinculo.db.personal import KEEP, NOT_PERSONAL, PERSONAL
from vinculo.db.types import BigId, Key

PROJECTED: Final = {"on_erase": KEEP}  # erasing goes by kind and record, see ``vinculo.privacy.traces``


class Changes(TypeDecorator[dict[str, Any]]):
    """A JSON object as text, byte for byte as it was hashed: databases write JSON of their own anew."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | str | None, dialect: Any) -> str | None:
        """Text is taken as it is."""
        return value if value is None or isinstance(value, str) else changes_text(value)

    def process_result_value(self, value: str | None, dialect: Any) -> dict[str, Any] | None:
        """Hand out the object."""
        return None if value is None else msgspec.json.decode(value, type=dict[str, Any])


def changes_text(changes: Mapping[str, Any]) -> str:
    """The one text of an object of changes."""
    return msgspec.json.encode(changes, order="deterministic").decode()


class Event(Base):
    """Something that was done, written in its transaction and never touched again.

    ``changes`` maps a field to [before, after] as JSON values. ``version`` is that of the record
    afterwards, 0 where nobody noted it; None: this changed no record. ``via`` names the plugin or the job
    behind ``source``. No foreign keys: the log outlives what it tells of.

    Rows are a chain by ``hash``: ``vinculo.events.chain`` alone writes them, ``vinculo.events.verify_log``
    says what is hashed. Their ids ascend in the order of the chain.
    """

    __tablename__ = "events_event"
    __table_args__ = (
        sa.Index(
            None,
            "kind",
            "record_id",
            "id",
            sqlite_where=sa.text("version is not null"),  # the history of a much-read record stays short
            postgresql_where=sa.text("version is not null"),
        ),
        sa.Index(None, "client_id", "id"),
        sa.Index(None, "actor_id", "id"),
        sa.Index(None, "action", "id"),
        sa.Index(None, "at"),
        {"sqlite_autoincrement": True},
    )

    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(BigId)
    source: Mapped[Source]
    via: Mapped[str] = mapped_column(sa.String(100))
    version: Mapped[int | None]
    action: Mapped[str] = mapped_column(sa.String(40))
    kind: Mapped[str] = mapped_column(sa.String(60))
    record_id: Mapped[int] = mapped_column(BigId)
    client_id: Mapped[int | None] = mapped_column(BigId)
    title: Mapped[str] = mapped_column(sa.String(300))
    changes: Mapped[dict[str, Any]] = mapped_column(Changes)
    salt: Mapped[str] = mapped_column(sa.String(32))
    sealed: Mapped[str] = mapped_column(sa.String(64))
    hash: Mapped[str] = mapped_column(sa.String(64))


class Head(Base):
    """The last event, in the one row there is: locked from the hashing of new events to their commit."""

    __tablename__ = "events_head"

    number: Mapped[int] = mapped_column(BigId)
    hash: Mapped[str] = mapped_column(sa.String(64))


class TimelineEntry(Base):
    """A record as it appears on its client's timeline, readable while its plugin is off."""

    __tablename__ = "events_timeline"
    __table_args__ = (
        sa.Index(None, "client_id", "happened_at", "id"),
        sa.UniqueConstraint("kind", "record_id"),
        {"sqlite_autoincrement": True},
    )

    client_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=PROJECTED)
    )
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
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=PROJECTED), index=True
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


class Mailing(StrEnum):
    """What becomes of the mail of a notice."""

    NONE = "none"
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"  # the server refused the address


class Notice(Base):
    """Something that a user is told, on the page and by mail.

    ``label`` is English, marked with ``mark``. It leads to the record in ``about_kind`` and ``about_id``, or
    else to ``url``, a path of ours. ``mail_at`` is since when a worker has its mail in hand.
    """

    __tablename__ = "events_notice"
    __table_args__ = (
        sa.Index(None, "user_id", "id"),
        sa.Index(None, "client_id"),
        sa.Index(None, "about_kind", "about_id"),
        sa.Index(
            "ix_events_notice_unread",
            "user_id",
            sqlite_where=sa.text("read_at is null"),
            postgresql_where=sa.text("read_at is null"),
        ),
        sa.Index(
            "ix_events_notice_unmailed",
            "id",
            sqlite_where=sa.text("mailing = 'waiting'"),
            postgresql_where=sa.text("mailing = 'waiting'"),
        ),
        {"sqlite_autoincrement": True},
    )

    user_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="CASCADE", info={"on_merge": "follow"})
    )
    client_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info={"on_merge": "follow"})
    )
    about_kind: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    about_id: Mapped[int | None] = mapped_column(BigId)
    url: Mapped[str] = mapped_column(sa.String(300), default="", info=NOT_PERSONAL)
    at: Mapped[datetime]
    label: Mapped[str] = mapped_column(sa.String(100), info=NOT_PERSONAL)
    title: Mapped[str] = mapped_column(sa.String(300), info=PERSONAL)
    text: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)
    icon: Mapped[str] = mapped_column(sa.String(40), info=NOT_PERSONAL)
    read_at: Mapped[datetime | None]
    mailing: Mapped[Mailing]
    mail_at: Mapped[datetime | None]


class Listener(Base):
    """Up to which event a subscription was told (``vinculo.audit.delivering``)."""

    __tablename__ = "events_listener"

    name: Mapped[str] = mapped_column(sa.String(100), unique=True, info=NOT_PERSONAL)
    event_id: Mapped[int] = mapped_column(BigId)
