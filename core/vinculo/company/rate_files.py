"""Files of rates as banks publish them, rewritten as the rows that an import of rates reads.

Two shapes are told by their titles: a day beside one column for each currency (as the European Central Bank
has it), and a row for each currency and day, perhaps for so many units (as that of Russia has it).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from vinculo.company.models import Quote
from vinculo.errors import InvalidFileError
from vinculo.i18n import current_language, parse_date
from vinculo.i18n import gettext as _
from vinculo.records import currencies
from vinculo.records.fields import RateField
from vinculo.records.tabular import open_table, open_writer
from vinculo.records.text import fold

COLUMNS: Final = ("external_id", "currency", "day", "rate", "units", "quote", "base", "source")
_RATE: Final = RateField(name="rate", label="")
_TITLES: Final[Mapping[str, frozenset[str]]] = {
    "day": frozenset({"day", "date", "data", "time period", "from day", "дата"}),
    "currency": frozenset(
        {"currency", "code", "char code", "charcode", "letter code", "cdx", "moeda", "валюта", "букв код"}
    ),
    "rate": frozenset({"rate", "value", "obs value", "curs", "taxa", "cotacao", "курс", "значение"}),
    "units": frozenset({"units", "nominal", "per", "unidades", "номинал", "единиц"}),
    "base": frozenset({"base", "currency denom"}),
}
_DATES: Final = ("%d.%m.%Y", "%d/%m/%Y", "%d %B %Y", "%Y%m%d", "%Y-%m-%d %H:%M:%S")
_NOTHING: Final = frozenset({"", "-", "n/a", "na", "."})


@dataclass(frozen=True, slots=True)
class Writing:
    """How the figures of a file are to be read, and who published them: ``base`` is what they lead to."""

    base: str
    quote: Quote
    source: str = ""


def rewrite(path: Path, into: Path, how: Writing) -> int:
    """Write the rates of a file as a table with ``COLUMNS``; how many there are.

    What is no day or number is written as it stands, for the import to say so. Raises ``InvalidFileError``
    for a file of neither shape.
    """
    with open_table(path) as table, open_writer(into, COLUMNS, format="csv") as out:
        count = 0
        for row in _rates(table.header, (row.values for row in table if not row.error)):
            out.write(_line(row, how))
            count += 1
    if not count:
        raise InvalidFileError(_("There are no rates in the file."), code="no_rows")
    return count


def _rates(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[Mapping[str, str]]:
    places = {name: place for name in _TITLES if (place := _place(header, _TITLES[name])) is not None}
    if places.keys() >= {"day", "currency", "rate"}:
        return _long(places, rows)
    codes = {place: title for place, title in enumerate(header) if _code(title)}
    if "day" in places and codes:
        return _wide(places["day"], codes, rows)
    raise InvalidFileError(
        _(
            "These are no rates: the file needs a column “Date” and either one column for each currency (USD,"
            " JPY …) or the columns “Currency” and “Rate”."
        ),
        code="no_rates",
    )


def _place(header: Sequence[str], titles: frozenset[str]) -> int | None:
    folded = [re.sub(r"[\s_.]+", " ", fold(title)).strip() for title in header]
    return next((place for place, title in enumerate(folded) if title in titles), None)


def _code(title: str) -> bool:
    return bool(re.fullmatch("[A-Z]{3}", title.strip())) and _known(title.strip()) is not None


@functools.lru_cache(1000)
def _known(text: str) -> str | None:
    with suppress(ValueError):
        return currencies.currency_code(text.strip())
    return None


def _long(places: Mapping[str, int], rows: Iterable[Sequence[str]]) -> Iterator[Mapping[str, str]]:
    for row in rows:
        found = {name: row[place].strip() for name, place in places.items()}
        if found["rate"].casefold() not in _NOTHING:
            yield found


def _wide(day: int, codes: Mapping[int, str], rows: Iterable[Sequence[str]]) -> Iterator[Mapping[str, str]]:
    for row in rows:
        for place, code in codes.items():
            if row[place].strip().casefold() not in _NOTHING:
                yield {"day": row[day].strip(), "currency": code.strip(), "rate": row[place].strip()}


def _line(row: Mapping[str, str], how: Writing) -> list[str]:
    currency = _known(row["currency"]) or row["currency"]
    base = _known(row.get("base", "")) or how.base
    day, units = _day(row["day"], current_language()), row.get("units") or "1"
    key = f"{currency}-{base}-{day}"
    return [key, currency, day, _number(row["rate"]), units, how.quote.value, base, how.source]


@functools.lru_cache(1000)
def _day(text: str, language: str) -> str:
    """ISO, or as it stands; some days are read otherwise in another ``language``."""
    for pattern in _DATES:
        with suppress(ValueError):
            return datetime.strptime(text, pattern).date().isoformat()  # noqa: DTZ007 -- a day has no zone
    found = parse_date(text)
    return text if found is None else found.isoformat()


def _number(text: str) -> str:
    """With a decimal point: the last sign of a number that has two kinds, and the only one of a rate."""
    clean = re.sub(r"[\s\u00a0\u202f]", "", text)
    if clean.rfind(",") > clean.rfind("."):
        clean = clean.replace(".", "").replace(",", ".")
    clean = clean.replace(",", "")
    try:
        return _RATE.text(Decimal(clean))
    except InvalidOperation:
        return text
