"""Currencies by code and by name, in the languages of the program."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Final

from vinculo.i18n import LANGUAGES
from vinculo.i18n import gettext as _
from vinculo.records import countries
from vinculo.records.text import fold

_SIGNS: Final = {"€": "EUR", "£": "GBP", "R$": "BRL", "US$": "USD", "₽": "RUB", "¥": "JPY", "₹": "INR"}


def currency_code(text: str) -> str:
    """The ISO 4217 code for a code, a name or a sign that is one currency's. Raises ``ValueError``."""
    code = text.upper()
    if len(code) == 3 and code.isascii() and _babel().is_currency(code):
        return code
    found = _SIGNS.get(code) or _by_name().get(fold(text))
    if found is None:
        raise ValueError(_("“%(value)s” is not the code of a currency; write e.g. EUR.", value=text[:50]))
    return found


def digits(code: str) -> int:
    """Decimal places that amounts of a currency have: 2 of EUR, 0 of JPY, 3 of KWD; by CLDR."""
    return int(_babel().get_currency_precision(code))


@functools.cache
def names(language: str) -> Sequence[tuple[str, str]]:
    """(code, code and name), by code, of those that are paid with somewhere today."""
    return [(code, f"{code} ({_babel().get_currency_name(code, locale=language)})") for code in _current()]


@functools.cache
def _current() -> Sequence[str]:
    places = (code for code, _name in countries.names("en"))
    return sorted({code for place in places for code in _babel().get_territory_currencies(place)})


@functools.cache
def _by_name() -> dict[str, str]:
    table: dict[str, str] = {}
    for language in LANGUAGES:
        for code in _current():
            table.setdefault(fold(_babel().get_currency_name(code, locale=language)), code)
    return table


def _babel() -> Any:
    from babel import numbers  # noqa: PLC0415 -- it takes long to load, and few requests need it

    return numbers
