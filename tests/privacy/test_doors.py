"""Exporting and erasing from the card of a person, over the API and by command; a backup forgets, too."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from vinculo.cli import main
from vinculo.db.engine import Database
from vinculo.events.models import Event
from vinculo.people.models import Person


@pytest.fixture
def vinculo(database, settings, monkeypatch):
    monkeypatch.setenv("VINCULO_FILES__FOLDER", str(settings.files.folder))
    monkeypatch.setenv("LANG", "en")

    def vinculo(*arguments, url=database.url, fails=0, answer=None):
        monkeypatch.setenv("VINCULO_DATABASE__URL", url.render_as_string(hide_password=False))
        result = CliRunner().invoke(main, [*map(str, arguments)], input=answer)
        assert result.exit_code == fails, result.output
        return result.output

    return vinculo


def events(database, action):
    with database.read() as session:
        return session.scalars(sa.select(Event).where(Event.action == action)).all()


def test_a_person_is_exported_and_erased_by_command(vinculo, case, database, traces_of, tmp_path):
    vinculo("privacy", "export", "zq-mail@exemplo.com", "--out", tmp_path / "p.zip")
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        told = json.loads(archive.read("person.json"))
        assert "zqsubject" in archive.read("person.txt").decode()
    assert told["tables"]["people_person"][0]["birthday"] == "1987-03-04"
    assert {one["value"] for one in told["tables"]["people_contact_point"]} >= {
        "zq-mail@exemplo.com",
        "zqold@exemplo.com",
    }
    assert told["mentions"]["clients_client"][0]["note"].startswith("Ask for")
    assert any(row.get("subject") == "zqdeleted" for row in told["deleted"])
    assert "zqsubject" in json.dumps(told["archives"])
    assert any("Zu Quixada" in json.dumps(event) for event in told["history"])
    assert [
        event.changes["rows"][1]["people_person"] for event in events(database, "personal data exported")
    ] == [1]

    assert "Plan" in vinculo("privacy", "erase", case.id, "--dry-run")
    vinculo("privacy", "erase", case.id, answer="n\n", fails=1)
    assert traces_of(["zqnote"]) != []
    vinculo("privacy", "erase", case.id, "--yes", "--out", tmp_path / "c.json")
    assert traces_of() == []
    assert json.loads((tmp_path / "c.json").read_text())["person"] == case.id
    assert "as they were written" in vinculo("audit", "verify")
    assert "Nothing is left" in vinculo("privacy", "erase", case.id, "--dry-run")


def test_a_backup_that_is_restored_is_erased_again(vinculo, case, database_url, settings, tmp_path):
    vinculo("privacy", "erase", case.colleague, "--yes")
    vinculo("backup", tmp_path / "old.vinculo")
    vinculo("privacy", "erase", case.id, "--yes")
    fresh = Database(database_url)

    assert "1 person was erased again" in vinculo("restore", tmp_path / "old.vinculo", url=fresh.url)

    with fresh.read() as session:
        names = session.scalars(sa.select(Person.name).order_by(Person.id)).all()
    assert names == [f"Erased person {case.id}", f"Erased person {case.colleague}"]
    assert len(events(fresh, "personal data erased")) == 2
    assert len((settings.files.folder / "privacy" / "erasures.jsonl").read_text().splitlines()) == 2
    fresh.close()


def test_a_person_is_erased_from_the_card(admin, member, case, traces_of):
    api = f"/api/v1/people/{case.id}/privacy"
    assert member.post(f"{api}/erase", json={"dry_run": True}).status_code == 403
    assert "Personal data" not in member.get(f"/people/{case.id}").text
    planned = admin.post(f"{api}/erase", json={"dry_run": True, "clients": [case.client]}).json()
    assert planned["subjects"] == {
        "people_person": [case.id, case.duplicate],
        "clients_client": [case.client],
    }
    assert admin.post(f"{api}/erase", json={"clients": ["x"]}).status_code == 422
    assert admin.post(f"{api}/erase", json={"clients": [2**70], "dry_run": True}).status_code == 404
    assert admin.post(f"{api}/erase", json={}).json()["code"] == "not_confirmed"
    url = f"/people/{case.id}"
    assert f'href="{url}/privacy/erase"' in admin.get(url).text
    sent = admin.post(f"{url}/privacy/export")
    assert "person.txt" in zipfile.ZipFile(io.BytesIO(sent.content)).namelist()
    plan = admin.get(f"{url}/privacy/erase").text
    assert "interactions_interaction" in plan
    assert "Metal Norte" in plan

    refused = admin.post(f"{url}/privacy/erase", data={"confirmation": "Zuleica"})
    assert (refused.status_code, traces_of(["zqnote"]) != []) == (422, True)
    done = admin.post(f"{url}/privacy/erase", data={"confirmation": "Zuleica Quixaba"})

    assert (done.status_code, done.url.path) == (200, f"{url}/privacy/certificate")
    assert traces_of() == []
    assert admin.get(f"{url}/privacy/certificate/file").json() == admin.get(f"{api}/certificate").json()
    assert admin.get(f"/people/{case.colleague}/privacy/certificate").status_code == 409
