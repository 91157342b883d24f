"""The register of erasures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.db.base import Base
from vinculo.db.personal import NOT_PERSONAL
from vinculo.db.types import BigId


class Erasure(Base):
    """That somebody was erased, so that it can be done again to what an older backup or archive brings back.

    ``subjects`` are hashes of table and id, with ``salt``: whom it was is told by an id that is there, and by
    nothing else. ``certificate`` counts what was erased and holds no value of the person.
    """

    __tablename__ = "privacy_erasure"

    key: Mapped[str] = mapped_column(sa.String(32), unique=True, info=NOT_PERSONAL)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(BigId)
    salt: Mapped[str] = mapped_column(sa.String(32), info=NOT_PERSONAL)
    subjects: Mapped[list[Any]] = mapped_column(info=NOT_PERSONAL)
    certificate: Mapped[dict[str, Any]] = mapped_column(info=NOT_PERSONAL)
