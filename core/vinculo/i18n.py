"""Texts in the user's language: gettext catalogues, one per package, merged at first use.

English is the source. The language of the running request or command sits in a context variable.
"""

from __future__ import annotations

import contextvars
import functools
import importlib.resources
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from babel import Locale
    from babel.support import LazyProxy, Translations

LANGUAGES: Final = {"en": "English", "pt_BR": "Português (Brasil)", "ru": "Русский"}
DEFAULT_LANGUAGE: Final = "en"

_language: contextvars.ContextVar[str] = contextvars.ContextVar("language", default=DEFAULT_LANGUAGE)
_time_zone: contextvars.ContextVar[str] = contextvars.ContextVar("time_zone", default="UTC")
_folders: dict[str, Path] = {"vinculo": Path(__file__).parent / "locale"}


def add_catalogue(package: str) -> None:
    """Let texts be looked up in the ``locale`` folder of a plugin's package, too."""
    folder = Path(str(importlib.resources.files(package))) / "locale"
    if _folders.get(package) != folder:
        _folders[package] = folder
        _catalogue.cache_clear()


def current_language() -> str:
    """The language of the running request or command, a key of ``LANGUAGES``."""
    return _language.get()


def current_time_zone() -> ZoneInfo:
    """The zone in which times are shown and typed."""
    return _zone(_time_zone.get())


def today() -> date:
    """The day it is where the user is."""
    return datetime.now(UTC).astimezone(current_time_zone()).date()


def moment_of(day: date, *known: datetime | None) -> datetime:
    """When something of a day stands on a timeline: at the first of these moments on it, else at noon.

    The day is one of the time zone in use; noon is that of UTC, which is the same day nearly everywhere.
    """
    zone = current_time_zone()
    found = (one for one in known if one is not None and one.astimezone(zone).date() == day)
    return next(found, datetime.combine(day, time(12), UTC))


@contextmanager
def use_locale(language: str, time_zone: str = "UTC") -> Iterator[str]:
    """Speak a language, and show times of a zone, within the block, which is given the language."""
    language = language if language in LANGUAGES else DEFAULT_LANGUAGE
    language_token = _language.set(language)
    zone_token = _time_zone.set(time_zone)
    try:
        yield language
    finally:
        _language.reset(language_token)
        _time_zone.reset(zone_token)


def negotiate(accept_language: str, otherwise: str = DEFAULT_LANGUAGE) -> str:
    """The best language for a browser's Accept-Language header, or the one for where none fits."""
    wanted = []
    for part in accept_language.split(",")[:20]:
        name, _sep, parameters = part.strip().partition(";")
        quality = parameters.strip().removeprefix("q=") if parameters else "1"
        try:
            wanted.append((float(quality), name.strip()))
        except ValueError:
            continue
    for _quality, name in sorted(wanted, key=lambda pair: -pair[0]):
        base = name.replace("_", "-").split("-")[0].lower()
        for language in LANGUAGES:
            if language.split("_", maxsplit=1)[0] == base:
                return language
    return otherwise


def gettext(message: str, **params: Any) -> str:
    """Translate, then fill in ``%(name)s`` parameters."""
    text = translation(message)
    return text % params if params else text


def ngettext(singular: str, plural: str, n: int, **params: Any) -> str:
    """Translate with the plural form for ``n``, which is also the parameter ``%(n)s``."""
    return plural_translation(singular, plural, n) % {"n": n, **params}


def translation(message: str) -> str:
    """Translate without filling in anything; for templates, which do that themselves."""
    catalogue = _catalogue(_language.get())
    return catalogue.ugettext(message) if catalogue is not None else message


def plural_translation(singular: str, plural: str, n: int) -> str:
    """The same for the plural form of ``n``."""
    catalogue = _catalogue(_language.get())
    if catalogue is not None:
        return catalogue.ungettext(singular, plural, n)
    return singular if n == 1 else plural


def mark(message: str) -> str:
    """Mark a text for translation where it is stored in English and translated when it is shown."""
    return message


def lazy_gettext(message: str) -> LazyProxy:
    """Mark a text at module level; it is translated each time it is shown."""
    from babel.support import LazyProxy  # noqa: PLC0415 -- babel costs 60 ms that --help need not pay

    return LazyProxy(gettext, message, enable_cache=False)


def format_date(value: date) -> str:
    """A day as people of the current language write it, e.g. 23/11/2026."""
    return _format_date(value.year, value.month, value.day, _language.get())


def format_datetime(value: datetime) -> str:
    """A moment in the current time zone, to the minute."""
    local = value.astimezone(current_time_zone())
    day = _format_date(local.year, local.month, local.day, _language.get())
    return f"{day} {local.hour:02}:{local.minute:02}"  # strftime takes as long as all the rest


def format_month(value: date) -> str:
    """The month of a day or moment, and its year."""
    return _format_month(value.year, value.month, _language.get())


def format_number(value: Decimal | int) -> str:
    """A number with the separators of the current language; a fraction keeps two places where it has them.

    So 80.00 is shown as 80, 425.60 as 425.60, and 12.5, which has one place, as 12.5.
    """
    places = 0
    if isinstance(value, Decimal) and value.is_finite() and value != value.to_integral_value():
        places = min(2, -int(value.as_tuple().exponent))
    return _format_number(value, places, _language.get())


def parse_date(text: str) -> date | None:
    """Read an ISO day or one as people of the current language write it; None if it is neither."""
    for pattern in ("%Y-%m-%d", *_DATE_PATTERNS.get(_language.get(), ())):
        try:
            return datetime.strptime(text.strip(), pattern).date()  # noqa: DTZ007 -- a day has no zone
        except ValueError:
            continue
    return None


_DATE_PATTERNS: Final[dict[str, Sequence[str]]] = {
    "en": ("%d %b %Y", "%d %B %Y", "%m/%d/%Y"),
    "pt_BR": ("%d/%m/%Y", "%d-%m-%Y"),
    "ru": ("%d.%m.%Y",),
}
_SHOWN: Final = {"en": "{d} {month} {y}", "pt_BR": "{d:02}/{m:02}/{y}", "ru": "{d:02}.{m:02}.{y}"}
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@functools.lru_cache(4096)
def _format_date(year: int, month: int, day: int, language: str) -> str:
    # Three patterns by hand: Babel takes 30 µs a cell, half the budget of a list page.
    return _SHOWN[language].format(d=day, m=month, month=_MONTHS[month - 1], y=year)


@functools.lru_cache(4096)
def _format_month(year: int, month: int, language: str) -> str:
    from babel.dates import format_skeleton  # noqa: PLC0415 -- see lazy_gettext

    return format_skeleton("yMMM", date(year, month, 1), locale=language)


@functools.lru_cache(4096, typed=True)
def _format_number(value: Decimal | int, places: int, language: str) -> str:
    from babel.numbers import format_decimal  # noqa: PLC0415 -- see lazy_gettext

    pattern = f"#,##0.{'0' * places}#" if places else None
    return format_decimal(value, pattern, locale=language, decimal_quantization=False)


@functools.cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@functools.cache
def babel_locale(language: str) -> Locale:
    """The Babel locale of a language of ours."""
    from babel import Locale  # noqa: PLC0415 -- see lazy_gettext

    return Locale.parse(language)


@functools.cache
def _catalogue(language: str) -> Translations | None:
    if language == DEFAULT_LANGUAGE:
        return None
    from babel.support import Translations  # noqa: PLC0415 -- see lazy_gettext

    merged: Translations | None = None  # not an empty one: merging leaves it with the plurals of English
    for folder in _folders.values():
        found = Translations.load(folder, [language], domain="messages")
        if isinstance(found, Translations):
            merged = found if merged is None else merged.merge(found)
    return merged
