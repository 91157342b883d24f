"""What was open on a day that is over: what is open now, and what was paid or credited since.

An invoice that was cancelled counts for no day, whenever that was. What is in the company's currency is added
up by the database; of the rest each invoice comes by itself, so that it is rounded as the invoice was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.db.types import from_units
from vinculo.records.kind import RecordKind
from vinculo_payments.models import ZERO, Allocation, CreditNote, Flow, Invoice, Payment, State
from vinculo_payments.records import invoice, payment
from vinculo_payments.service import STANDING, worth

Within = Callable[[sa.Select[Any], RecordKind], sa.Select[Any]]


def _units(column: Any) -> Any:
    return sa.type_coerce(column, sa.BigInteger)


def _later(day: date) -> sa.Subquery:
    """By invoice: how much of it was paid or credited after a day."""
    units = _units(Allocation.amount)
    paid = (
        sa.select(
            Allocation.invoice_id, sa.case((Payment.flow == Flow.IN, units), else_=-units).label("units")
        )
        .join(Payment, Payment.id == Allocation.payment_id)
        .where(Allocation.paid_on > day)
    )
    credited = sa.select(CreditNote.invoice_id, _units(CreditNote.amount).label("units"))
    each = sa.union_all(paid, credited.where(CreditNote.issued_on > day)).subquery()
    total = sa.cast(sa.func.sum(each.c.units), sa.BigInteger).label("units")
    return sa.select(each.c.invoice_id, total).group_by(each.c.invoice_id).subquery()


def since(
    session: Session, within: Within, key: Any, bucket: Any, day: date
) -> Iterator[tuple[Any, int, Decimal]]:
    """(key, bucket, amount): by how much more was open at the end of a day than is of the same now."""
    later = _later(day)
    then = _units(Invoice.open_amount) + later.c.units
    now = sa.case((Invoice.state == State.ISSUED, Invoice.base_open), else_=0)
    query = (
        sa.select(key.label("key"), bucket.label("bucket"), then.label("then"), now.label("now"))
        .select_from(later)
        .join(Invoice, Invoice.id == later.c.invoice_id)
        .where(Invoice.issued_on <= day, Invoice.state.in_(STANDING))
    )
    ours = Invoice.base_amount == Invoice.amount
    each = within(query, invoice).where(ours).subquery()
    more = sa.case((each.c.then > 0, each.c.then), else_=0) - _units(each.c.now)
    total = sa.cast(sa.func.sum(more), sa.BigInteger)
    for one, place, units in session.execute(
        sa.select(each.c.key, each.c.bucket, total).group_by(each.c.key, each.c.bucket)
    ):
        yield one, place, from_units(units)
    rest: sa.Select[Any] = (
        within(query, invoice).where(sa.not_(ours)).add_columns(Invoice.amount, Invoice.base_amount)
    )
    for one, place, units, known, amount, base in session.execute(rest):
        yield one, place, worth(max(from_units(units), ZERO), base, amount) - known


def taken_later(session: Session, within: Within, key: Any, day: date) -> Iterator[tuple[Any, Decimal]]:
    """(key, amount) of what had come in by a day, and pays an invoice that was issued after it."""
    came = sa.func.coalesce(Allocation.paid_on, day) <= day  # so that it is read by the invoices
    query = (
        sa.select(key, Allocation.amount, Payment.amount, Payment.base_amount)
        .select_from(Invoice)
        .join(Allocation, Allocation.invoice_id == Invoice.id)
        .join(Payment, Payment.id == Allocation.payment_id)
        .where(Invoice.issued_on > day, came, Payment.flow != Flow.OUT, Payment.base_amount.is_not(None))
    )
    rows: Any = session.execute(within(query, payment))
    for one, part, amount, base in rows:
        yield one, worth(part, base, amount)
