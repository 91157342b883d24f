"""Read tables that people send, CSV in any usual dress, a workbook or vCards, as rows of text.

The formats are told by content, not by name. Writing is in `tabular_write`, whose names
are offered here, too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import Self

from vinculo.errors import InvalidFileError
from vinculo.i18n import gettext as _
from vinculo.records.tabular_layout import NO_HEADER, SAMPLE_RECORDS, Layout, filled_width, find_header
from vinculo.records.tabular_sheet import OLE_MAGIC, ZIP_MAGIC, SheetSource
from vinculo.records.tabular_text import Record, TextSource
from vinculo.records.tabular_vcard import VcardSource, is_vcard
from vinculo.records.tabular_write import ERROR_COLUMN, RejectWriter, TableWriter, open_writer, unguard
from vinculo.records.watermark import is_mark

__all__ = [
    "ERROR_COLUMN",
    "Layout",
    "RejectWriter",
    "TableFile",
    "TableRow",
    "TableWriter",
    "open_table",
    "open_writer",
]


Source = TextSource | SheetSource | VcardSource


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row under the number that a spreadsheet program shows beside it.

    With `error` set, `values` are the cells as they stand in the file, which then need not
    match the header.
    """

    number: int
    values: list[str]
    error: str | None = None


class TableFile:
    """An open table: its header, and an iterator over its rows that runs once.

    Blank rows, and the mark that an export ends with, are passed over but counted. `layout` says
    how the file is read, with what was found out. `row_count` counts the rows below the header,
    blank ones too; it is None for CSV, whose end nobody knows before reading it.
    """

    def __init__(self, source: Source, *, header: int | None = None) -> None:
        self._source = source
        self.format: str = source.format
        self.sheets = source.sheets
        self._records = source.records()
        sample = list(
            islice(self._records, SAMPLE_RECORDS if header is None else max(header, SAMPLE_RECORDS))
        )
        self._records = chain(sample, self._records)
        row = find_header(sample) if header is None else header
        self.layout = Layout(
            encoding=source.encoding, delimiter=source.delimiter, sheet=source.sheet, header=row
        )
        titles = self._titles(sample, row)
        self._error_column = titles.index(ERROR_COLUMN) if ERROR_COLUMN in titles else None
        self.header = _unique_titles(self._without_error_column(titles))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[TableRow]:
        return self

    def __next__(self) -> TableRow:
        while True:
            record = next(self._records)
            cells = self._without_error_column(record.cells)
            if record.error or not (_is_blank(cells) or is_mark(cells)):
                return self._row(record, cells)

    @property
    def row_count(self) -> int | None:
        """Rows below the header, where the file tells."""
        total = self._source.row_count
        return None if total is None else total - (self.layout.header or 0)

    def fraction(self) -> float:
        """How much of the file has been read, from 0 to 1, for a progress bar."""
        return self._source.fraction()

    def close(self) -> None:
        """Let go of the file."""
        self._source.close()

    def _titles(self, sample: Sequence[Record], row: int) -> list[str]:
        """The titles of the columns, blank ones where the file has none; the rows above are passed over."""
        if not any(record.error or not _is_blank(record.cells) for record in sample):
            message = _("The file is empty. It needs a header row and rows below it.")
            raise InvalidFileError(message, code="empty_file")
        if row == NO_HEADER:
            return [""] * filled_width(sample)
        found = next((record for record in self._records if record.number == row), None)
        if found is None or _is_blank(found.cells):
            message = _("Row %(number)s holds no titles of columns. Choose another one.", number=row)
            raise InvalidFileError(message, code="invalid_header")
        if found.error:
            raise InvalidFileError(found.error, code="invalid_header")
        return self._cleaned(found.cells)

    def _cleaned(self, cells: list[str]) -> list[str]:
        """The cells of the header; a sheet pads it to its widest row, which makes no columns."""
        titles = [" ".join(unguard(cell).split()) for cell in cells]
        while self._source.pads_rows and titles and not titles[-1]:
            titles.pop()
        return titles

    def _without_error_column(self, cells: list[str]) -> list[str]:
        if self._error_column is None:
            return cells
        return cells[: self._error_column] + cells[self._error_column + 1 :]

    def _row(self, record: Record, cells: list[str]) -> TableRow:
        width = len(self.header)
        values = [unguard(cell) for cell in cells]
        error = record.error
        if error is None and any(values[width:]):
            error = _(
                "The row has %(cells)s cells, the header %(columns)s. "
                "Remove the surplus ones, or put values that hold the separator in quotation marks.",
                cells=len(values),
                columns=width,
            )
        elif error is None and len(values) < width:
            error = _(
                "The row has %(cells)s cells, the header %(columns)s. Add the missing ones, even if empty.",
                cells=len(values),
                columns=width,
            )
        return TableRow(record.number, values if error else values[:width], error)


def _is_blank(cells: list[str]) -> bool:
    return not any(cell.strip() for cell in cells)


def _unique_titles(titles: list[str]) -> list[str]:
    unique: dict[str, None] = {}
    for number, title in enumerate(titles, 1):
        wanted = title or _("Column %(number)s", number=number)
        candidate, copy = wanted, 1
        while candidate in unique:
            copy += 1
            candidate = f"{wanted} ({copy})"
        unique[candidate] = None
    return list(unique)


def open_table(path: Path, layout: Layout | None = None) -> TableFile:
    """Open a CSV, XLSX, XLS, ODS or vCard file, a context manager; what is not said is found out from it.

    Without a header, columns are named by number. A file that is no table raises
    InvalidFileError, here or, for a quotation mark that is never closed, on the way.
    """
    layout = layout or Layout()
    with path.open("rb") as file:
        magic = file.read(8)
    source: Source
    header = layout.header
    if magic.startswith(ZIP_MAGIC):
        source = SheetSource(path, format="zip", sheet=layout.sheet)
    elif magic == OLE_MAGIC:
        source = SheetSource(path, format="xls", sheet=layout.sheet)
    elif is_vcard(path):
        source, header = VcardSource(path, encoding=layout.encoding), 1
    else:
        source = TextSource(path, encoding=layout.encoding, delimiter=layout.delimiter)
    try:
        return TableFile(source, header=header)
    except BaseException:
        source.close()
        raise
