"""Working time as a value: when a calendar is open, and how much of it lies between two moments.

Hours are those on the clock on the wall of a zone: a calendar is open at the moments at which that clock
shows one of its hours. Where clocks are put forward the hours that they skip are not there, where they are
put back those that come twice count twice. Moments come in aware, of any zone, and go out in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from vinculo.company import public_holidays

Span = tuple[int, int]  # minutes of a day, the second not included
Piece = tuple[datetime, datetime]  # moments in UTC, the second not included

DAY: Final = timedelta(days=1)
WHOLE_DAY: Final[Sequence[Span]] = ((0, 24 * 60),)
HORIZON: Final = 3660  # days in which every calendar that has hours at all is open
_REACH: Final = timedelta(hours=26)  # no zone is further from UTC


class NeverOpenError(ValueError):
    """A calendar has no hours within ten years."""


@dataclass(frozen=True)
class WorkingTime:
    """Weekly hours in a zone, without the public holidays of a country, with days that differ.

    ``week`` are the hours of Monday to Sunday, in order and apart from one another; ``days`` those of days
    that are unlike their week, none for a day off. They stand above public holidays.
    """

    zone: ZoneInfo
    week: Sequence[Sequence[Span]]
    country: str = ""
    subdivision: str = ""
    days: Mapping[date, Sequence[Span]] = field(default_factory=dict)
    _pieces: dict[date, Sequence[Piece]] = field(default_factory=dict, repr=False, compare=False)

    def hours(self, day: date) -> Sequence[Span]:
        """The hours of a day on the clock on the wall."""
        if day in self.days:
            return self.days[day]
        spans = self.week[day.weekday()]
        return () if spans and self.holiday(day) else spans

    def holiday(self, day: date) -> bool:
        """Whether it is a public holiday, whatever the calendar itself says of the day."""
        return bool(self.country) and day in public_holidays.of_year(self.country, self.subdivision, day.year)

    def is_working_day(self, day: date) -> bool:
        """Whether there are any hours on a day."""
        return bool(self.hours(day))

    def is_open(self, at: datetime) -> bool:
        """Whether a moment is working time."""
        moment = at.astimezone(UTC)
        return any(begin <= moment < end for begin, end in self._of(self._day(moment)))

    def next_open(self, at: datetime) -> datetime:
        """The moment itself where it is working time, else the first one after it that is.

        Raises ``NeverOpenError``.
        """
        moment = at.astimezone(UTC)
        return max(moment, next(self._from(moment))[0])

    def working_seconds(self, begin: datetime, end: datetime) -> int:
        """Whole seconds of working time between two moments; 0 where the second is not later."""
        total = sum((other - one for one, other in self.pieces(begin, end)), timedelta(0))
        return total // timedelta(seconds=1)

    def pieces(self, begin: datetime, end: datetime) -> Iterator[Piece]:
        """The working time between two moments; none where the second is not later."""
        first, last = begin.astimezone(UTC), end.astimezone(UTC)
        day = self._day(first)
        while first < last and day <= self._day(last):
            pieces = ((max(first, one), min(last, other)) for one, other in self._of(day))
            yield from ((one, other) for one, other in pieces if one < other)
            day += DAY

    def add(self, begin: datetime, seconds: int) -> datetime:
        """The first moment at which so much working time has passed since another; that itself for none.

        Raises ``NeverOpenError``, and ``ValueError`` for less than none.
        """
        if seconds < 0:
            raise ValueError(seconds)
        moment, left = begin.astimezone(UTC), timedelta(seconds=seconds)
        if not left:
            return moment
        for one, other in self._from(moment):
            start = max(one, moment)
            if other - start >= left:
                return start + left
            left -= other - start
        raise NeverOpenError

    def add_working_days(self, day: date, count: int) -> date:
        """The working day so many after another one, before it for less than none.

        For 0 the day itself, or the next working day where it is a day off. Raises ``NeverOpenError``.
        """
        step = DAY if count >= 0 else -DAY
        if count == 0:
            day, count = day - DAY, 1
        off = 0
        while count:
            day += step
            off = 0 if self.is_working_day(day) else off + 1
            count -= step.days if not off else 0
            if off > HORIZON:
                raise NeverOpenError
        return day

    def _from(self, moment: datetime) -> Iterator[Piece]:
        """Working time that is not over at a moment; ends with ``NeverOpenError`` where none follows."""
        day, off = self._day(moment), 0
        while off <= HORIZON:
            found = [piece for piece in self._of(day) if piece[1] > moment]
            yield from found
            off = 0 if found else off + 1
            day += DAY
        raise NeverOpenError

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def _of(self, day: date) -> Sequence[Piece]:
        """The working time of a day as moments, in order."""
        if day not in self._pieces:
            self._pieces[day] = _moments(day, self.hours(day), self.zone)
        return self._pieces[day]


def _moments(day: date, spans: Sequence[Span], zone: ZoneInfo) -> Sequence[Piece]:
    """Where the clock of a zone shows these hours of a day.

    Clocks are changed once within some days at most: all before that has one distance to UTC, all after it
    another.
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    early, late = midnight - _REACH, midnight + DAY + _REACH
    before, after = _offset(early, zone), _offset(late, zone)
    if before == after:
        return [_shifted(midnight, span, before) for span in spans]
    change = _change(early, late, zone)
    first = [(one, min(other, change)) for one, other in (_shifted(midnight, s, before) for s in spans)]
    second = [(max(one, change), other) for one, other in (_shifted(midnight, s, after) for s in spans)]
    return [piece for piece in (*first, *second) if piece[0] < piece[1]]


def _shifted(midnight: datetime, span: Span, offset: timedelta) -> Piece:
    return midnight + timedelta(minutes=span[0]) - offset, midnight + timedelta(minutes=span[1]) - offset


def _change(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """The moment between two of unlike distance to UTC at which it changes, to the second."""
    before = _offset(early, zone)
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        middle = middle.replace(microsecond=0)
        early, late = (middle, late) if _offset(middle, zone) == before else (early, middle)
    return late


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


ALWAYS: Final = WorkingTime(ZoneInfo("UTC"), (WHOLE_DAY,) * 7)  # where a company has no calendar
