"""Checks the hash chain of Vinculo's event log, without Vinculo.

    python verify_log.py FILE [--since NUMBER:HASH]

FILE is a SQLite database of Vinculo, or what ``vinculo audit export`` wrote. Python 3.11 and its standard
library are all this takes, so that it can be copied, read and run by somebody who trusts neither the
company nor the program. Exit code 0: sound, 1: not sound, 2: the file could not be read.

Vinculo itself hashes and checks with the functions of this file. docs/audit-log.md explains the form.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

GENESIS: Final = "0" * 64  # what the first row follows
FACTS: Final = (
    "id", "at", "actor_id", "source", "via", "version", "action", "kind", "record_id", "client_id",
)  # fmt: skip
COLUMNS: Final = (*FACTS, "title", "changes", "salt", "sealed", "hash")
ERASED: Final = "erased"  # the action of an event that says which rows lost their values
FORMAT: Final = 1

Row = Mapping[str, Any]
Point = tuple[int, str]  # the number and the hash of a row


@dataclass(frozen=True, slots=True)
class Fault:
    """Rows ``first`` to ``last`` are not as they were written; ``code`` is one of ``WORDS``."""

    code: str
    first: int
    last: int

    def __str__(self) -> str:
        which = f"row {self.first}" if self.first == self.last else f"rows {self.first} to {self.last}"
        return f"{which}: {WORDS[self.code]}"


WORDS: Final = {
    "edited": "edited since it was written",
    "broken": "does not follow the row before it: one of the two was edited, exchanged or put in",
    "removed": "removed",
    "inserted": "put in",
    "erased": "emptied, and no later row of the log says so",
    "cut": "removed from the end of the log",
    "checkpoint": "is not the row that the checkpoint was taken of",
}


_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def canonical(*values: Any) -> bytes:
    """A JSON array in UTF-8, without spaces and without escapes that JSON does not ask for."""
    return _JSON.encode(values).encode("utf-8", "surrogatepass")


def seal(salt: str, title: str, changes: str) -> str:
    """The hash of what may be erased from a row. The salt goes with it, so that nobody can guess."""
    return hashlib.sha256(canonical(salt, title, changes)).hexdigest()


def link(previous: str, row: Row) -> str:
    """The hash of a row that follows the row with the hash ``previous``."""
    facts = [row[name] for name in FACTS]
    return hashlib.sha256(canonical(previous, *facts, row["sealed"])).hexdigest()


class Check:
    """Walks along the rows in the order of their ids; with ``since``, from that row on."""

    def __init__(self, since: Point | None = None) -> None:
        self.count = 0
        self.last: Point = (0, GENESIS)
        self._since = since
        self._before: Point = (0, GENESIS)  # the row before the last
        self._emptied: set[int] = set()

    def add(self, row: Row) -> Iterator[Fault]:
        """What is wrong with the next row."""
        number, digest = row["id"], row["hash"]
        if self._since and number < self._since[0]:
            self.last = (number, digest)
            return
        if self._since and self.count == 0 and (number, digest) != self._since:
            yield Fault("checkpoint", self._since[0], self._since[0])
        yield from self._linked(row)
        yield from self._sealed(row)
        self.count += 1
        self._before, self.last = self.last, (number, digest)

    def _linked(self, row: Row) -> Iterator[Fault]:
        last, number = self.last[0], row["id"]
        if link(self.last[1], row) == row["hash"]:  # numbers may be left out: what was there before the chain
            return
        if self.count and link(self._before[1], row) == row["hash"]:
            yield Fault("inserted", last, last)
        elif number > last + 1:
            yield Fault("removed", last + 1, number - 1)
        else:
            yield Fault("broken", number, number)

    def _sealed(self, row: Row) -> Iterator[Fault]:
        if row["action"] == ERASED:
            changes = json.loads(row["changes"] or "{}")
            self._emptied -= set(changes.get("rows", [None, []])[1])
        if not row["salt"] and not row["title"] and row["changes"] == "{}":
            self._emptied.add(row["id"])
        elif seal(row["salt"], row["title"], row["changes"]) != row["sealed"]:
            yield Fault("edited", row["id"], row["id"])

    def end(self, head: Point) -> Iterator[Fault]:
        """What is wrong with the log as a whole, whose last row should be ``head``."""
        yield from (Fault("erased", number, number) for number in sorted(self._emptied))
        number = self.last[0]
        if head[0] > number:
            yield Fault("cut", number + 1, head[0])
        elif head[0] < number:
            yield Fault("inserted", head[0] + 1, number)
        elif head[1] != self.last[1]:
            yield Fault("broken", number, number)
        if self._since and number < self._since[0] <= head[0]:
            yield Fault("checkpoint", self._since[0], self._since[0])
        elif self._since and self._since[0] > max(number, head[0]):
            yield Fault("cut", number + 1, self._since[0])


def find_faults(
    rows: Iterable[Row], head: Callable[[], Point], since: Point | None = None
) -> tuple[Check, Sequence[Fault]]:
    """Check all rows; ``head`` is asked when they have been read."""
    check = Check(since)
    faults = [fault for row in rows for fault in check.add(row)]
    return check, [*faults, *check.end(head())]


def read_point(text: str) -> Point:
    """``NUMBER:HASH``, with whatever may stand behind another colon. Raises ``ValueError``."""
    number, digest, *_time = text.strip().split(":", 2)
    if len(digest) != 64 or int(number) < 0:
        raise ValueError(text)
    return int(number), digest.lower()


def from_sqlite(path: Path) -> tuple[Iterator[Row], Callable[[], Point]]:
    """Rows and head of a database, which is only read."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    connection.execute("begin")  # one state of both, whatever is written meanwhile
    rows = connection.execute(f"select {', '.join(COLUMNS)} from events_event order by id")  # noqa: S608 # nosec B608 # constants

    def moment(row: sqlite3.Row) -> Row:
        return {**dict(row), "at": row["at"].replace(" ", "T") + "Z"}

    def head() -> Point:
        number, digest = connection.execute("select number, hash from events_head").fetchone()
        return number, digest

    return map(moment, rows), head


def from_lines(path: Path) -> tuple[Iterator[Row], Callable[[], Point]]:
    """Rows and head of an export: one JSON object a line, the first one tells the head."""
    first: Row = next(_lines(path), {})
    if first.get("vinculo_log") != FORMAT:
        raise ValueError("this is no export of an event log")

    def rows() -> Iterator[Row]:
        lines = _lines(path)
        next(lines)
        yield from lines

    return rows(), lambda: (first["number"], first["hash"])


def _lines(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8", errors="surrogatepass") as file:
        yield from map(json.loads, file)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a file and say what is wrong."""
    parser = argparse.ArgumentParser(description="Checks the hash chain of Vinculo's event log.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--since", type=read_point, metavar="NUMBER:HASH")
    given = parser.parse_args(arguments)
    try:
        with given.file.open("rb") as file:
            is_sqlite = file.read(16) == b"SQLite format 3\x00"
        rows, head = from_sqlite(given.file) if is_sqlite else from_lines(given.file)
        check, faults = find_faults(rows, head, given.since)
    except (OSError, ValueError, KeyError, sqlite3.Error) as error:
        sys.stderr.write(f"{given.file} cannot be read: {error}\n")
        return 2
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    number, digest = check.last
    sys.stdout.write(f"{check.count} rows, {len(faults)} faults, the last row is {number}:{digest}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
