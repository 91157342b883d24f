"""Write tables as CSV or XLSX so that spreadsheet programs, and `tabular.open_table`, read them back."""

import csv
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from vinculo.errors import InvalidFileError
from vinculo.i18n import gettext as _
from vinculo.records.tabular_text import MAX_CELL_CHARACTERS, MAX_COLUMNS, too_many_columns

ERROR_COLUMN = "vinculo_error"
MAX_XLSX_CHARACTERS = 32_767
MAX_XLSX_ROWS = 1_048_576

Cell = str | int | Decimal | date | datetime | bool | None
Format = Literal["csv", "xlsx"]

# What a spreadsheet program would run as a formula (some read the wide signs of East Asian keyboards as the
# usual ones), and what xlsxwriter would take for markup.
_RISKY = re.compile(r"'*(?:[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b]|<r>)")
_NUMBER_OR_PHONE = re.compile(r"[+-]?[\d\s().,-]+")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_XLSX_DIGITS = 15  # a spreadsheet's numbers are doubles
_XLSX_FIRST_YEAR = 1900


def _is_risky(text: str) -> bool:
    return bool(_RISKY.match(text)) and not _NUMBER_OR_PHONE.fullmatch(text)


def guard(text: str) -> str:
    """Defuse a text that a spreadsheet program would run as a formula, with an apostrophe before it."""
    return f"'{text}" if _is_risky(text) else text


def unguard(text: str) -> str:
    """Undo `guard` exactly: a text that begins with apostrophes of its own keeps them."""
    return text[1:] if text.startswith("'") and _is_risky(text[1:]) else text


class TableWriter(ABC):
    """Writes rows one at a time under a header; a context manager that completes the file.

    Made by `open_writer`. Moments with a time zone are written in UTC.
    """

    def __init__(self, header: Sequence[str]) -> None:
        if len(header) > MAX_COLUMNS:
            raise too_many_columns(1)
        self._header = list(header)
        self._row = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def write(self, row: Sequence[Cell]) -> None:
        """Add a row.

        Raises InvalidFileError for what the format cannot hold: a cell that is too long, too
        many rows.
        """

    @abstractmethod
    def close(self) -> None:
        """Complete the file."""

    def _check_length(self, length: int, limit: int, column: int) -> None:
        if length <= limit:
            return
        title = self._header[column] if column < len(self._header) else str(column + 1)
        message = _(
            "Row %(row)s, column %(column)s: a cell can hold %(limit)s characters, the value has %(length)s. "
            "Shorten the value.",
            row=self._row,
            column=title,
            limit=limit,
            length=length,
        )
        raise InvalidFileError(message, code="cell_too_long")


class _CsvWriter(TableWriter):
    """UTF-8 with a byte order mark, without which spreadsheet programs guess another encoding."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        super().__init__(header)
        # A lone surrogate is no character in any encoding: it becomes a question mark.
        self._file = path.open("w", encoding="utf-8-sig", errors="replace", newline="")
        self._csv = csv.writer(self._file)
        self.write(header)

    def write(self, row: Sequence[Cell]) -> None:
        self._row += 1
        texts = [_csv_text(value) for value in row]
        for column, text in enumerate(texts):
            self._check_length(len(text), MAX_CELL_CHARACTERS, column)
        self._csv.writerow(texts)

    def close(self) -> None:
        self._file.close()


def _csv_text(value: Cell) -> str:
    match value:
        case str():
            return guard(value.replace("\0", ""))
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case datetime():
            return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
        case date():
            return value.isoformat()
    return "" if value is None else str(value)


class _XlsxWriter(TableWriter):
    """One sheet with a bold, frozen header; numbers and dates are such, text is never a formula."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        import xlsxwriter  # noqa: PLC0415 -- 2 MB, for processes that write workbooks

        super().__init__(header)
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(str(path), options)
        self._sheet = self._book.add_worksheet()
        self._date = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_row(0, None, self._book.add_format({"bold": True}))
        for column, title in enumerate(header):
            self._sheet.set_column(column, column, min(40, max(14, len(title) + 2)))
        self.write(header)

    def write(self, row: Sequence[Cell]) -> None:
        self._row += 1
        if self._row > MAX_XLSX_ROWS:
            message = _("A sheet holds %(limit)s rows. Write the table as CSV.", limit=MAX_XLSX_ROWS)
            raise InvalidFileError(message, code="too_many_rows")
        for column, value in enumerate(row):
            self._write_cell(column, value)

    def _write_cell(self, column: int, value: Cell) -> None:
        at = self._row - 1, column
        match value:
            case None | "":
                return
            case bool():
                self._sheet.write_boolean(*at, value)
            case int() | Decimal() if _fits_a_double(value):
                self._sheet.write_number(*at, float(value))
            case datetime() if value.year >= _XLSX_FIRST_YEAR:
                naive = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
                self._sheet.write_datetime(*at, naive, self._moment)
            case date() if value.year >= _XLSX_FIRST_YEAR:
                self._sheet.write_datetime(*at, value, self._date)
            case str():
                self._write_text(column, _xlsx_text(value))
            case _:
                self._write_text(column, _csv_text(value))

    def _write_text(self, column: int, text: str) -> None:
        # The limit counts UTF-16 units; xlsxwriter would leave a longer text out without a word.
        self._check_length(len(text.encode("utf-16-le")) // 2, MAX_XLSX_CHARACTERS, column)
        self._sheet.write_string(self._row - 1, column, text)

    def close(self) -> None:
        self._book.close()


def _fits_a_double(value: int | Decimal) -> bool:
    exact = Decimal(value)
    digits = len(exact.normalize().as_tuple().digits)
    return exact.is_finite() and digits <= _XLSX_DIGITS and math.isfinite(float(exact))


def _xlsx_text(value: str) -> str:
    """Drop control characters, which a sheet cannot hold; text cells are no formulas and need no guard.

    Only what the reader would take for a guarded text, or xlsxwriter for markup, is guarded.
    """
    text = _NOT_IN_XML.sub("", value)
    return guard(text) if text.startswith(("'", "<r>")) else text


def open_writer(path: Path, header: Sequence[str], *, format: Format | None = None) -> TableWriter:  # noqa: A002
    """Begin a table at `path`, replacing what is there; the format is by suffix unless given."""
    match format or path.suffix.lower().removeprefix("."):
        case "csv":
            return _CsvWriter(path, header)
        case "xlsx":
            return _XlsxWriter(path, header)
    message = _("%(name)s: a table is written as .csv or .xlsx. Choose one of the two.", name=path.name)
    raise InvalidFileError(message, code="unsupported_format")


class RejectWriter:
    """Rejected rows with the reason in a last column, which the reader drops again.

    So the file, corrected, can be imported as it is.
    """

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self._width = len(header)
        self._table = open_writer(path, [*header, ERROR_COLUMN])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._table.close()

    def write(self, values: Sequence[str], error: str) -> None:
        """Add a row; cells beyond the header stand after the error, so that none is lost."""
        padded = [*values[: self._width], *[""] * (self._width - len(values))]
        self._table.write([*padded, error, *values[self._width :]])
