"""An upload is worked off by the job worker of the app."""

import time

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from vinculo.accounts import service as accounts
from vinculo.accounts.models import Role
from vinculo.actor import Source, system
from vinculo.app import build
from vinculo.clients.models import Client
from vinculo.db.base import now
from vinculo.jobs import book
from vinculo.records import importing
from vinculo.settings import Settings


@pytest.fixture
def api(database, tmp_path):
    address = database.url.render_as_string(hide_password=False)
    settings = Settings(database={"url": address}, files={"folder": tmp_path / "files"})
    by = {"actor": system(Source.CLI), "now": now()}
    with database.write() as session:
        ana = accounts.create_user(
            session, login="ana", password="correct horse battery", role_names=[Role.ADMINISTRATOR], **by
        )
        _row, token = accounts.create_token(session, ana.id, name="test", **by)
    with TestClient(build(settings, database)) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def test_an_upload_is_worked_off_in_the_background(api):
    url = api.post("/api/v1/clients/import", files={"file": ("a.csv", b"name\nZarya\n")}).headers["Location"]

    deadline = time.monotonic() + 20
    while (run := api.get(url).json())["state"] != "done":
        assert time.monotonic() < deadline, run
        time.sleep(0.1)

    assert run["created"] == 1
    assert [item["name"] for item in api.get("/api/v1/clients").json()["items"]] == ["Zarya"]


def wait_for(answer, within=30):
    end = time.monotonic() + within
    while not (found := answer()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def test_one_that_was_cancelled_goes_on_behind_what_it_did(api, database, monkeypatch):
    for name in ("FIRST_CHUNK", "SMALLEST_CHUNK", "LARGEST_CHUNK"):
        monkeypatch.setattr(importing, name, 10)
    monkeypatch.setattr(book, "EVERY_SECONDS", 0.0)
    rows = "".join(f"Zarya {number}\n" for number in range(1500))
    run = api.post("/api/v1/clients/import", files={"file": ("a.csv", f"name\n{rows}".encode())}).headers[
        "Location"
    ]

    job = wait_for(lambda: [j for j in api.get("/api/v1/jobs?state=running").json()["items"] if j["done"]])[0]
    assert (job["name"], job["total"]) == ("records.import", 1500)
    assert api.post(f"/api/v1/jobs/{job['id']}/cancel").json()["state"] == "cancelled"
    stopped = wait_for(lambda: (found := api.get(run).json())["state"] == "failed" and found)
    assert stopped["fault"].startswith("It was cancelled")
    assert 0 < stopped["done"] < 1500

    assert api.post(f"/api/v1/jobs/{job['id']}/retry").status_code == 200
    done = wait_for(lambda: (found := api.get(run).json())["state"] == "done" and found)
    assert (done["done"], done["created"]) == (1500, 1500)
    with database.read() as session:
        names = session.scalars(sa.select(Client.name)).all()
    assert len(names) == len({*names}) == 1500
