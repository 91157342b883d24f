"""Imports and exports as programs meet them."""

import json
import os
import time

import pytest

from vinculo.accounts.models import Role
from vinculo.clients.records import client
from vinculo.counterparties.records import counterparty
from vinculo.records import import_runs

URL = "/api/v1/clients/import"


def send(api, content, url=URL, **fields):
    data = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
    name = fields.pop("name", "clients.csv")
    return api.post(url, files={"file": (name, content)}, data=data)


def test_a_file_is_sent_worked_off_and_asked_after(office, all_of):
    with office.api() as api:
        answer = send(api, b"external_id,name\nA1,Zarya\nA2,\n")
        waiting = api.get(answer.headers["Location"]).json()
        office.work()
        done = api.get(answer.headers["Location"]).json()
        rejects = api.get(done["rejects"])

    assert answer.status_code == 202
    assert (waiting["state"], waiting["total"], waiting["done"]) == ("waiting", 2, 0)
    assert (done["state"], done["created"], done["rejected"]) == ("done", 1, 1)
    assert done["errors"] == [{"row": 3, "message": "Name is required."}]
    assert rejects.text.splitlines()[1:] == ["A2,,Name is required."]
    assert [found["name"] for found in all_of(client)] == ["Zarya"]


def test_mapping_match_and_dry_run_are_obeyed(office, all_of):
    with office.api() as api:
        mapping = {"Firma": "name", "Nr": "external_id", "Rest": None}
        content = b"Nr;Firma;Rest\n1;Zarya;x\n"
        answer = send(api, content, mapping=mapping, match="external_id", dry_run="true")
        office.work()
        done = api.get(answer.headers["Location"]).json()

    assert (done["dry_run"], done["created"], done["match"]) == (True, 1, ["external_id"])
    assert done["mapping"] == {"Firma": "name", "Nr": "external_id"}
    assert all_of(client) == []


@pytest.mark.parametrize(
    ("content", "fields", "code"),
    [
        (b"", {}, "empty_file"),
        (b"name\n", {}, "no_rows"),
        (b'name\n"open\n', {}, "unclosed_quote"),
        (b"name\nAna\n", {"mapping": "{"}, "invalid"),
        (b"name\nAna\n", {"mapping": {"name": "colour"}}, "invalid_mapping"),
        (b"name\nAna\n", {"match": "colour"}, "invalid_mapping"),
        (b"name\nAna\n", {"dry_run": "perhaps"}, "invalid"),
        (b"colour\nred\n", {}, "invalid_mapping"),
    ],
)
def test_what_cannot_be_imported_is_refused_at_once(office, tmp_path, content, fields, code):
    with office.api() as api:
        answer = send(api, content, **fields)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
    assert office.jobs == []


def test_a_request_without_a_file_is_told_so(office):
    with office.api() as api:
        answer = api.post(URL, data={"dry_run": "true"})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "file")


def test_too_large_a_file_is_413(office):
    with office.api() as api:
        answer = send(api, b"name\n" + b"x" * 2_000_000)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_only_its_user_and_administrators_see_an_import(office):
    with office.api("bia", Role.MEMBER) as bia, office.api("caio", Role.MEMBER) as caio, office.api() as ana:
        url = send(bia, b"name\nZarya\n").headers["Location"]

        assert [who.get(url).status_code for who in (bia, caio, ana)] == [200, 404, 200]


def test_a_user_who_was_disabled_meanwhile_imports_nothing(office, database, all_of):
    from vinculo.accounts.models import User

    with office.api("bia", Role.MEMBER) as bia, office.api() as ana:
        url = send(bia, b"name\nZarya\n").headers["Location"]
        with database.write() as session:
            session.query(User).filter_by(login="bia").update({"active": False})
        office.work()
        done = ana.get(url).json()

    assert (done["state"], "disabled" in done["fault"], all_of(client)) == ("failed", True, [])


@pytest.mark.parametrize(
    ("name", "kind", "count"),
    [
        ("maven_crm_pipeline/accounts.csv", client, 85),
        ("northwind/customers.csv", client, 91),
        ("gleif_legal_entities/gleif_flat.csv", counterparty, 549),
    ],
)
def test_real_files_come_in(office, real_file, all_of, name, kind, count):
    with office.api() as api:
        answer = send(api, real_file(name).read_bytes(), f"{kind.api_url}/import")
        office.work()
        done = api.get(answer.headers["Location"]).json()

    assert (done["state"], done["created"], done["rejected"]) == ("done", count, 0)
    assert len(all_of(kind)) == count


def test_export_has_the_rows_of_the_list(office, import_file, write_file):
    import_file(write_file("name,stage", "Zarya,active", "Aurora,lost", "Breeze,active"))

    with office.api() as api:
        answer = api.get("/api/v1/clients/export", params={"stage": "active", "sort": "-name"})
        sheet = api.get("/api/v1/clients/export", params={"format": "xlsx"})
        wrong = api.get("/api/v1/clients/export", params={"format": "pdf"})

    lines = answer.content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in lines[:-1]] == ["name", "Zarya", "Breeze"]
    assert lines[-1].startswith("Vinculo export 000001 | My company | ")
    assert sheet.content.startswith(b"PK")
    assert wrong.status_code == 422


def test_files_that_nobody_went_on_with_are_forgotten(office, tmp_path):
    with office.api() as api:
        send(api, b"name\nOld\n")
        [old] = (tmp_path / "files" / "imports").iterdir()
        month_ago = time.time() - 31 * 24 * 3600
        os.utime(old, (month_ago, month_ago))
        send(api, b"name\nNew\n")

    import_runs.purge(office.site)

    [left] = (tmp_path / "files" / "imports").iterdir()
    assert left.read_bytes() == b"name\nNew\n"


def test_the_description_tells_of_imports_and_exports(office):
    with office.api() as api:
        paths = api.get("/api/v1/openapi.json").json()["paths"]

    assert {"/api/v1/clients/import", "/api/v1/clients/export", "/api/v1/imports/{run_id}"} <= set(paths)
    assert "202" in paths["/api/v1/clients/import"]["post"]["responses"]


@pytest.mark.parametrize("text", ['{"\\ud800": "name"}', '{"a\\u0000": "name"}', "[1]", '"x"', '{"a": 1}'])
def test_a_strange_mapping_is_refused_in_words(office, text):
    with office.api() as api:
        assert send(api, b"name\nAna\n", mapping=text).status_code == 422


def test_a_request_says_how_the_file_is_read(office, all_of):
    with office.api() as api:
        mapping = {"Column 1": "external_id", "Column 2": "name"}
        said = {"separator": "~", "header": "0", "encoding": "koi8-r"}
        answer = send(api, "1~Заря\n".encode("koi8-r"), mapping=mapping, **said)
        wrong = send(api, b"name\nAna\n", header="first")
        office.work()

    assert answer.json()["layout"] == {"encoding": "koi8-r", "delimiter": "~", "sheet": None, "header": 0}
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "header")
    assert [found["name"] for found in all_of(client)] == ["Заря"]


@pytest.mark.databases("sqlite")
def test_imports_are_listed_stopped_and_taken_back(office, all_of):
    with office.api() as api:
        send = {"file": ("a.csv", b"name\nLuz\nSol\n")}
        url = api.post("/api/v1/clients/import", files=send).headers["Location"]
        early = api.post(f"{url}/revert")
        assert (early.status_code, early.json()["code"]) == (409, "import_at_work")
        assert api.post(f"{url}/cancel").json()["state"] == "cancelled"
        assert api.post(f"{url}/resume").status_code == 202
        office.work()
        assert api.post(f"{url}/resume").status_code == 409
        listed = api.get("/api/v1/imports").json()
        assert ([one["file_name"] for one in listed["items"]], listed["more"]) == (["a.csv"], False)
        assert api.get("/api/v1/imports?page=-1").status_code == 400

        assert api.get(f"{url}/revert").status_code == 404
        luz = api.get("/api/v1/clients?sort=name").json()["items"][0]
        api.patch(f"/api/v1/clients/{luz['id']}", json={"note": "x", "version": 1})
        assert api.post(f"{url}/revert", json={"overwrite": ["x"]}).json()["code"] == "not_reverted"
        assert api.post(f"{url}/revert").json()["state"] == "waiting"
        office.work()
        told = api.get(f"{url}/revert").json()
        assert (told["state"], told["deleted"], told["kept"]) == ("done", 1, 1)
        assert [one["key"] for one in told["conflicts"]] == [f"client:{luz['id']}:"]
        assert api.post(f"{url}/revert", json={"overwrite": ["nonsense"]}).status_code == 422
        assert api.post(f"{url}/revert", json={"overwrite": [told["conflicts"][0]["key"]]}).status_code == 202
        office.work()
    assert all_of(client) == []
