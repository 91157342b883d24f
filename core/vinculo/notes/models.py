"""Notes, and who is mentioned in them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vinculo.db.base import Base, Record
from vinculo.db.personal import NAME, NOT_PERSONAL, PERSONAL
from vinculo.db.types import BigId

ON_MERGE: Final = {"on_merge": "follow"}


class Mention(Base):
    """A user who is mentioned in a note. ``mark`` is what stands there after the @: names change, texts stay.

    ``mailed_at`` is when the mail was handed over, or was found not to be wanted.
    """

    __tablename__ = "notes_mention"
    __table_args__ = (
        sa.UniqueConstraint("note_id", "user_id"),
        sa.Index(None, "user_id", "seen_at"),
        sa.Index(
            "ix_notes_mention_unmailed",
            "id",
            sqlite_where=sa.text("mailed_at is null"),
            postgresql_where=sa.text("mailed_at is null"),
        ),
        {"sqlite_autoincrement": True},
    )

    note_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("notes_note.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("accounts_user.id", ondelete="CASCADE"))
    mark: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    seen_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]


class Note(Record):
    """What somebody wants colleagues to know of a client, or of another record.

    ``about_kind`` and ``about_id`` name a record of a plugin's kind, which no key can lead to. ``title`` is
    the beginning of the text, by which lists, history and timeline call it.
    """

    __tablename__ = "notes_note"
    __table_args__ = (
        sa.Index(None, "client_id", "id"),
        sa.Index(None, "about_kind", "about_id"),
        sa.Index(None, "created_at", "id"),
        {"sqlite_autoincrement": True},
    )

    client_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=ON_MERGE)
    )
    counterparty_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("counterparties_counterparty.id", ondelete="CASCADE", info=ON_MERGE), index=True
    )
    person_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("people_person.id", ondelete="CASCADE", info=ON_MERGE), index=True
    )
    about_kind: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    about_id: Mapped[int | None] = mapped_column(BigId)
    title: Mapped[str] = mapped_column(sa.String(200), default="", info=NAME)
    text: Mapped[str] = mapped_column(sa.Text, info=PERSONAL)

    mentions: Mapped[list[Mention]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=Mention.id
    )
