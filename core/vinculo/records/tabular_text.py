"""Delimited text files: which separator, and their records one at a time."""

import csv
import io
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import count, dropwhile, islice
from pathlib import Path
from typing import NamedTuple, TextIO

from vinculo.errors import InvalidFileError
from vinculo.i18n import gettext as _
from vinculo.records.tabular_encoding import choose_encoding

MAX_CELL_CHARACTERS = 1_000_000
MAX_LINE_CHARACTERS = 8_000_000
MAX_COLUMNS = 2_000
DELIMITERS = ("\t", ";", "|", ",")  # in order of preference where two fit equally well
LONG_DELIMITERS = ("+|", "~|~", "|~|", "^|^")  # of dumps of databases, which quote nothing
MAX_DELIMITER_CHARACTERS = 5

_SAMPLE_RECORDS = 200
_SAMPLE_CHARACTERS = 1 << 18
_ROW_END = "&|"  # with which such dumps may end a row, whose cells then may hold line breaks
# The limit of the csv module belongs to the process, and its default of 131,072 is below ours.
csv.field_size_limit(MAX_CELL_CHARACTERS)


class Record(NamedTuple):
    """Cells of one row as they stand in the file; `error` says why they cannot be trusted."""

    number: int
    cells: list[str]
    error: str | None = None


def detect_delimiter(sample: str) -> str:
    """Choose the separator under which the rows of `sample` agree with the first one.

    A file of one column has none: a comma is as good as any.
    """
    for delimiter in LONG_DELIMITERS:
        rows = sample.split(_ROW_END) if _ROW_END in sample else sample.splitlines()
        counts = {row.count(delimiter) for row in rows[:_SAMPLE_RECORDS] if row.strip()}
        if len(counts) == 1 and 0 not in counts:
            return delimiter
    return max(DELIMITERS, key=lambda delimiter: _agreement(sample, delimiter))


def _agreement(sample: str, delimiter: str) -> tuple[float, int]:
    reader = csv.reader(StringIO(sample, newline=""), delimiter=delimiter)
    try:
        widths = [len(row) for row in islice(reader, _SAMPLE_RECORDS) if any(row)]
    except csv.Error:
        return 0, 0
    table = _below_titles(widths)
    if not table or table[0] == 1:
        return 0, delimiter == ","
    return round(table.count(table[0]) / len(table), 1), table[0]


def _below_titles(widths: list[int]) -> list[int]:
    """The widths of rows below a title, which stands above a table and is one cell."""
    body = list(dropwhile(lambda width: width == 1, widths))
    return body if len(body) > 2 and body.count(body[0]) == len(body) else widths


class _Lines:
    """Hand lines to the csv parser, bounded in length, keeping those of the record being parsed."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.of_record: list[str] = []
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(MAX_LINE_CHARACTERS)
        self.of_record.append(line)
        if not line:
            self.ended = True
            raise StopIteration
        return line

    def overflow(self) -> bool:
        """Whether the record is longer than any real one, so that parsing it on would be of no use."""
        return max(map(len, self.of_record), default=0) >= MAX_LINE_CHARACTERS


class TextSource:
    """The records of a delimited text file, read in one pass whatever its size.

    Quotes that do not fit their cell spoil that record only; a quote that is never closed
    would swallow the rest of the file, so it raises and names the row where it began.
    """

    format = "csv"
    pads_rows = False
    row_count = None
    sheet = None
    sheets: Sequence[str] = ()

    def __init__(self, path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> None:
        self.encoding = choose_encoding(path, encoding)
        self._bytes_total = path.stat().st_size
        self._bytes = path.open("rb")
        self._file = io.TextIOWrapper(self._bytes, encoding=self.encoding, newline="")
        try:
            self.delimiter = self._choose_delimiter(delimiter)
        except BaseException:
            self.close()
            raise

    def _choose_delimiter(self, wanted: str | None) -> str:
        sample = self._file.read(_SAMPLE_CHARACTERS)
        self._file.seek(0)
        self._row_end = _ROW_END if f"{_ROW_END}\n" in sample.replace("\r\n", "\n") else ""
        if wanted is None:
            cut = len(sample) == _SAMPLE_CHARACTERS
            return detect_delimiter(sample[: sample.rfind("\n") + 1] or sample if cut else sample)
        if not 0 < len(wanted) <= MAX_DELIMITER_CHARACTERS or any(char in '"\r\n\0' for char in wanted):
            message = _(
                "The separator is one character, such as a comma, or a few, such as +|; %(value)r is not.",
                value=wanted[:20],
            )
            raise InvalidFileError(message, code="invalid_delimiter")
        return wanted

    def fraction(self) -> float:
        """How much of the file has been read, by bytes."""
        return min(1.0, self._bytes.tell() / self._bytes_total) if self._bytes_total else 1.0

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def records(self) -> Iterator[Record]:
        """Yield each record, blank ones too, numbered from 1 as a spreadsheet program shows them."""
        lines = _Lines(self._file)
        return self._parsed(lines) if len(self.delimiter) == 1 else self._split(lines)

    def _parsed(self, lines: _Lines) -> Iterator[Record]:
        reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
        for number in count(1):
            lines.of_record.clear()
            try:
                cells = next(reader, None)
            except csv.Error:
                yield self._misquoted(number, lines)
                continue
            if cells is None:
                return
            if lines.overflow() or len(cells) > MAX_COLUMNS:
                raise too_many_columns(number)
            yield Record(number, cells)

    def _split(self, lines: _Lines) -> Iterator[Record]:
        for number in count(1):
            lines.of_record.clear()
            size = 0
            for line in lines:
                size += len(line)
                if size > MAX_LINE_CHARACTERS:
                    raise _endless_row(number)
                if not self._row_end or line.rstrip("\r\n").endswith(self._row_end):
                    break
            text = "".join(lines.of_record).rstrip("\r\n").removesuffix(self._row_end)
            if lines.ended and not text:
                return
            cells = text.split(self.delimiter) if text else []
            if len(cells) > MAX_COLUMNS:
                raise too_many_columns(number)
            yield Record(number, cells)

    def _misquoted(self, number: int, lines: _Lines) -> Record:
        if lines.ended:
            message = _(
                "The quotation mark opened in row %(number)s is never closed. Close it, or double it.",
                number=number,
            )
            raise InvalidFileError(message, code="unclosed_quote")
        if sum(map(len, lines.of_record)) > MAX_CELL_CHARACTERS:
            message = _(
                "Row %(number)s holds a cell of more than %(limit)s characters. "
                "Perhaps a quotation mark opened there is never closed.",
                number=number,
                limit=MAX_CELL_CHARACTERS,
            )
            raise InvalidFileError(message, code="cell_too_long")
        cells = next(csv.reader(lines.of_record, delimiter=self.delimiter))
        return Record(
            number, cells, _("A closing quotation mark is followed by text. Double the marks within.")
        )


def _endless_row(number: int) -> InvalidFileError:
    message = _("Row %(number)s does not end. Check the separator.", number=number)
    return InvalidFileError(message, code="cell_too_long")


def too_many_columns(number: int) -> InvalidFileError:
    """The refusal of a row so wide that the file cannot be a table of records."""
    message = _(
        "Row %(number)s has more than %(limit)s columns. Check the separator, or remove the surplus columns.",
        number=number,
        limit=MAX_COLUMNS,
    )
    return InvalidFileError(message, code="too_many_columns")
