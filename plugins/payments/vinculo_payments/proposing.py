"""Which invoices a payment pays, with the reasons that a person can check."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.i18n import gettext as _
from vinculo.records import access
from vinculo.records.kind import RecordKind
from vinculo_payments import allocating
from vinculo_payments.models import Invoice, Payment, State
from vinculo_payments.service import sign

MOST: Final = 200  # so many open invoices are looked at for each payment
SURE: Final = 100
_NUMBER, _AMOUNT, _COUNTERPARTY, _CLIENT = 60, 50, 20, 20
Words = frozenset[str]
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


def propose(
    session: Session, kind: RecordKind, payments: Sequence[Payment], *, actor: Actor
) -> list[list[Proposal]]:
    """Of each payment the invoices (records of ``kind``) that fit, the surest first, until it is used up.

    Those that the actor does not see are left aside.
    """
    names = [named(one.text) if one.free_amount else frozenset() for one in payments]
    known = _candidates(session, kind, list(zip(payments, names, strict=True)), actor)
    return [_proposed(one, words, known) for one, words in zip(payments, names, strict=True)]


def _proposed(payment: Payment, words: Words, known: Sequence[Invoice]) -> list[Proposal]:
    rated = [_rated(payment, words, one) for one in known if _fits(payment, words, one)]
    rated.sort(key=lambda one: (-one[0], one[1].due_on or one[1].issued_on, one[1].id))
    found, rest = [], payment.free_amount
    for score, one, reasons in rated:
        part = min(rest, abs(one.open_amount))
        if part <= 0:
            break
        found.append(Proposal(one, part, score, reasons))
        rest -= part
    return found


def settle(session: Session, kinds: tuple[RecordKind, RecordKind], payment: Payment, *, actor: Actor) -> bool:
    """Allocate what is sure of a payment that was read with ``lock``; whether there was any.

    ``kinds`` are those of invoices and of payments.
    """
    of_invoices, of_payments = kinds
    (found,) = propose(session, of_invoices, [payment], actor=actor)
    amounts = {one.invoice.id: one.amount for one in found if one.is_sure}
    if amounts:
        allocating.allocate(session, of_payments, payment, amounts, actor=actor)
    return bool(amounts)


def _candidates(
    session: Session, kind: RecordKind, asked: Sequence[tuple[Payment, Words]], actor: Actor
) -> Sequence[Invoice]:
    """Of the payments' clients what is open, the oldest first; of others what the texts name."""
    clients = {one.client_id for one, _words in asked if one.free_amount and one.client_id is not None}
    words = {word for one, some in asked if one.client_id is None for word in some}
    if not clients and not words:
        return []
    query = access.within(sa.select(Invoice), kind, actor, few=True).where(
        sa.or_(Invoice.client_id.in_(clients), Invoice.number_key.in_(words)),
        sa.or_(Invoice.state == State.ISSUED, Invoice.open_amount < 0),
    )
    return session.scalars(query.order_by(Invoice.due_on, Invoice.id).limit(MOST * len(asked))).all()


def _fits(payment: Payment, words: Words, one: Invoice) -> bool:
    if one.currency != payment.currency or one.open_amount * sign(payment.flow) <= 0:
        return False
    return one.client_id == payment.client_id if payment.client_id is not None else one.number_key in words


def named(text: str) -> Words:
    """What in a text could be the number of an invoice."""
    words = (word.casefold().rstrip(".-/") for word in _WORD.findall(text))
    return frozenset(sorted({word for word in words if any(letter.isdigit() for letter in word)})[:50])


def _rated(payment: Payment, words: Words, one: Invoice) -> tuple[int, Invoice, list[str]]:
    reasons = []
    score = 0
    if one.number_key and one.number_key in words:
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
