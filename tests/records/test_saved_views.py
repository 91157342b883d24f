"""Saved views: parameters under a name, read by the rights of whoever opens them."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from vinculo.accounts.models import Role
from vinculo.actor import FieldAccess, Scope
from vinculo.clients.models import Client
from vinculo.db.base import now
from vinculo.events.models import Event
from vinculo.records.models import Export, ViewDefault

API, CLIENTS = "/api/v1/views", "/api/v1/clients"


@pytest.fixture
def house(open_browser, make_role, make_user, make_client):
    """Ana may do everything; Bob sees no web addresses, reads his own clients, and shares nothing."""
    ana, bob = make_user("ana", role=Role.ADMINISTRATOR), make_user("bob")
    grants = {"*": None, "clients.client.read": Scope.OWN, "clients.client.export": Scope.OWN}
    role = make_role("Member", {**grants, "accounts.user.read": Scope.ALL},
                     {("client", "website"): FieldAccess.HIDDEN})  # fmt: skip
    for name, user, stage in (
        ("Aurora", ana, "potential"),
        ("Brasa", bob, "active"),
        ("Cedro", bob, "potential"),
    ):
        make_client(name, responsible_id=user.id, stage=stage)
    return SimpleNamespace(ana=open_browser(ana), bob=open_browser(bob), role=role.id, bob_id=bob.id)


def save(browser, query, name="A view", **values):
    """A view of clients, by the API."""
    answer = browser.post(API, json={"kind": "client", "name": name, "query": query, **values})
    assert answer.status_code == 201, answer.text
    return answer.json()


def names(browser, asked):
    """The clients of a list of the API."""
    answer = browser.get(f"{CLIENTS}?{asked}")
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["items"]]


def test_a_view_is_a_tab_that_everyone_opens_by_their_own_rights(house):
    view = save(house.ana, "stage=potential&sort=-name&columns=name,stage", "Leads", sharing="everyone")

    assert names(house.ana, f"view={view['id']}") == ["Cedro", "Aurora"]
    assert names(house.bob, f"view={view['id']}") == ["Cedro"]
    page = house.bob.get(f"/clients?view={view['id']}").text
    assert "Cedro" in page
    assert "Aurora" not in page
    assert "Brasa" not in page
    assert f'href="/clients?view={view["id"]}" aria-current="page">Leads' in page
    assert names(house.ana, f"view={view['id']}&stage=active") == ["Brasa"]  # what is given takes precedence
    assert names(house.ana, f"view={view['id']}&stage[in]=active,potential") == ["Cedro", "Brasa", "Aurora"]


def test_a_private_view_and_one_of_another_role_are_nobody_elses(house):
    mine = save(house.ana, "stage=potential", "Secret plans")
    roles = save(house.ana, "stage=potential", "For members", sharing="roles", roles=[house.role])

    assert house.bob.get(f"{CLIENTS}?view={mine['id']}").status_code == 404
    assert house.bob.get(f"/clients?view={mine['id']}").status_code == 404
    assert house.bob.put(f"{API}/{mine['id']}", json={"name": "x", "query": ""}).status_code == 404
    seen = house.bob.get(f"{API}?kind=client").json()["items"]
    assert [one["id"] for one in seen] == [roles["id"]]
    assert "Secret plans" not in house.bob.get("/clients").text
    assert house.bob.delete(f"{API}/{roles['id']}").status_code == 403
    refused = house.bob.post(API, json={"kind": "client", "name": "x", "query": "", "sharing": "everyone"})
    assert refused.status_code == 403


def test_me_and_relative_days_mean_whoever_and_whenever_it_is_opened(house, database):
    view = save(house.ana, "responsible_id=me", sharing="everyone")
    assert names(house.ana, f"view={view['id']}") == ["Aurora"]
    assert names(house.bob, f"view={view['id']}") == ["Brasa", "Cedro"]

    with database.write() as session:
        old = sa.update(Client).where(Client.name == "Aurora")
        session.execute(old.values(created_at=now() - timedelta(days=40)))
    late = save(house.ana, "created_at[gte]=-30d", "Late")
    assert late["query"] == "created_at%5Bgte%5D=-30d"
    assert names(house.ana, f"view={late['id']}") == ["Brasa", "Cedro"]
    assert names(house.ana, "created_at[lt]=-1m") == ["Aurora"]
    page = house.ana.get(f"/clients?view={late['id']}").text
    assert "30 days ago" in page
    assert "Aurora" not in page


def test_the_list_opens_with_ones_own_view_else_with_that_of_the_role(house):
    shared = save(house.ana, "stage=potential", "Leads", sharing="everyone", opens_for=[house.role])
    assert "Brasa" not in house.bob.get("/clients").text
    assert "Brasa" in house.bob.get("/clients?saved=0").text
    assert names(house.bob, "") == ["Brasa", "Cedro"]  # programs get what they ask for

    own = save(house.bob, "stage=active", "Mine", opens=True)
    assert "Cedro" not in house.bob.get("/clients").text
    house.bob.post(f"/views/{own['id']}/close")
    assert "Brasa" not in house.bob.get("/clients").text
    house.ana.delete(f"{API}/{shared['id']}")
    assert "Brasa" in house.bob.get("/clients").text


def test_a_view_on_a_field_that_its_reader_does_not_see_shows_nothing(house):
    view = save(
        house.ana, "website[contains]=luz&stage=potential", sharing="everyone", opens_for=[house.role]
    )

    assert house.bob.get(f"{CLIENTS}?view={view['id']}").json()["code"] == "view_unusable"
    for address in ("/clients", f"/clients?view={view['id']}"):
        page = house.bob.get(address).text
        assert "website" in page
        assert "It shows nothing" in page
        assert "Cedro" not in page
    export = house.bob.get(f"{CLIENTS}/export?view={view['id']}")
    assert export.json()["code"] == "view_unusable"
    grouped = save(house.ana, "any1.website[contains]=luz&any1.stage=potential", "Any", sharing="everyone")
    assert names(house.ana, f"view={grouped['id']}") == ["Aurora", "Cedro"]
    assert names(house.ana, f"view={grouped['id']}&any1.stage=active") == ["Brasa"]
    assert house.bob.get(f"{CLIENTS}?view={grouped['id']}").json()["code"] == "view_unusable"
    assert house.bob.get(f"{CLIENTS}?any1.website=x&any1.stage=x").json()["code"] == "unknown_parameter"


def test_a_view_is_changed_saved_deleted_and_restored_on_its_page(house, database):
    wish = {"name": "Leads", "mine": "1"}
    made = house.bob.post("/views/new/client?stage=potential&saved=3", data=wish, follow_redirects=False)
    address = made.headers["location"]
    number = int(address.removeprefix("/clients?view="))
    assert f'action="/views/{number}/save' not in house.bob.get(address).text

    changed = house.bob.get(f"/clients?saved={number}&stage=active").text
    assert f'action="/views/{number}/save?stage=active"' in changed
    house.bob.post(f"/views/{number}/save?stage=active")
    assert names(house.bob, f"view={number}") == ["Brasa"]
    house.bob.post(f"/views/{number}", data={"name": "Active ones", "mine": "1"})
    assert "Active ones" in house.bob.get("/clients").text

    house.bob.post(f"/views/{number}/delete")
    assert house.bob.get(address).status_code == 404
    house.bob.post(f"/views/{number}/restore")
    assert names(house.bob, f"view={number}") == ["Brasa"]
    with database.read() as session:
        told = session.scalars(sa.select(Event.action).where(Event.kind == "saved_view").order_by(Event.id))
        assert [*told] == ["created", "changed", "changed", "deleted", "restored"]
        assert session.scalar(sa.select(ViewDefault.user_id)) == house.bob_id


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"query": "q=" + "x" * 5000}, "query"),
        ({"query": "created_at[gte]=-9999y"}, "created_at"),
        ({"sharing": "world"}, "sharing"),
        ({"sharing": "roles"}, "roles"),
        ({"sharing": "roles", "roles": [999]}, "roles"),
        ({"opens_for": [1]}, "opens_for"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_reason(house, values, field):
    answer = house.ana.post(API, json={"kind": "client", "name": "A view", "query": "", **values})

    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]


def test_what_is_typed_in_one_language_is_read_in_every_other(house):
    made = house.ana.post("/views/new/client?created_at[gte]=31.12.2020", data={"name": "Since"},
                          headers={"accept-language": "ru"}, follow_redirects=False)  # fmt: skip

    number = made.headers["location"].removeprefix("/clients?view=")
    assert house.ana.get(f"{API}?kind=client").json()["items"][0]["query"].endswith("=2020-12-31")
    assert len(names(house.ana, f"view={number}")) == 3


def test_an_export_of_a_view_says_so_and_keeps_what_it_meant(house, database):
    asked = "responsible_id=me&created_at[gte]=today&any1.responsible_id=me&any1.all2.stage=lost"
    view = save(house.ana, asked, "Mine today", sharing="everyone")

    file = house.bob.get(f"/clients/export.csv?view={view['id']}").text
    assert "Brasa" in file
    assert "Aurora" not in file
    with database.read() as session:
        query = dict(map(tuple, session.scalar(sa.select(Export.query))))
    assert query["saved"] == "Mine today"
    assert query["responsible_id"] == str(house.bob_id)
    assert query["created_at[gte]"] != "today"
    assert query["any1.responsible_id"] == query["responsible_id"]
    told = house.ana.get("/settings/audit/exports/1").text
    assert " or Stage: Lost" in told, re.findall("<dd>.*?</dd>", told)


def test_the_tabs_cost_one_query(house, count_queries):
    house.ana.get("/clients")
    with count_queries() as before:
        house.ana.get("/clients")
    for number in range(5):
        save(house.ana, "stage=potential", f"View {number}", sharing="everyone")
    with count_queries() as after:
        house.ana.get("/clients")

    assert len(after) == len(before)
    assert sum("records_view" in one for one in after) == 1
