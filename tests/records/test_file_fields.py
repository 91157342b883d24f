"""Custom fields that hold a file of their record."""

from __future__ import annotations

import re

import pytest
from litestar.testing import TestClient

from vinculo.accounts.models import Role
from vinculo.actor import Scope, Source, system
from vinculo.app.live import Live
from vinculo.files.records import file
from vinculo.records import custom, importing, mapping
from vinculo.records.import_rejects import Rejects
from vinculo.records.importing import Plan
from vinculo.testing.browsing import sign_in

CLIENTS = "/api/v1/clients"


@pytest.fixture
def live(settings, database, make_user):
    """An administrator's browser on an app that follows changes; clients have a contract."""
    with TestClient(Live(settings, database, work=False)) as browser:
        with database.write() as session:
            sign_in(session, browser, make_user("admin", role=Role.ADMINISTRATOR))
        made = browser.post(
            "/api/v1/custom-fields", json={"kind": "client", "label": "Contract", "type": "file"}
        )
        assert made.status_code == 201, made.text
        yield browser


@pytest.fixture
def send(live):
    """Upload files for a field of a client."""

    def send(client_id, *names, field="x_contract", path="/api/v1/files/upload"):
        files = [("file", (name, b"Signed")) for name in names]
        data = {"client_id": str(client_id), "field": field}
        return live.post(path, data=data, files=files, follow_redirects=False)

    return send


def test_a_file_field_is_filled_by_upload_or_id_and_shown_exported_deleted_and_merged(live, send):
    luz, sol = (live.post(CLIENTS, json={"name": name}).json()["id"] for name in ("Luz", "Sol"))
    assert '<option value="x_contract">Contract</option>' in live.get(f"/clients/{luz}").text
    made = send(luz, "<i>plan.txt").json()
    assert live.get(f"{CLIENTS}/{luz}").json()["x_contract"] == made[0]["id"]
    name = made[0]["name"]
    for path in (f"/clients/{luz}", "/clients?columns=name,x_contract", "/clients/export.csv"):
        shown = live.get(path).text
        assert ("iplan.txt" in name, name in shown, "<i>" in shown) == (True, True, False), path
    assert live.patch(f"{CLIENTS}/{sol}", json={"x_contract": made[0]["id"]}).status_code == 200
    assert live.patch(f"{CLIENTS}/{sol}", json={"x_contract": 10**6}).status_code == 422
    assert send(luz, "b.txt", path="/files/upload").status_code == 303
    assert live.get(f"{CLIENTS}/{luz}").json()["x_contract"] == made[0]["id"] + 1
    assert name in live.get(f"/clients/{luz}/history").text

    undo = live.delete(f"/api/v1/files/{made[0]['id']}").json()["restore"]
    assert live.get(f"{CLIENTS}/{sol}").json()["x_contract"] is None
    live.post(undo)
    merged = live.post(f"{CLIENTS}/{luz}/merge", json={"ids": [sol], "fields": {"x_contract": sol}})
    assert merged.status_code == 200, merged.text
    assert live.get(f"{CLIENTS}/{luz}").json()["x_contract"] == made[0]["id"]


@pytest.mark.databases("sqlite")
def test_what_is_no_file_for_the_field_is_refused_and_nothing_kept(
    live, send, make_role, make_user, database, kinds, write_file
):
    luz = live.post(CLIENTS, json={"name": "Luz"}).json()["id"]
    for answer, status, said in (
        (send(luz, "a.txt", field="name"), 422, "x_contract"),
        (send(luz, "a.txt", "b.txt"), 422, "one file"),
        (send(10**6, "a.txt"), 404, ""),
    ):
        assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert live.get("/api/v1/files").json()["items"] == []
    with database.read() as session:
        kind = custom.extended({**kinds, "file": file}, custom.every(session))["client"]
        assert mapping.guess(kind, ["name", "Contract"]) == {"name": "name"}
    path = write_file("name,Contract", "Rio,a.pdf", "Mar,")
    plan = Plan(kind=kind, path=path, mapping={"name": "name", "Contract": "x_contract"}, match=[])
    rejects = Rejects(path.with_name("no.csv"))
    done = importing.run(
        database, {**kinds, "file": file, "client": kind}, plan, actor=system(Source.IMPORT), rejects=rejects
    )
    assert (done.created, done.rejected) == (1, 1)
    assert "do not come in a table" in str(done.errors)
    make_role("Member", {"*": Scope.OWN})
    ana = make_user("ana")
    hidden = send(luz, "secret.txt").json()[0]["id"]  # of a client that is not hers
    hers = {"name": "Sol", "responsible_id": ana.id, "x_contract": hidden}
    sol = live.post(CLIENTS, json=hers).json()["id"]
    with database.write() as session:
        sign_in(session, live, ana)
    for path in (f"/clients/{sol}", "/clients?columns=name,x_contract", "/clients/export.csv"):
        shown = live.get(path)
        assert (shown.status_code, "secret.txt" in shown.text) == (200, False), path


@pytest.fixture
def fill_in(live):
    """Send the form of a client as a browser would, with a file for its contract."""

    def fill_in(path, file_name="", content=b"Signed", **texts):
        page = live.get(path).text
        form = page.split('<form class="form"')[1].split("</form>")[0]
        assert 'enctype="multipart/form-data"' in form
        assert '<input type="file" id="f-file_fields__x_contract"' in form
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        files = {"file_fields__x_contract": (file_name, content)} if file_name else {}
        data = {**hidden, "name": "Luz", "stage": "active", **texts}
        return live.post(path, data=data, files=files or {"none": b""}, follow_redirects=False)

    return fill_in


def test_a_new_record_comes_with_its_file_and_the_form_changes_it(live, fill_in):
    field = live.get("/api/v1/custom-fields").json()["items"][0]
    wish = {"label": "Contract", "required": True}
    assert live.put(f"/api/v1/custom-fields/{field['id']}", json=wish).status_code == 200

    refused = fill_in("/clients/new")
    assert (refused.status_code, "Contract is required." in refused.text) == (422, True)
    empty = fill_in("/clients/new", "a.txt", b"")
    assert (empty.status_code, "a.txt: It is empty." in empty.text) == (422, True)
    assert (live.get(CLIENTS).json()["items"], live.get("/api/v1/files").json()["items"]) == ([], [])

    made = fill_in("/clients/new", "a.txt")
    assert made.status_code == 303, made.text
    client = live.get(f"/api/v1{made.headers['location']}").json()
    (kept,) = live.get("/api/v1/files").json()["items"]
    assert (client["x_contract"], kept["name"], kept["client_id"]) == (kept["id"], "a.txt", client["id"])

    edit = f"/clients/{client['id']}/edit"
    version = str(client["version"])
    shown = {"x_contract": str(kept["id"]), "x_contract__text": "a.txt", "version": version}
    assert fill_in(edit, note="x", **shown).status_code == 303
    after = live.get(f"{CLIENTS}/{client['id']}").json()
    assert (after["x_contract"], after["note"]) == (kept["id"], "x")
    assert fill_in(edit, "b.txt", **shown | {"version": str(after["version"])}).status_code == 303
    assert live.get(f"{CLIENTS}/{client['id']}").json()["x_contract"] == kept["id"] + 1


@pytest.mark.databases("sqlite")
def test_a_file_of_a_refused_form_is_not_kept(live, fill_in):
    assert fill_in("/clients/new", "a.txt", name="").status_code == 422
    assert fill_in("/clients/new", "a.txt", website="no address at all").status_code == 422
    assert live.get("/api/v1/files").json()["items"] == []


@pytest.mark.databases("sqlite")
def test_who_may_add_no_files_is_not_asked_for_any(live, make_role, make_user, database):
    may = {f"clients.client.{action}": Scope.ALL for action in ("read", "create", "update")}
    make_role("Member", {"*": None, **may})
    ana = make_user("ana")
    with database.write() as session:
        sign_in(session, live, ana)
    page = live.get("/clients/new")
    assert (page.status_code, "file_fields__" in page.text) == (200, False)
