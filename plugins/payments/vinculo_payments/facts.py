"""What payments tell of a client: what is open, what is past due, when it paid last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa

from vinculo.db.types import Money
from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import today
from vinculo.plugins.contributions import Fact
from vinculo.records.facts import Told
from vinculo.records.fields import AmountField, DateField
from vinculo_payments.models import Flow, State
from vinculo_payments.records import invoice, payment

YEAR: Final = 365


def _year_ago() -> date:
    return today() - timedelta(days=YEAR)


TODAY: Final = sa.bindparam("payments_today", type_=sa.Date(), callable_=today)
YEAR_AGO: Final = sa.bindparam("payments_year_ago", type_=sa.Date(), callable_=_year_ago)
OPEN: Final = ("client_id", "state", "open_amount")


def _sum(amount: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    total = sa.cast(sa.func.sum(sa.type_coerce(amount, sa.BigInteger)), sa.BigInteger)
    return sa.type_coerce(total, Money())


def open_amount(told: Told) -> sa.ColumnElement[Any]:
    """What is open; null where nothing is."""
    table = invoice.table
    query = sa.select(_sum(table.c.base_open)).select_from(table)
    return query.where(told.rows(), table.c.state == State.ISSUED).scalar_subquery()


def overdue(told: Told) -> sa.ColumnElement[Any]:
    """What of it is past due."""
    table = invoice.table
    query = sa.select(_sum(table.c.base_open)).select_from(table)
    return query.where(told.rows(), table.c.state == State.ISSUED, table.c.due_on < TODAY).scalar_subquery()


def invoiced(told: Told) -> sa.ColumnElement[Any]:
    """What was invoiced within 365 days."""
    table = invoice.table
    standing = table.c.state.in_((State.ISSUED, State.PAID))
    query = sa.select(_sum(table.c.base_amount)).select_from(table)
    return query.where(told.rows(), standing, table.c.issued_on > YEAR_AGO).scalar_subquery()


def last_payment(told: Told) -> sa.ColumnElement[Any]:
    """The day on which it paid last."""
    table = payment.table
    query = sa.select(sa.func.max(table.c.paid_on)).select_from(table)
    return query.where(told.rows(), table.c.flow == Flow.IN).scalar_subquery()


def _open_rows(client_id: int, value: Any) -> Mapping[str, str]:
    return {"client_id": str(client_id), "state": State.ISSUED}


def _late_rows(client_id: int, value: Any) -> Mapping[str, str]:
    return {"client_id": str(client_id), "state": State.ISSUED, "due_on[lt]": f"{today()}"}


def _year_rows(client_id: int, value: Any) -> Mapping[str, str]:
    states = f"{State.ISSUED},{State.PAID}"
    return {"client_id": str(client_id), "state[in]": states, "issued_on[gt]": f"{_year_ago()}"}


def _last_rows(client_id: int, value: Any) -> Mapping[str, str]:
    return {"client_id": str(client_id), "flow": Flow.IN, "paid_on": f"{value}"}


def late_tone(amount: Decimal) -> str:
    """What is past due shows."""
    return "bad" if amount else ""


FACTS: Final = (
    Fact(
        about="client",
        field=AmountField(
            name="payments_open", label=_l("Owes"), read_only=True,
            help=_l("What is open of issued invoices, in the company's currency."),
        ),
        of=invoice,
        expression=open_amount,
        tells=OPEN,
        rows=_open_rows,
        header=42,
    ),
    Fact(
        about="client",
        field=AmountField(
            name="payments_overdue", label=_l("Past due, amount"), read_only=True,
            help=_l("What of it should have been paid before today."),
        ),
        of=invoice,
        expression=overdue,
        tells=(*OPEN, "due_on"),
        rows=_late_rows,
        header=43,
        tone=late_tone,
    ),
    Fact(
        about="client",
        field=AmountField(
            name="payments_invoiced_year", label=_l("Invoiced in 12 months"), read_only=True,
            help=_l("The amounts of invoices of the last 365 days, in the company's currency."),
        ),
        of=invoice,
        expression=invoiced,
        tells=("client_id", "state", "amount", "base_amount", "issued_on"),
        rows=_year_rows,
    ),
    Fact(
        about="client",
        field=DateField(
            name="payments_last", label=_l("Last payment"), read_only=True,
            help=_l("The day on which the client paid last."),
        ),
        of=payment,
        expression=last_payment,
        tells=("client_id", "flow", "paid_on"),
        rows=_last_rows,
    ),
)  # fmt: skip
