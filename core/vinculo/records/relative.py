"""Days that move with the calendar, as values of filters.

``today`` · ``-30d`` (30 days ago) · ``2w`` (in two weeks) · ``-3m`` · ``-1y`` · ``this_week``,
``this_month``, ``this_quarter`` and ``this_year`` (the first day of each). A saved view keeps them as they
are written.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Final

from vinculo.db.base import now
from vinculo.i18n import current_time_zone, ngettext
from vinculo.i18n import gettext as _

_DISTANCE: Final = re.compile(r"([+-]?)(\d{1,4})([dwmy])", re.ASCII)
UNITS: Final = ("d", "w", "m", "y")
_MONTHS: Final = {"m": 1, "y": 12}
_DAYS: Final = {"d": 1, "w": 7}
NAMED: Final = ("today", "this_week", "this_month", "this_quarter", "this_year")


def is_relative(text: str) -> bool:
    """Whether a text stands for a day that moves."""
    return text in NAMED or _DISTANCE.fullmatch(text) is not None


def day(text: str) -> dt.date | None:
    """The day for which a text stands in the current time zone; None if it is no such text.

    Raises ``ValueError`` for one beyond the calendar.
    """
    today = now().astimezone(current_time_zone()).date()
    found = _DISTANCE.fullmatch(text)
    if found is None:
        return _named(text, today)
    count = int(found[2]) * (-1 if found[1] == "-" else 1)
    try:
        if found[3] in _DAYS:
            return today + dt.timedelta(days=count * _DAYS[found[3]])
        return _months_on(today, count * _MONTHS[found[3]])
    except (ValueError, OverflowError):
        raise ValueError(_("This moment is beyond the calendar.")) from None


def _named(text: str, today: dt.date) -> dt.date | None:
    match text:
        case "today":
            return today
        case "this_week":
            return today - dt.timedelta(days=today.weekday())
        case "this_month":
            return today.replace(day=1)
        case "this_quarter":
            return today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
        case "this_year":
            return today.replace(month=1, day=1)
    return None


def _months_on(today: dt.date, count: int) -> dt.date:
    """The same day of another month, or the last one of it."""
    year, month = divmod(today.year * 12 + today.month - 1 + count, 12)
    if not dt.MINYEAR < year < dt.MAXYEAR:
        raise ValueError
    return dt.date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def in_words(text: str) -> str:
    """Such a day as people read it."""
    found = _DISTANCE.fullmatch(text)
    if found is None:
        return {
            "today": _("today"),
            "this_week": _("first day of this week"),
            "this_month": _("first day of this month"),
            "this_quarter": _("first day of this quarter"),
            "this_year": _("first day of this year"),
        }[text]
    count, past = int(found[2]), found[1] == "-"
    match found[3]:
        case "d":
            ago = ngettext("%(n)s day ago", "%(n)s days ago", count)
            ahead = ngettext("in %(n)s day", "in %(n)s days", count)
        case "w":
            ago = ngettext("%(n)s week ago", "%(n)s weeks ago", count)
            ahead = ngettext("in %(n)s week", "in %(n)s weeks", count)
        case "m":
            ago = ngettext("%(n)s month ago", "%(n)s months ago", count)
            ahead = ngettext("in %(n)s month", "in %(n)s months", count)
        case _years:
            ago = ngettext("%(n)s year ago", "%(n)s years ago", count)
            ahead = ngettext("in %(n)s year", "in %(n)s years", count)
    return ago if past else ahead


def parts(text: str) -> tuple[str, str, str] | None:
    """The sign ("-" or ""), the count and the unit of a distance; None for what is none."""
    found = _DISTANCE.fullmatch(text)
    return ("-" if found[1] == "-" else "", found[2], found[3]) if found else None


def span(text: str) -> str:
    """A count of days, weeks, months or years as people read it, e.g. ``30d``."""
    _sign, number, unit = parts(text) or ("", "0", "d")
    count = int(number)
    match unit:
        case "d":
            return ngettext("%(n)s day", "%(n)s days", count)
        case "w":
            return ngettext("%(n)s week", "%(n)s weeks", count)
        case "m":
            return ngettext("%(n)s month", "%(n)s months", count)
    return ngettext("%(n)s year", "%(n)s years", count)
