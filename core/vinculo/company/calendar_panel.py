"""The next days off of a calendar, on its card."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from vinculo.company import calendars, public_holidays
from vinculo.company.calendar_models import WorkingCalendar
from vinculo.company.calendar_records import working_calendar
from vinculo.company.hours import written
from vinculo.db.base import now
from vinculo.i18n import format_date
from vinculo.plugins.contributions import PanelContent
from vinculo.records import service
from vinculo.web.context import Context

MOST: Final = 15
YEARS: Final = 2


def next_days(ctx: Context, record_id: int) -> PanelContent:
    """Public holidays and days that differ, from today on; whether it is open now, and when it opens next."""
    calendar: WorkingCalendar = service.get(ctx.session, working_calendar, record_id, actor=ctx.actor)
    time = calendars.time_of(calendar)
    at = now()
    today = at.astimezone(time.zone).date()
    html = ctx.fragment(
        "company/next_days.html",
        days=[
            {"day": format_date(day), "name": name, "hours": hours}
            for day, name, hours in _days(calendar, today)
        ],
        open=time.is_open(at),
    )
    return PanelContent(html)


def _days(calendar: WorkingCalendar, today: date) -> Iterator[tuple[date, str, str]]:
    """(day, name, hours) of the next days that are unlike their week; no hours: a day off."""
    time = calendars.time_of(calendar)
    names: dict[date, str] = {}
    for year in range(today.year, today.year + YEARS):
        names |= public_holidays.named(calendar.country, calendar.subdivision, year)
    names |= {one.day: one.reason or names.get(one.day, "") for one in calendar.days}
    coming = sorted(day for day in names if today <= day < today + timedelta(days=366 * YEARS))
    for day in coming[:MOST]:
        yield day, names[day], written(time.hours(day))
