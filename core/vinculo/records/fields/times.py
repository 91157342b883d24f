"""Days and moments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import msgspec
from sqlalchemy.types import TypeEngine

from vinculo.db.types import Day
from vinculo.i18n import (
    current_time_zone,
    format_date,
    format_datetime,
    parse_date,
)
from vinculo.i18n import gettext as _
from vinculo.records.fields.base import ORDER, Field
from vinculo.web.views import Widget


@dataclass(frozen=True, kw_only=True)
class DateField(Field):
    """A day."""

    widget: ClassVar[Widget] = Widget.DATE
    stored: ClassVar[TypeEngine[Any]] = Day()
    operators: ClassVar[Sequence[str]] = ORDER

    def json_type(self) -> Any:
        """ISO 8601, ``2026-11-23``."""
        return dt.date

    def read(self, value: Any) -> dt.date:
        """Only ISO 8601."""
        if not isinstance(value, str):
            raise TypeError(_("Write it as a string, e.g. “2026-11-23”."))
        try:
            return dt.date.fromisoformat(value) if len(value) == 10 else _fail()
        except ValueError:
            raise ValueError(_("“%(value)s” is not a day; write e.g. 2026-11-23.", value=value)) from None

    def parse(self, text: str) -> dt.date | None:
        """ISO 8601, or as people of the current language write it."""
        if not text.strip():
            return None
        day = parse_date(text)
        if day is None:
            raise ValueError(_("“%(value)s” is not a day; write e.g. 2026-11-23.", value=text))
        return day

    def dump(self, value: Any) -> Any:
        """ISO 8601."""
        return None if value is None else value.isoformat()

    def text(self, value: Any) -> str:
        """ISO 8601: what browsers' date fields take."""
        return "" if value is None else str(value.isoformat())

    def show(self, value: Any) -> str:
        """As people of the current language write it."""
        return "" if value is None else format_date(value)


@dataclass(frozen=True, kw_only=True)
class MomentField(Field):
    """A moment; typed and shown in the user's time zone, stored and sent in UTC."""

    widget: ClassVar[Widget] = Widget.DATETIME
    operators: ClassVar[Sequence[str]] = ORDER

    def json_type(self) -> Any:
        """ISO 8601 with an offset."""
        return Annotated[dt.datetime, msgspec.Meta(tz=True)]

    def read(self, value: Any) -> dt.datetime:
        """Only ISO 8601 with an offset."""
        moment = _moment(value) if isinstance(value, str) else None
        if moment is None or moment.tzinfo is None:
            raise ValueError(
                _("“%(value)s” is not a moment; write e.g. 2026-11-23T14:30:00+01:00.", value=value)
            )
        return _in_utc(moment)

    def parse(self, text: str) -> dt.datetime | None:
        """ISO 8601, or a day and a time; without an offset in the current time zone."""
        clean = text.strip()
        if not clean:
            return None
        moment = _moment(clean)
        if moment is None:
            head, _sep, tail = clean.rpartition(" ")
            day, clock = parse_date(head or clean), _clock(tail) if head else dt.time()
            if day is None or clock is None:
                raise ValueError(_("“%(value)s” is not a moment; write e.g. 2026-11-23 14:30.", value=text))
            moment = dt.datetime.combine(day, clock)
        return _in_utc(moment if moment.tzinfo else moment.replace(tzinfo=current_time_zone()))

    def dump(self, value: Any) -> Any:
        """ISO 8601 in UTC."""
        return None if value is None else value.astimezone(dt.UTC).isoformat()

    def text(self, value: Any) -> str:
        """Local time to the minute: what browsers' fields take."""
        return "" if value is None else f"{value.astimezone(current_time_zone()):%Y-%m-%dT%H:%M}"

    def show(self, value: Any) -> str:
        """As people of the current language write it."""
        return "" if value is None else format_datetime(value)


def _moment(text: str) -> dt.datetime | None:
    if len(text) < 16:  # a day alone is not a moment
        return None
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None


def _clock(text: str) -> dt.time | None:
    try:
        return dt.time.fromisoformat(text)
    except ValueError:
        return None


def _in_utc(moment: dt.datetime) -> dt.datetime:
    try:
        found = moment.astimezone(dt.UTC)
    except OverflowError:
        found = dt.datetime.max.replace(tzinfo=dt.UTC)
    if not 1 < found.year < 9999:  # in the years at the edge, other zones have no such day
        raise ValueError(_("This moment is beyond the calendar."))
    return found


def _fail() -> dt.date:
    raise ValueError
