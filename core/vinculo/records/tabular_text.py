"""Delimited text files: which encoding, which separator, and their records one at a time."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import count, dropwhile, islice
from pathlib import Path
from typing import NamedTuple, TextIO

from vinculo.errors import InvalidFileError
from vinculo.i18n import gettext as _

MAX_CELL_CHARACTERS = 1_000_000
MAX_LINE_CHARACTERS = 8_000_000
MAX_COLUMNS = 2_000
DELIMITERS = ("\t", ";", "|", ",")  # in order of preference where two fit equally well
LONG_DELIMITERS = ("+|", "~|~", "|~|", "^|^")  # of dumps of databases, which quote nothing
MAX_DELIMITER_CHARACTERS = 5

_CHUNK_BYTES = 1 << 18
_SAMPLE_LINES = 2_000
_SAMPLE_LINE_BYTES = 2_000
_SAMPLE_RECORDS = 200
_SAMPLE_CHARACTERS = 1 << 18
_ROW_END = "&|"  # with which such dumps may end a row, whose cells then may hold line breaks
# Control characters that no text has; a legacy encoding would happily "decode" them.
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")
_UNASSIGNED = {"cp1251": re.compile(rb"\x98"), "cp1252": re.compile(rb"[\x81\x8d\x8f\x90\x9d]")}
# Letters, and high bytes that are not punctuation or a sign in both encodings.
_HIGH = rb"\x80\x81\x83\x86-\x90\x98-\x9f\xa1-\xa6\xa8\xac\xaf\xb2-\xb6\xb8\xbc-\xff"
_WORD = re.compile(rb"[A-Za-z%b]{2,}" % _HIGH)
_CYRILLIC_WORD = re.compile(
    rb"[\xa5\xa8\xaf\xb2\xc0-\xdf]?[\xb3\xb4\xb8\xbf\xe0-\xff]+|[\xa5\xa8\xaf\xb2\xc0-\xdf]+"
)
_WESTERN_WORD = re.compile(rb"(?!.*[\x80-\xff]{3}).*[A-Za-z].*")

# The limit of the csv module belongs to the process, and its default of 131,072 is below ours.
csv.field_size_limit(MAX_CELL_CHARACTERS)


class Record(NamedTuple):
    """Cells of one row as they stand in the file; `error` says why they cannot be trusted."""

    number: int
    cells: list[str]
    error: str | None = None


def unreadable_file() -> InvalidFileError:
    """The refusal of a file that is neither text in a known encoding nor a workbook."""
    message = _("The file is neither readable text nor a spreadsheet. Save it as XLSX or as CSV in UTF-8.")
    return InvalidFileError(message, code="unreadable_file")


def choose_encoding(path: Path, wanted: str | None = None) -> str:
    """Confirm that the whole file decodes as `wanted`, or find what it decodes as."""
    if wanted is None:
        return _detect_encoding(path)
    try:
        known = codecs.lookup(wanted).name
        b"a".decode(wanted, "replace")
    except (LookupError, ValueError) as error:
        message = _(
            "%(encoding)s is not a text encoding. Use utf-8, windows-1251 or latin-1.", encoding=wanted
        )
        raise InvalidFileError(message, code="unknown_encoding") from error
    marked = _marked(path)
    return _confirmed(path, marked if marked and marked.startswith(known[:6]) else wanted)


def _marked(path: Path) -> str | None:
    """The encoding that a byte order mark tells: to be read by it, or the mark were part of the text."""
    with path.open("rb") as file:
        head = file.read(3)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    return "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None


def _confirmed(path: Path, encoding: str) -> str:
    if not _decodes(path, encoding):
        message = _("The file is not in %(encoding)s. Choose another encoding.", encoding=encoding)
        raise InvalidFileError(message, code="wrong_encoding")
    return encoding


def _detect_encoding(path: Path) -> str:
    """Name the encoding of the whole file, not only of its beginning.

    Knows UTF-8, UTF-16 (without a byte order mark where it is mostly plain letters), windows-1251 and
    windows-1252, of which latin-1 text is a part.
    """
    known = _marked(path) or _unmarked_utf16(path)
    if known:
        return _confirmed(path, known)
    return "utf-8" if _decodes(path, "utf-8") else _detect_legacy(path)


def _unmarked_utf16(path: Path) -> str | None:
    """UTF-16 shows by every other byte being zero, which is no text in any other encoding."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE_LINE_BYTES)
    for name, zeros, others in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        if zeros and 2 * zeros.count(0) > len(zeros) and not others.count(0):
            return name
    return None


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                if "\0" in decoder.decode(chunk):
                    raise unreadable_file()
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _detect_legacy(path: Path) -> str:
    candidates = list(_UNASSIGNED)
    sample: list[bytes] = []
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            if _BINARY.search(chunk):
                raise unreadable_file()
            candidates = [name for name in candidates if not _UNASSIGNED[name].search(chunk)]
            lines = (line[:_SAMPLE_LINE_BYTES] for line in chunk.splitlines() if not line.isascii())
            sample.extend(islice(lines, _SAMPLE_LINES - len(sample)))
    _refuse_damaged_utf8(sample)
    encoding = _choose_legacy(sample, candidates)
    if encoding is None:
        raise unreadable_file()
    return encoding


def _refuse_damaged_utf8(lines: list[bytes]) -> None:
    """A stray byte in a UTF-8 file must not turn all its accents into windows-1252."""
    if 2 * sum(map(_is_utf8, lines)) > len(lines):
        message = _("The file is in UTF-8, but some bytes of it are damaged. Save it again as CSV in UTF-8.")
        raise InvalidFileError(message, code="unreadable_file")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _choose_legacy(lines: list[bytes], candidates: list[str]) -> str | None:
    """Choose by how words are built, which works on a handful of words where statistics do not.

    Western words mix accented letters (high bytes), at most two in a row, with plain ones;
    Cyrillic words are all high bytes, and capitals come first or throughout. Only where
    words leave it open (lone letters, typographic signs) does charset-normalizer decide.
    """
    words = [word for line in lines for word in _WORD.findall(line) if not word.isascii()]
    western = sum(bool(_WESTERN_WORD.fullmatch(word)) for word in words)
    cyrillic = sum(bool(_CYRILLIC_WORD.fullmatch(word)) for word in words)
    if words and 2 * (western + cyrillic) < len(words):
        return None  # some other alphabet: better refused than read as gibberish
    if western != cyrillic:
        favourite = "cp1252" if western > cyrillic else "cp1251"
        return favourite if favourite in candidates else None
    if not candidates:
        return None
    from charset_normalizer import from_bytes  # noqa: PLC0415 -- 90 ms that most commands need not pay

    guess = from_bytes(b"\n".join(lines), cp_isolation=candidates).best()
    return guess.encoding if guess and guess.encoding in candidates else candidates[-1]


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
