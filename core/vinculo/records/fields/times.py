"""Days and moments."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final

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

_COMPACT: Final = re.compile(r"^(\d{4})(\d\d)(\d\d)$", re.ASCII)
_MIDNIGHT: Final = re.compile(r"[T ]00:00(:00(\.0+)?)?Z?$")


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
        """ISO 8601, with or without dashes, or as people of the current language write it.

        Databases and workbooks write days as midnights.
        """
        clean = _MIDNIGHT.sub("", text.strip())
        if not clean:
            return None
        day = parse_date(_COMPACT.sub(r"\1-\2-\3", clean))
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
class TimeField(Field):
    """A time of day, of no zone, to the minute; its values are texts such as “09:30”, which sort as times."""

    widget: ClassVar[Widget] = Widget.TIME
    operators: ClassVar[Sequence[str]] = ORDER

    def json_type(self) -> Any:
        """Hours and minutes."""
        return Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]

    def read(self, value: Any) -> str:
        """Hours and minutes, ``09:30``."""
        clock = _clock(value) if isinstance(value, str) else None
        if clock is None or clock.tzinfo or len(value) not in (5, 8):
            raise ValueError(_("“%(value)s” is not a time of day; write e.g. 09:30.", value=str(value)[:40]))
        return f"{clock:%H:%M}"

    def parse(self, text: str) -> str | None:
        """The same; hours may be of one digit."""
        clean = text.strip()
        return self.read(f"0{clean}" if clean[1:2] == ":" else clean) if clean else None


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
