"""How much working time lies in millions of stays, by the calendar of the company."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import accumulate
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.company import calendars
from vinculo.company.calendar_models import WorkingCalendar
from vinculo.company.working_time import WorkingTime

HOUR: Final = 3600
Stay = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Measure:
    """The working time of the company; ``mark`` is another one once its calendar has been changed."""

    time: WorkingTime
    mark: str


def exist(session: Session) -> bool:
    """Whether the company has said when it works."""
    query = sa.select(WorkingCalendar.id).where(WorkingCalendar.is_default)
    return session.scalar(query.limit(1)) is not None


def of_company(session: Session) -> Measure | None:
    """By which working time stays are measured, if the company has one."""
    known = calendars.load(session)
    if known.default is None:
        return None
    time = known.times[known.default]
    said = (time.zone.key, time.week, time.country, time.subdivision, sorted(time.days.items()))
    return Measure(time, sha256(repr(said).encode()).hexdigest()[:16])


def hours(time: WorkingTime, stays: Sequence[Stay]) -> list[int]:
    """The full working hours of each stay, from when a stage was entered to when it was left, or to now.

    They are those of the company's calendar as it is today, without days off and public holidays, also where
    a stay is older than the calendar.
    """
    if not stays:
        return []
    begin, end = min(one for one, _end in stays), max(other for _begin, other in stays)
    ruler = _Ruler([(_seconds(one), _seconds(other)) for one, other in sorted(time.pieces(begin, end))])
    until = {other: ruler.at(_seconds(other)) for other in {other for _one, other in stays}}  # often one: now
    return [max(until[other] - ruler.at(_seconds(one)), 0) // HOUR for one, other in stays]


class _Ruler:
    """The working seconds before any second, from sums that are made once."""

    def __init__(self, pieces: Iterable[tuple[int, int]]) -> None:
        self._pieces = [(0, 0), *pieces]
        self._begins = [one for one, _end in self._pieces]
        self._before = [0, *accumulate(end - begin for begin, end in self._pieces)]

    def at(self, second: int) -> int:
        """How many there are up to it."""
        place = bisect_right(self._begins, second) - 1
        begin, end = self._pieces[place]
        return self._before[place] + min(second, end) - begin


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
