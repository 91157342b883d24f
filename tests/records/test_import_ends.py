"""Imports that are over: whoever began one is told, and needs rights to all that it wrote to take it back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from vinculo import mail
from vinculo.accounts import import_mail
from vinculo.accounts.models import User
from vinculo.actor import Scope
from vinculo.records import import_notices, import_runs
from vinculo.settings import MailSettings, ServerSettings

FILE = {"file": ("<b>list.csv", b"Name,Contact name\nLuz,Ana\n")}
URL = "/api/v1/clients/import"


@pytest.mark.databases("sqlite")
def test_whoever_began_a_long_import_is_mailed(office, database, monkeypatch):
    sent, put = [], []
    settings = office.site.settings.model_copy(
        update={
            "mail": MailSettings(host="localhost", sender="crm@example.com"),
            "server": ServerSettings(public_url="https://crm.example.com"),
        }
    )
    enqueue = lambda _tx, name, **payload: put.append((name, payload))  # noqa: E731
    site = replace(office.site, settings=settings, enqueue=enqueue)
    monkeypatch.setattr(mail, "send", lambda _settings, **letter: sent.append(letter))
    with office.api() as api:
        ids = [api.post(URL, files=FILE, data={"match": ""}).json()["id"] for _ in range(2)]
    with database.write() as session:
        session.get(User, 1).email = "ana@example.com"
    for run_id, long in zip(ids, (timedelta(hours=1), timedelta(0)), strict=True):
        monkeypatch.setattr(import_notices, "LONG", long)
        import_runs.execute(site, run_id, office.actor_of)
    assert put == [(import_notices.JOB, {"run_id": ids[1]})]
    import_mail.send(site, run_id=ids[1])

    [letter] = sent
    assert (letter["to"], letter["subject"]) == ("ana@example.com", "The import of <b>list.csv is done")
    assert "1 rows: 0 new, 0 changed, 1 unchanged, 0 rejected." in letter["text"]
    assert f"https://crm.example.com/imports/{ids[1]}" in letter["text"]


@pytest.mark.databases("sqlite")
def test_an_import_is_taken_back_with_rights_to_every_kind_of_it(office, make_role):
    of_people = {f"people.person.{one}": Scope.ALL for one in ("read", "create", "update", "import")}
    of_clients = {
        f"clients.client.{one}": Scope.ALL for one in ("read", "create", "update", "import", "delete")
    }
    make_role("Member", {"*": None, "people.person.delete": None, **of_people, **of_clients})
    browser, csrf = office.browser("bia", "Member")
    with office.api("bia", "Member") as api, browser:
        several = api.post(URL, files=FILE, data={"with": "person"}).json()["id"]
        alone = api.post(URL, files={"file": ("c.csv", b"Name\nSol\n")}).json()["id"]
        office.work()
        buttons = [
            f"/imports/{one}/revert" in browser.get(f"/imports/{one}").text for one in (several, alone)
        ]
        answers = [api.post(f"/api/v1/imports/{one}/revert").status_code for one in (several, alone)]
        by_page = browser.post(f"/imports/{several}/revert", data={"_csrf": csrf}).status_code

    assert (buttons, answers, by_page) == ([False, True], [403, 202], 403)
