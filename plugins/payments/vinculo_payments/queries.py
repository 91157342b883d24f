"""What pages ask about invoices and payments: one query each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo_payments.models import Allocation, CreditNote, Invoice, Payment, Statement


def payments_of(session: Session, invoice_id: int) -> Sequence[tuple[Payment, Any]]:
    """What an invoice is paid with: (payment, amount), the first one first."""
    query = (
        sa.select(Payment, Allocation.amount)
        .join(Allocation, Allocation.payment_id == Payment.id)
        .where(Allocation.invoice_id == invoice_id)
        .order_by(Allocation.paid_on, Allocation.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def invoices_of(session: Session, payment_id: int) -> Sequence[tuple[Invoice, Any]]:
    """What a payment pays: (invoice, amount)."""
    query = (
        sa.select(Invoice, Allocation.amount)
        .join(Allocation, Allocation.invoice_id == Invoice.id)
        .where(Allocation.payment_id == payment_id)
        .order_by(Allocation.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def credits_of(session: Session, invoice_id: int) -> Sequence[CreditNote]:
    """The credit notes of an invoice."""
    query = sa.select(CreditNote).where(CreditNote.invoice_id == invoice_id)
    return session.scalars(query.order_by(CreditNote.id)).all()


def statements(session: Session, most: int) -> Sequence[Statement]:
    """The files that were read last."""
    return session.scalars(sa.select(Statement).order_by(Statement.id.desc()).limit(most)).all()


def about(session: Session, sources: Sequence[tuple[str, int]]) -> Sequence[Invoice]:
    """The invoices that were made of some records (kind, id), the latest first."""
    query = sa.select(Invoice).where(
        sa.or_(*(sa.and_(Invoice.about_kind == kind, Invoice.about_id == one) for kind, one in sources))
    )
    return session.scalars(query.order_by(Invoice.id.desc())).all()
