"""Parent companies: no circle by any door, and nobody learns of a company that they do not see."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy.exc import OperationalError

from vinculo.actor import Scope
from vinculo.clients.models import Client
from vinculo.clients.records import client as kind
from vinculo.errors import InvalidError
from vinculo.records import merging, service
from vinculo.records.reading import Values
from vinculo.testing import factories
from vinculo.testing.factories import SYSTEM

CLIENTS = "/api/v1/clients"


@pytest.fixture
def group(make_client):
    """Three companies, each below the one before."""
    top = make_client("Holding").id
    middle = make_client("Bank", parent_id=top).id
    return top, middle, make_client("Branch", parent_id=middle).id


def test_a_circle_is_refused_and_names_the_chain(admin, group):
    top, middle, low = group
    answer = admin.patch(f"{CLIENTS}/{top}", json={"parent_id": low})
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["field"], fault["code"]) == (422, "parent_id", "circle")
    assert "Branch → Bank → Holding" in fault["message"]
    assert admin.patch(f"{CLIENTS}/{top}", json={"parent_id": top}).status_code == 422
    assert admin.patch(f"{CLIENTS}/{low}", json={"parent_id": top}).status_code == 200
    assert {row["id"] for row in admin.get(f"{CLIENTS}?parent_id={top}").json()["items"]} == {middle, low}


def test_what_one_does_not_see_is_not_named(group, make_user, make_role, make_client, open_browser):
    top, middle, _low = group
    make_role("Member", {"*": Scope.OWN})
    ana = make_user("ana")
    hers = make_client("Hers", parent_id=middle, responsible_id=ana.id).id
    browser = open_browser(ana)
    page = browser.get(f"/clients/{hers}").text
    assert ("Holding" in page, "Bank" in page) == (False, False)
    assert browser.patch(f"{CLIENTS}/{hers}", json={"parent_id": top}).status_code == 422
    own = make_client("Own", parent_id=hers, responsible_id=ana.id).id
    fault = browser.patch(f"{CLIENTS}/{hers}", json={"parent_id": own}).json()["errors"][0]
    assert fault["code"] == "circle"


def test_the_card_shows_those_above_and_those_below(admin, group):
    top, middle, low = group
    page = admin.get(f"/clients/{middle}").text
    tree = page[page.index('class="tree"') :]
    assert [
        tree.index(f"/clients/{top}"),
        tree.index("<strong>Bank"),
        tree.index(f"/clients/{low}"),
    ] == sorted([tree.index(f"/clients/{top}"), tree.index("<strong>Bank"), tree.index(f"/clients/{low}")])
    assert f"/clients/new?parent_id={middle}" in tree


def test_merging_and_deleting_leave_no_circle(database, group):
    top, middle, low = group
    with pytest.raises(InvalidError), database.write() as session:
        merging.merge(session, kind, low, [top], actor=SYSTEM)  # Bank would stand above and below it
    with database.write() as session:
        merging.merge(session, kind, middle, [top], actor=SYSTEM)
        assert session.get(Client, middle).parent_id is None
        assert session.get(Client, low).parent_id == middle
    with database.write() as session:
        session.delete(session.get(Client, middle))
    with database.read() as session:
        assert session.get(Client, low).parent_id is None


def test_two_who_close_a_circle_at_once_do_not_both_succeed(database):
    with database.write() as session:
        ids = [factories.make_client(session, name).id for name in ("One", "Other")]
    both, outcomes = threading.Barrier(2, timeout=20), []

    def change(client_id, parent_id):
        both.wait()
        try:
            with database.write() as session:
                record = service.get(session, kind, client_id, actor=SYSTEM, lock=True)
                service.update(session, kind, record, Values({"parent_id": parent_id}), actor=SYSTEM)
            outcomes.append("changed")
        except (InvalidError, OperationalError):  # PostgreSQL may end one of two that wait for each other
            outcomes.append("refused")

    threads = [threading.Thread(target=change, args=pair) for pair in (ids, ids[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["changed", "refused"]
