"""What the report counts: orders by month and state, of what the reader may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db import sums
from vinculo.records import access
from vinculo.records.narrowing import Narrowed
from vinculo_orders.models import Order, State
from vinculo_orders.records import order


@dataclass(frozen=True, slots=True)
class Month:
    """The orders of one state in a month (``2026-03``), and what they add up to in the company's currency."""

    month: str
    state: State
    count: int
    amount: Decimal


def by_month(
    session: Session, actor: Actor, narrowed: Narrowed, since: date | None, until: date | None
) -> Sequence[Month]:
    """Orders by month and state, the first month first."""
    month = sa.func.substr(sa.cast(Order.ordered_on, sa.String), 1, 7)
    query = sa.select(month, Order.state, sa.func.count(), *sums.parts(Order.base_amount))
    query = access.within(query.select_from(Order), order, actor).where(*narrowed.conditions())
    if since is not None:
        query = query.where(Order.ordered_on >= since)
    if until is not None:
        query = query.where(Order.ordered_on <= until)
    rows = session.execute(query.group_by(month, Order.state).order_by(month))
    return [Month(row[0], row[1], row[2], sums.whole(row[3], row[4])) for row in rows]
