"""Forecasts as they were kept each week, to be held against what was won."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.db import sums
from vinculo_deals import outlook
from vinculo_deals.kept_models import Forecast
from vinculo_deals.models import Deal, State
from vinculo_deals.outlook import CENT, Class, Kept, Outlook

AHEAD: Final = 6  # months, this one included
_SUMS: Final = sums.parts(Deal.__table__.c.base_amount)
Key = tuple[date, int, int | None]  # a month, a pipeline, a responsible


def months(today: date) -> Sequence[date]:
    """This month and those that follow."""
    found = [outlook.month_of(today)]
    while len(found) < AHEAD:
        found.append(outlook.next_month(found[-1]))
    return found


def keep(session: Session, *, on: date) -> None:
    """Keep what is forecast on a day; once more on the same day takes the place of what was kept."""
    session.execute(sa.delete(Forecast).where(Forecast.taken_on == on))
    session.add_all(
        Forecast(
            taken_on=on, month=month, pipeline_id=pipeline, user_id=user, won=one.won,
            commit=one.classes[Class.COMMIT], best=one.classes[Class.BEST],
            pipeline=one.classes[Class.PIPELINE], weighted=one.weighted, count=one.count,
        )
        for (month, pipeline, user), one in _now(session, on).items()
    )  # fmt: skip
    session.flush()


def _now(session: Session, on: date) -> dict[Key, Outlook]:
    found: dict[Key, Outlook] = defaultdict(Outlook)
    ahead = months(on)
    first, end = ahead[0], outlook.next_month(ahead[-1])
    whose = (Deal.pipeline_id, Deal.responsible_id)
    percent = sa.func.coalesce(Deal.chance, 0)
    opened = (
        sa.select(*whose, Deal.expected_on, percent, sa.func.count(), *_SUMS)
        .where(Deal.state == State.OPEN, Deal.expected_on >= on, Deal.expected_on < end)
        .group_by(*whose, Deal.expected_on, percent)
    )
    rows: Iterable[Any] = session.execute(opened)
    for pipeline, user, day, chance, count, large, small in rows:
        one, amount = found[outlook.month_of(day), pipeline, user], sums.whole(large, small)
        one.classes[outlook.class_of(chance)] += amount
        one.likely += amount * chance / outlook.PERCENT
        one.count += count
    won = (
        sa.select(*whose, *_SUMS)
        .where(Deal.state == State.WON, Deal.closed_on >= first, Deal.closed_on <= on)
        .group_by(*whose)
    )
    rows = session.execute(won)
    for pipeline, user, large, small in rows:
        found[first, pipeline, user].won += sums.whole(large, small)
    return found


def kept(
    session: Session, *, since: date, pipeline: int | None, users: Sequence[int | None] | None
) -> list[Kept]:
    """What was forecast for the months since one, of a pipeline and of these users; None says all."""
    query = sa.select(Forecast.taken_on, Forecast.month, *sums.parts(Forecast.__table__.c.weighted)).where(
        Forecast.month >= since, Forecast.taken_on <= Forecast.month
    )
    if pipeline is not None:
        query = query.where(Forecast.pipeline_id == pipeline)
    if users is not None:
        query = query.where(Forecast.user_id.in_(users))
    rows: Iterable[Any] = session.execute(query.group_by(Forecast.taken_on, Forecast.month))
    return [Kept(taken, month, sums.whole(*halves).quantize(CENT)) for taken, month, *halves in rows]
