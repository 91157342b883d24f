"""Invoices, credit notes, payments and what of them pays what; and what was learnt of who pays."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vinculo.company.documents import BaseAmount
from vinculo.db.base import Base, Customised, Record
from vinculo.db.personal import NAME, NOT_PERSONAL, PERSONAL
from vinculo.db.types import BigId, Key

FOLLOW: Final = {"on_merge": "follow"}
PART: Final = {**FOLLOW, "on_erase": "whole"}
KEPT: Final = {**FOLLOW, "on_erase": "detach"}
OWN: Final = {"on_merge": "forbid"}
ZERO: Final = Decimal("0.00")


class State(StrEnum):
    """How far an invoice is; it is paid when nothing of it is open."""

    DRAFT = "draft"
    ISSUED = "issued"
    PAID = "paid"
    CANCELLED = "cancelled"


class Flow(StrEnum):
    """Which way money goes."""

    IN = "in"
    OUT = "out"


class Direction(Record):
    """What money is received or spent for: sales, rent, taxes; a tree."""

    __tablename__ = "payments_direction"

    name: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, unique=True, info=NOT_PERSONAL)
    parent_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("payments_direction.id", ondelete="SET NULL", info=OWN), index=True
    )


class Term(Record):
    """Within how many days is to be paid what is invoiced by a company, to a client, to a counterparty.

    What it does not name may be any (``vinculo_payments.terms``).
    """

    __tablename__ = "payments_term"

    name: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    days: Mapped[int]
    company_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("organization_company.id", ondelete="CASCADE", info=OWN), index=True
    )
    client_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=FOLLOW), index=True
    )
    counterparty_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("counterparties_counterparty.id", ondelete="CASCADE", info=FOLLOW), index=True
    )


def _invoice(info: dict[str, str]) -> Mapped[int]:
    return mapped_column(
        BigId, sa.ForeignKey("payments_invoice.id", ondelete="CASCADE", info=info), index=True
    )


class InvoiceLine(Base):
    """What is charged: ``price`` of one without tax, ``discount`` and ``tax`` in percent.

    ``client_id`` is the invoice's.
    """

    __tablename__ = "payments_line"

    invoice_id: Mapped[int] = _invoice(PART)
    client_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=FOLLOW), index=True
    )
    product: Mapped[str] = mapped_column(sa.String(300), info=NOT_PERSONAL)
    quantity: Mapped[Decimal]
    price: Mapped[Decimal]
    discount: Mapped[Decimal]
    tax: Mapped[Decimal]


class Invoice(BaseAmount, Customised, Record):
    """An invoice to a client; ``about_kind`` and ``about_id`` name what it was made of.

    ``amount`` has the tax in it, of which ``tax_amount`` tells. ``open_amount`` is amount less ``credited``
    less ``paid``, and 0 for drafts and what is cancelled; below 0 the client has paid too much.
    ``series`` and ``serial`` are of the number that was given here: without gaps within company and year.
    """

    __tablename__ = "payments_invoice"
    __table_args__ = (
        sa.UniqueConstraint("series", "serial"),
        sa.Index(None, "client_id", "state", "due_on", "base_open"),
        sa.Index(None, "state", "due_on", "client_id", "base_open"),
        sa.Index(None, "counterparty_id"),
        sa.Index(None, "responsible_id"),
        sa.Index(None, "number_key"),
        sa.Index(None, "about_kind", "about_id"),
        sa.Index(None, "issued_on", "id"),
        sa.Index("ix_payments_invoice_sales", "issued_on", "state", "base_amount"),
        sa.CheckConstraint("amount >= 0", name="amount"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[str] = mapped_column(sa.String(60), default="", info=NAME)
    number_key: Mapped[str] = mapped_column(Key, default="", info=NOT_PERSONAL)
    company_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("organization_company.id", ondelete="RESTRICT", info=OWN), index=True
    )
    series: Mapped[str | None] = mapped_column(sa.String(40), info=NOT_PERSONAL)
    serial: Mapped[int | None]
    client_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=FOLLOW)
    )
    counterparty_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("counterparties_counterparty.id", ondelete="SET NULL", info=FOLLOW)
    )
    responsible_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL", info=FOLLOW)
    )
    about_kind: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    about_id: Mapped[int | None] = mapped_column(BigId)
    state: Mapped[State]
    issued_on: Mapped[date | None]
    due_on: Mapped[date | None]
    currency: Mapped[str] = mapped_column(sa.String(3), default="", info=NOT_PERSONAL)
    amount: Mapped[Decimal | None]
    tax_amount: Mapped[Decimal] = mapped_column(default=ZERO)
    credited: Mapped[Decimal] = mapped_column(default=ZERO)
    paid: Mapped[Decimal] = mapped_column(default=ZERO)
    open_amount: Mapped[Decimal] = mapped_column(default=ZERO)
    base_open: Mapped[Decimal] = mapped_column(default=ZERO)
    note: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)

    lines: Mapped[list[InvoiceLine]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=InvoiceLine.id
    )


class CreditNote(Record):
    """What is taken off an invoice that was issued, and why."""

    __tablename__ = "payments_credit"
    __table_args__ = (
        sa.UniqueConstraint("series", "serial"),
        sa.CheckConstraint("amount > 0", name="amount"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[str] = mapped_column(sa.String(60), default="", info=NAME)
    company_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("organization_company.id", ondelete="RESTRICT", info=OWN), index=True
    )
    series: Mapped[str | None] = mapped_column(sa.String(40), info=NOT_PERSONAL)
    serial: Mapped[int | None]
    invoice_id: Mapped[int] = _invoice(FOLLOW)
    client_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=FOLLOW), index=True
    )
    issued_on: Mapped[date]
    amount: Mapped[Decimal]
    reason: Mapped[str] = mapped_column(sa.String(300), default="", info=PERSONAL)


class Counter(Base):
    """The last number that was given in a series (``vinculo_payments.numbering``)."""

    __tablename__ = "payments_counter"

    series: Mapped[str] = mapped_column(sa.String(40), unique=True, info=NOT_PERSONAL)
    last: Mapped[int]


class Statement(Base):
    """A file of a bank that was read: who brought it when, and how many of its lines were new."""

    __tablename__ = "payments_statement"

    name: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    format: Mapped[str] = mapped_column(sa.String(20), info=NOT_PERSONAL)
    accounts: Mapped[str] = mapped_column(sa.String(500), info=NOT_PERSONAL)
    since: Mapped[date | None]
    until: Mapped[date | None]
    booked: Mapped[int]
    known: Mapped[int]
    left_out: Mapped[list[Any]] = mapped_column(info=NOT_PERSONAL)
    read_at: Mapped[datetime] = mapped_column(index=True)
    user_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL", info=FOLLOW), index=True
    )


class TableLayout(Base):
    """How the bank of an account writes tables (``vinculo_payments.statements.tables.Columns``)."""

    __tablename__ = "payments_layout"

    account_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("organization_account.id", ondelete="CASCADE", info=OWN), unique=True
    )
    titles: Mapped[dict[str, Any]] = mapped_column(info=NOT_PERSONAL)
    outward: Mapped[bool] = mapped_column(default=False)
    month_first: Mapped[bool] = mapped_column(default=False)


class Payment(BaseAmount, Customised, Record):
    """Money that came in or went out, by an account or a cash desk; ``amount`` is above 0.

    ``free_amount`` is what of it pays no invoice yet: an advance. ``line_key`` names the line of a
    statement it was booked of (``vinculo_payments.statements.lines.keys``), once and for all.
    """

    __tablename__ = "payments_payment"
    __table_args__ = (
        sa.Index(None, "client_id", "flow", "paid_on"),
        sa.Index(None, "counterparty_id"),
        sa.Index(None, "account_id", "paid_on"),
        sa.Index(None, "desk_id", "paid_on"),
        sa.Index(None, "direction_id"),
        sa.Index(None, "statement_id"),
        sa.Index("ix_payments_payment_moved", "flow", "paid_on", "direction_id", "account_id", "desk_id",
                 "base_amount"),
        sa.Index("ix_payments_payment_free", "client_id", "flow", "paid_on", "base_free",
                 sqlite_where=sa.text("free_amount > 0"), postgresql_where=sa.text("free_amount > 0")),
        sa.UniqueConstraint("line_key"),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.CheckConstraint("free_amount >= 0 AND free_amount <= amount", name="free"),
        {"sqlite_autoincrement": True},
    )  # fmt: skip

    title: Mapped[str] = mapped_column(sa.String(300), default="", info=NAME)
    flow: Mapped[Flow]
    paid_on: Mapped[date]
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(sa.String(3), default="", info=NOT_PERSONAL)
    free_amount: Mapped[Decimal] = mapped_column(default=ZERO)
    base_free: Mapped[Decimal] = mapped_column(default=ZERO)
    account_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("organization_account.id", ondelete="RESTRICT", info=OWN)
    )
    desk_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("organization_desk.id", ondelete="RESTRICT", info=OWN)
    )
    direction_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("payments_direction.id", ondelete="SET NULL", info=OWN)
    )
    client_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=FOLLOW)
    )
    counterparty_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("counterparties_counterparty.id", ondelete="SET NULL", info=FOLLOW)
    )
    number: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    party: Mapped[str] = mapped_column(sa.String(300), default="", info=PERSONAL)
    party_tax_id: Mapped[str] = mapped_column(sa.String(60), default="", info=PERSONAL)
    party_account: Mapped[str] = mapped_column(sa.String(60), default="", info=PERSONAL)
    text: Mapped[str] = mapped_column(sa.String(1000), default="", info=PERSONAL)
    statement_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("payments_statement.id", ondelete="SET NULL", info=OWN)
    )
    line_key: Mapped[str | None] = mapped_column(sa.String(32), info=NOT_PERSONAL)


class Allocation(Base):
    """So much of a payment pays so much of an invoice, in the currency of both; ``client_id`` is theirs."""

    __tablename__ = "payments_allocation"
    __table_args__ = (
        sa.UniqueConstraint("payment_id", "invoice_id"),
        sa.CheckConstraint("amount > 0", name="amount"),
        {"sqlite_autoincrement": True},
    )

    payment_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("payments_payment.id", ondelete="CASCADE", info=FOLLOW)
    )
    invoice_id: Mapped[int] = _invoice(FOLLOW)
    client_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=FOLLOW), index=True
    )
    amount: Mapped[Decimal]
    paid_on: Mapped[date] = mapped_column(index=True)
    user_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL", info=FOLLOW), index=True
    )


class Habit(Base):
    """What was decided last about a payer that ``key`` names (``vinculo_payments.proposing.keys``)."""

    __tablename__ = "payments_habit"

    key: Mapped[str] = mapped_column(sa.String(80), unique=True, info=PERSONAL)
    client_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=FOLLOW), index=True
    )
    counterparty_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("counterparties_counterparty.id", ondelete="SET NULL", info=FOLLOW), index=True
    )
    direction_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("payments_direction.id", ondelete="SET NULL", info=OWN), index=True
    )
    times: Mapped[int] = mapped_column(default=1)
