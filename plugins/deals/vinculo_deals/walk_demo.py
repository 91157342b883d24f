"""Made-up ways of the deals of the sample company: the stages each came through, and how long it stayed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import zip_longest
from random import Random
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.i18n import today
from vinculo_deals import tallies, walk
from vinculo_deals.models import Deal, Stage, State, Visit

SKIPS, RETURNS = 0.12, 0.08  # shares of deals that leave out a stage, or come back to one
MORNING: Final = time(9, tzinfo=UTC)


def fill(session: Session) -> None:
    """Give each deal a way to where its file put it: who looks at a sample wants to see how it was sold."""
    rng = Random("ways")  # noqa: S311 # nosec B311 # a sample
    deals = session.scalars(sa.select(Deal).where(Deal.started_on.is_not(None)).order_by(Deal.id)).all()
    stages = session.scalars(sa.select(Stage).order_by(Stage.position, Stage.id)).all()
    for deal in deals:
        way = _way(rng, deal, [one for one in stages if one.pipeline_id == deal.pipeline_id])
        entered = _entered(rng, deal, len(way))
        session.execute(sa.delete(Visit).where(Visit.deal_id == deal.id))
        session.add_all(_stays(deal, way, entered))
        session.execute(sa.update(Deal).where(Deal.id == deal.id).values(stage_since=entered[-1]))
        walk.count(session, deal, known=True)
    tallies.stale(session, *(deal.id for deal in deals))


def _way(rng: Random, deal: Deal, stages: Sequence[Stage]) -> list[Stage]:
    """The open stages up to the furthest, with a detour here and there, and where the deal stands."""
    path = [one for one in stages if one.state is State.OPEN]
    furthest = next((at for at, one in enumerate(path) if one.id == deal.reached_id), 0)
    way = path[: furthest + 1]
    if len(way) > 2 and rng.random() < SKIPS:
        del way[rng.randrange(1, len(way) - 1)]
    if len(way) > 2 and rng.random() < RETURNS:
        way[-1:-1] = [way[-1], way[-2]]
    if deal.state is not State.OPEN:
        way.append(next(one for one in stages if one.id == deal.stage_id))
    return way


def _entered(rng: Random, deal: Deal, count: int) -> list[datetime]:
    """When each stage was entered: the first as the deal began, the last as it closed, or of late."""
    assert deal.started_on is not None
    last = max(deal.started_on, deal.closed_on or today() - timedelta(days=rng.randrange(1, 25)))
    lasted = (last - deal.started_on).days
    days = sorted([0, *(rng.randrange(lasted + 1) for _stage in range(count - 2)), lasted][-count:])
    return [datetime.combine(deal.started_on + timedelta(days=one), MORNING) for one in days]


def _stays(deal: Deal, way: Sequence[Stage], entered: Sequence[datetime]) -> Iterator[Visit]:
    for stage, begin, end in zip_longest(way, entered, entered[1:]):
        yield Visit(
            deal_id=deal.id, stage_id=stage.id, stage=stage.name, state=stage.state, entered_at=begin,
            left_at=end, days=None if end is None else (end - begin).days, amount=deal.amount,
            user_id=deal.responsible_id,
        )  # fmt: skip
