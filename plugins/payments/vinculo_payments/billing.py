"""An invoice in one click: of whatever record promises goods, or has an amount."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.company.documents import BaseAmount
from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.plugins.promising import Promise, family
from vinculo.plugins.registry import Registry
from vinculo.records import service as records
from vinculo.records.kind import RecordKind
from vinculo.records.reading import RowValues, Values
from vinculo_payments import queries
from vinculo_payments.models import Invoice, State
from vinculo_payments.records import invoice


def bill(session: Session, registry: Registry, kind: RecordKind, record: Any, *, actor: Actor) -> Invoice:
    """Issue an invoice for what a record, read with ``lock``, promises.

    Raises ``ConflictError`` where one that is not cancelled charges for the same already, be it of the deal
    that an order is of, ``InvalidError`` where there is no client or nothing to charge.
    """
    client_id = kind.client_of(record)
    if client_id is None:
        raise InvalidError([FieldError(kind.client, _("Choose the client first."), "required")])
    _refuse_second(session, registry, (kind.name, record.id))
    lines = _lines(session, registry.promises[kind.name], kind, record)
    values = Values({"client_id": client_id, "state": State.ISSUED, "currency": _currency(record)})
    values.fields["counterparty_id"] = getattr(record, kind.counterparty) if kind.counterparty else None
    values.collections["lines"] = lines
    made: Invoice = records.create(session, invoice, values, actor=actor)
    made.about_kind, made.about_id = kind.name, record.id
    session.flush()
    return made


def _refuse_second(session: Session, registry: Registry, source: tuple[str, int]) -> None:
    """Where a deal and its order are charged at once, each waits for the one that both are of."""
    same = family(registry.promises, session, source)
    first = registry.kinds.get(same[0][0])
    if same[0] != source and first is not None:
        session.execute(sa.select(first.model.id).where(first.model.id == same[0][1]).with_for_update())
    earlier = next((one for one in queries.about(session, same) if one.state is not State.CANCELLED), None)
    if earlier is None:
        return
    shown = {"number": earlier.number or _("a draft"), "kind": registry.kinds[earlier.about_kind].label}
    text = _("There is an invoice already: %(number)s. Cancel it first, or add another by hand.")
    if (earlier.about_kind, earlier.about_id) != source:
        text = _(
            "An invoice charges for the same already: %(number)s, made of “%(kind)s”. Cancel it first, or add"
            " another by hand."
        )
    raise ConflictError(text % shown, code="invoiced")


def _lines(session: Session, promise: Promise, kind: RecordKind, record: Any) -> list[RowValues]:
    goods = [one for one in promise.goods(session, record.id) if one.price is not None]
    if goods:
        return [_line(one.text, one.quantity, one.price, one.discount, one.tax) for one in goods]
    amount = getattr(record, record.amount_of) if isinstance(record, BaseAmount) else None
    if not amount:
        text = _("There is nothing to charge: add lines with prices, or an amount.")
        raise InvalidError([FieldError("lines", text, "required")])
    return [_line(kind.title_of(record), Decimal(1), amount, Decimal(0), Decimal(0))]


def _line(
    product: str, quantity: Decimal, price: Decimal | None, discount: Decimal, tax: Decimal
) -> RowValues:
    return RowValues({
        "product": product[:300], "quantity": quantity, "price": price, "discount": discount,
        "tax": tax,
    })  # fmt: skip


def _currency(record: Any) -> str:
    return getattr(record, record.currency_of) if isinstance(record, BaseAmount) else ""
