"""Which open deals are expected to close on which days, and what they add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.db import sums
from vinculo_deals.models import Deal, State
from vinculo_deals.queries import Sums

OPEN = Deal.state == State.OPEN


def by_day(session: Session, conditions: Sequence[Any], first: date, last: date) -> Mapping[date, Sums]:
    """How many are expected on each day, and what they add up to."""
    query = sa.select(Deal.expected_on, sa.func.count(), *sums.parts(Deal.__table__.c.base_amount))
    query = query.where(OPEN, Deal.expected_on.between(first, last), *conditions)
    rows = session.execute(query.group_by(Deal.expected_on))
    return {day: Sums(count, sums.whole(*halves)) for day, count, *halves in rows}


def all_of(session: Session, *conditions: Any) -> Sums:
    """The same of all that fulfil the conditions."""
    query = sa.select(sa.func.count(), *sums.parts(Deal.__table__.c.base_amount)).where(OPEN, *conditions)
    count, *halves = session.execute(query).one()
    return Sums(count, sums.whole(*halves))


def largest(
    session: Session, conditions: Sequence[Any], first: date, last: date, *, most: int, by_amount: bool
) -> Sequence[Any]:
    """The first deals of each day, those with the largest amounts: id, title, day, amount, currency."""
    amount = Deal.__table__.c.base_amount
    order = (amount.desc().nulls_last(), Deal.id) if by_amount else (Deal.id,)
    place = sa.func.row_number().over(partition_by=Deal.expected_on, order_by=order).label("place")
    columns = (Deal.id, Deal.title, Deal.expected_on, Deal.amount, Deal.currency, place)
    found = sa.select(*columns).where(OPEN, Deal.expected_on.between(first, last), *conditions).subquery()
    return session.execute(sa.select(found).where(found.c.place <= most).order_by(found.c.place)).all()
