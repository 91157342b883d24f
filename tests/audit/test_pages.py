"""The event log for administrators: pages, the file, and the API."""

from __future__ import annotations

import csv
import io
import re

import pytest
import sqlalchemy as sa

from vinculo.accounts import passwords
from vinculo.events.models import Event

LOG = "/settings/audit"
API = "/api/v1/audit"


@pytest.fixture
def busy(admin, member, make_client):
    """A few things done by two users."""
    luz, sol = make_client("Padaria Luz").id, make_client("Sol").id
    admin.patch(f"/api/v1/clients/{luz}", json={"note": "hers", "stage": "active"})
    member.patch(f"/api/v1/clients/{sol}", json={"name": "=Sol"})
    admin.post(f"/clients/{sol}/delete")
    return luz, sol


def items(browser, **parameters):
    answer = browser.get(API, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_what_was_done_is_shown_in_words_newest_first(admin, busy):
    page = admin.get(LOG).text.partition('id="list"')[2]

    assert page.index("Deleted") < page.index("Changed") < page.index("Created")
    assert "Stage: Potential → Active" in page
    assert f'<a href="/go/client/{busy[0]}">Client: Padaria Luz</a>' in page
    number = items(admin, action="changed", client_id=busy[0])[0]["id"]
    event = admin.get(f"{LOG}/{number}").text
    assert re.search(r"<del>Potential</del>.*<ins>Active</ins>", event, re.DOTALL)
    assert items(admin, limit=1)[0]["hash"] not in event
    assert items(admin, action="changed", client_id=busy[0])[0]["hash"] in event
    assert admin.get(f"{LOG}/99999").status_code == 404


def test_it_is_filtered_by_user_kind_action_client_and_period(admin, busy, database):
    with database.read() as session:
        mine = {e.actor_id for e in session.scalars(sa.select(Event).where(Event.action == "deleted"))}.pop()

    assert {e["actor_id"] for e in items(admin, actor_id=mine)} == {mine}
    assert [e["title"] for e in items(admin, action="created", client_id=busy[1])] == ["Sol"]
    assert items(admin, kind="person") == items(admin, to="2020-01-01") == []
    assert len(items(admin, kind="client", **{"from": "2020-01-01"})) == 5
    assert len(items(admin, source="api")) == 2
    page = admin.get(
        LOG, params={"action": "deleted", "actor_id": mine, "actor_id__text": "x", "kind": ""}
    ).text
    assert page.count("<tr><td>") == 1
    assert "Action: Deleted" in page
    assert "Nothing of this kind is on record." in admin.get(f"{LOG}?kind=person").text


def test_pages_follow_each_other_without_gaps(admin, busy):
    every = [event["id"] for event in items(admin)]
    walked, before = [], None
    while True:
        asked = {"limit": 2} | ({"before": before} if before else {})
        body = admin.get(API, params=asked).json()
        walked += [event["id"] for event in body["items"]]
        before = body["next_before"]
        if before is None:
            break

    assert walked == every
    assert re.search(rf'href="{LOG}\?limit=2&amp;before=\d+"', admin.get(f"{LOG}?limit=2").text)


@pytest.mark.parametrize(
    ("parameters", "status", "code"),
    [
        ({"from": "yesterday"}, 422, "invalid"),
        ({"actor_id": "ana"}, 422, "invalid"),
        ({"limit": "0"}, 422, "invalid"),
        ({"before": "9" * 30}, 422, "invalid"),
        ({"colour": "red"}, 400, "unknown_parameter"),
    ],
)
def test_a_wrong_parameter_is_named(admin, parameters, status, code):
    answer = admin.get(API, params=parameters)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert next(iter(parameters)) in answer.json()["detail"]
    assert admin.get(LOG, params=parameters).status_code == status


def test_the_file_holds_the_same_and_is_on_record(admin, busy):
    text = admin.get(f"{LOG}/export.csv?action=changed&kind=client").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))

    assert [row["record"] for row in rows] == ["'=Sol", "Padaria Luz"]
    assert rows[1]["what"] == "Stage: Potential → Active; Note: hers"
    (event,) = items(admin, action="exported", kind="event")
    assert (event["title"], event["changes"]) == ("event-log.csv", {"rows": [None, 2]})


def test_only_administrators_read_it(member, visitor, busy):
    for path in (LOG, f"{LOG}/1", f"{LOG}/export.csv", API, f"{API}/checkpoint"):
        assert member.get(path).status_code == 403
        assert visitor.get(path, follow_redirects=False).status_code in (303, 401)
    assert "Event log" not in member.get("/").text


def test_a_checkpoint_is_the_last_event(admin, busy):
    last = items(admin, limit=1)[0]
    checkpoint = admin.get(f"{API}/checkpoint").json()

    assert (checkpoint["number"], checkpoint["hash"]) == (last["id"], last["hash"])
    assert checkpoint["checkpoint"] == f"{last['id']}:{last['hash']}"


def test_the_door_is_on_record_without_what_might_be_a_password(admin, visitor, make_user, monkeypatch):
    make_user("bea", password_hash=passwords.hash_password("a long enough password"))
    token = re.search(r'name="_csrf" value="([^"]+)"', visitor.get("/sign-in").text)[1]
    for login, password in (("bea", "wrong"), ("my secret", "x"), ("bea", "a long enough password")):
        visitor.post("/sign-in", data={"login": login, "password": password, "_csrf": token})
    visitor.post(
        "/sign-out", data={"_csrf": re.search(r'name="_csrf" value="([^"]+)"', visitor.get("/").text)[1]}
    )

    told = [
        (e["action"], e["title"], e["actor_id"] is None)
        for e in items(admin, kind="user", source="page")
        if e["action"] != "changed"
    ]
    assert told == [
        ("signed out", "Bea", False),
        ("signed in", "Bea", False),
        ("sign-in failed", "", True),
        ("sign-in failed", "Bea", True),
    ]
    assert "my secret" not in str(items(admin))
