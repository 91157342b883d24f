"""A plugin from outside of this repository, installed from its wheel, goes through its whole life."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from vinculo.accounts.models import Role
from vinculo.actor import Source, system
from vinculo.app import load_registry
from vinculo.clients.records import client as client_kind
from vinculo.plugins import tables
from vinculo.plugins.contributions import Part
from vinculo.records import merging
from vinculo.transfer import reading

ADMIN = system(Source.CLI)
EXAMPLE = Path(__file__).parent / "examples" / "loyalty"
CARDS = "/loyalty-cards"


@pytest.fixture
def browse(open_browser, make_user):
    """A browser of an administrator, on an app of what is on now."""
    return lambda: open_browser(make_user("admin", role=Role.ADMINISTRATOR))


@pytest.fixture
def status(database, switchboard):
    """The plugin as lists show it."""

    def status():
        with database.read() as session:
            return next(one for one in switchboard.statuses(session) if one.name == "loyalty")

    return status


@pytest.fixture
def seal(database):
    """The hashes of its tables, and how many rows they have."""

    def seal():
        with reading.snapshot(database) as connection:
            return [reading.seal(connection, name) for name in tables.of_plugin(connection, "loyalty")]

    return seal


def cards(database):
    """Whose cards there are: client → number."""
    query = sa.text("select client_id, number from loyalty_card")
    with database.read() as session:
        return {row.client_id: row.number for row in session.execute(query)}


def merge(database, survivor, other):
    with database.write() as session:
        return merging.merge(session, client_kind, survivor.id, [other.id], actor=ADMIN)


def test_the_life_of_a_plugin(  # noqa: PLR0915 -- one life, told in order
    loyalty, database, switchboard, browse, status, seal, make_client, tmp_path
):
    luz, norte, sul, gone, new = map(make_client, ("Padaria Luz", "Metal Norte", "Sul", "Gone", "New"))

    # Installed, planned, switched on.
    assert status().state == "installed"
    plan = switchboard.plan("on", "loyalty")
    assert plan.migrations == ["loyalty 0001"]
    assert f"GET {CARDS}" in plan.appears[Part.ROUTES]
    assert plan.appears[Part.PANELS] == ["client: loyalty"]
    assert browse().get(CARDS).status_code == 404
    switchboard.switch("on", "loyalty", actor=ADMIN)

    # Rows come in by the API and by the page.
    browser = browse()
    for client, number in ((luz, "L-1"), (norte, "L-2"), (gone, "L-3")):
        sent = {"client_id": client.id, "number": number, "points": 500}
        assert browser.post(f"/api/v1{CARDS}", json=sent).status_code == 201
    assert browser.post(f"{CARDS}/new", data={"client_id": sul.id, "number": "L-4"}).status_code == 200
    assert "Silver" in browser.get(f"/clients/{luz.id}").text

    # Off: what happens to clients happens to their rows.
    before = seal()
    switchboard.switch("off", "loyalty", actor=ADMIN)
    assert seal() == before
    browser = browse()
    assert browser.get(CARDS).status_code == 404
    assert browser.post(f"/clients/{gone.id}/delete").status_code == 200
    assert merge(database, luz, norte).dropped == {"loyalty_card.client_id": 1}
    assert merge(database, new, sul).moved["loyalty_card.client_id"] == 1
    assert cards(database) == {luz.id: "L-1", new.id: "L-4"}

    # Its package is removed: the kernel does without.
    kept = seal()
    loyalty.remove()
    browser = browse()
    for path in (
        "/",
        "/clients",
        f"/clients/{luz.id}",
        f"/clients/{luz.id}/history",
        "/search?q=L-1",
        "/plugins",
    ):
        assert browser.get(path).status_code == 200, path
    assert browser.get("/clients/export.csv").status_code == 200
    assert (status().state, status().installed, status().last_version) == ("off", False, "0.1.0")

    # Back, and on: the same rows.
    loyalty.install("0.1.0")
    switchboard.switch("on", "loyalty", actor=ADMIN)
    assert seal() == kept
    assert "L-4" in browse().get(f"/clients/{new.id}").text

    # A newer version brings a migration.
    loyalty.install("0.2.0")
    faults = []
    assert switchboard.upgrade(lambda _step: None, faults.append) == 1
    assert faults == []
    assert (status().state, status().last_version, status().revision) == ("on", "0.2.0", "0002")
    browser = browse()
    (card,) = browser.get(f"/api/v1{CARDS}", params={"client_id": luz.id}).json()["items"]
    changed = browser.patch(f"/api/v1{CARDS}/{card['id']}", json={"valid_until": "2027-12-31"})
    assert changed.json()["valid_until"] == "2027-12-31"

    # Archived, purged, restored: the same rows, and they work.
    full, file = seal(), tmp_path / "loyalty.vinculo"
    switchboard.switch("off", "loyalty", actor=ADMIN)
    assert list(switchboard.archive("loyalty", file, actor=ADMIN).tables) == full
    switchboard.purge("loyalty", file, confirmation="loyalty", actor=ADMIN)
    assert (seal(), status().state) == ([], "purged")
    assert switchboard.restore("loyalty", file, actor=ADMIN).links == []
    assert seal() == full
    switchboard.switch("on", "loyalty", actor=ADMIN)
    browser = browse()
    assert browser.get(f"/api/v1{CARDS}/{card['id']}").json()["valid_until"] == "2027-12-31"
    assert "L-1" in browser.get(f"/clients/{luz.id}").text


def test_a_package_older_than_its_tables_is_left_out(loyalty, database, settings, switchboard):
    loyalty.install("0.2.0")
    switchboard.switch("on", "loyalty", actor=ADMIN)

    loyalty.install("0.1.0")
    registry = load_registry(settings, database)

    assert registry.plugins == {}
    assert "0.1.0" in registry.faults["loyalty"].message
    assert "0.2.0" in registry.faults["loyalty"].message


@pytest.mark.slow
@pytest.mark.databases("sqlite")
def test_its_own_tests_pass(loyalty_sites, database_kind):
    environment = {**os.environ, "PYTHONPATH": str(loyalty_sites["0.1.0"])}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--databases={database_kind}"]

    done = subprocess.run(command, cwd=EXAMPLE, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-4000:]


def test_a_card_that_came_back_to_a_client_that_has_one_is_left_out_and_listed(
    loyalty, database, switchboard, seal, browse, make_client, tmp_path
):
    luz, norte = make_client("Padaria Luz"), make_client("Metal Norte")
    switchboard.switch("on", "loyalty", actor=ADMIN)
    browser = browse()
    for client, number in ((norte, "L-1"), (luz, "L-2")):
        browser.post(f"/api/v1{CARDS}", json={"client_id": client.id, "number": number})
    switchboard.switch("off", "loyalty", actor=ADMIN)
    switchboard.archive("loyalty", tmp_path / "loyalty.vinculo", actor=ADMIN)
    switchboard.purge("loyalty", confirmation="loyalty", actor=ADMIN)
    merge(database, luz, norte)

    (link,) = switchboard.restore("loyalty", actor=ADMIN).links
    assert (link.outcome, link.old_id, link.new_id, link.title) == (
        "dropped", norte.id, luz.id, "Metal Norte",
    )  # fmt: skip
    assert cards(database) == {luz.id: "L-2"}
    with database.read() as session:
        found = session.scalars(sa.text("select title from events_search where kind = 'loyalty_card'")).all()
    assert found == ["L-2"]
