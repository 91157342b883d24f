"""What the reports count: one query each, over the deals that their reader may see."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db import sums
from vinculo.db.base import now
from vinculo.db.portable import days_between
from vinculo.db.types import UtcDateTime
from vinculo.records import access
from vinculo.records.attribution import Links
from vinculo_deals import groups, tallies
from vinculo_deals.kept_models import Tally
from vinculo_deals.likelihood import Judged
from vinculo_deals.models import Deal, Stage, State, Visit
from vinculo_deals.outlook import Expected, Large
from vinculo_deals.records import deal
from vinculo_deals.statistics import CENT, Cohort, Share, Stays, share

UNITS: Final = 10_000  # of a whole one, as amounts are stored
LARGEST: Final = 400  # deals that are played one by one
MOST: Final = 500  # groups of a report, those with the most deals


@dataclass(frozen=True, slots=True, eq=False)
class Which:
    """Whose deals, of which pipeline, begun in which days; None says nothing.

    ``more`` is what else they fulfil; ``links`` is how they count for clients.
    """

    actor: Actor
    pipeline: int | None = None
    since: date | None = None
    until: date | None = None
    more: Sequence[sa.ColumnElement[bool]] = ()
    links: Links = Links.RECORDED

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """The same as SQL, narrowed to what the actor may read."""
        seen = access.condition(deal, self.actor)
        found = [] if seen is None else [seen]
        if self.pipeline is not None:
            found.append(Deal.pipeline_id == self.pipeline)
        if self.since is not None:
            found.append(Deal.started_on >= self.since)
        if self.until is not None:
            found.append(Deal.started_on <= self.until)
        return [*found, *self.more]


def cohorts(session: Session, which: Which) -> list[Cohort]:
    """The deals by how far they came and what became of them."""
    query = sa.select(Deal.reached_id, Deal.state, sa.func.count(), *sums.parts(_base())).where(
        *which.conditions()
    )
    rows = session.execute(query.group_by(Deal.reached_id, Deal.state))
    return [
        Cohort(reached, str(state), count, sums.whole(*halves)) for reached, state, count, *halves in rows
    ]


def _base() -> Any:
    return Deal.__table__.c.base_amount


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the deals of a group. ``days`` is from the begin to the end, on average."""

    key: Any
    label: str
    deals: int
    won: int
    lost: int
    won_amount: Decimal
    days: float | None

    @property
    def open(self) -> int:
        """How many are neither."""
        return self.deals - self.won - self.lost

    @property
    def rate(self) -> Share:
        """The won of those that were closed."""
        return share(self.won, self.won + self.lost)


def outcomes(session: Session, which: Which, by: str) -> list[Outcome]:
    """Deals in groups, those with the most deals first. A deal with two products is in two groups."""
    parts = groups.WAYS[by].parts(which.links)
    won, lost = (sa.func.sum(sa.case((Deal.state == state, 1), else_=0)) for state in (State.WON, State.LOST))
    closed_days = sa.case((Deal.state != State.OPEN, _days(Deal.started_on, Deal.closed_on)))
    amount = sa.case((Deal.state == State.WON, sa.type_coerce(_base(), sa.BigInteger)))
    columns = (
        parts.key,
        sa.func.max(parts.label),
        sa.func.count(),
        won,
        lost,
        *sums.parts(amount),
        sa.func.avg(closed_days),
    )
    query = groups.joined(sa.select(*columns).select_from(Deal), parts).where(*which.conditions())
    rows = session.execute(query.group_by(parts.key).order_by(sa.func.count().desc(), parts.key).limit(MOST))
    return [
        Outcome(row[0], row[1] or "", row[2], row[3], row[4], sums.whole(row[5], row[6]),
                None if row[7] is None else float(row[7]))
        for row in rows
    ]  # fmt: skip


def _days(first: Any, last: Any) -> Any:
    return days_between(first, last)


def stays(session: Session, which: Which) -> Mapping[str, list[Stays]]:
    """How many days deals stayed in each open stage: stays that ended, and those that go on."""
    ended = _ended(session, which)
    names = names_of_stages(session, which)
    counted: dict[tuple[str, int], int] = defaultdict(int)
    for (stage_id, days), count in ended.items():
        if stage_id in names:
            counted[names[stage_id], days] += count
    found = {one: Stays(one[1], count, 0) for one, count in counted.items()}
    days_so_far = days_between(Deal.stage_since, sa.literal(now(), UtcDateTime()))
    going_on = (
        sa.select(Stage.name, days_so_far, sa.func.count())
        .join(Stage, Stage.id == Deal.stage_id)
        .where(Deal.state == State.OPEN, *which.conditions())
    )
    for stage, days, there in session.execute(going_on.group_by(Stage.name, days_so_far)):
        before = found[stage, days].ended if (stage, days) in found else 0
        found[stage, days] = Stays(days, before, there)
    by_stage: dict[str, list[Stays]] = {}
    for (stage, _days_there), one in found.items():
        by_stage.setdefault(stage, []).append(one)
    return by_stage


def names_of_stages(session: Session, which: Which) -> Mapping[int, str]:
    """The stages in which deals are open, those of one pipeline if one is asked for."""
    query = sa.select(Stage.id, Stage.name).where(Stage.state == State.OPEN)
    if which.pipeline is not None:
        query = query.where(Stage.pipeline_id == which.pipeline)
    rows: Iterable[Any] = session.execute(query)
    return {row[0]: row[1] for row in rows}


def _ended(session: Session, which: Which) -> Mapping[tuple[int, int], int]:
    """How many stays ended after so many days, by stage: (stage, days) → count.

    Deals are asked for only where some of a pipeline's do not count.
    """
    everything = sa.select(Visit.stage_id, Visit.days, sa.func.count()).where(
        Visit.days.is_not(None), Visit.stage_id.is_not(None)
    )
    everything = everything.group_by(Visit.stage_id, Visit.days)
    if len(which.conditions()) <= (which.pipeline is not None):
        rows: Any = session.execute(everything.where(Visit.stage_id.in_(_open_stages(which))))
        return {(stage, days): count for stage, days, count in rows}
    at = now()
    mine: Any = sa.select(Tally.id).join(Deal, Deal.id == Tally.id).where(*which.conditions())
    found: Counter[tuple[int, int]] = Counter()
    held = mine.where(tallies.holds(at), Tally.stays != "")
    for word, number in tallies.count(session, held, Tally.stays)[None].items():
        stage, _colon, days = word.partition(":")
        found[int(stage), int(days)] += number
    anew: Any = everything.where(Visit.deal_id.in_(mine.where(sa.not_(tallies.holds(at)))))
    for stage_id, days, number in session.execute(anew):
        found[stage_id, days] += number
    return found


def _open_stages(which: Which) -> Any:
    query = sa.select(Stage.id).where(Stage.state == State.OPEN)
    return query if which.pipeline is None else query.where(Stage.pipeline_id == which.pipeline)


def expected(session: Session, which: Which) -> list[Expected]:
    """The open deals by the day on which they are expected to close, and by probability."""
    percent = sa.func.coalesce(Deal.chance, 0)
    units = sa.cast(sa.type_coerce(_base(), sa.BigInteger), sa.Float)
    query = (
        sa.select(
            Deal.expected_on, percent, sa.func.count(), sa.func.sum(units * units), *sums.parts(_base())
        )
        .where(Deal.state == State.OPEN, *which.conditions())
        .group_by(Deal.expected_on, percent)
    )
    return [
        Expected(day, p, count, sums.whole(*halves), (squares or 0.0) / UNITS**2)
        for day, p, count, squares, *halves in session.execute(query)
    ]


def largest(session: Session, which: Which, *, since: date) -> list[Large]:
    """The largest open deals that are expected to close from a day on."""
    base = _base()
    query = sa.select(Deal.expected_on, Deal.chance, base).where(
        Deal.state == State.OPEN, Deal.expected_on >= since, base > 0, *which.conditions()
    )
    rows: Iterable[Any] = session.execute(query.order_by(base.desc(), Deal.id).limit(LARGEST))
    return [Large(day, percent or 0, amount) for day, percent, amount in rows]


def won_by_day(session: Session, which: Which, *, since: date | None = None) -> Mapping[date, Decimal]:
    """What was won on each day."""
    later = [] if since is None else [Deal.closed_on >= since]
    query = sa.select(Deal.closed_on, *sums.parts(_base())).where(
        Deal.state == State.WON, Deal.closed_on.is_not(None), *later, *which.conditions()
    )
    rows: Sequence[Any] = session.execute(query.group_by(Deal.closed_on)).all()
    return {day: sums.whole(*halves) for day, *halves in rows}


def judged(session: Session, which: Which) -> list[Judged]:
    """The closed deals by the probability that they had before."""
    by_hand = Deal.probability.is_not(None)
    won = sa.func.sum(sa.case((Deal.state == State.WON, 1), else_=0))
    query = sa.select(Deal.chance, by_hand, won, sa.func.count()).where(
        Deal.state != State.OPEN, Deal.chance.is_not(None), *which.conditions()
    )
    rows = session.execute(query.group_by(Deal.chance, by_hand))
    return [Judged(percent or 0, bool(hand), wins, count) for percent, hand, wins, count in rows]


def detours(session: Session, which: Which) -> tuple[int, int, int]:
    """How many deals skipped a stage, how many came back to one, and of how many the way is unknown."""
    conditions = (Deal.skipped > 0, Deal.returns > 0, Deal.skipped.is_(None))
    counted = (sa.func.sum(sa.case((one, 1), else_=0)) for one in conditions)
    row = session.execute(sa.select(*counted).where(*which.conditions())).one()
    return row[0] or 0, row[1] or 0, row[2] or 0


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in a stage now; ``likely`` is its amount times the probability of each deal."""

    count: int = 0
    amount: Decimal = Decimal(0)
    likely: Decimal = Decimal(0)


def standing(session: Session, which: Which) -> Mapping[int, Standing]:
    """The open deals by their stage."""
    chance = sa.func.coalesce(Deal.chance, 0)
    units = sa.type_coerce(_base(), sa.BigInteger)
    query = sa.select(Deal.stage_id, sa.func.count(), *sums.parts(units), *sums.parts(units * chance)).where(
        Deal.state == State.OPEN, *which.conditions()
    )
    return {
        stage: Standing(count, sums.whole(*halves[:2]), (sums.whole(*halves[2:]) / 100).quantize(CENT))
        for stage, count, *halves in session.execute(query.group_by(Deal.stage_id))
    }
