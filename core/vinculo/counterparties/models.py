"""Legal entities, and which client each belongs to at which time."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vinculo.db.base import Base, Record
from vinculo.db.types import BigId, Key
from vinculo.people.models import ContactPoint


class Scheme(StrEnum):
    """The kind of an identifier."""

    TAX = "tax"
    VAT = "vat"
    REGISTRATION = "registration"
    LEI = "lei"
    OTHER = "other"


class AddressType(StrEnum):
    """What an address is for."""

    LEGAL = "legal"
    POSTAL = "postal"
    DELIVERY = "delivery"


class Identifier(Base):
    """A number by which an authority knows a counterparty. ``key`` is it without punctuation."""

    __tablename__ = "counterparties_identifier"

    counterparty_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("counterparties_counterparty.id", ondelete="CASCADE"), index=True
    )
    scheme: Mapped[Scheme]
    country: Mapped[str] = mapped_column(sa.String(2), default="")
    value: Mapped[str] = mapped_column(sa.String(60))
    key: Mapped[str] = mapped_column(Key, index=True)


class BankAccount(Base):
    """An account of a counterparty. ``key`` is its number without spaces."""

    __tablename__ = "counterparties_bank_account"

    counterparty_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("counterparties_counterparty.id", ondelete="CASCADE"), index=True
    )
    number: Mapped[str] = mapped_column(sa.String(60))
    key: Mapped[str] = mapped_column(Key, index=True)
    bank_name: Mapped[str] = mapped_column(sa.String(200), default="")
    bank_code: Mapped[str] = mapped_column(sa.String(30), default="")
    currency: Mapped[str] = mapped_column(sa.String(3), default="")


class Address(Base):
    """An address of a counterparty."""

    __tablename__ = "counterparties_address"

    counterparty_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("counterparties_counterparty.id", ondelete="CASCADE"), index=True
    )
    type: Mapped[AddressType] = mapped_column(default=AddressType.LEGAL)
    street: Mapped[str] = mapped_column(sa.String(300), default="")
    city: Mapped[str] = mapped_column(sa.String(100), default="")
    region: Mapped[str] = mapped_column(sa.String(100), default="")
    postal_code: Mapped[str] = mapped_column(sa.String(20), default="")
    country: Mapped[str] = mapped_column(sa.String(2), default="")


class Link(Base):
    """A counterparty belongs to a client from one day to another, both included; null: without end."""

    __tablename__ = "counterparties_link"
    __table_args__ = (
        sa.CheckConstraint("valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to", name="period"),
        {"sqlite_autoincrement": True},
    )

    counterparty_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("counterparties_counterparty.id", ondelete="CASCADE"), index=True
    )
    client_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE"), index=True
    )
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    reason: Mapped[str] = mapped_column(sa.String(200), default="")


class Counterparty(Record):
    """A legal entity: what contracts, invoices and payments name."""

    __tablename__ = "counterparties_counterparty"
    __table_args__ = (
        sa.Index(None, "legal_name_key", "id"),
        sa.Index(None, "created_by_id"),
        {"sqlite_autoincrement": True},
    )

    legal_name: Mapped[str] = mapped_column(sa.String(300))
    legal_name_key: Mapped[str] = mapped_column(Key)
    legal_form: Mapped[str] = mapped_column(sa.String(60), default="")
    country: Mapped[str] = mapped_column(sa.String(2), default="")
    note: Mapped[str] = mapped_column(sa.Text, default="")

    links: Mapped[list[Link]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=Link.id
    )
    identifiers: Mapped[list[Identifier]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=Identifier.id
    )
    bank_accounts: Mapped[list[BankAccount]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=BankAccount.id
    )
    addresses: Mapped[list[Address]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=Address.id
    )
    contact_points: Mapped[list[ContactPoint]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=ContactPoint.id
    )
