"""Orders, their lines, who put them into which state when, and the last number of each series."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vinculo.company.documents import BaseAmount
from vinculo.db.base import Base, Customised, Record
from vinculo.db.personal import NAME, NOT_PERSONAL, PERSONAL
from vinculo.db.types import BigId, Key

FOLLOW: Final = {"on_merge": "follow"}
PART: Final = {**FOLLOW, "on_erase": "whole"}
OWN: Final = {"on_merge": "forbid"}
ZERO: Final = Decimal("0.00")


class State(StrEnum):
    """How far an order is."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    PROCESSING = "processing"
    DONE = "done"
    CANCELLED = "cancelled"


STANDING: Final = (State.CONFIRMED, State.PROCESSING, State.DONE)


def _order(info: dict[str, str]) -> Mapped[int]:
    return mapped_column(BigId, sa.ForeignKey("orders_order.id", ondelete="CASCADE", info=info), index=True)


def _client() -> Mapped[int]:
    return mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=FOLLOW), index=True
    )


class OrderLine(Base):
    """What is ordered: ``price`` of one without tax, ``discount`` and ``tax_rate`` in percent.

    ``product_id`` and ``variant_id`` are of the plugin that says what is sold, which may be off: no key can
    hold them.
    ``price_why`` is where the price comes from, empty for one that was typed. ``client_id`` is the order's.
    """

    __tablename__ = "orders_line"

    order_id: Mapped[int] = _order(PART)
    client_id: Mapped[int] = _client()
    product: Mapped[str] = mapped_column(sa.String(300), info=NOT_PERSONAL)
    product_id: Mapped[int | None] = mapped_column(BigId)
    variant_id: Mapped[int | None] = mapped_column(BigId)
    quantity: Mapped[Decimal]
    unit: Mapped[str] = mapped_column(sa.String(30), default="", info=NOT_PERSONAL)
    price: Mapped[Decimal | None]
    price_why: Mapped[str] = mapped_column(sa.String(300), default="", info=NOT_PERSONAL)
    discount: Mapped[Decimal]
    tax_rate: Mapped[Decimal | None]


class OrderMove(Base):
    """That somebody put an order into a state."""

    __tablename__ = "orders_move"

    order_id: Mapped[int] = _order(FOLLOW)
    client_id: Mapped[int] = _client()
    state: Mapped[State]
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL", info=FOLLOW), index=True
    )


class Order(BaseAmount, Customised, Record):
    """What a client ordered; ``about_kind`` and ``about_id`` name what it was made of.

    ``amount`` has the tax in it, of which ``tax_amount`` tells. ``series`` and ``serial`` are of the number
    that was given here, within company and year.
    """

    __tablename__ = "orders_order"
    __table_args__ = (
        sa.UniqueConstraint("series", "serial"),
        sa.Index(None, "client_id", "state", "ordered_on"),
        sa.Index(None, "state", "ordered_on", "base_amount"),
        sa.Index(None, "counterparty_id"),
        sa.Index(None, "company_id"),
        sa.Index(None, "outlet_id"),
        sa.Index(None, "responsible_id", "state"),
        sa.Index(None, "number_key"),
        sa.Index(None, "about_kind", "about_id"),
        sa.Index(None, "ordered_on", "id"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[str] = mapped_column(sa.String(60), default="", info=NAME)
    number_key: Mapped[str] = mapped_column(Key, default="", info=NOT_PERSONAL)
    series: Mapped[str | None] = mapped_column(sa.String(40), info=NOT_PERSONAL)
    serial: Mapped[int | None]
    client_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=FOLLOW)
    )
    counterparty_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("counterparties_counterparty.id", ondelete="SET NULL", info=FOLLOW)
    )
    company_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("organization_company.id", ondelete="RESTRICT", info=OWN)
    )
    outlet_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("organization_outlet.id", ondelete="SET NULL", info=OWN)
    )
    responsible_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL", info=FOLLOW)
    )
    about_kind: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    about_id: Mapped[int | None] = mapped_column(BigId)
    state: Mapped[State]
    ordered_on: Mapped[date]
    due_on: Mapped[date | None]
    currency: Mapped[str] = mapped_column(sa.String(3), default="", info=NOT_PERSONAL)
    amount: Mapped[Decimal | None]
    tax_amount: Mapped[Decimal | None]
    cancel_reason: Mapped[str] = mapped_column(sa.String(300), default="", info=PERSONAL)
    note: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)

    lines: Mapped[list[OrderLine]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=OrderLine.id
    )


class Counter(Base):
    """The last number that was given in a series."""

    __tablename__ = "orders_counter"

    series: Mapped[str] = mapped_column(sa.String(40), unique=True, info=NOT_PERSONAL)
    last: Mapped[int]
