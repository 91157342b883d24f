"""An export that was cut off tells how many rows went out."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress

import pytest
import sqlalchemy as sa
from anyio.from_thread import start_blocking_portal

from vinculo.events.models import Event
from vinculo.records import delivery
from vinculo.records.delivery import Delivery
from vinculo.records.models import Export, ExportState


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("name,note\n" + "".join(f'Client {n},"two\nlines"\n' for n in range(100)))
    return path


@pytest.mark.parametrize(("pieces", "rows"), [(0, 0), (1, 3), (2, 7), (999, 100)])
def test_rows_are_counted_as_far_as_they_went_out(file, monkeypatch, pieces, rows):
    monkeypatch.setattr(delivery, "CHUNK", 80)
    sent = Delivery(file.open("rb"), 100, "csv")
    for _piece, _number in zip(sent.pieces(), range(pieces), strict=False):
        pass

    assert abs(sent.finish() - rows) <= 4


def test_a_whole_file_has_all_its_rows(file):
    sent = Delivery(file.open("rb"), 100, "csv")
    assert b"".join(sent.pieces()) == file.read_bytes()
    assert sent.finish() == 100


@pytest.mark.parametrize("path", ["/clients/export.csv", "/api/v1/clients/export"])
def test_a_connection_that_breaks_is_noted_with_what_went_out(
    admin, database, make_client, monkeypatch, path
):
    monkeypatch.setattr(delivery, "CHUNK", 400)
    for number in range(20):
        make_client(f"Client {number}")

    with start_blocking_portal() as portal:  # a loop of its own: a browser's may run in this thread
        portal.call(take_one_piece, admin, path)

    with database.read() as session:
        query = sa.select(Event).where(Event.action.contains("export")).order_by(Event.id)
        told = [(event.action, event.title, event.changes["rows"]) for event in session.scalars(query)]
        export = session.scalars(sa.select(Export)).one()
    name = export.file_name
    assert re.fullmatch(r"clients-admin-\d{4}-\d\d-\d\d-000001\.csv", name)
    assert told[0] == ("exported", name, [None, 20])
    assert told[1][:2] == ("export cut off", name)
    rows, delivered = told[1][2]
    assert (rows, 0 < delivered < 20) == (20, True)
    assert (export.state, export.rows, export.delivered) == (ExportState.CUT_OFF, 20, delivered)


async def take_one_piece(browser, path):
    """Ask for a file as a server does, and hang up after the first piece."""
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    headers = [(b"cookie", cookies.encode()), (b"host", b"testserver.local")]
    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": headers, "scheme": "http", "server": ("testserver", 80), "client": ("127.0.0.1", 5),
        "http_version": "1.1", "root_path": "", "app": browser.app,
    }  # fmt: skip
    gone = asyncio.Event()
    asked = False

    async def receive():
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        if message.get("body"):
            gone.set()
            await asyncio.sleep(0.05)

    with suppress(asyncio.CancelledError):
        await browser.app(scope, receive, send)
