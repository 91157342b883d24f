"""Which payment pays which invoice: under locks, so that no penny is given away twice.

A payment is locked first, then its invoices in the order of their ids, so that no two wait for each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.errors import FieldError, InvalidError, NotFoundError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.records import service as records
from vinculo.records.kind import RecordKind
from vinculo_payments import habits
from vinculo_payments.models import Allocation, Invoice, Payment
from vinculo_payments.service import STANDING, free, settle, sign


def allocate(
    session: Session, kind: RecordKind, payment: Payment, amounts: Mapping[int, Decimal], *, actor: Actor
) -> None:
    """Pay invoices, by id, with a payment that was read with ``lock``; the rest of it stays free.

    Money that came in pays what is open; money that went out pays back what was paid too much. Raises
    ``InvalidError`` for more than is free or open, another currency or client; then nothing is changed.
    """
    faults, was = [], payment.client_id
    for invoice_id, amount in sorted(amounts.items()):
        invoice = _locked(session, invoice_id)
        text = _refusal(payment, invoice, amount)
        if text:
            faults.append(FieldError(f"invoice_{invoice_id}", text, "cannot_allocate"))
            continue
        _add(session, payment, invoice, amount, actor)
        _tell(session, kind, payment, invoice, [None, f"{amount}"], actor)
    if faults:
        raise InvalidError(faults)
    if payment.client_id != was:
        records.project(session, kind, payment, new=False)  # it stands on the client's timeline now
    habits.learn(session, payment)


def _locked(session: Session, invoice_id: int) -> Invoice:
    query = sa.select(Invoice).where(Invoice.id == invoice_id).with_for_update()
    found = session.scalar(query, execution_options={"populate_existing": True})
    if found is None:
        raise NotFoundError
    return found


def _between(session: Session, payment: Payment, invoice_id: int) -> Allocation | None:
    """What of a payment pays an invoice, as it is now that both are locked, whoever had read it before."""
    query = sa.select(Allocation).where(
        Allocation.payment_id == payment.id, Allocation.invoice_id == invoice_id
    )
    return session.scalar(query, execution_options={"populate_existing": True})


def _refusal(payment: Payment, invoice: Invoice, amount: Decimal) -> str:
    """Why so much of the payment does not pay the invoice, or ""."""
    wanted = invoice.open_amount * sign(payment.flow)
    if invoice.state not in STANDING:
        return _("%(invoice)s is not issued.", invoice=invoice.number or invoice.id)
    if payment.currency != invoice.currency:
        return _(
            "%(invoice)s is in %(other)s, the payment in %(currency)s.",
            invoice=invoice.number, other=invoice.currency, currency=payment.currency,
        )  # fmt: skip
    if payment.client_id is not None and payment.client_id != invoice.client_id:
        return _("%(invoice)s is another client's.", invoice=invoice.number)
    if amount <= 0 or amount > wanted:
        return _(
            "Of %(invoice)s %(open)s is open; write no more than that.",
            invoice=invoice.number, open=max(wanted, Decimal("0.00")),
        )  # fmt: skip
    if amount > payment.free_amount:
        return _("Of the payment %(free)s is free; write no more than that.", free=payment.free_amount)
    return ""


def _add(session: Session, payment: Payment, invoice: Invoice, amount: Decimal, actor: Actor) -> None:
    row = _between(session, payment, invoice.id)
    if row is None:
        row = Allocation(payment_id=payment.id, invoice_id=invoice.id, amount=amount, paid_on=payment.paid_on)
        row.client_id, row.user_id = invoice.client_id, actor.user_id
        session.add(row)
    else:
        row.amount += amount
    free(payment, payment.free_amount - amount)
    payment.client_id = invoice.client_id
    payment.counterparty_id = payment.counterparty_id or invoice.counterparty_id
    invoice.paid += amount * sign(payment.flow)
    settle(invoice)
    session.flush()


def release(session: Session, kind: RecordKind, payment: Payment, invoice_id: int, *, actor: Actor) -> None:
    """Take a payment, read with ``lock``, off an invoice. Raises ``NotFoundError`` if it is not on it."""
    invoice = _locked(session, invoice_id)
    row = _between(session, payment, invoice_id)
    if row is None:
        raise NotFoundError
    free(payment, payment.free_amount + row.amount)
    invoice.paid -= row.amount * sign(payment.flow)
    settle(invoice)
    session.delete(row)
    session.flush()
    _tell(session, kind, payment, invoice, [f"{row.amount}", None], actor)


def _tell(
    session: Session,
    kind: RecordKind,
    payment: Payment,
    invoice: Invoice,
    change: list[str | None],
    actor: Actor,
) -> None:
    action = "released" if change[1] is None else "allocated"
    log.write(
        session, actor=actor, action=action, kind=kind.name, record_id=payment.id, title=payment.title,
        client_id=invoice.client_id, changes={invoice.number or f"{invoice.id}": change}, version=None,
    )  # fmt: skip
