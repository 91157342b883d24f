"""The rows that an import of clients wrote, written once more by the driver alone: ``bare.py FROM TO ROWS``.

``ROWS`` clients in each transaction, with all that belongs to them. Prints the seconds of writing as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

from vinculo.db.engine import Database

RUN = "records_import"
TABLES = (
    "clients_client",
    "people_contact_point",
    "events_search",
    "records_match_key",
    "events_event",
    "records_import_change",
)


def pieces(source: Any, size: int) -> Iterator[list[tuple[str, int, int]]]:
    """From which id up to which a transaction takes of each table."""
    ends = {name: source.execute(f"SELECT min(id), max(id) + 1 FROM {name}").fetchone() for name in TABLES}
    first, last = ends[TABLES[0]]
    count = -(-(last - first) // size)
    for number in range(count):
        yield [
            (name, *(low + (high - low) * step // count for step in (number, number + 1)))
            for name, (low, high) in ends.items()
        ]


def read_sqlite(source: Any, name: str, low: int, high: int) -> Any:
    return source.execute(f"SELECT * FROM {name} WHERE id >= ? AND id < ?", (low, high)).fetchall()


def write_sqlite(target: Any, name: str, rows: Any) -> None:
    marks = ", ".join("?" * len(rows[0]))
    target.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)


def read_postgres(source: Any, name: str, low: int, high: int) -> Any:
    query = f"COPY (SELECT * FROM {name} WHERE id >= {low} AND id < {high}) TO STDOUT"
    with source.cursor() as cursor, cursor.copy(query) as rows:
        return b"".join(rows)


def write_postgres(target: Any, name: str, rows: Any) -> None:
    with target.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as copy:
        copy.write(rows)


def main() -> None:
    old, new = Database(sys.argv[1]), Database(sys.argv[2])
    source: Any = old.engine.raw_connection().driver_connection
    target: Any = new.engine.raw_connection().driver_connection
    read, write = (read_sqlite, write_sqlite) if old.is_sqlite else (read_postgres, write_postgres)
    seconds = 0.0
    write(target, RUN, read(source, RUN, 1, 2**31))
    for piece in pieces(source, int(sys.argv[3])):
        rows = [(name, read(source, name, low, high)) for name, low, high in piece]
        began = time.perf_counter()
        if old.is_sqlite:
            target.execute("BEGIN IMMEDIATE")
        for name, some in rows:
            write(target, name, some)
        target.commit()
        seconds += time.perf_counter() - began
    json.dump({"seconds": seconds}, sys.stdout)


if __name__ == "__main__":
    main()
