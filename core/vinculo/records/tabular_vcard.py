"""vCards as a table: a row for each card, a column for each thing that some card says.

The titles are English whatever the language: a mapping goes by them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import count
from pathlib import Path
from typing import Final

from vinculo.i18n import gettext as _
from vinculo.records.countries import country_code
from vinculo.records.tabular_encoding import choose_encoding
from vinculo.records.tabular_text import MAX_LINE_CHARACTERS, Record
from vinculo.records.vcards import Card, Property, cards

MAGIC: Final = b"BEGIN:VCARD"
MOST: Final = 20  # values of one sort that a card may have
SINGLE: Final = ("UID", "Full name", "Company", "Department", "Job title", "Birthday", "Website", "Note")
REPEATED: Final = (
    "E-mail", "Work e-mail", "Private e-mail", "Phone", "Work phone", "Private phone", "Mobile", "Fax",
)  # fmt: skip
ADDRESS: Final = ("Address type", "Street", "Postal code", "City", "Region", "Country")
_BIRTHDAY: Final = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ].*)?")

Cells = dict[str, list[str]]


def is_vcard(path: Path) -> bool:
    """Whether a file begins as one, in whatever encoding."""
    with path.open("rb") as file:
        head = file.read(200)
    for mark in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        head = head.removeprefix(mark)
    return head.replace(b"\x00", b"").lstrip().upper().startswith(MAGIC)


class VcardSource:
    """The cards of a file, read twice: once to learn which columns there are."""

    format = "vcard"
    pads_rows = False
    row_count = None
    sheet = None
    sheets: Sequence[str] = ()
    delimiter = None

    def __init__(self, path: Path, *, encoding: str | None = None) -> None:
        self._coding = choose_encoding(path, encoding)
        self.encoding = encoding and self._coding
        self._bytes_total = path.stat().st_size
        self._bytes = path.open("rb")
        self._file = io.TextIOWrapper(self._bytes, encoding=self._coding, newline="")

    def fraction(self) -> float:
        """How much of the file has been read, by bytes."""
        return min(1.0, self._bytes.tell() / self._bytes_total) if self._bytes_total else 1.0

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def records(self) -> Iterator[Record]:
        """The titles, numbered 1, then each card by its place in the file."""
        most: dict[str, int] = {}
        for card in self._cards():
            for title, values in _cells(card).items():
                most[title] = min(max(most.get(title, 0), len(values)), MOST)
        columns = list(_columns(most))
        yield Record(1, [_title(title, n) for title, n in columns])
        for number, card in zip(count(1), self._cards(), strict=False):
            cells = _cells(card)
            row = [values[n] if n < len(values := cells.get(title, [])) else "" for title, n in columns]
            yield Record(number, row, card.error or _surplus(cells))

    def _cards(self) -> Iterator[Card]:
        self._file.seek(0)
        return cards(iter(lambda: self._file.readline(MAX_LINE_CHARACTERS), ""))


def _columns(most: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Titles with their numbers: what belongs to one address stands together."""
    for title in (*SINGLE, *REPEATED):
        yield from ((title, n) for n in range(most.get(title, 0)))
    for n in range(max((most.get(title, 0) for title in ADDRESS), default=0)):
        yield from ((title, n) for title in ADDRESS)


def _title(title: str, n: int) -> str:
    return title if n == 0 else f"{title} {n + 1}"


def _surplus(cells: Cells) -> str | None:
    if all(len(values) <= MOST for values in cells.values()):
        return None
    return _(
        "The card has more than %(limit)s values of one sort. Remove those that nobody needs.", limit=MOST
    )


def _cells(card: Card) -> Cells:
    """What a card says, by the titles of columns."""
    names = [part.strip() for part in next((one.parts for one in card.all("ORG")), [""])]
    cells: Cells = {
        "UID": [card.first("UID").removeprefix("urn:uuid:")],
        "Full name": [_name(card, names[0])],
        "Company": [names[0]],
        "Department": [", ".join(filter(None, names[1:]))],
        "Job title": [card.first("TITLE") or card.first("ROLE")],
        "Birthday": [next(filter(None, (_birthday(one.value) for one in card.all("BDAY"))), "")],
        "Website": [card.first("URL")],
        "Note": ["\n".join(_notes(card))],
    }
    for one in card.all("EMAIL"):
        cells.setdefault(_email_title(one), []).append(one.text.strip().removeprefix("mailto:"))
    for one in card.all("TEL"):
        cells.setdefault(_phone_title(one), []).append(one.text.strip().removeprefix("tel:"))
    for one in card.all("ADR"):
        for title, value in zip(ADDRESS, _address(one), strict=True):
            cells.setdefault(title, []).append(value)
    return {title: values for title, values in cells.items() if any(values)}


def _name(card: Card, company: str) -> str:
    """The name that the card gives, else one put together, else whatever one can tell it by."""
    if found := card.first("FN"):
        return " ".join(found.split())
    for one in card.all("N"):
        family, given, middle, prefix, suffix = (*one.parts, "", "", "", "", "")[:5]
        if found := " ".join(f"{prefix} {given} {middle} {family} {suffix}".split()):
            return found
    others = (card.first(name) for name in ("NICKNAME", "EMAIL", "TEL"))
    return company or next(filter(None, others), "")


def _notes(card: Card) -> Iterator[str]:
    """Notes, and the companies beyond the first."""
    for one in card.all("NOTE"):
        yield one.text.strip()
    for one in card.all("ORG")[1:]:
        yield ", ".join(part.strip() for part in one.parts if part.strip())


def _birthday(value: str) -> str:
    """A day in ISO form; “” for one without a year, and for words."""
    found = _BIRTHDAY.fullmatch(value.strip())
    try:
        return date(*map(int, found.groups())).isoformat() if found else ""
    except ValueError:
        return ""


def _email_title(one: Property) -> str:
    return "Work e-mail" if "WORK" in one.types else "Private e-mail" if "HOME" in one.types else "E-mail"


def _phone_title(one: Property) -> str:
    if "FAX" in one.types:
        return "Fax"
    if "CELL" in one.types:
        return "Mobile"
    return "Work phone" if "WORK" in one.types else "Private phone" if "HOME" in one.types else "Phone"


def _address(one: Property) -> tuple[str, ...]:
    """Type, street, postal code, city, region and country; a country that nobody knows goes to the street."""
    box, extra, street, city, region, code, country, *_rest = (
        *(part.strip() for part in one.parts),
        *[""] * 7,
    )
    kind = "work" if "WORK" in one.types else "home" if "HOME" in one.types else ""
    try:
        known = country_code(country) if country else ""
    except ValueError:
        known, street = "", ", ".join(filter(None, (street, country)))
    lines = ", ".join(filter(None, (box, extra, street)))
    return kind, ", ".join(filter(None, map(str.strip, lines.splitlines()))), code, city, region, known
