"""Countries by code and by name, in the languages of the program."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Sequence
from typing import Final

from vinculo.i18n import LANGUAGES, babel_locale
from vinculo.i18n import gettext as _
from vinculo.records.text import fold

_ALIASES: Final = {
    "usa": "US", "u.s.a.": "US", "u.s.": "US", "united states of america": "US", "uk": "GB",
    "great britain": "GB", "england": "GB", "korea": "KR", "holland": "NL", "czech republic": "CZ",
    "eua": "US", "рф": "RU", "сша": "US",
}  # fmt: skip


def country_code(text: str) -> str:
    """The ISO 3166 alpha-2 code for a code or a name. Raises ``ValueError`` with the closest name."""
    if len(text) == 2 and text.isascii() and text.upper() in _codes():
        return text.upper()
    by_name = _by_name()
    folded = fold(text)
    if folded in by_name:
        return by_name[folded]
    close = difflib.get_close_matches(folded, by_name, n=1, cutoff=0.8)
    hint = country_name(by_name[close[0]], "en") if close else "BR"
    raise ValueError(
        _("“%(value)s” is not a country; write its code or its name, e.g. %(hint)s.", value=text, hint=hint)
    )


def country_name(code: str, language: str) -> str:
    """The name in a language; the code itself if it is unknown."""
    return _names(language).get(code, code)


@functools.cache
def names(language: str) -> Sequence[tuple[str, str]]:
    """(code, name), by name."""
    return sorted(_names(language).items(), key=lambda pair: fold(pair[1]))


@functools.cache
def _names(language: str) -> dict[str, str]:
    territories = babel_locale(language).territories
    codes = (str(code) for code in territories)
    return {code: territories[code] for code in codes if len(code) == 2 and code not in _NOT_COUNTRIES}


_NOT_COUNTRIES: Final = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"})


@functools.cache
def _codes() -> frozenset[str]:
    return frozenset(_names("en"))


@functools.cache
def _by_name() -> dict[str, str]:
    table = dict(_ALIASES)
    for language in LANGUAGES:
        for code, name in _names(language).items():
            table.setdefault(fold(name), code)
    return table
