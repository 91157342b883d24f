"""The table of loyalty cards."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column
from vinculo.db.base import Record
from vinculo.db.personal import IDENTIFIER
from vinculo.db.types import BigId


class LoyaltyCard(Record):
    """One for a client: when two clients are merged, the card of the survivor stays."""

    __tablename__ = "loyalty_card"

    client_id: Mapped[int] = mapped_column(
        BigId,
        sa.ForeignKey("clients_client.id", ondelete="CASCADE", info={"on_merge": "follow"}),
        unique=True,
    )
    number: Mapped[str] = mapped_column(sa.String(40), index=True, info=IDENTIFIER)
    points: Mapped[int] = mapped_column(sa.Integer, default=0)
    valid_until: Mapped[date | None]
