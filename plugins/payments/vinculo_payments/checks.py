"""What ``vinculo doctor`` looks at: that sums kept on rows are those of the rows behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.i18n import gettext as _
from vinculo_payments.models import Allocation, CreditNote, Flow, Invoice, Payment, State


def sound(session: Session) -> Sequence[str]:
    """Free is payment less allocations, open is invoice less credit notes less allocations."""
    return [*_payments(session), *_invoices(session)]


def _units(column: Any) -> Any:
    return sa.type_coerce(column, sa.BigInteger)


def _sum(amount: Any, key: Any, of: Any) -> Any:
    total = sa.func.coalesce(sa.func.sum(_units(amount)), 0)
    return sa.select(total).where(key == of).correlate_except(key.table).scalar_subquery()


def _payments(session: Session) -> Sequence[str]:
    taken = _sum(Allocation.amount, Allocation.__table__.c.payment_id, Payment.id)
    wrong = sa.select(Payment.id).where(_units(Payment.free_amount) != _units(Payment.amount) - taken)
    return [
        _("Payment %(id)s: what is free of it is not what its invoices leave.", id=one)
        for one in session.scalars(wrong.order_by(Payment.id).limit(20))
    ]


def _invoices(session: Session) -> Sequence[str]:
    signed = sa.case((Payment.flow == Flow.IN, _units(Allocation.amount)), else_=-_units(Allocation.amount))
    paid = (
        sa.select(sa.func.coalesce(sa.func.sum(signed), 0))
        .join(Payment, Payment.id == Allocation.payment_id)
        .where(Allocation.invoice_id == Invoice.id)
        .scalar_subquery()
    )
    credited = _sum(CreditNote.amount, CreditNote.__table__.c.invoice_id, Invoice.id)
    rest = _units(Invoice.amount) - credited - paid
    wrong = sa.select(Invoice.id, Invoice.number).where(
        Invoice.state.in_((State.ISSUED, State.PAID)),
        sa.or_(_units(Invoice.open_amount) != rest, _units(Invoice.paid) != paid,
               _units(Invoice.credited) != credited),
    )  # fmt: skip
    return [
        _("Invoice %(number)s: what is open is not its amount less payments and credit notes.",
          number=row.number or row.id)
        for row in session.execute(wrong.order_by(Invoice.id).limit(20))
    ]  # fmt: skip
