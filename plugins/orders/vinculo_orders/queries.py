"""What pages and other plugins ask about orders: one query each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts.models import User
from vinculo.plugins.promising import Goods
from vinculo_orders.models import STANDING, ZERO, Order, OrderLine, OrderMove, State

PRODUCT = "product"  # what lines name where a catalog says what is sold
VARIANT = "variant"


def goods(session: Session, order_id: int) -> Sequence[Goods]:
    """What the lines of an order promise."""
    query = sa.select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.id)
    return [
        Goods(
            one.product, one.quantity, (PRODUCT, one.product_id) if one.product_id else None, one.price,
            one.discount, one.unit, one.tax_rate or ZERO,
            variant=(VARIANT, one.variant_id) if one.variant_id else None,
        )
        for one in session.scalars(query)
    ]  # fmt: skip


def origin(session: Session, order_id: int) -> tuple[str, int] | None:
    """What an order was made of."""
    found = session.execute(sa.select(Order.about_kind, Order.about_id).where(Order.id == order_id)).first()
    return (found[0], found[1]) if found is not None and found[1] is not None else None


def made_of(session: Session, kind: str, record_id: int) -> Sequence[int]:
    """The ids of the orders that were made of a record, cancelled ones, too."""
    query = sa.select(Order.id).where(Order.about_kind == kind, Order.about_id == record_id)
    return session.scalars(query.order_by(Order.id)).all()


def taken(session: Session, kind: str, record_id: int) -> bool:
    """Whether an order that stands was made of a record: it promises in its place."""
    query = sa.select(1).where(Order.about_kind == kind, Order.about_id == record_id)
    return session.scalar(query.where(Order.state.in_(STANDING)).limit(1)) is not None


def about(session: Session, kind: str, record_id: int) -> Sequence[Order]:
    """The orders that were made of a record."""
    query = sa.select(Order).where(Order.about_kind == kind, Order.about_id == record_id)
    return session.scalars(query.order_by(Order.id.desc())).all()


def moves(session: Session, order_id: int) -> Sequence[tuple[State, datetime, str]]:
    """(state, when, by whom) of an order, the latest first."""
    who = sa.func.coalesce(sa.func.nullif(User.full_name, ""), User.login, "")
    query = sa.select(OrderMove.state, OrderMove.at, who).outerjoin(User, User.id == OrderMove.user_id)
    query = query.where(OrderMove.order_id == order_id).order_by(OrderMove.id.desc())
    return [(row[0], row[1], row[2]) for row in session.execute(query)]
