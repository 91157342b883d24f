"""The table of jottings."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.db.base import Record
from vinculo.db.personal import NAME
from vinculo.db.types import BigId


class Jotting(Record):
    """A line that somebody jotted down. It outlives the client that it is about."""

    __tablename__ = "notebook_jotting"

    client_id: Mapped[int | None] = mapped_column(
        BigId,
        sa.ForeignKey("clients_client.id", ondelete="SET NULL", info={"on_merge": "detach"}),
        index=True,
    )
    text: Mapped[str] = mapped_column(sa.String(300), info=NAME)
