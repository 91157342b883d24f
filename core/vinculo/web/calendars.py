"""Calendars of plugins: a month or a week around a day, for ``ui.calendar`` and ``ui.calendar_steps``."""

from __future__ import annotations

import calendar as months
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from vinculo.errors import MalformedError
from vinculo.i18n import babel_locale, current_language, format_date, format_month, today
from vinculo.i18n import gettext as _
from vinculo.web.context import Context
from vinculo.web.views import Calendar, CalendarDay, CalendarEntry, CalendarWeek

OWN: Final = ("as", "on")  # parameters of a calendar
IN_A_CELL: Final = {"month": 4, "week": 50}
YEARS: Final = range(1971, 2199)


@dataclass(frozen=True, slots=True)
class Asked:
    """The look, month or week, and the day around which it is."""

    look: str
    on: date

    @property
    def first(self) -> date:
        """The first day of its first week; weeks begin as they do where the language is spoken."""
        day = self.on if self.look == "week" else self.on.replace(day=1)
        start = babel_locale(current_language()).first_week_day
        return day - timedelta(days=(day.weekday() - start) % 7)

    @property
    def last(self) -> date:
        """The last day of its last week."""
        return self.first + timedelta(days=7 * self.weeks - 1)

    @property
    def weeks(self) -> int:
        """How many weeks are shown."""
        if self.look == "week":
            return 1
        end = self.on.replace(day=months.monthrange(self.on.year, self.on.month)[1])
        return (end - self.first).days // 7 + 1

    @property
    def most(self) -> int:
        """How many entries a day shows."""
        return IN_A_CELL[self.look]

    @property
    def title(self) -> str:
        """The month, or from when to when."""
        if self.look == "month":
            return format_month(self.on)
        return " \N{EN DASH} ".join(map(format_date, (self.first, self.last)))

    def shifted(self, by: int) -> date:
        """A day in another month or week."""
        if self.look == "week":
            return self.on + timedelta(days=7 * by)
        count = self.on.year * 12 + self.on.month - 1 + by
        return date(count // 12, count % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class Days:
    """What stands on the days: entries, the first ones at least, and how many there are where it is more.

    ``url(first, last)`` lists those of some days, ``total(first, last)`` says what they add up to.
    """

    entries: Mapping[date, Sequence[CalendarEntry]]
    url: Callable[[date, date], str]
    counts: Mapping[date, int] | None = None
    total: Callable[[date, date], str] | None = None


def read(ctx: Context) -> Asked:
    """``as`` month or week, around the day ``on``. Raises ``MalformedError``."""
    look, on = ctx.parameter("as", "month"), ctx.parameter("on")
    if look not in IN_A_CELL:
        raise MalformedError(_("as must be month or week."))
    try:
        day = date.fromisoformat(on) if on else today()
    except ValueError:
        day = date.min
    if day.year not in YEARS:
        raise MalformedError(_("“%(value)s” is not a day; write e.g. 2026-11-23.", value=on[:40]))
    return Asked(look, day)


def draw(asked: Asked, days: Days, address: Callable[[str, date], str]) -> Calendar:
    """The calendar; ``address(look, on)`` is where another one is."""
    names = babel_locale(current_language()).days["stand-alone"]["abbreviated"]
    starts = [asked.first + timedelta(days=7 * week) for week in range(asked.weeks)]
    return Calendar(
        title=asked.title,
        look=asked.look,
        weekdays=[names[(asked.first + timedelta(days=one)).weekday()] for one in range(7)],
        weeks=[_week(asked, days, start) for start in starts],
        earlier=address(asked.look, asked.shifted(-1)),
        now=address(asked.look, today()),
        later=address(asked.look, asked.shifted(1)),
        looks=[
            (address(look, asked.on), label, look == asked.look)
            for look, label in (("month", _("Month")), ("week", _("Week")))
        ],
        totals=days.total is not None,
    )


def _week(asked: Asked, days: Days, start: date) -> CalendarWeek:
    end = start + timedelta(days=6)
    shown = [_day(asked, days, start + timedelta(days=one)) for one in range(7)]
    return CalendarWeek(shown, days.url(start, end), days.total(start, end) if days.total else "")


def _day(asked: Asked, days: Days, day: date) -> CalendarDay:
    entries = days.entries.get(day, ())
    count = len(entries) if days.counts is None else days.counts.get(day, 0)
    return CalendarDay(
        number=day.day,
        name=format_date(day),
        at=day.isoformat(),
        url=days.url(day, day),
        entries=entries[: asked.most],
        more=max(0, count - asked.most),
        total=days.total(day, day) if days.total else "",
        here=day == today(),
        outside=asked.look == "month" and day.month != asked.on.month,
    )
