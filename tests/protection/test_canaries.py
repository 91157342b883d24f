"""Whoever touches a canary raises an alarm at once; which client is one is told to nobody."""

from __future__ import annotations

import json

import pytest

from vinculo.actor import FieldAccess, Scope

POINTS = [{"type": "phone", "value": "+55 11 98765-4321"}]


@pytest.fixture
def bird(make_client, admin):
    """A canary among clients."""
    make_client("Padaria Luz")
    made = make_client("Aurora Quiet Holdings", contact_points=POINTS)
    answer = admin.post("/api/v1/canaries", json={"client_id": made.id})
    assert (answer.status_code, answer.json()["client"]) == (201, made.name)
    return made


@pytest.fixture
def ana(make_role, make_user, open_browser):
    """A browser of somebody who may do all that is not administrative."""
    make_role("Member", {"*": Scope.ALL}, {("client", "contact_points"): FieldAccess.ON_REQUEST})
    return open_browser(make_user("ana"))


@pytest.fixture
def touched(site, alarms):
    """What alarms tell: (action, source), once those that only read are written."""

    def touched(browser):
        browser.app.state.site.reads.write()
        return [(one.details["action"], one.details["source"]) for one in alarms() if one.kind == "canary"]

    return touched


def test_every_door_raises_an_alarm_and_lists_do_not(ana, bird, touched, alarms, make_person, make_user):
    url, api = f"/clients/{bird.id}", f"/api/v1/clients/{bird.id}"
    person = make_person("Rui", client_id=bird.id, contact_points=POINTS)
    for path in ("/clients", "/clients?q=aurora", "/search?q=aurora", "/lookup/client?q=aurora", "/people",
                 "/api/v1/clients", "/people/export.csv", "/clients/export.csv?q=padaria"):  # fmt: skip
        assert ana.get(path).status_code == 200
    assert ana.get("/clients/1").status_code == 200
    assert touched(ana) == []

    ana.get(url), ana.get(url)
    assert touched(ana) == [("viewed", "page")]
    ana.post(f"{url}/reveal", data={"fields": "contact_points"})
    assert ana.patch(api, json={"industry": "Birds"}).status_code == 200
    assert ana.get("/clients/export.csv").status_code == 200
    gone = ana.delete(api).json()["restore"]
    assert ana.post(gone).status_code == 204
    expected = [("viewed", "page"), ("revealed", "page"), ("changed", "api"), ("exported", "page"),
                ("deleted", "api"), ("restored", "api")]  # fmt: skip
    assert touched(ana) == expected
    assert {(one.user_id, one.details["client"]) for one in alarms()} == {(make_user("ana").id, bird.name)}

    ana.post(f"/api/v1/people/{person.id}/reveal", json={"fields": ["birthday"]})
    assert ana.patch(api, json={"name": "x" * 999}).status_code == 422  # nothing was done
    assert touched(ana) == expected  # of that action there is one already today


def test_a_merge_takes_the_mark_along_and_says_nothing_of_it(ana, admin, bird, touched):
    merged = ana.post("/api/v1/clients/1/merge", json={"ids": [bird.id]})

    assert merged.status_code == 200
    assert "protection" not in merged.text
    assert touched(ana) == [("merged", "api")]
    (kept,) = admin.get("/api/v1/canaries").json()["items"]
    assert (kept["client_id"], kept["client"]) == (1, "Padaria Luz")


def test_nobody_else_learns_which_client_it_is(ana, admin, bird, make_role, make_user, open_browser, touched):
    ana.get(f"/clients/{bird.id}")
    assert touched(ana) == [("viewed", "page")]
    make_role("Guard", {"protection.alarm.read": Scope.ALL, "audit.read": Scope.ALL, "*": Scope.ALL})
    guard = open_browser(make_user("guard", role="Guard"))
    told = [f"/clients/{bird.id}", f"/clients/{bird.id}/history", "/clients", "/clients/export.csv",
            f"/api/v1/clients/{bird.id}", f"/api/v1/clients/{bird.id}/history", "/settings/alarms?show=all",
            "/api/v1/alarms"]  # fmt: skip
    for path in told:
        assert "canary client" not in guard.get(path).text.lower(), path
        assert "canaries" not in guard.get(path).text, path
    assert guard.get("/api/v1/alarms").json()["items"] == []
    assert guard.get("/settings/alarms/1").status_code == 404
    assert guard.get("/settings/canaries").status_code == guard.get("/api/v1/canaries").status_code == 403
    for event in guard.get("/api/v1/audit", params={"kind": "canary"}).json()["items"]:
        assert (event["client_id"], event["title"], event["changes"]) == (None, "", {})

    page = admin.get("/settings/alarms/1").text
    assert "Canary client “Aurora Quiet Holdings”: looked at, on a page." in page
    assert "Ana" in page


def test_they_are_kept_on_a_page(admin, bird, make_client):
    other = make_client("Second")
    assert "Aurora Quiet Holdings" in admin.get("/settings/canaries").text
    added = admin.post("/settings/canaries", data={"client_id": str(other.id)}, follow_redirects=False)
    assert added.status_code == 303
    for wrong in (
        {"client_id": str(other.id)},
        {"client_id": "99"},
        {"client_id__text": "nobody"},
        {"x": "1"},
    ):
        assert admin.post("/settings/canaries", data=wrong).status_code == 422, wrong
    assert admin.post("/api/v1/canaries", json={"client_id": other.id}).status_code == 409
    for wrong in ({"client_id": 99}, {"client_id": 2**70}, {"client_id": "1"}, {}):
        assert admin.post("/api/v1/canaries", json=wrong).status_code == 422, wrong

    numbers = [one["id"] for one in admin.get("/api/v1/canaries").json()["items"]]
    removed = admin.post(f"/settings/canaries/{numbers[0]}/remove", follow_redirects=False)
    assert removed.status_code == 303
    assert admin.delete(f"/api/v1/canaries/{numbers[1]}").status_code == 204
    assert admin.delete(f"/api/v1/canaries/{numbers[1]}").status_code == 404
    assert admin.get("/api/v1/canaries").json() == {"items": []}


def test_they_are_kept_by_command(vinculo, make_client, alarms):
    made = make_client("Quiet")
    vinculo("canary", "add", made.id)
    assert [one["client"] for one in json.loads(vinculo("canary", "list", "--json"))] == ["Quiet"]
    assert "Quiet" in vinculo("canary", "list")
    vinculo("canary", "add", 99, fails=1)

    vinculo("canary", "remove", made.id)
    vinculo("canary", "remove", made.id, fails=1)
    assert json.loads(vinculo("canary", "list", "--json")) == []
    assert alarms() == []
