"""The fields that kinds of records are made of.

A field reads a value three ways (JSON, form text, file text), checks it, and shows it three ways
(JSON, form text, page). ``ValueError`` means: this value does not fit, and says why and what would.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final
from urllib.parse import urlsplit

import msgspec
from babel.support import LazyProxy
from markupsafe import Markup, escape

from vinculo.db.types import SCALE, from_units
from vinculo.i18n import (
    current_language,
    current_time_zone,
    format_date,
    format_datetime,
    format_number,
    parse_date,
)
from vinculo.i18n import gettext as _
from vinculo.records.countries import country_code, country_name, names
from vinculo.web.views import Option, Widget

Text = str | LazyProxy

EQUALITY: Final = ("eq", "ne", "in", "empty")
ORDER: Final = (*EQUALITY, "lt", "lte", "gt", "gte")
WORDS: Final = ("eq", "ne", "in", "contains", "starts", "empty")
MAX_AMOUNT: Final = Decimal(900_000_000_000_000)  # 1/10000 units fit a bigint


@dataclass(frozen=True, kw_only=True)
class Field:
    """A named value of a record. ``name`` is the attribute of the model and the key in the API.

    ``aliases`` are further headers that an import recognises. ``searchable`` values are found by
    the search. ``default`` fills new forms; a function is called for it. ``read_only`` values are
    set by services, never typed.
    """

    name: str
    label: Text
    required: bool = False
    help: Text = ""
    aliases: Sequence[str] = ()
    searchable: bool = False
    read_only: bool = False
    default: Any = None

    widget: ClassVar[Widget] = Widget.TEXT
    operators: ClassVar[Sequence[str]] = EQUALITY
    nullable: ClassVar[bool] = True
    numeric: ClassVar[bool] = False

    @property
    def empty(self) -> Any:
        """What stands for “nothing”."""
        return None

    @property
    def initial(self) -> Any:
        """The default as it is now; None without one."""
        return self.default() if callable(self.default) else self.default

    @property
    def sort_attribute(self) -> str:
        """The model's attribute that the field is ordered by."""
        return self.name

    def json_type(self) -> Any:
        """The type in API schemas."""
        raise NotImplementedError

    def read(self, value: Any) -> Any:
        """A JSON value as the model's."""
        raise NotImplementedError

    def parse(self, text: str) -> Any:
        """The text of a form or a file as the model's value."""
        raise NotImplementedError

    def dump(self, value: Any) -> Any:
        """The model's value as JSON builtins."""
        return value

    def text(self, value: Any) -> str:
        """The model's value as it is typed into a form or written to CSV."""
        return "" if value is None else str(value)

    def show(self, value: Any) -> str:
        """The model's value as people read it."""
        return self.text(value)

    def cell(self, value: Any) -> Any:
        """The model's value as a typed cell of a spreadsheet."""
        return value

    def choices(self) -> Sequence[Option]:
        """What a select offers."""
        return ()


@dataclass(frozen=True, kw_only=True)
class TextField(Field):
    """A line or, if ``multiline``, several. ``key`` names the attribute that holds its sort key."""

    max_length: int = 200
    multiline: bool = False
    key: str = ""
    input: Widget = Widget.TEXT

    operators: ClassVar[Sequence[str]] = WORDS
    nullable: ClassVar[bool] = False

    @property
    def widget(self) -> Widget:  # type: ignore[override]
        """A line or an area."""
        return Widget.TEXTAREA if self.multiline else self.input

    @property
    def empty(self) -> str:
        """Texts are never null."""
        return ""

    @property
    def sort_attribute(self) -> str:
        """Its sort key where it has one: order without case and accents."""
        return self.key or self.name

    def json_type(self) -> Any:
        """A bounded string."""
        return Annotated[str, msgspec.Meta(max_length=self.max_length)]

    def read(self, value: Any) -> str:
        """Only a string."""
        if not isinstance(value, str):
            raise TypeError(_("Write it as a string."))
        return self.parse(value)

    def parse(self, text: str) -> str:
        """Without surrounding space, and with plain line breaks."""
        clean = text.replace("\r\n", "\n").strip()
        if len(clean) > self.max_length:
            raise ValueError(
                _("It has %(n)s characters; shorten it to %(max)s.", n=len(clean), max=self.max_length)
            )
        if "\x00" in clean or any(0xD800 <= ord(char) <= 0xDFFF for char in clean):
            raise ValueError(_("It holds characters that are no text; type it anew."))
        return clean


@dataclass(frozen=True, kw_only=True)
class UrlField(TextField):
    """An address of a web page; ``https://`` is added where it is left out."""

    max_length: int = 500
    input: Widget = Widget.URL
    _pattern: ClassVar[re.Pattern[str]] = re.compile(r"https?://[^\s/$.?#<>\"'].[^\s<>\"']*", re.IGNORECASE)

    def parse(self, text: str) -> str:
        """Only http and https: others could run code when clicked."""
        clean = super().parse(text)
        if not clean:
            return ""
        address = clean if "://" in clean else f"https://{clean}"
        if not self._pattern.fullmatch(address) or not _has_sound_port(address):
            raise ValueError(_("“%(value)s” is no web address; write e.g. https://example.com", value=clean))
        return super().parse(address)


def _has_sound_port(address: str) -> bool:
    try:
        return urlsplit(address).port != 0
    except ValueError:  # “javascript:…” without slashes looks like a host with a port of letters
        return False


@dataclass(frozen=True, kw_only=True)
class IntegerField(Field):
    """A whole number."""

    minimum: int = -(2**31)
    maximum: int = 2**31 - 1

    widget: ClassVar[Widget] = Widget.NUMBER
    operators: ClassVar[Sequence[str]] = ORDER
    numeric: ClassVar[bool] = True

    def json_type(self) -> Any:
        """A bounded integer."""
        return Annotated[int, msgspec.Meta(ge=self.minimum, le=self.maximum)]

    def read(self, value: Any) -> int:
        """Only an integer, not 1.0 and not true."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(_("Write it as a whole number."))
        if not self.minimum <= value <= self.maximum:
            raise ValueError(_between(value, self.minimum, self.maximum))
        return value

    def parse(self, text: str) -> int | None:
        """Digits, spaces between thousands allowed."""
        clean = re.sub(r"[\s\u00a0\u202f]", "", text)
        if not clean:
            return None
        if not re.fullmatch(r"[+-]?\d{1,18}", clean, re.ASCII):
            raise ValueError(_("“%(value)s” is not a whole number.", value=text))
        return self.read(int(clean))

    def show(self, value: Any) -> str:
        """With the separators of the language."""
        return "" if value is None else format_number(value)


@dataclass(frozen=True, kw_only=True)
class AmountField(Field):
    """An exact amount or quantity with at most four decimal places; a string in the API."""

    minimum: Decimal = -MAX_AMOUNT
    maximum: Decimal = MAX_AMOUNT
    _pattern: ClassVar[re.Pattern[str]] = re.compile(
        r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?", re.ASCII | re.IGNORECASE
    )

    widget: ClassVar[Widget] = Widget.MONEY
    operators: ClassVar[Sequence[str]] = ORDER
    numeric: ClassVar[bool] = True

    def json_type(self) -> Any:
        """A decimal in a string, so that no program rounds it."""
        return Annotated[str, msgspec.Meta(pattern=r"^-?\d{1,15}(\.\d{1,4})?$")]

    def read(self, value: Any) -> Decimal:
        """A string, or an integer."""
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise TypeError(_("Write it as a string, e.g. “1234.50”."))
        return self._checked(str(value), str(value))

    def parse(self, text: str) -> Decimal | None:
        """As people of the current language write it, or with a decimal point."""
        clean = re.sub(r"[\s\u00a0\u202f]", "", text)
        if not clean:
            return None
        if current_language() != "en" and "," in clean:
            clean = clean.replace(".", "").replace(",", ".")
        elif re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", clean):
            clean = clean.replace(",", "")
        return self._checked(clean, text)

    def _checked(self, clean: str, typed: str) -> Decimal:
        if not self._pattern.fullmatch(clean):
            raise ValueError(_("“%(value)s” is not a number.", value=typed[:100]))
        value = Decimal(clean)
        if not self.minimum <= value <= self.maximum:
            raise ValueError(_between(typed, self.minimum, self.maximum))
        exact = value.quantize(Decimal("0.0001"))
        if exact != value:
            raise ValueError(_("%(value)s has more than four decimal places; round it.", value=typed))
        return from_units(int(exact * SCALE))

    def dump(self, value: Any) -> Any:
        """A string."""
        return None if value is None else str(value)

    def show(self, value: Any) -> str:
        """With the separators of the language."""
        return "" if value is None else format_number(value)


@dataclass(frozen=True, kw_only=True)
class DateField(Field):
    """A day."""

    widget: ClassVar[Widget] = Widget.DATE
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


@dataclass(frozen=True, kw_only=True)
class YesNoField(Field):
    """Yes or no."""

    default: Any = False
    widget: ClassVar[Widget] = Widget.CHECKBOX
    operators: ClassVar[Sequence[str]] = ("eq",)
    nullable: ClassVar[bool] = False
    _words: ClassVar[Mapping[str, bool]] = {
        **dict.fromkeys(("1", "true", "yes", "y", "on", "x", "sim", "s", "да", "д"), True),
        **dict.fromkeys(("", "0", "false", "no", "n", "off", "não", "nao", "нет", "н"), False),
    }

    @property
    def empty(self) -> bool:
        """No."""
        return False

    def json_type(self) -> Any:
        """A boolean."""
        return bool

    def read(self, value: Any) -> bool:
        """Only a boolean."""
        if not isinstance(value, bool):
            raise TypeError(_("Write it as true or false."))
        return value

    def parse(self, text: str) -> bool:
        """Yes and no in our languages."""
        try:
            return self._words[text.strip().lower()]
        except KeyError:
            raise ValueError(_("“%(value)s” is neither yes nor no.", value=text)) from None

    def text(self, value: Any) -> str:
        """What a ticked checkbox sends."""
        return "true" if value else ""

    def show(self, value: Any) -> str:
        """A word."""
        return _("Yes") if value else _("No")


@dataclass(frozen=True, kw_only=True)
class ChoiceField(Field):
    """One of the values of an enumeration, with a label for each; ``tones`` colour them as badges."""

    enum: type[StrEnum]
    labels: Mapping[Any, Text]
    tones: Mapping[Any, str] = dataclasses.field(default_factory=dict)

    widget: ClassVar[Widget] = Widget.SELECT

    def json_type(self) -> Any:
        """The enumeration."""
        return self.enum

    def read(self, value: Any) -> StrEnum:
        """Only a value of the enumeration."""
        try:
            return self.enum(value)
        except (ValueError, TypeError):
            allowed = ", ".join(member.value for member in self.enum)
            raise ValueError(
                _("“%(value)s” is none of the choices: %(choices)s.", value=value, choices=allowed)
            ) from None

    def parse(self, text: str) -> StrEnum | None:
        """A value, or its label in any case."""
        clean = text.strip()
        if not clean:
            return None
        for value, label in self.labels.items():
            if clean.casefold() in (value.casefold(), str(label).casefold()):
                return self.enum(value)
        return self.read(clean)

    def dump(self, value: Any) -> Any:
        """The value."""
        return None if value is None else str(value)

    def show(self, value: Any) -> str:
        """The label."""
        return "" if value is None else str(self.labels.get(value, value))

    def cell(self, value: Any) -> Any:
        """The value, which an import reads in every language."""
        return self.dump(value)

    def choices(self) -> Sequence[Option]:
        """All labels."""
        return [Option(value, str(label)) for value, label in self.labels.items()]


@dataclass(frozen=True, kw_only=True)
class CountryField(Field):
    """A country, stored as ISO 3166 alpha-2; "" where it is not known."""

    widget: ClassVar[Widget] = Widget.SELECT
    nullable: ClassVar[bool] = False

    @property
    def empty(self) -> str:
        """Countries are never null."""
        return ""

    def json_type(self) -> Any:
        """Two letters."""
        return Annotated[str, msgspec.Meta(pattern="^([A-Z]{2})?$")]

    def read(self, value: Any) -> str:
        """A code."""
        if not isinstance(value, str):
            raise TypeError(_("Write it as a string of two letters."))
        return self.parse(value)

    def parse(self, text: str) -> str:
        """A code, or a name in one of our languages."""
        clean = text.strip()
        return country_code(clean) if clean else ""

    def show(self, value: Any) -> str:
        """The name in the current language."""
        return country_name(value, current_language()) if value else ""

    def choices(self) -> Sequence[Option]:
        """All countries by name."""
        return [Option(code, name) for code, name in names(current_language())]

    def options_html(self, selected: str) -> Markup:
        """The <option> tags of all countries: 250 of them are too many to draw for each request."""
        tags = _country_tags(current_language())
        if not selected:
            return tags
        mark = f'value="{escape(selected)}"'
        return Markup(str(tags).replace(mark, f"{mark} selected", 1))


@dataclass(frozen=True, kw_only=True)
class LinkField(Field):
    """A link to another record; ``kind`` names its kind, the name of the field ends in ``_id``."""

    kind: str

    widget: ClassVar[Widget] = Widget.LINK

    @property
    def relation(self) -> str:
        """The name without ``_id``."""
        return self.name.removesuffix("_id")

    def json_type(self) -> Any:
        """The id."""
        return Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]

    def read(self, value: Any) -> int:
        """An id; whether there is such a record is checked where the database is at hand."""
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 2**63:
            raise ValueError(_("Write the id of a record, a whole number from 1 up."))
        return value

    def parse(self, text: str) -> int | None:
        """An id as text; names are looked up where the database is at hand."""
        clean = text.strip()
        if not clean:
            return None
        if not re.fullmatch(r"\d{1,19}", clean, re.ASCII) or int(clean) >= 2**63:
            raise ValueError(_("“%(value)s” is not the id of a record.", value=text[:100]))
        return int(clean)


@functools.cache
def _country_tags(language: str) -> Markup:
    tag = Markup('<option value="{}">{}</option>')
    return Markup("").join(tag.format(code, name) for code, name in names(language))


def _between(value: Any, minimum: Any, maximum: Any) -> str:
    return _("%(value)s is not between %(min)s and %(max)s.", value=value, min=minimum, max=maximum)


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
        return moment.astimezone(dt.UTC)
    except OverflowError:
        raise ValueError(_("This moment is beyond the calendar.")) from None


def _fail() -> dt.date:
    raise ValueError
