"""Who looked at what is on record, though a request that reads writes nothing."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from vinculo.accounts.models import Role
from vinculo.actor import Actor, Source
from vinculo.app import Live
from vinculo.db.engine import Database
from vinculo.events import reads
from vinculo.events.models import Event
from vinculo.events.reads import Reads
from vinculo.testing.browsing import sign_in

ANA = Actor(1, "Ana", Source.PAGE)


def told(database, *actions):
    with database.read() as session:
        query = sa.select(Event).where(Event.action.in_(actions)).order_by(Event.id)
        return [
            (e.action, e.kind, e.title, e.changes.get("rows", [None, None])[1])
            for e in session.scalars(query)
        ]


@pytest.fixture
def server(settings, database, make_user, make_client):
    """A server that runs as long as its block, and an administrator's browser on it."""
    ana = make_user("ana", role=Role.ADMINISTRATOR)
    make_client("Padaria Luz")
    make_client("Padaria Sol", stage="active")

    @contextmanager
    def server():
        with TestClient(Live(settings, database, work=False)) as browser:
            with database.write() as session:
                sign_in(session, browser, ana)
            yield browser

    return server


def test_views_and_searches_are_written_at_the_latest_when_the_server_stops(server, database, faults_of):
    with server() as browser:
        for path in (
            "/clients/1", "/api/v1/clients/2", "/clients", "/clients?q=luz", "/clients?stage=active",
            "/search?q=padaria", "/lookup/client?q=sol", "/api/v1/clients?limit=1", "/clients/99",
        ):  # fmt: skip
            browser.get(path)
    assert told(database, "viewed", "searched") == [
        ("viewed", "client", "Padaria Luz", None),
        ("viewed", "client", "Padaria Sol", None),
        ("searched", "client", "luz", 1),
        ("searched", "client", "stage[eq]=active", 1),
        ("searched", "", "padaria", 2),
        ("searched", "client", "sol", 1),
        ("searched", "client", "", 1),
    ]
    assert faults_of(database) == []


def test_what_was_refused_is_on_record(settings, database, make_user, make_client):
    bea, client = make_user("bea"), make_client("Padaria Luz")
    with TestClient(Live(settings, database, work=False)) as browser:
        with database.write() as session:
            sign_in(session, browser, bea)
        assert browser.get("/settings/audit").status_code == 403
        assert (
            browser.post(f"/clients/{client.id}/delete", headers={"x-csrf-token": "stolen"}).status_code
            == 403
        )
        assert browser.get("/api/v1/nothing").status_code == 404

    with database.read() as session:
        found = session.scalars(sa.select(Event).where(Event.action == "refused").order_by(Event.id))
        told = [(event.actor_id, event.title, event.changes) for event in found]
    assert told == [
        (bea.id, "GET /settings/audit", {"code": [None, "forbidden"]}),
        (bea.id, "POST /clients/{record_id}/delete", {"code": [None, "csrf"]}),
    ]


def test_of_a_term_that_is_typed_the_last_is_kept(database):
    waiting = Reads(database)
    for term in ("p", "pad", "padaria", "padari", "sol"):
        waiting.search(ANA, "client", term, 3)
    waiting.search(Actor(2, "Bea", Source.PAGE), "client", "sol", 3)
    waiting.write()

    assert [title for _action, _kind, title, _rows in told(database, "searched")] == ["padari", "sol", "sol"]


def test_what_could_not_be_written_is_written_later(database, monkeypatch):
    waiting = Reads(database)
    waiting.view(ANA, "client", 1, "Luz", 1)
    with monkeypatch.context() as broken:
        broken.setattr(Database, "write", lambda _self: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            waiting.write()
    waiting.view(ANA, "client", 2, "Sol", 2)
    waiting.write()

    assert [title for _action, _kind, title, _rows in told(database, "viewed")] == ["Luz", "Sol"]


def test_the_memory_is_bounded(database, monkeypatch):
    monkeypatch.setattr(reads, "MOST", 5)
    waiting = Reads(database)
    for number in range(12):
        waiting.view(ANA, "client", number, f"Client {number}", number)

    assert len(told(database, "viewed")) == 10


def test_the_history_of_a_record_leaves_out_who_looked_at_it(server, database):
    with server() as browser:
        for _time in range(3):
            browser.get("/clients/1")
    with server() as browser:
        history = browser.get("/api/v1/clients/1/history").json()["items"]

    assert [item["action"] for item in history] == ["created"]
    assert history[0]["version"] == 1
