"""Public holidays of countries and their parts, from the library ``holidays``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Final

from vinculo.i18n import current_language

LANGUAGES: Final = {"en": "en_US", "pt_BR": "pt_BR", "ru": "ru"}


@lru_cache(1000)
def of_year(country: str, subdivision: str, year: int, language: str = "") -> Mapping[date, str]:
    """The days that nobody works, with their names; none for a country that the library does not know.

    Names are in the language where the library has them, else in that of the country.
    """
    if not country or country not in _supported():
        return {}
    import holidays  # noqa: PLC0415 -- 0.1 to 0.4 s, for companies that chose a country

    parts = _supported()[country]
    found = holidays.country_holidays(
        country,
        subdiv=subdivision if subdivision in parts else None,
        years=year,
        observed=True,
        language=LANGUAGES.get(language),
    )
    return dict(sorted(found.items()))


def named(country: str, subdivision: str, year: int) -> Mapping[date, str]:
    """The same, with names as the reader would have them."""
    return of_year(country, subdivision, year, current_language())


def known(country: str) -> bool:
    """Whether anything is known of a country."""
    return country in _supported()


def subdivisions(country: str) -> Sequence[str]:
    """The codes of a country's parts that have holidays of their own."""
    return _supported().get(country, ())


@lru_cache(1)
def _supported() -> Mapping[str, Sequence[str]]:
    import holidays  # noqa: PLC0415 -- 0.1 to 0.4 s, for companies that chose a country

    return holidays.list_supported_countries()
