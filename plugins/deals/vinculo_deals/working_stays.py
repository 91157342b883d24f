"""How many working hours deals stayed in stages: those that were counted before, and the few that change."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.db.base import now
from vinculo_deals import tallies, working_hours
from vinculo_deals.kept_models import Tally
from vinculo_deals.models import Deal, State, Visit
from vinculo_deals.reports import Which, names_of_stages
from vinculo_deals.statistics import Stays
from vinculo_deals.working_hours import Measure

FEW: Final = 5000  # deals whose stays are measured while somebody waits


@dataclass(frozen=True, slots=True)
class Found:
    """Stays by the name of their stage; ``waiting`` deals are not among the stays that ended yet."""

    by_stage: Mapping[str, list[Stays]]
    waiting: int


def count(session: Session, which: Which) -> Found:
    """Stays that ended, and those that go on, of deals in open stages.

    After a change of the calendar a job measures all of them anew, and until then says how many wait.
    """
    measure = working_hours.of_company(session)
    if measure is None:
        return Found({}, 0)
    names = names_of_stages(session, which)
    ended, waiting = _ended(session, which, measure)
    going_on = Counter(_going_on(session, which, measure))
    by_stage: dict[str, list[Stays]] = defaultdict(list)
    for stage, hours in sorted({*ended, *going_on}):
        if stage in names:
            one = Stays(hours, ended[stage, hours], going_on[stage, hours])
            by_stage[names[stage]].append(one)
    return Found(by_stage, waiting)


def _ended(session: Session, which: Which, measure: Measure) -> tuple[Counter[tuple[int, int]], int]:
    """How many stays ended after so many hours, by stage, and how many deals are left out."""
    mine: Any = sa.select(Tally.id).join(Deal, Deal.id == Tally.id).where(*which.conditions())
    found: Counter[tuple[int, int]] = Counter()
    held = mine.where(Tally.calendar == measure.mark, Tally.hours != "")
    for word, number in tallies.count(session, held, Tally.hours)[None].items():
        stage, _colon, hours = word.partition(":")
        found[int(stage), int(hours)] += number
    others = mine.where(tallies.measured_otherwise(measure))
    waiting = session.scalar(sa.select(sa.func.count()).select_from(others.subquery())) or 0
    if waiting > FEW:
        return found, waiting
    if waiting:
        of_others = tallies.hours_of_ended(session, Visit.deal_id.in_(others), measure)
        found.update((stage, hours) for _deal, stage, hours in of_others)
    return found, 0


def _going_on(session: Session, which: Which, measure: Measure) -> Iterator[tuple[int, int]]:
    query = sa.select(Deal.stage_id, Deal.stage_since).where(Deal.state == State.OPEN, *which.conditions())
    rows = session.execute(query).all()
    at = now()
    hours = working_hours.hours(measure.time, [(since, at) for _stage, since in rows])
    return ((stage, worked) for (stage, _since), worked in zip(rows, hours, strict=True))
