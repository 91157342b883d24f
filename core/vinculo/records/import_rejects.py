"""The rejected rows of an import: noted as they come, then a file to be corrected and imported again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from vinculo.records.import_rows import Parsed
from vinculo.records.tabular import RejectWriter


class Rejects:
    """Notes rejected rows in a journal beside ``path``, which ``finish`` makes the file of.

    The journal may be ahead of the database after a crash; ``open`` cuts it back to what was committed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._journal = path.with_name(f"{path.name}.journal")
        self._header: list[str] = []

    def open(self, header: Sequence[str], *, after: int) -> None:
        """Begin, or go on behind row ``after``."""
        self._header = list(header)
        kept = [entry for entry in self._entries() if entry[0] <= after] if after else []
        self._journal.write_bytes(b"".join(map(_line, kept)))

    def add(self, rows: Sequence[Parsed], *, done: int) -> None:
        """Note the rejected rows of a chunk that ends at row ``done``."""
        lines = [
            _line([done, parsed.source.values, " ".join(parsed.faults)])
            for parsed in rows
            if parsed.outcome == "rejected"
        ]
        if lines:
            with self._journal.open("ab") as file:
                file.writelines(lines)

    def finish(self) -> None:
        """Write the file, if a row was rejected. Does no harm when it is called twice."""
        first = next(self._entries(), None)
        if first is not None:
            half = self.path.with_name(f"half-{self.path.name}")
            with RejectWriter(half, self._header) as writer:
                for _done, values, error in self._entries():
                    writer.write(values, error)
            half.replace(self.path)
        self._journal.unlink(missing_ok=True)

    def _entries(self) -> Iterator[Any]:
        if not self._journal.exists():
            return
        with self._journal.open("rb") as file:
            for line in file:
                if line.endswith(b"\n"):  # the last one may have been cut off by a crash
                    yield msgspec.json.decode(line)


def _line(entry: Any) -> bytes:
    return msgspec.json.encode(entry) + b"\n"
