"""Files, as rows; their contents lie below the folder of files."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.db.base import Record
from vinculo.db.personal import FILE, NAME, NOT_PERSONAL, PERSONAL
from vinculo.db.types import BigId
from vinculo.records.hanging import Hanging


class StoredFile(Hanging, Record):
    """A file on a record. ``path`` is its own, below ``files/files``; equal contents share a place on disk.

    ``media_type`` is what the content is, whatever its name says; ``digest`` is the SHA-256 of it.
    """

    __tablename__ = "files_file"
    __table_args__ = (
        sa.Index(None, "client_id", "id"),
        sa.Index(None, "about_kind", "about_id"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "digest"),
        {"sqlite_autoincrement": True},
    )

    name: Mapped[str] = mapped_column(sa.String(200), info=NAME)
    size: Mapped[int] = mapped_column(BigId, default=0)
    media_type: Mapped[str] = mapped_column(sa.String(100), default="", info=NOT_PERSONAL)
    digest: Mapped[str] = mapped_column(sa.String(64), default="", info=PERSONAL)
    path: Mapped[str] = mapped_column(sa.String(100), default="", info=FILE)
