"""What no file of the sample company holds: what clients asked for at first, and forecasts of the past."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.i18n import gettext as _
from vinculo_deals.kept_models import Forecast
from vinculo_deals.models import Deal, Demand, Line, State
from vinculo_deals.outlook import CENT, month_of, next_month

MONTHS: Final = 6
EVERY: Final = 3  # of so many closed deals one says what was asked for


def fill(session: Session, *, today: date, seed: int = 1) -> None:
    """Made up, and the same for one seed."""
    rng = Random(seed)  # noqa: S311 # nosec B311 # a sample
    session.add_all([*_demand(session, rng), *_forecasts(session, rng, today)])
    session.flush()


def _demand(session: Session, rng: Random) -> Iterator[Line | Demand]:
    """Of some deals: those that were won sold most of it, as the line says that their amount is for."""
    short = _("Not in stock")
    closed = sa.select(Deal.id, Deal.title, Deal.amount, Deal.state).where(
        Deal.state != State.OPEN, Deal.amount > 0, ~sa.exists().where(Line.deal_id == Deal.id)
    )
    rows: Any = session.execute(closed.order_by(Deal.id))
    for number, (deal, title, amount, state) in enumerate(rows):
        if number % EVERY:
            continue
        more = Decimal(rng.choice((1, 1, 1, 2)))
        if state is State.WON:
            yield Line(deal_id=deal, product=title, quantity=Decimal(1), price=amount, discount=Decimal(0))
        yield Demand(
            deal_id=deal, product=title, quantity=more, price=amount, unmet=short if more > 1 else ""
        )


def _forecasts(session: Session, rng: Random, today: date) -> Iterator[Forecast]:
    """Of each of the last months on the Monday before it, some way off what was won."""
    months = [month_of(today)]
    while len(months) < MONTHS:
        months.insert(0, month_of(months[0] - timedelta(days=1)))
    query = sa.select(Deal.closed_on, Deal.pipeline_id, Deal.responsible_id, Deal.base_amount).where(
        Deal.state == State.WON, Deal.closed_on >= months[0], Deal.base_amount.is_not(None)
    )
    won: dict[tuple[date, int, int | None], Decimal] = defaultdict(Decimal)
    rows: Any = session.execute(query.order_by(Deal.id))
    for day, pipeline, user, amount in rows:
        won[month_of(day), pipeline, user] += amount
    for (month, pipeline, user), amount in sorted(won.items(), key=str):
        if month >= next_month(month_of(today)):
            continue
        weighted = (amount * Decimal(f"{rng.uniform(0.7, 1.25):.3f}")).quantize(CENT)
        yield Forecast(
            taken_on=month - timedelta(days=(month.weekday() or 7)), month=month, pipeline_id=pipeline,
            user_id=user, won=Decimal(0), commit=Decimal(0), best=weighted, pipeline=Decimal(0),
            weighted=weighted, count=1,
        )  # fmt: skip
