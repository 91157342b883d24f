"""Legal entities, and which client each belongs to at which time."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vinculo.db.base import Base, Customised, Record
from vinculo.db.personal import IDENTIFIER, NAME, NAME_KEY, PERSONAL
from vinculo.db.types import BigId, Key
from vinculo.people.models import GOES, STAYS, ContactPoint, Postal


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
        BigId, sa.ForeignKey("counterparties_counterparty.id", ondelete="CASCADE", info=GOES), index=True
    )
    scheme: Mapped[Scheme]
    country: Mapped[str] = mapped_column(sa.String(2), default="", info=PERSONAL)
    value: Mapped[str] = mapped_column(sa.String(60), info=IDENTIFIER)
    key: Mapped[str] = mapped_column(Key, index=True, info=IDENTIFIER)


class BankAccount(Base):
    """An account of a counterparty. ``key`` is its number without spaces."""

    __tablename__ = "counterparties_bank_account"

    counterparty_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("counterparties_counterparty.id", ondelete="CASCADE", info=GOES), index=True
    )
    number: Mapped[str] = mapped_column(sa.String(60), info=IDENTIFIER)
    key: Mapped[str] = mapped_column(Key, index=True, info=IDENTIFIER)
    bank_name: Mapped[str] = mapped_column(sa.String(200), default="", info=PERSONAL)
    bank_code: Mapped[str] = mapped_column(sa.String(30), default="", info=PERSONAL)
    currency: Mapped[str] = mapped_column(sa.String(3), default="", info=PERSONAL)


class Address(Postal, Base):
    """An address of a counterparty."""

    __tablename__ = "counterparties_address"

    counterparty_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("counterparties_counterparty.id", ondelete="CASCADE", info=GOES), index=True
    )
    type: Mapped[AddressType] = mapped_column(default=AddressType.LEGAL)


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
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=STAYS), index=True
    )
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    reason: Mapped[str] = mapped_column(sa.String(200), default="", info=PERSONAL)


class Counterparty(Customised, Record):
    """A legal entity: what contracts, invoices and payments name."""

    __tablename__ = "counterparties_counterparty"
    __table_args__ = (
        sa.Index(None, "legal_name_key", "id"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "changed_at", "id"),
        sa.Index(None, "created_by_id"),
        {"sqlite_autoincrement": True},
    )

    legal_name: Mapped[str] = mapped_column(sa.String(300), info=NAME)
    legal_name_key: Mapped[str] = mapped_column(Key, info=NAME_KEY)
    legal_form: Mapped[str] = mapped_column(sa.String(60), default="", info=PERSONAL)
    country: Mapped[str] = mapped_column(sa.String(2), default="", info=PERSONAL)
    note: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)

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
