"""Vouchers and what was redeemed of them, with every policy that a link can have."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vinculo.db.base import Base, Record
from vinculo.db.personal import kept
from vinculo.db.types import BigId


class Redemption(Base):
    """Something of a voucher was used: an entry of the books, for whose sake client and card stay."""

    __tablename__ = "vouchers_redemption"

    voucher_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("vouchers_voucher.id", ondelete="CASCADE"), index=True
    )
    client_id: Mapped[int] = mapped_column(
        BigId,
        sa.ForeignKey("clients_client.id", ondelete="RESTRICT", info={"on_merge": "forbid"}),
        index=True,
    )
    card_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("loyalty_card.id", ondelete="RESTRICT", info={"on_merge": "forbid"}), index=True
    )
    amount: Mapped[int]


class Voucher(Record):
    """A voucher goes where its client goes; who gave it may be forgotten, and for which card, too."""

    __tablename__ = "vouchers_voucher"

    client_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info={"on_merge": "follow"}), index=True
    )
    giver_id: Mapped[int | None] = mapped_column(
        BigId,
        sa.ForeignKey(
            "clients_client.id", ondelete="SET NULL", info={"on_merge": "detach", "on_erase": "keep"}
        ),
        index=True,
    )
    card_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("loyalty_card.id", ondelete="SET NULL", info={"on_merge": "detach"}), index=True
    )
    number: Mapped[str] = mapped_column(sa.String(40), info=kept("commercial law: ten years"))
    amount: Mapped[int]

    redemptions: Mapped[list[Redemption]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=Redemption.id
    )
