"""What is done with orders: making one of what was sold, and moving it on."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.company.documents import BaseAmount
from vinculo.errors import ConflictError, FieldError, InvalidError, NotFoundError
from vinculo.i18n import gettext as _
from vinculo.plugins.promising import Goods, Promise
from vinculo.records import service as records
from vinculo.records.kind import RecordKind
from vinculo.records.reading import RowValues, Values
from vinculo.web.context import Context
from vinculo_orders.models import Order, State
from vinculo_orders.records import order


def make(
    session: Session, orders: RecordKind, promise: Promise, kind: RecordKind, record: Any, *, actor: Actor
) -> Order:
    """A draft of an order for what a record of ``kind``, read with ``lock``, promises.

    ``orders`` are orders as they are in the app. Raises ``ConflictError`` where there is an order already
    that is not cancelled, ``InvalidError`` where there is no client.
    """
    client_id = kind.client_of(record)
    if client_id is None:
        raise InvalidError([FieldError(kind.client, _("Choose the client first."), "required")])
    earlier = sa.select(Order.number).where(
        Order.about_kind == kind.name, Order.about_id == record.id, Order.state != State.CANCELLED
    )
    if number := session.scalar(earlier.limit(1)):
        text = _("There is an order already: %(number)s. Cancel it first, or add another by hand.")
        raise ConflictError(text % {"number": number}, code="ordered")
    values = Values({"client_id": client_id, "state": State.DRAFT})
    if kind.counterparty:
        values.fields["counterparty_id"] = getattr(record, kind.counterparty)
    if isinstance(record, BaseAmount):
        values.fields["currency"] = getattr(record, record.currency_of)
        values.fields["amount"] = getattr(record, record.amount_of)
    if kind.owner:
        values.fields["responsible_id"] = getattr(record, kind.owner)
    values.collections["lines"] = [_line(one, orders) for one in promise.goods(session, record.id)]
    made: Order = records.create(session, orders, values, actor=actor)
    made.about_kind, made.about_id = kind.name, record.id
    session.flush()
    return made


def _line(one: Goods, orders: RecordKind) -> RowValues:
    fields: dict[str, Any] = {
        "product": one.text[:300], "quantity": one.quantity, "unit": one.unit[:30], "price": one.price,
        "discount": one.discount, "tax_rate": one.tax or None,
    }  # fmt: skip
    links = [link.kind for lines in orders.collections for link in lines.links()]
    if one.product is not None and one.product[0] in links:
        fields["product_id"] = one.product[1]
    if one.variant is not None and one.variant[0] in links:
        fields["variant_id"] = one.variant[1]
    return RowValues(fields)


def make_of(ctx: Context, name: str, record_id: int) -> Order:
    """A draft of an order of a record of the kind ``name``, which its reader sees."""
    promise = ctx.registry.promises.get(name)
    if promise is None or name == order.name:
        raise NotFoundError
    kind = ctx.registry.kinds[name]
    if not ctx.actor.may(kind.permission("read")):
        raise NotFoundError
    record: Any = records.get(ctx.session, kind, record_id, actor=ctx.actor, lock=True)
    orders = ctx.registry.kinds[order.name]
    return make(ctx.session, orders, promise, kind, record, actor=ctx.actor)


def move(
    session: Session, one: Order, state: State, *, actor: Actor, reason: str = "", version: int | None = None
) -> bool:
    """Put an order, read with ``lock``, into a state; whether it was in another. Raises ``InvalidError``."""
    values = Values({"state": state}, version=version)
    if state is State.CANCELLED:
        values.fields["cancel_reason"] = reason.strip()[:300]
    return records.update(session, order, one, values, actor=actor)
