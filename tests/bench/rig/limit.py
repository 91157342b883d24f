"""The limit: a bare Litestar app that sends the recorded statements through the bare driver.

``limit.py URL RECORDED PORT``. It knows nothing of rights, rules, languages or hooks: same threads, same
number of connections, same statements in the same transactions, answers of the same shape.
"""

from __future__ import annotations

import pickle
import queue
import sqlite3
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import uvicorn
from litestar import Litestar, MediaType, Response, get, post
from litestar.concurrency import set_asyncio_executor
from litestar.params import FromPath

ID = "\x00id"
SQLITE_PRAGMAS = (
    "synchronous=NORMAL", "foreign_keys=ON", "cache_size=-2000", "temp_store=MEMORY", "mmap_size=268435456",
    "busy_timeout=5000",
)  # fmt: skip

Statements = list[tuple[str, Any]]


class Pool:
    """A few connections, handed out to one thread at a time."""

    def __init__(self, url: str) -> None:
        self.is_sqlite = url.startswith("sqlite")
        self.size = 4 if self.is_sqlite else 8
        self._free: queue.LifoQueue[Any] = queue.LifoQueue()
        for _ in range(self.size):
            self._free.put(self._connect(url))

    def _connect(self, url: str) -> Any:
        if not self.is_sqlite:
            return psycopg.connect(url.replace("postgresql+psycopg", "postgresql"))
        made = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
        for pragma in SQLITE_PRAGMAS:
            made.execute(f"PRAGMA {pragma}")
        return made

    @contextmanager
    def cursor(self, *, commit: bool) -> Iterator[Any]:
        """A cursor in a transaction."""
        connection = self._free.get()
        try:
            cursor = connection.cursor()
            yield cursor
            cursor.close()
            (connection.commit if commit else connection.rollback)()
        finally:
            self._free.put(connection)


def bind(values: Any, own: int) -> Any:
    """The parameters of one request."""
    if isinstance(values, dict):
        return {key: own if value == ID else value for key, value in values.items()}
    if isinstance(values, tuple):
        return tuple(own if value == ID else value for value in values)
    return [bind(value, own) for value in values]


def send(cursor: Any, statement: str, values: Any) -> None:
    if isinstance(values, list):
        cursor.executemany(statement, values)
    elif values:
        cursor.execute(statement, values)
    else:
        cursor.execute(statement)


def struct(name: str, example: dict[str, Any]) -> type[msgspec.Struct]:
    return msgspec.defstruct(name, [(key, Any) for key in example])


def shaper(cursor: Any, shape: type[msgspec.Struct]) -> Callable[[Any], msgspec.Struct]:
    """How a row becomes what is encoded: the columns that the answer has, in its order."""
    names = [column[0] for column in cursor.description]
    pick = itemgetter(*(names.index(name) for name in shape.__struct_fields__ if name in names))
    return lambda row: shape(*pick(row))


def list_handler(pool: Pool, path: str, statements: Statements, answer: dict[str, Any]) -> Any:
    item = struct("Item", answer["items"][0])
    page = struct("Page", answer)

    @get(path, sync_to_thread=True)
    def handler() -> Response[bytes]:
        with pool.cursor(commit=False) as cursor:
            for statement, values in statements:
                send(cursor, statement, values)
                rows = cursor.fetchall() if cursor.description else []
            shape = shaper(cursor, item)
        items = [shape(row) for row in rows[: len(answer["items"])]]
        body = page(items, answer["next_cursor"], answer["previous_cursor"])
        return Response(msgspec.json.encode(body), media_type=MediaType.JSON)

    return handler


def card_handler(pool: Pool, path: str, statements: Statements, answer: dict[str, Any]) -> Any:
    record = struct("Record", answer)
    row_name = next(name for name, value in answer.items() if isinstance(value, list))
    record_row = struct("Row", answer[row_name][0])

    @get(path, sync_to_thread=True)
    def handler(record_id: FromPath[int]) -> Response[bytes]:
        found = []
        with pool.cursor(commit=False) as cursor:
            for statement, values in statements:
                send(cursor, statement, bind(values, record_id))
                if cursor.description:
                    found.append((cursor.fetchall(), [column[0] for column in cursor.description]))
        rows, names = found[-1]
        children = [dict(zip(names, row, strict=True)) for row in rows]
        listed = [record_row(*(child[name] for name in record_row.__struct_fields__)) for child in children]
        rows, names = found[-2]
        values = {**dict(zip(names, rows[0], strict=True)), row_name: listed}
        body = record(*(values[name] for name in record.__struct_fields__))
        return Response(msgspec.json.encode(body), media_type=MediaType.JSON)

    return handler


def create_handler(pool: Pool, path: str, statements: Statements, answer: dict[str, Any]) -> Any:
    record = struct("Record", answer)

    @post(path, sync_to_thread=True)
    def handler(body: bytes) -> Response[bytes]:
        sent = msgspec.json.decode(body)
        own = 0
        with pool.cursor(commit=True) as cursor:
            for statement, values in statements:
                send(cursor, statement, bind(values, own))
                returned = cursor.fetchall() if cursor.description else []
                if not own and statement.startswith("INSERT"):
                    own = returned[0][0] if returned else cursor.lastrowid
        made = record(**{**answer, **sent, "id": own})
        return Response(msgspec.json.encode(made), media_type=MediaType.JSON, status_code=201)

    return handler


def page_handler(pool: Pool, path: str, statements: Statements, answer: bytes) -> Any:
    """A page that is ready: what is left is to ask for what stands on it."""

    @get(path, sync_to_thread=True)
    def handler(record_id: FromPath[int]) -> Response[bytes]:
        with pool.cursor(commit=False) as cursor:
            for statement, values in statements:
                send(cursor, statement, bind(values, record_id))
                if cursor.description:
                    cursor.fetchall()
        return Response(answer, media_type=MediaType.HTML)

    return handler


def build(url: str, recorded: dict[str, Any]) -> Litestar:
    pool = Pool(url)
    set_asyncio_executor(ThreadPoolExecutor(pool.size))
    handlers: list[Any] = []
    if "create" in recorded:
        handlers += [
            list_handler(pool, "/list", *recorded["list"]),
            list_handler(pool, "/search", *recorded["search"]),
            card_handler(pool, "/card/{record_id:int}", *recorded["card"]),
            create_handler(pool, "/create", *recorded["create"]),
        ]
    handlers += [
        page_handler(pool, f"/{name.replace(', ', '-').replace(' ', '-')}/{{record_id:int}}", *found)
        for name, found in recorded.items()
        if isinstance(found[1], bytes)
    ]
    return Litestar(handlers, openapi_config=None, logging_config=None)


def main() -> None:
    url, recorded, port = sys.argv[1:]
    app = build(url, pickle.loads(Path(recorded).read_bytes()))
    uvicorn.run(app, port=int(port), loop="uvloop", http="httptools", access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
