"""Plugins over the API: list, plan, switch, price; refusals by their codes."""

from __future__ import annotations

import pytest
from litestar.testing import TestClient

from vinculo.accounts.models import Role
from vinculo.app import Live
from vinculo.settings import Settings
from vinculo.testing.browsing import sign_in

URL = "/api/v1/plugins"


@pytest.fixture
def live(settings, database, make_user):
    """Open an administrator's browser on a server that follows the switches."""
    opened = []

    def live(**plugins):
        given = Settings.model_validate({**settings.model_dump(), "plugins": plugins})
        browser = TestClient(Live(given, database, work=False))
        browser.__enter__()
        opened.append(browser)
        with database.write() as session:
            sign_in(session, browser, make_user(f"root{len(opened)}", role=Role.ADMINISTRATOR))
        return browser

    yield live
    for browser in opened:
        browser.__exit__(None, None, None)


def test_a_plugin_is_listed_planned_and_switched(live, switchboard):
    api = live()
    (listed,) = [item for item in api.get(URL).json()["items"] if item["name"] == "interactions"]
    assert listed == api.get(f"{URL}/interactions").json()
    assert (listed["state"], listed["title"], listed["installed"]) == ("installed", "Interactions", True)

    planned = api.get(f"{URL}/interactions/plan?action=on").json()
    assert planned == switchboard.plan("on", "interactions").as_json()
    assert api.get("/api/v1/interactions").status_code == 404

    done = api.post(f"{URL}/interactions/on")
    assert done.status_code == 200
    assert done.json()["names"] == ["interactions"]
    assert done.json()["appears"] == planned["appears"]
    assert api.get("/api/v1/interactions").status_code == 200
    now = api.get(f"{URL}/interactions").json()
    assert (now["state"], now["changed_by"]) == ("on", "Root1")

    assert api.post(f"{URL}/interactions/off", json={"cascade": True}).status_code == 200
    assert api.get("/api/v1/interactions").status_code == 404
    assert api.get(f"{URL}/interactions").json()["state"] == "off"


def test_the_price_is_told(live):
    api = live(on=["interactions"])

    price = api.get(f"{URL}/interactions/cost").json()

    assert price["build_ms"] > 0
    assert price["tables"]["interactions_interaction"] == 0
    assert price["places"] == []


def test_what_is_pinned_is_refused_by_its_code(live):
    api = live(on=["interactions"])

    refusal = api.post(f"{URL}/interactions/off")

    assert refusal.status_code == 409
    assert refusal.headers["content-type"] == "application/problem+json"
    assert refusal.json()["code"] == "pinned"
    assert "plugins.on" in refusal.json()["detail"]
    assert "pinned" in api.get(f"{URL}/interactions/plan?action=off").json()["refusal"]
    assert api.get("/api/v1/interactions").status_code == 200


@pytest.mark.parametrize("name", ["nothing", "%00", "a" * 300, "Ünï"])
def test_strange_names_are_not_found(admin, name):
    for answer in (
        admin.get(f"{URL}/{name}"),
        admin.get(f"{URL}/{name}/plan?action=on"),
        admin.get(f"{URL}/{name}/cost"),
        admin.post(f"{URL}/{name}/on"),
        admin.post(f"{URL}/{name}/off", json={"cascade": True}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_plugin")


BODIES = {b"{": 400, b"[]": 422, b'{"cascade": "yes"}': 422, b'{"cascad": true}': 422, b"\xff": 400}


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_says_something_else_switches_nothing(admin, body):
    answer = admin.post(f"{URL}/interactions/on", content=body, headers={"content-type": "application/json"})

    assert answer.status_code == BODIES[body]
    assert admin.get(f"{URL}/interactions").json()["state"] == "installed"


def test_a_plan_wants_to_know_of_which_switch(admin):
    assert admin.get(f"{URL}/interactions/plan").status_code == 400
    assert admin.get(f"{URL}/interactions/plan?action=purge").json()["code"] == "malformed"


def test_only_those_who_manage_plugins_may(member, visitor):
    gets = (URL, f"{URL}/interactions", f"{URL}/interactions/plan?action=on", f"{URL}/interactions/cost")
    posts = (f"{URL}/interactions/on", f"{URL}/interactions/off")

    assert {member.get(url).status_code for url in gets} == {403}
    assert {member.post(url).status_code for url in posts} == {403}
    assert {visitor.get(url).status_code for url in gets} == {401}
    assert {visitor.post(url).status_code for url in posts} == {401}


def test_every_operation_names_its_plugin(live):
    api = live(on=["interactions"])
    paths = api.get("/api/v1/openapi.json").json()["paths"]

    owners = {
        path: operation["x-vinculo-plugin"] for path, ops in paths.items() for operation in ops.values()
    }

    assert owners["/api/v1/interactions"] == {"name": "interactions", "version": "0.1.0"}
    assert owners["/api/v1/clients"]["name"] == "vinculo"
    assert owners["/api/v1/plugins/{name}/on"]["name"] == "vinculo"
    assert "<code>interactions 0.1.0</code>" in api.get("/api/docs?tag=Interactions").text


def test_the_reference_is_read_tag_by_tag_each_with_the_schemas_it_uses(admin):
    first, clients = admin.get("/api/docs").text, admin.get("/api/docs?tag=Clients").text

    assert 'href="/api/docs?tag=Clients"' in first
    assert "/api/v1/clients/{record_id}" in clients
    assert 'id="schema-Client"' in clients
    assert 'id="schema-Client"' not in first
    assert admin.get("/api/docs?tag=Nothing").status_code == 404
