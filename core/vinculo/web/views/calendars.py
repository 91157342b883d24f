"""Calendars: records on their days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A record on its day; ``lead`` stands before its text, ``past``: it is done with."""

    text: str
    url: str
    title: str = ""
    tone: str = ""
    lead: str = ""
    past: bool = False


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day with its first entries, how many ``more`` there are, and what all of them add up to."""

    number: int
    name: str
    at: str
    url: str
    entries: Sequence[CalendarEntry]
    more: int = 0
    total: str = ""
    here: bool = False
    outside: bool = False  # of the month that is shown


@dataclass(frozen=True, slots=True)
class CalendarWeek:
    """Seven days, and what they add up to."""

    days: Sequence[CalendarDay]
    url: str = ""
    total: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """A month or a week. ``looks`` are (url, label, current); with ``totals`` each week has its own."""

    title: str
    look: str
    weekdays: Sequence[str]
    weeks: Sequence[CalendarWeek]
    earlier: str
    now: str
    later: str
    looks: Sequence[tuple[str, str, bool]]
    totals: bool = False
