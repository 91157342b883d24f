"""The table of cards."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.db.base import Record
from vinculo.db.types import BigId


class Card(Record):
    """A card with points."""

    __tablename__ = "loyalty_card"

    client_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info={"on_merge": "follow"}), index=True
    )
    points: Mapped[int]
