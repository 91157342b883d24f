"""An upload is worked off by the job worker of the app."""

import time

import pytest
from litestar.testing import TestClient

from vinculo.accounts import service as accounts
from vinculo.accounts.models import Role
from vinculo.actor import Source, system
from vinculo.app import build
from vinculo.db.base import now
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
