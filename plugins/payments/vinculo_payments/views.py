"""What templates are given about invoices and payments."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from vinculo.i18n import format_date
from vinculo.records.fields import AmountField
from vinculo.web.views import Badge
from vinculo_payments.models import CreditNote, Invoice, Payment
from vinculo_payments.records import invoice, payment
from vinculo_payments.words import STATES, TONES

AMOUNT = AmountField(name="amount", label="")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a panel. ``id`` is what a button of it is about."""

    id: int
    text: str
    url: str
    amount: str
    note: str = ""
    badge: Badge | None = None


def money(amount: Any, currency: str) -> str:
    """An amount as the user's language writes it, with its currency."""
    return f"{AMOUNT.show(amount)} {currency}"


def paying(one: Payment, amount: Decimal) -> Row:
    """A payment that pays an invoice."""
    url = f"{payment.url}/{one.id}"
    return Row(one.id, one.title, url, money(amount, one.currency), format_date(one.paid_on))


def paid(one: Invoice, amount: Decimal) -> Row:
    """An invoice that a payment pays."""
    note = format_date(one.issued_on) if one.issued_on else ""
    return Row(one.id, one.number, f"{invoice.url}/{one.id}", money(amount, one.currency), note, badge(one))


def credit(one: CreditNote, currency: str) -> Row:
    """A credit note of an invoice."""
    return Row(one.id, one.number, f"/credit-notes/{one.id}", money(one.amount, currency), one.reason)


def badge(one: Invoice) -> Badge:
    """How far an invoice is."""
    return Badge(str(STATES[one.state]), TONES[one.state])
