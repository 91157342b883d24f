"""Workbooks: what may be opened at all, and the records of one sheet as text."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from lzma import LZMAError
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import IO, TYPE_CHECKING
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from vinculo.errors import InvalidFileError
from vinculo.i18n import gettext as _
from vinculo.records.tabular_encoding import unreadable_file
from vinculo.records.tabular_text import MAX_COLUMNS, Record, too_many_columns

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_UNPACKED_BYTES = 1 << 30
MAX_RATIO = 200
MAX_CELLS = 20_000_000
MAX_PARTS = 10_000

_ALWAYS_SMALL = 1 << 20  # bytes unpacked, below which no ratio is a danger
_CHUNK_BYTES = 1 << 18
_LISTED = re.compile(rb"PK\x01\x02")  # begins each entry of the list at the end of a zip file
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_BROKEN = (
    BadZipFile,
    expat.ExpatError,
    zlib.error,
    LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    LookupError,
)

CellValue = str | bool | int | float | date | datetime | time | timedelta


@contextmanager
def _refusing_broken_files() -> Iterator[None]:
    from python_calamine import CalamineError, PasswordError  # noqa: PLC0415 -- see SheetSource

    try:
        yield
    except PasswordError as error:
        message = _("The workbook is protected by a password. Save it without one.")
        raise InvalidFileError(message, code="protected_file") from error
    except (CalamineError, *_BROKEN) as error:
        raise unreadable_file() from error
    except BaseException as error:
        # A Rust panic arrives as a BaseException whose class cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise unreadable_file() from error


class _Extent:
    """How large a rectangle the filled cells of a sheet span, from its XML.

    calamine allocates the whole rectangle, and running out of memory there ends the
    process: two cells in opposite corners of a sheet must be found out before.
    """

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self._row = self._column = 0
        self._in_cell = False
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self.feed = self._parser.Parse

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = 0
        elif name == "c":
            self._locate(attributes.get("r"))
            self._in_cell = True
        elif self._in_cell:  # only a cell that holds something counts
            self._in_cell = False
            self.rows = max(self.rows, self._row)
            self.columns = max(self.columns, self._column)

    def _locate(self, reference: str | None) -> None:
        self._column += 1
        if reference and (match := _REFERENCE.fullmatch(reference)):
            self._row = int(match[2])
            self._column = 0
            for letter in match[1].upper():
                self._column = 26 * self._column + ord(letter) - 64


class _OpenDocumentExtent:
    """The same for OpenDocument, where one element may stand for a million equal cells.

    calamine reads all sheets at once, so they count together.
    """

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self._above = self._repeated = self._column = 0
        self._row_filled = False
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self.feed = self._parser.Parse

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "table-row":
            self._repeated = int(attributes.get("table:number-rows-repeated", 1))
            self._column, self._row_filled = 0, False
        elif name in ("table-cell", "covered-table-cell"):
            self._column += int(attributes.get("table:number-columns-repeated", 1))
            if any(key.endswith("value-type") for key in attributes):
                self._fill()
        elif name == "p":  # text, if nothing says that there is a value
            self._fill()

    def _fill(self) -> None:
        self._row_filled = True
        self.columns = max(self.columns, self._column)

    def _end(self, tag: str) -> None:
        if tag.rpartition(":")[2] == "table-row":
            self._above += self._repeated
            if self._row_filled:
                self.rows = self._above


def check_archive(path: Path) -> str:
    """Tell whether it is xlsx or ods. Refuse a zip file that is no workbook, or would not fit in memory.

    Every part is unpacked once, a piece at a time: the sizes that the archive states may
    lie, and its checksums show it.
    """
    _check_count(path)
    with _refusing_broken_files(), ZipFile(path) as archive:
        parts = archive.infolist()
        format = _format(archive.namelist())  # noqa: A001
        unpacked = sum(part.file_size for part in parts)
        if unpacked > MAX_UNPACKED_BYTES or unpacked > max(_ALWAYS_SMALL, MAX_RATIO * path.stat().st_size):
            raise _too_large()
        for part in parts:
            with archive.open(part) as file:
                is_xml = part.filename.lower().endswith((".xml", ".rels"))
                _check_part(file, _OpenDocumentExtent() if format == "ods" else _Extent(), is_xml=is_xml)
    return format


def _format(names: list[str]) -> str:
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "content.xml" in names:
        return "ods"
    if "xl/workbook.bin" in names:
        message = _("A binary workbook (XLSB) cannot be read. Save it as XLSX.")
        raise InvalidFileError(message, code="binary_workbook")
    raise unreadable_file()


def _check_count(path: Path) -> None:
    """Refuse too long a list of parts, of which ZipFile would make an object each before it says anything."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        if next(islice(_LISTED.finditer(content), MAX_PARTS, None), None):
            raise _too_large()


def _check_part(file: IO[bytes], extent: _Extent | _OpenDocumentExtent | None, *, is_xml: bool) -> None:
    while chunk := file.read(_CHUNK_BYTES):
        try:
            if extent:
                extent.feed(chunk, False)
        except (expat.ExpatError, ValueError, LookupError):  # the last: of an encoding nobody knows
            if is_xml:
                raise
            extent = None  # a picture: unpacked to the end for its checksum
        if extent and extent.columns > MAX_COLUMNS:
            raise too_many_columns(extent.rows)
        if extent and extent.rows * extent.columns > MAX_CELLS:
            raise _too_large()


def _too_large() -> InvalidFileError:
    message = _("The workbook is too large when unpacked. Save the sheet as CSV, or split it.")
    return InvalidFileError(message, code="workbook_too_large")


class SheetSource:
    """The records of one sheet of an XLSX, XLS or ODS workbook.

    calamine holds the shared strings of the workbook and every cell of the sheet in memory
    (about 32 bytes a cell, more for text), which `check_archive` bounds; only the Python
    values are made row by row. Cells that hold an error such as #N/A come as empty, and a
    moment at midnight cannot be told from its date.
    """

    encoding = None
    delimiter = None
    pads_rows = True

    def __init__(self, path: Path, *, format: str, sheet: str | None = None) -> None:  # noqa: A002
        from python_calamine import CalamineWorkbook  # noqa: PLC0415 -- 2 MB, for who reads workbooks

        self.format = check_archive(path) if format == "zip" else format
        with _refusing_broken_files():
            self._workbook = CalamineWorkbook.from_path(path)
            self.sheets = self._offered()
            self._sheet = self._choose(sheet)
            end = self._sheet.end
        self.row_count = end[0] + 1 if end else 0
        self._read = 0
        if self._sheet.width > MAX_COLUMNS:
            raise too_many_columns(1)

    def _offered(self) -> list[str]:
        from python_calamine import SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415 -- see above

        return [
            sheet.name
            for sheet in self._workbook.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
        ]

    def _choose(self, wanted: str | None) -> CalamineSheet:
        names = self.sheets
        if wanted is None and names:
            return self._workbook.get_sheet_by_name(names[0])
        if wanted in self._workbook.sheet_names:
            return self._workbook.get_sheet_by_name(wanted)
        message = _(
            "The workbook has no sheet %(name)s. Choose one of: %(names)s.",
            name=wanted or "",
            names=", ".join(names),
        )
        raise InvalidFileError(message, code="unknown_sheet")

    @property
    def sheet(self) -> str:
        """The name of the sheet."""
        return self._sheet.name

    def fraction(self) -> float:
        """How much of the sheet has been read, by rows."""
        return self._read / self.row_count if self.row_count else 1.0

    def close(self) -> None:
        """Let go of the workbook and of the memory of its cells."""
        self._workbook.close()

    def records(self) -> Iterator[Record]:
        """Yield each row, blank ones too, under the number it has in the spreadsheet program."""
        with _refusing_broken_files():
            for number, cells in enumerate(self._sheet.iter_rows(), 1):
                self._read = number
                yield Record(number, [_text(cell) for cell in cells])


def _text(value: CellValue) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return format(Decimal(repr(value)), "f").removesuffix(".0")
        case date() | time():
            return value.isoformat()
    return str(value)
