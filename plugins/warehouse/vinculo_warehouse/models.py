"""Warehouses and their locations, what is kept there, documents with their moves, and the balances."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vinculo.db.base import Base, Customised, Record
from vinculo.db.personal import NOT_PERSONAL, PERSONAL
from vinculo.db.types import BigId, Key

COUNTED: Final = ("came", "went", "from_ours")  # what months add up
FOLLOW: Final = {"on_merge": "follow"}


class Tracking(StrEnum):
    """What of an item is told apart."""

    NONE = "none"
    BATCH = "batch"
    SERIAL = "serial"


class Type(StrEnum):
    """What a document does."""

    RECEIPT = "receipt"
    SHIPMENT = "shipment"
    TRANSFER = "transfer"
    ADJUSTMENT = "adjustment"
    RETURN = "return"
    COUNT = "count"
    RESERVATION = "reservation"


class State(StrEnum):
    """How far a document is. Only what is posted moves or holds goods; a reservation closes once shipped."""

    PLANNED = "planned"
    POSTED = "posted"
    CLOSED = "closed"
    REVERSED = "reversed"


class Outside(StrEnum):
    """The other side of a move that has but one location of ours."""

    SUPPLIER = "supplier"
    CLIENT = "client"
    LOSS = "loss"


def _key(to: str, on_delete: str = "RESTRICT") -> sa.ForeignKey:
    return sa.ForeignKey(to, ondelete=on_delete, info=FOLLOW)


class Warehouse(Record):
    """A place with stock of its own. ``negative``: more may go out than came in."""

    __tablename__ = "warehouse_warehouse"

    name: Mapped[str] = mapped_column(sa.String(100), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, unique=True, info=NOT_PERSONAL)
    negative: Mapped[bool] = mapped_column(default=False)
    address: Mapped[str] = mapped_column(sa.String(300), default="", info=NOT_PERSONAL)


class Location(Record):
    """A part of a warehouse, perhaps within another. ``path`` are the names from the warehouse down."""

    __tablename__ = "warehouse_location"

    name: Mapped[str] = mapped_column(sa.String(100), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, info=NOT_PERSONAL)
    warehouse_id: Mapped[int] = mapped_column(BigId, _key("warehouse_warehouse.id", "CASCADE"), index=True)
    parent_id: Mapped[int | None] = mapped_column(BigId, _key("warehouse_location.id"), index=True)
    path: Mapped[str] = mapped_column(sa.String(300), info=NOT_PERSONAL)
    path_key: Mapped[str] = mapped_column(Key, unique=True, info=NOT_PERSONAL)


class Item(Customised, Record):
    """Something that is kept. ``product_kind`` and ``product_id`` name what it is sold as, if anything.

    ``cost`` is of one unit, in the currency of the company. Below ``minimum`` one orders up to ``target``, in
    multiples of ``lot``.
    """

    __tablename__ = "warehouse_item"
    __table_args__ = (
        sa.Index(None, "name_key", "id"),
        sa.Index(None, "product_kind", "product_id"),
        {"sqlite_autoincrement": True},
    )

    name: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, info=NOT_PERSONAL)
    sku: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    sku_key: Mapped[str | None] = mapped_column(Key, unique=True, info=NOT_PERSONAL)
    unit: Mapped[str] = mapped_column(sa.String(20), default="", info=NOT_PERSONAL)
    tracking: Mapped[Tracking] = mapped_column(default=Tracking.NONE)
    cost: Mapped[Decimal | None]
    minimum: Mapped[Decimal | None]
    target: Mapped[Decimal | None]
    lot: Mapped[Decimal | None]
    supplier_id: Mapped[int | None] = mapped_column(
        BigId, _key("counterparties_counterparty.id", "SET NULL"), index=True
    )
    product_kind: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    product_id: Mapped[int | None] = mapped_column(BigId)


class StockLine(Base):
    """So much of an item. Of a count, ``quantity`` is what is there, ``expected`` what the books said.

    Of a reservation, ``held`` is what is kept for it, ``shipped`` included.
    """

    __tablename__ = "warehouse_line"

    document_id: Mapped[int] = mapped_column(BigId, _key("warehouse_document.id", "CASCADE"), index=True)
    item_id: Mapped[int] = mapped_column(BigId, _key("warehouse_item.id"), index=True)
    quantity: Mapped[Decimal]
    cost: Mapped[Decimal | None]
    location_id: Mapped[int | None] = mapped_column(BigId, _key("warehouse_location.id"), index=True)
    to_location_id: Mapped[int | None] = mapped_column(BigId, _key("warehouse_location.id"), index=True)
    batch: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    serial: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    expected: Mapped[Decimal | None]
    held: Mapped[Decimal] = mapped_column(default=Decimal("0.00"))
    shipped: Mapped[Decimal] = mapped_column(default=Decimal("0.00"))


class Document(Customised, Record):
    """A paper about goods. ``source_kind`` and ``source_id`` name the record that it came of.

    ``reverses_id`` is the one whose moves it takes back, ``fulfils_id`` the reservation that it ships.
    """

    __tablename__ = "warehouse_document"
    __table_args__ = (
        sa.Index(None, "type", "state", "warehouse_id"),
        sa.Index(None, "source_kind", "source_id"),
        sa.Index(None, "client_id", "type", "state", "happened_at"),
        sa.Index(None, "happened_at", "id"),
        {"sqlite_autoincrement": True},
    )

    type: Mapped[Type]
    state: Mapped[State]
    number: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    happened_at: Mapped[datetime]
    warehouse_id: Mapped[int] = mapped_column(BigId, _key("warehouse_warehouse.id"), index=True)
    to_warehouse_id: Mapped[int | None] = mapped_column(BigId, _key("warehouse_warehouse.id"), index=True)
    client_id: Mapped[int | None] = mapped_column(BigId, _key("clients_client.id", "SET NULL"))
    counterparty_id: Mapped[int | None] = mapped_column(
        BigId, _key("counterparties_counterparty.id", "SET NULL"), index=True
    )
    note: Mapped[str] = mapped_column(sa.String(1000), default="", info=PERSONAL)
    source_kind: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    source_id: Mapped[int | None] = mapped_column(BigId)
    reverses_id: Mapped[int | None] = mapped_column(BigId, _key("warehouse_document.id"), index=True)
    fulfils_id: Mapped[int | None] = mapped_column(
        BigId, _key("warehouse_document.id", "SET NULL"), index=True
    )

    lines: Mapped[list[StockLine]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=StockLine.id
    )


class Move(Base):
    """So much of an item went from one location to another; one of the two may be ``outside``.

    Never changed. ``cost`` is of one unit, of what comes in from outside.
    """

    __tablename__ = "warehouse_move"
    __table_args__ = (
        sa.Index(None, "item_id", "moved_at"),
        sa.Index(
            "ix_warehouse_move_turnover",
            "moved_at", "item_id", "from_warehouse_id", "to_warehouse_id", "quantity",
        ),
        sa.Index(None, "serial", "batch"),
        sa.CheckConstraint("quantity > 0", name="positive"),
        {"sqlite_autoincrement": True},
    )  # fmt: skip

    document_id: Mapped[int] = mapped_column(BigId, _key("warehouse_document.id"), index=True)
    item_id: Mapped[int] = mapped_column(BigId, _key("warehouse_item.id"))
    from_id: Mapped[int | None] = mapped_column(BigId, _key("warehouse_location.id"), index=True)
    to_id: Mapped[int | None] = mapped_column(BigId, _key("warehouse_location.id"), index=True)
    from_warehouse_id: Mapped[int | None] = mapped_column(BigId, _key("warehouse_warehouse.id"), index=True)
    to_warehouse_id: Mapped[int | None] = mapped_column(BigId, _key("warehouse_warehouse.id"), index=True)
    outside: Mapped[Outside | None]
    quantity: Mapped[Decimal]
    batch: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    serial: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    cost: Mapped[Decimal | None]
    moved_at: Mapped[datetime]


class Balance(Base):
    """What of an item, batch and serial number is at a location: the sum of its moves."""

    __tablename__ = "warehouse_balance"
    __table_args__ = (
        sa.UniqueConstraint("item_id", "location_id", "batch", "serial"),
        sa.Index(None, "warehouse_id", "item_id", "quantity"),
        sa.Index(None, "item_id", "warehouse_id", "quantity"),
        {"sqlite_autoincrement": True},
    )

    item_id: Mapped[int] = mapped_column(BigId, _key("warehouse_item.id"))
    location_id: Mapped[int] = mapped_column(BigId, _key("warehouse_location.id"), index=True)
    warehouse_id: Mapped[int] = mapped_column(BigId, _key("warehouse_warehouse.id"))
    batch: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    serial: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    quantity: Mapped[Decimal]


class Month(Base):
    """What came into a warehouse and went out of it in a month of UTC, so that not all moves need be counted.

    ``from_ours`` is what of it came from another warehouse of ours.
    """

    __tablename__ = "warehouse_month"
    __table_args__ = (
        sa.UniqueConstraint("item_id", "warehouse_id", "month"),
        sa.Index(
            "ix_warehouse_month_turnover", "month", "item_id", "warehouse_id", "came", "went", "from_ours"
        ),
        {"sqlite_autoincrement": True},
    )

    item_id: Mapped[int] = mapped_column(BigId, _key("warehouse_item.id"))
    warehouse_id: Mapped[int] = mapped_column(BigId, _key("warehouse_warehouse.id"), index=True)
    month: Mapped[date]
    came: Mapped[Decimal]
    went: Mapped[Decimal]
    from_ours: Mapped[Decimal]
