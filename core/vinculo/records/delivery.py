"""How much of an exported file was handed out before the connection broke."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from typing import IO, Final

CHUNK: Final = 1 << 16


class Delivery:
    """An open file that is sent in pieces; ``rows`` are those in it, its header left out."""

    def __init__(self, file: IO[bytes], rows: int, file_format: str) -> None:
        self._file, self._rows, self._format = file, rows, file_format
        self._size = os.fstat(file.fileno()).st_size
        self._sent = 0

    def pieces(self) -> Iterator[bytes]:
        """The file; a piece counts as soon as it is handed out."""
        while piece := self._file.read(CHUNK):
            self._sent += len(piece)
            yield piece

    def finish(self) -> int:
        """Close the file; the number of rows that went out.

        A workbook that was cut off cannot be opened as it is: its rows are counted by the share of bytes.
        """
        with self._file:
            if self._sent >= self._size:
                return self._rows
            if self._format == "csv":
                return max(0, sum(1 for _row in csv.reader(self._whole_lines())) - 1)
            return -(-self._rows * self._sent // self._size)

    def _whole_lines(self) -> Iterator[str]:
        self._file.seek(0)
        left = self._sent
        for line in self._file:
            left -= len(line)
            if left < 0:
                return
            yield line.decode(errors="replace")
