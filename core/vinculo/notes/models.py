"""Notes, and who is mentioned in them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vinculo.db.base import Base, Record
from vinculo.db.personal import NAME, NOT_PERSONAL, PERSONAL
from vinculo.db.types import BigId
from vinculo.records.hanging import Hanging


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


class Note(Hanging, Record):
    """What somebody wants colleagues to know of a client, or of another record.

    ``title`` is the beginning of the text, by which lists, history and timeline call it.
    """

    __tablename__ = "notes_note"
    __table_args__ = (
        sa.Index(None, "client_id", "id"),
        sa.Index(None, "about_kind", "about_id"),
        sa.Index(None, "created_at", "id"),
        {"sqlite_autoincrement": True},
    )

    title: Mapped[str] = mapped_column(sa.String(200), default="", info=NAME)
    text: Mapped[str] = mapped_column(sa.Text, info=PERSONAL)

    mentions: Mapped[list[Mention]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=Mention.id
    )
