"""How a table lies in its file: what people may say of it, and where its header is if nobody says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from vinculo.records.tabular_text import Record

SAMPLE_RECORDS: Final = 60
NO_HEADER: Final = 0

_TITLED_ROWS: Final = 2  # so many rows of a table below it make a line of text its title
_MOSTLY: Final = 0.8
_DATA: Final = {
    "number": re.compile(r"[-+]?\(?[$€£]?\d[\d.,' \xa0]*%?\)?"),
    "date": re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T]\d{1,2}:\d{2}.*)?"),
    "email": re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+"),
    "phone": re.compile(r"\+?[\d() .-]{7,}"),
    "key": re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
    "code": re.compile(r"[A-Z]{1,4}\d{3,}"),
}
_YEAR: Final = re.compile(r"(18|19|20)\d\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a file is to be read; what is None is found out from its content.

    ``header`` is the row of the titles under the number that a spreadsheet program shows beside it, 0 if
    the file has none. ``delimiter`` may be several characters, within which nothing is quoted.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header: int | None = None


def find_header(records: Sequence[Record]) -> int:
    """Number of the row that looks like the header of the first records, 0 if all of them look like data.

    Lines of text above a table, which fill few of its columns, are passed over. Where columns hold numbers,
    dates or addresses, and the first row does likewise, it is data; in doubt it is the header.
    """
    filled = [record for record in records if any(cell.strip() for cell in record.cells)]
    if not filled:
        return NO_HEADER
    first = _below_titles(filled)
    return NO_HEADER if _is_data(filled[first:]) else filled[first].number


def filled_width(records: Sequence[Record]) -> int:
    """How many columns the records fill."""
    return max((_width(record) for record in records), default=0)


def _width(record: Record) -> int:
    return next((i for i in range(len(record.cells), 0, -1) if record.cells[i - 1].strip()), 0)


def _below_titles(filled: Sequence[Record]) -> int:
    """Index of the first record that is as full as those of a table."""
    counts = [sum(bool(cell.strip()) for cell in record.cells) for record in filled]
    usual = median(counts)
    for index, record in enumerate(filled):
        padded = len(record.cells) >= usual and 2 * counts[index] < usual
        if record.error or not (padded or counts[index] == 1):
            return index if sum(count > 1 for count in counts[index:]) > _TITLED_ROWS else 0
    return 0


def _is_data(records: Sequence[Record]) -> bool:
    first, body = records[0], records[1:]
    if not body or first.error:
        return False
    typed = [cell for cell in first.cells if _type(cell) == "number"]
    years = len(typed) > 1 and all(_YEAR.fullmatch(cell.strip()) for cell in typed)
    data = titles = 0
    for column, cell in enumerate(first.cells):
        below = [_type(record.cells[column]) for record in body if column < len(record.cells)]
        below = [kind for kind in below if kind]
        kind = _type(cell)
        if not below or not kind or (years and kind == "number"):
            continue
        data += kind != "text" and below.count(kind) >= _MOSTLY * len(below)
        titles += kind == "text" and below.count("text") <= (1 - _MOSTLY) * len(below)
    return data > titles


def _type(cell: str) -> str:
    text = cell.strip()
    if not text:
        return ""
    return next((kind for kind, pattern in _DATA.items() if pattern.fullmatch(text)), "text")
