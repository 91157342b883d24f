"""What is kept of custom fields beside the values, which stand with their records."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.db.base import Base
from vinculo.db.personal import NOT_PERSONAL
from vinculo.db.types import BigId


class CustomType(StrEnum):
    """What a custom field holds."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    YES_NO = "yes_no"
    CHOICE = "choice"
    SEVERAL = "several"
    MONEY = "money"
    CLIENT = "client"
    COUNTERPARTY = "counterparty"
    PERSON = "person"
    USER = "user"
    FILE = "file"
    URL = "url"
    FORMULA = "formula"


class CustomField(Base):
    """A field that a company added to a kind of record.

    ``name`` is its key in the API and in ``Record.custom``; a name is never given twice, so that a deleted
    field finds its values when it is restored. ``initial`` is what new records get, as text that the field
    reads. ``version`` counts the changes: processes go by it. ``former`` are its types of the past, the last
    one last, and ``becoming`` the one to which its values are being converted (``vinculo.records.retyping``).
    ``indexed``: lists find and order by it fast (``vinculo.records.custom_indexes``).
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
    initial: Mapped[str] = mapped_column(sa.String(500), default="", info=NOT_PERSONAL)
    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    deleted_at: Mapped[datetime | None]
    unique: Mapped[bool] = mapped_column(default=False)
    shown_when: Mapped[dict[str, Any] | None] = mapped_column(info=NOT_PERSONAL)  # {field, values}
    formula: Mapped[str] = mapped_column(sa.String(500), default="", info=NOT_PERSONAL)
    result: Mapped[str] = mapped_column(
        sa.String(20), default="", info=NOT_PERSONAL
    )  # of a formula: its type
    former: Mapped[list[Any]] = mapped_column(default=list, info=NOT_PERSONAL)
    indexed: Mapped[bool] = mapped_column(default=False)
    becoming: Mapped[dict[str, Any] | None] = mapped_column(info=NOT_PERSONAL)


class UniqueKey(Base):
    """That a record has a value of a custom field which no other may have, as a hash of it.

    No foreign key, as kinds are many: ``vinculo.records.unique`` keeps the rows.
    """

    __tablename__ = "records_unique_key"
    __table_args__ = (
        sa.UniqueConstraint("kind", "field", "key"),
        sa.Index(None, "kind", "record_id"),
        {"sqlite_autoincrement": True},
    )

    kind: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)
    field: Mapped[str] = mapped_column(sa.String(50), info=NOT_PERSONAL)
    key: Mapped[str] = mapped_column(sa.String(64), info=NOT_PERSONAL)
    record_id: Mapped[int] = mapped_column(BigId)
