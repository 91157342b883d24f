"""Carrying out what was approved elsewhere: a credit note for the invoice that the client got last."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import Approved
from vinculo.records import access
from vinculo.records import service as records
from vinculo.records.reading import Values
from vinculo_payments.models import CreditNote, Invoice
from vinculo_payments.records import credit_note, invoice
from vinculo_payments.service import STANDING


def credit(session: Session, approved: Approved, actor: Actor) -> tuple[str, int]:
    """A credit note over the amount, on the latest invoice that still holds so much.

    Raises ``InvalidError`` where no amount was said, or no invoice that the actor sees holds it.
    """
    if not approved.amount or approved.client_id is None:
        raise InvalidError([FieldError("amount", _("Say over which amount."), "required")])
    query = access.within(sa.select(Invoice.id), invoice, actor, few=True).where(
        Invoice.client_id == approved.client_id,
        Invoice.state.in_(STANDING),
        Invoice.amount - Invoice.credited >= approved.amount,
    )
    found = session.scalar(query.order_by(Invoice.issued_on.desc(), Invoice.id.desc()).limit(1))
    if found is None:
        text = _("No invoice of the client is over %(amount)s or more.", amount=approved.amount)
        raise InvalidError([FieldError("amount", text, "no_invoice")])
    values = Values({"invoice_id": found, "amount": approved.amount, "reason": approved.title[:300]})
    made: CreditNote = records.create(session, credit_note, values, actor=actor)
    return credit_note.name, made.id
