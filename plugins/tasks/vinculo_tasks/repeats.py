"""When tasks are due, when to remind of them, and when they are due again.

Repeats are counted in days of the calendar and times on the clock of a zone, never in hours: ten in the
morning stays ten in the morning when clocks are put forward or back.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from vinculo_tasks.models import Remind, Repeat

MORNING: Final = time(9)
LAST: Final = date(2200, 1, 1)
_ENDS: Final = 28  # days of a month that every month has

_RULE: Final = re.compile(r"FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;[A-Z]+=[-+0-9A-Z,]{1,80})*", re.ASCII)
_KNOWN: Final = frozenset(
    {
        "FREQ",
        "INTERVAL",
        "UNTIL",
        "BYDAY",
        "BYMONTHDAY",
        "BYYEARDAY",
        "BYWEEKNO",
        "BYMONTH",
        "BYSETPOS",
        "WKST",
    }
)
_RULES: Final = {
    Repeat.DAY: "FREQ=DAILY",
    Repeat.WEEKDAY: "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
    Repeat.WEEK: "FREQ=WEEKLY",
    Repeat.FORTNIGHT: "FREQ=WEEKLY;INTERVAL=2",
    Repeat.MONTH: "FREQ=MONTHLY",
    Repeat.QUARTER: "FREQ=MONTHLY;INTERVAL=3",
    Repeat.YEAR: "FREQ=YEARLY",
}
_BEFORE: Final = {
    Remind.AT: timedelta(0),
    Remind.QUARTER: timedelta(minutes=15),
    Remind.HOUR: timedelta(hours=1),
    Remind.DAY: timedelta(days=1),
    Remind.WEEK: timedelta(weeks=1),
}


def rule_of(repeat: Repeat, first: date) -> str:
    """The RRULE of RFC 5545 for a choice; the 31st is the last day of short months."""
    if repeat in (Repeat.NEVER, Repeat.RULE):
        return ""
    rule = _RULES[repeat]
    if repeat in (Repeat.MONTH, Repeat.QUARTER) and first.day > _ENDS:
        days = ",".join(str(day) for day in range(_ENDS, first.day + 1))
        return f"{rule};BYMONTHDAY={days};BYSETPOS=-1"
    if repeat is Repeat.YEAR and (first.month, first.day) == (2, 29):
        return f"{rule};BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1"
    return rule


def check_rule(rule: str) -> None:
    """Raise ``ValueError`` unless it is a rule by days, weeks, months or years that happens at all."""
    start = date(2024, 1, 1)
    if _next(_parts(rule) | {"UNTIL": ""}, start, start) is None:
        raise ValueError("it never happens")


def next_day(rule: str, due: date, after: date) -> date | None:
    """The first day of a rule that began on ``due`` which is later than ``due`` and ``after``."""
    return _next(_parts(rule), due, max(due, after))


def _parts(rule: str) -> dict[str, str]:
    """How often it happens has no place in a rule: each task begins it anew."""
    if not _RULE.fullmatch(rule):
        raise ValueError("one rule of RFC 5545")
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    if not _KNOWN.issuperset(parts) or not 0 < int(parts.get("INTERVAL", "1")) < 1000:
        raise ValueError("a part that says nothing of days")
    return parts


def _next(parts: dict[str, str], first: date, after: date) -> date | None:
    """A rule that matches nothing has to end somewhere: leap days come each eight years at the latest."""
    own = parts.get("UNTIL", "")
    horizon = min(LAST, after + timedelta(days=366 * 12 * int(parts.get("INTERVAL", "1"))))
    text = ";".join(f"{name}={value}" for name, value in parts.items() if name != "UNTIL")
    rule = rrulestr(f"{text};UNTIL={horizon:%Y%m%d}", dtstart=datetime.combine(first, time()))
    found: datetime | None = rule.after(datetime.combine(after, time.max))
    if found is None or (own and found.date() > date.fromisoformat(own[:8])):
        return None
    return found.date()


def every(rule: str) -> int | None:
    """Of a rule by days alone, after how many of them it happens; None for all others."""
    parts = _parts(rule)
    plain = parts.pop("FREQ") == "DAILY" and parts.keys() <= {"INTERVAL"}
    return int(parts.get("INTERVAL", "1")) if plain else None


def due_at(day: date, clock: str | None, zone: ZoneInfo) -> datetime:
    """The moment from which on it is overdue."""
    if clock:
        return _at(datetime.combine(day, time.fromisoformat(clock)), zone)
    return _at(datetime.combine(day + timedelta(days=1), time()), zone)


def remind_at(remind: Remind, day: date, clock: str | None, zone: ZoneInfo) -> datetime | None:
    """The moment to remind; a day before is the same time on the clock, of the day before."""
    if remind is Remind.NEVER:
        return None
    wall = datetime.combine(day, time.fromisoformat(clock) if clock else MORNING)
    before = _BEFORE[remind]
    if before.days:
        return _at(wall - before, zone)
    return _at(wall, zone) - before


def _at(wall: datetime, zone: ZoneInfo) -> datetime:
    """A time on the clock as a moment; one that the clock skips is as much later, of two the first."""
    return wall.replace(tzinfo=zone).astimezone(UTC)
