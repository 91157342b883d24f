"""The company's own legal entities, and what each has.

None of it is about a person: where a text could be, as an address can, no key leads to anybody.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.db.base import Customised, Record
from vinculo.db.personal import NOT_PERSONAL
from vinculo.db.types import BigId, Key
from vinculo.people.models import Postal

COMPANY = "organization_company.id"


class Named:
    """A mixin: a name that no other has, whatever its case and accents, and whether it is in use."""

    name: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, unique=True, info=NOT_PERSONAL)
    active: Mapped[bool] = mapped_column(default=True)


class Company(Named, Postal, Customised, Record):
    """A legal entity of our own. ``number_prefix`` begins the numbers of its documents."""

    __tablename__ = "organization_company"

    legal_name: Mapped[str] = mapped_column(sa.String(300), default="", info=NOT_PERSONAL)
    tax_id: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    vat_id: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    registration_number: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    currency: Mapped[str] = mapped_column(sa.String(3), default="", info=NOT_PERSONAL)
    number_prefix: Mapped[str] = mapped_column(sa.String(20), default="", info=NOT_PERSONAL)
    is_default: Mapped[bool] = mapped_column(default=False)


class Outlet(Named, Postal, Customised, Record):
    """A place where a company sells or serves: a shop, a branch, a warehouse."""

    __tablename__ = "organization_outlet"

    company_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey(COMPANY, ondelete="RESTRICT"), index=True)
    department_id: Mapped[int | None] = mapped_column(
        BigId,
        sa.ForeignKey("accounts_department.id", ondelete="SET NULL", info={"on_merge": "follow"}),
        index=True,
    )
    phone: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    calendar_id: Mapped[int | None] = mapped_column(
        BigId,
        sa.ForeignKey("company_calendar.id", ondelete="SET NULL", info={"on_merge": "follow"}),
        index=True,
    )


class Account(Named, Customised, Record):
    """An account of a company at a bank."""

    __tablename__ = "organization_account"

    company_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey(COMPANY, ondelete="RESTRICT"), index=True)
    number: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)
    bank_name: Mapped[str] = mapped_column(sa.String(200), default="", info=NOT_PERSONAL)
    bank_code: Mapped[str] = mapped_column(sa.String(30), default="", info=NOT_PERSONAL)
    currency: Mapped[str] = mapped_column(sa.String(3), default="", info=NOT_PERSONAL)
    opening_balance: Mapped[Decimal] = mapped_column(default=Decimal("0.00"))
    opened_on: Mapped[date | None]


class CashDesk(Named, Customised, Record):
    """Where a company, or one of its outlets, keeps cash of one currency."""

    __tablename__ = "organization_desk"

    company_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey(COMPANY, ondelete="RESTRICT"), index=True)
    outlet_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("organization_outlet.id", ondelete="RESTRICT"), index=True
    )
    currency: Mapped[str] = mapped_column(sa.String(3), default="", info=NOT_PERSONAL)
    opening_balance: Mapped[Decimal] = mapped_column(default=Decimal("0.00"))
    opened_on: Mapped[date | None]
