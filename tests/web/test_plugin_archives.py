"""Archive, purge and restore on the pages and over the API: what is told, and what is refused."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from vinculo.accounts.models import Role
from vinculo.actor import Source, system
from vinculo.app import Live
from vinculo.clients.records import client as client_kind
from vinculo.plugins.models import PluginState
from vinculo.records import merging, service, trash
from vinculo.settings import Settings
from vinculo.testing.browsing import sign_in
from vinculo_interactions.models import Interaction
from vinculo_interactions.records import interaction

ACTOR = system(Source.CLI)
PAGE, API = "/plugins/interactions", "/api/v1/plugins/interactions"


@pytest.fixture
def clients(switchboard, make_client, make_record):
    """Three clients with a talk each; the plugin of the talks is off."""
    switchboard.switch("on", "interactions", actor=ACTOR)
    clients = [make_client(name) for name in ("Padaria Luz", 'Ветер "север"', "Metal Norte")]
    for client in clients:
        make_record(interaction, client_id=client.id, subject=f"Talk {client.id}", type="email")
    switchboard.switch("off", "interactions", actor=ACTOR)
    return clients


@pytest.fixture
def browser(settings, database, make_user):
    """An administrator's browser on a server that follows the switches."""
    given = Settings.model_validate({**settings.model_dump(), "server": {"max_upload_mb": 1}})
    with TestClient(Live(given, database, work=False)) as browser:
        with database.write() as session:
            sign_in(session, browser, make_user("root", role=Role.ADMINISTRATOR))
        yield browser


def state(database):
    with database.read() as session:
        return session.scalar(sa.select(PluginState).where(PluginState.name == "interactions"))


def has_tables(database):
    return sa.inspect(database.engine).has_table("interactions_interaction")


def purge(browser, typed="interactions"):
    return browser.post(f"{API}/purge", json={"confirmation": typed})


def upload(browser, data, url=f"{API}/restore"):
    return browser.post(url, data={"from_file": "1"}, files={"file": ("../../evil.vinculo", data)})


def code(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def test_the_way_of_a_program(browser, database, clients, settings):
    made = browser.post(f"{API}/archive")
    assert made.status_code == 200
    assert "/" not in made.json()["file"]
    counts = {one["table"]: one["rows"] for one in made.json()["tables"]}
    assert counts["interactions_interaction"] == 3
    told = browser.get(API).json()
    assert (told["state"], told["archive"]["rows"]) == ("archived", counts)

    fetched = browser.get(f"{API}/archive")
    assert made.json()["file"] in fetched.headers["content-disposition"]
    assert zipfile.ZipFile(io.BytesIO(fetched.content)).testzip() is None

    gone = purge(browser)
    assert gone.json()["tables"] == made.json()["tables"]
    assert not has_tables(database)
    (settings.files.folder / "archives" / made.json()["file"]).unlink()
    assert code(browser.post(f"{API}/restore")) == (409, "archive_missing")
    assert code(browser.get(f"{API}/archive")) == (409, "archive_missing")

    back = upload(browser, fetched.content)
    assert back.status_code == 200, back.text
    assert back.json()["tables"] == made.json()["tables"]
    assert back.json()["links"] == []
    assert browser.get(API).json()["state"] == "off"
    names = [file.name for file in (settings.files.folder / "archives").iterdir()]
    assert [name.startswith("interactions-") for name in names] == [True]


def test_the_way_of_a_person(browser, database, clients):
    assert f'href="{PAGE}/archive"' in browser.get("/plugins").text
    page = browser.get(f"{PAGE}/archive")
    assert "Rows: 3" in page.text
    made = browser.post(f"{PAGE}/archive")
    assert "Sealed in interactions-" in made.text
    assert f'href="{PAGE}/purge"' in made.text

    asked = browser.get(f"{PAGE}/purge")
    with database.read() as session:
        kept = session.scalar(sa.select(PluginState.archive).where(PluginState.name == "interactions"))
    for told in ("Rows: 3", kept["file"], kept["sha256"], "Type interactions to confirm"):
        assert told in asked.text
    refused = browser.post(f"{PAGE}/purge", data={"confirmation": "interaction<"})
    assert refused.status_code == 422
    assert 'value="interaction&lt;"' in refused.text
    assert re.search(r'id="f-confirmation-error".*To confirm, type the name', refused.text, re.DOTALL)
    assert has_tables(database)
    done = browser.post(f"{PAGE}/purge", data={"confirmation": "interactions"})
    assert "Interactions is purged" in done.text
    assert not has_tables(database)

    assert f'href="{PAGE}/restore"' in done.text
    assert kept["file"] in browser.get(f"{PAGE}/restore").text
    back = browser.post(f"{PAGE}/restore")
    assert "Every link leads where it led." in back.text
    assert has_tables(database)


@pytest.mark.databases("sqlite")
def test_links_that_lead_elsewhere_are_listed(browser, database, clients):
    first, second, third = clients
    browser.post(f"{API}/archive")
    purge(browser)
    with database.write() as session:
        merging.merge(session, client_kind, first.id, [second.id], actor=ACTOR)
        gone = service.get(session, client_kind, third.id, actor=ACTOR, lock=True)
        trash.delete(session, client_kind, gone, actor=ACTOR)

    page = browser.post(f"{PAGE}/restore").text

    assert f'<a href="/clients/{first.id}">Client: Ветер &#34;север&#34;</a>' in page
    assert "Leads to the record it was merged into" in page
    assert "Client: Metal Norte" in page
    assert "Row left out: what it belonged to is gone" in page


def test_what_stands_against_it_is_said_by_code_and_on_the_page(browser, database, switchboard, clients):
    assert code(purge(browser)) == (409, "no_archive")
    assert code(browser.get(f"{API}/archive")) == (409, "no_archive")
    assert "There is no archive of it" in browser.get(f"{PAGE}/purge").text
    assert code(browser.post(f"{API}/restore")) == (409, "no_archive")
    browser.post(f"{API}/archive")
    assert code(purge(browser, "yes")) == (422, "not_confirmed")
    for body in ({}, {"confirm": "interactions"}, {"confirmation": 1}, []):
        assert code(browser.post(f"{API}/purge", json=body)) == (422, "not_confirmed")
    assert code(browser.post(f"{API}/restore")) == (409, "not_empty")
    assert "Its tables hold rows" in browser.get(f"{PAGE}/restore").text

    with database.write() as session:
        session.execute(sa.update(Interaction).values(subject="Changed since"))
    assert code(purge(browser)) == (409, "archive_stale")
    stale = browser.post(f"{PAGE}/purge", data={"confirmation": "interactions"})
    assert (stale.status_code, 'value="interactions"' in stale.text) == (409, True)
    assert "have changed since" in stale.text

    switchboard.switch("on", "interactions", actor=ACTOR)
    for answer in (browser.post(f"{API}/archive"), purge(browser), browser.post(f"{API}/restore")):
        assert code(answer) == (409, "still_on")
    for url in ("archive", "purge", "restore"):
        page = browser.get(f"{PAGE}/{url}")
        assert "Interactions is on; switch it off first." in page.text
        assert '<form class="form"' not in page.text
    assert has_tables(database)


def sealed(browser):
    """An archive of the plugin, whose tables are purged; as entries."""
    browser.post(f"{API}/archive")
    data = browser.get(f"{API}/archive").content
    assert purge(browser).status_code == 200
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(entries):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return made.getvalue()


def change(entries, edit):
    """Change the list of contents, and what it says of hashes with it."""
    manifest = json.loads(entries["manifest.json"])
    edit(manifest, entries)
    return packed({**entries, "manifest.json": json.dumps(manifest).encode()})


def strange_table(manifest, entries):
    table = manifest["tables"].pop("interactions_interaction")
    manifest["tables"]["accounts_user"] = table
    entries["tables/accounts_user.jsonl"] = entries.pop("tables/interactions_interaction.jsonl")


def kinds_of_the_kernel(manifest, _entries):
    manifest["about"]["kinds"] = {"client": "Client"}


def about_of_numbers(manifest, _entries):
    manifest["about"]["requires"] = 7


def long_version(manifest, _entries):
    manifest["version"] = "1" * 500


def unknown_revision_with_sql(manifest, _entries):
    manifest["versions"]["interactions"] = "9999"
    columns = manifest["tables"]["interactions_interaction"]["schema"]["columns"]
    columns[1].update(type="String", length="9)); drop table accounts_user; --")


def tables_in_a_circle(manifest, _entries):
    manifest["versions"]["interactions"] = "9999"
    tables = [name for name in manifest["tables"] if name.startswith("interactions_")]
    for table, other in (tables[:2], tables[1::-1]):
        link = {"columns": ["id"], "table": other, "to": ["id"], "on_delete": None}
        manifest["tables"][table]["schema"]["links"].append(link)


def rows_of_another(manifest, entries, row='{"id":1,"kind":"client","domain":"clients"}\n'):
    import hashlib

    entries["tables/events_timeline.jsonl"] = row.encode()
    manifest["tables"]["events_timeline"].update(rows=1, sha256=hashlib.sha256(row.encode()).hexdigest())


def rows_of_other_columns(manifest, entries, row='{"id":1,"nonsense":true}\n'):
    import hashlib

    entries["tables/interactions_interaction.jsonl"] = row.encode()
    told = {"rows": 1, "sha256": hashlib.sha256(row.encode()).hexdigest()}
    manifest["tables"]["interactions_interaction"].update(told)


def climbing(_manifest, entries):
    entries["files/../../evil.txt"] = b"x"


HOSTILE = (
    strange_table, kinds_of_the_kernel, about_of_numbers, long_version, unknown_revision_with_sql,
    tables_in_a_circle, rows_of_another, rows_of_other_columns, climbing,
)  # fmt: skip


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("edit", HOSTILE)
def test_a_hostile_archive_is_refused_and_nothing_is_left_of_it(
    browser, database, clients, settings, edit, tmp_path
):
    hostile = change(sealed(browser), edit)
    before = sorted((settings.files.folder / "archives").iterdir())

    assert code(upload(browser, hostile)) == (422, "archive_invalid")

    assert not has_tables(database)
    assert state(database).state == "purged"
    assert sorted((settings.files.folder / "archives").iterdir()) == before
    assert not [*tmp_path.rglob("evil*")]
    assert browser.get("/plugins").status_code == 200
    assert browser.post(f"{API}/restore").status_code == 200  # the true one still comes back
    with database.read() as session:
        assert session.scalar(sa.text("select count(*) from accounts_user")) > 0


@pytest.mark.databases("sqlite")
def test_a_file_that_is_none_is_refused_beside_the_field(browser, database, clients):
    sealed(browser)
    for data, said, words in (
        (b"", "file_type", "is not what its name says"),
        (b"Dear Sir or Madam", "file_type", "is not what its name says"),
        (b"PK\x05\x06" + bytes(18), "archive_invalid", "no complete archive"),
    ):
        assert code(upload(browser, data)) == (422, said)
        page = upload(browser, data, f"{PAGE}/restore")
        assert page.status_code == 422
        assert re.search(rf'id="f-file-error".*{words}', page.text, re.DOTALL)
    none = browser.post(f"{PAGE}/restore", data={"from_file": "1"})
    assert "Choose the archive of the plugin." in none.text
    assert upload(browser, bytes(2_000_000)).status_code == 413
    assert not has_tables(database)


@pytest.mark.databases("sqlite")
def test_the_archive_of_another_is_refused(browser, clients):
    def another(manifest, _entries):
        manifest["plugin"] = "deals"

    assert code(upload(browser, change(sealed(browser), another))) == (422, "archive_of_another")


@pytest.mark.databases("sqlite")
def test_a_file_elsewhere_is_not_given_out(browser, switchboard, clients, tmp_path):
    switchboard.archive("interactions", tmp_path / "elsewhere.vinculo", actor=ACTOR)

    assert code(browser.get(f"{API}/archive")) == (409, "archive_missing")
    assert str(tmp_path) not in browser.get(f"{PAGE}/archive").text
    assert str(tmp_path) not in browser.get(API).text


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("name", ["nothing", "%00", "a" * 300, "Ünï", "..%2F"])
def test_strange_names_are_not_found(admin, name):
    for what in ("archive", "purge", "restore"):
        assert admin.post(f"/api/v1/plugins/{name}/{what}").status_code == 404
        assert admin.get(f"/plugins/{name}/{what}").status_code == 404
        assert admin.post(f"/plugins/{name}/{what}").status_code == 404
    assert admin.get(f"/plugins/{name}/archive/file").status_code == 404


@pytest.mark.databases("sqlite")
def test_only_those_who_manage_plugins_may(member, visitor):
    for what in ("archive", "purge", "restore"):
        assert member.post(f"{API}/{what}").status_code == 403
        assert visitor.post(f"{API}/{what}").status_code == 401
        assert member.get(f"{PAGE}/{what}").status_code == 403
        assert member.post(f"{PAGE}/{what}").status_code == 403
    assert member.get(f"{API}/archive").status_code == 403
    assert member.get(f"{PAGE}/archive/file").status_code == 403
