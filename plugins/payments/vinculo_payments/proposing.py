"""Which invoices a payment pays, with the reasons that a person can check."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.i18n import gettext as _
from vinculo.records import access
from vinculo.records.kind import RecordKind
from vinculo_payments import allocating
from vinculo_payments.models import Flow, Invoice, Payment, State

MOST: Final = 200  # open invoices of a client that are looked at
SURE: Final = 100
_NUMBER, _AMOUNT, _COUNTERPARTY, _CLIENT = 60, 50, 20, 20
_WORD: Final = re.compile(r"[^\W_][\w/.-]*")


@dataclass(frozen=True, slots=True)
class Proposal:
    """So much of an invoice, how sure that is (from ``SURE`` on without a doubt), and why."""

    invoice: Invoice
    amount: Decimal
    score: int
    reasons: Sequence[str]

    @property
    def is_sure(self) -> bool:
        """The number in the text and the amount to the penny, or as good as that."""
        return self.score >= SURE


def propose(session: Session, kind: RecordKind, payment: Payment, *, actor: Actor) -> list[Proposal]:
    """The invoices (records of ``kind``) that fit, the surest first, until the payment is used up.

    Those that the actor does not see are left aside.
    """
    if not payment.free_amount:
        return []
    rated = [_rated(payment, one) for one in _candidates(session, kind, payment, actor)]
    rated.sort(key=lambda one: (-one[0], one[1].due_on or one[1].issued_on, one[1].id))
    found, rest = [], payment.free_amount
    for score, one, reasons in rated:
        part = min(rest, abs(one.open_amount))
        if part <= 0 or not reasons:
            continue
        found.append(Proposal(one, part, score, reasons))
        rest -= part
    return found


def settle(session: Session, kinds: tuple[RecordKind, RecordKind], payment: Payment, *, actor: Actor) -> bool:
    """Allocate what is sure of a payment that was read with ``lock``; whether there was any.

    ``kinds`` are those of invoices and of payments.
    """
    of_invoices, of_payments = kinds
    found = propose(session, of_invoices, payment, actor=actor)
    amounts = {one.invoice.id: one.amount for one in found if one.is_sure}
    if amounts:
        allocating.allocate(session, of_payments, payment, amounts, actor=actor)
    return bool(amounts)


def _candidates(session: Session, kind: RecordKind, payment: Payment, actor: Actor) -> Sequence[Invoice]:
    """Of the client what is open; of others what the text names."""
    query = access.within(sa.select(Invoice), kind, actor, few=True).where(
        Invoice.currency == payment.currency
    )
    if payment.flow is Flow.IN:
        query = query.where(Invoice.state == State.ISSUED)
    else:
        query = query.where(Invoice.open_amount < 0)
    whose: list[Any] = []
    if payment.client_id is not None:
        whose.append(Invoice.client_id == payment.client_id)
    elif words := named(payment.text):
        whose.append(Invoice.number_key.in_(words))
    if not whose:
        return []
    return session.scalars(query.where(sa.or_(*whose)).order_by(Invoice.due_on, Invoice.id).limit(MOST)).all()


def named(text: str) -> list[str]:
    """What in a text could be the number of an invoice."""
    words = (word.casefold().rstrip(".-/") for word in _WORD.findall(text))
    return sorted({word for word in words if any(letter.isdigit() for letter in word)})[:50]


def _rated(payment: Payment, one: Invoice) -> tuple[int, Invoice, list[str]]:
    reasons = []
    score = 0
    if one.number_key and one.number_key in named(payment.text):
        score += _NUMBER
        reasons.append(_("Its number stands in the text."))
    if payment.free_amount == abs(one.open_amount):
        score += _AMOUNT
        reasons.append(_("The amount is what is open."))
    if payment.counterparty_id is not None and payment.counterparty_id == one.counterparty_id:
        score += _COUNTERPARTY
        reasons.append(_("It is to the same counterparty."))
    if payment.client_id == one.client_id:
        score += _CLIENT
        reasons.append(_("It is the same client's."))
    return score, one, reasons
