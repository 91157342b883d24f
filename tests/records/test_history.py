"""The history of a record in people's words, and taking a change back."""

from __future__ import annotations

import html
import re

import pytest

CLIENTS = "/api/v1/clients"
POINTS = [{"type": "email", "value": "a@luz.example"}, {"type": "phone", "value": "+551133334444"}]


@pytest.fixture
def luz(admin):
    """A client, and what a browser or program does with it."""

    class Luz:
        def __init__(self):
            made = admin.post(CLIENTS, json={"name": "Luz", "note": "old", "contact_points": POINTS}).json()
            self.url, self.page = f"{CLIENTS}/{made['id']}", f"/clients/{made['id']}"

        def get(self):
            return admin.get(self.url).json()

        def changes(self, **values):
            answer = admin.patch(self.url, json=values)
            assert answer.status_code == 200, answer.text

        def last(self):
            return admin.get(f"{self.url}/history").json()["items"][0]

        def undo(self, event=None):
            return admin.post(f"{self.url}/history/{(event or self.last())['id']}/undo")

        def shown(self):
            page = admin.get(f"{self.page}/history").text
            text = html.unescape(re.sub(r"<[^>]+>|\s+", " ", page[page.index('class="history"') :]))
            return re.sub(r"\s+", " ", text)

    return Luz()


def test_rows_are_compared_one_by_one(admin, luz):
    first, second = luz.get()["contact_points"]
    luz.changes(
        contact_points=[{**first, "value": "b@luz.example"}, {"type": "email", "value": "c@luz.example"}]
    )

    changed = luz.last()["changes"]["contact_points"]
    assert [row["id"] for row in changed[0]] == [first["id"], second["id"]]
    assert changed[1][0]["id"] == first["id"]
    page = admin.get(f"{luz.page}/history").text
    rows = re.search(r'<ul class="row-changes">(.*?)</ul>', page, re.DOTALL)[1].split("<li>")[1:]
    said = [html.unescape(re.sub(r"<[^>]+>|\s+", " ", row)).split() for row in rows]
    assert [("b@luz.example" in words, "c@luz.example" in words) for words in said] == [
        (True, False), (False, False), (False, True),
    ]  # fmt: skip
    assert "a@luz.example" in said[0]
    assert "E-mail" not in said[0]  # what stays the same is not told again
    assert [re.search('aria-label="(.*?)"', row)[1] for row in rows] == ["changed", "removed", "added"]


def test_a_change_is_taken_back_and_that_again(admin, luz):
    before = luz.get()
    luz.changes(name="Sol", note="", contact_points=[])

    answer = luz.undo()
    assert answer.status_code == 200
    assert answer.headers["etag"] == '"3"'
    after = luz.get()
    assert (after["name"], after["note"]) == ("Luz", "old")
    plain = [{k: v for k, v in row.items() if k != "id"} for row in after["contact_points"]]
    assert plain == [{k: v for k, v in row.items() if k != "id"} for row in before["contact_points"]]
    assert (luz.last()["action"], luz.last()["version"]) == ("undone", 3)

    assert luz.undo().json()["name"] == "Sol"
    assert luz.get()["contact_points"] == []
    assert "Change taken back" in luz.shown()


def test_what_changed_again_since_is_named_and_stays(admin, luz):
    luz.changes(name="Sol", note="new", industry="Bakery")
    change = luz.last()
    luz.changes(name="Lua", industry="Retail")

    refusal = luz.undo(change)
    assert (refusal.status_code, refusal.json()["code"]) == (409, "changed_since")
    assert "Name, Industry" in refusal.json()["detail"]
    assert luz.get()["name"] == "Lua"
    assert "Changed since: Name, Industry" in luz.shown()


def test_only_changes_of_this_record_can_be_taken_back(admin, luz):
    created = luz.last()
    assert luz.undo(created).json()["code"] == "not_reversible"
    assert luz.undo({"id": 999}).status_code == 404
    assert luz.undo({"id": 10**30}).status_code == 404
    luz.changes(name="Sol")
    other = admin.post(CLIENTS, json={"name": "Other"}).json()
    assert admin.post(f"{CLIENTS}/{other['id']}/history/{luz.last()['id']}/undo").status_code == 404


def test_who_may_not_change_it_takes_nothing_back(member, visitor, luz):
    luz.changes(name="Sol")
    for browser, status in ((visitor, 401), (member, 200)):
        assert browser.post(f"{luz.url}/history/{luz.last()['id']}/undo").status_code == status


def test_the_page_offers_to_take_back_what_can_be(admin, luz):
    luz.changes(name="Sol")
    page = admin.get(f"{luz.page}/history").text
    (address,) = re.findall(r'<form method="post" action="([^"]+/undo)"', page)

    done = admin.post(address)
    assert "The change was taken back." in done.text
    assert luz.get()["name"] == "Luz"
    again = admin.post(address)
    assert "This cannot be taken back, because it was changed again since: Name." in html.unescape(again.text)


def test_a_value_that_is_no_longer_allowed_cannot_come_back(admin, luz):
    admin.patch(luz.url, json={"external_id": "A"})
    luz.changes(external_id=None)
    admin.post(CLIENTS, json={"name": "Thief", "external_id": "A"})

    refusal = luz.undo()
    assert (refusal.status_code, refusal.json()["code"]) == (409, "duplicate_external_id")
    assert luz.get()["external_id"] is None


def test_a_stale_change_of_other_fields_is_put_together(admin, luz):
    first, second = luz.get()["contact_points"]
    luz.changes(name="Sol", contact_points=[{**first, "value": "b@luz.example"}, second])

    stale = {"version": 1, "note": "new", "contact_points": [first, {**second, "value": "+551133335555"}]}
    answer = admin.patch(luz.url, json=stale)

    assert answer.status_code == 200, answer.text
    assert answer.json()["version"] == 3
    assert (answer.json()["name"], answer.json()["note"]) == ("Sol", "new")
    assert [row["value"] for row in answer.json()["contact_points"]] == ["b@luz.example", "+551133335555"]


def test_a_stale_change_of_the_same_field_tells_all_three_values(admin, luz):
    first, second = luz.get()["contact_points"]
    luz.changes(name="Sol", note="theirs", contact_points=[{**first, "value": "b@luz.example"}])

    edited = [{**first, "value": "c@luz.example"}, {**second, "value": "+551133335555"}]
    stale = {"version": 1, "name": "Lua", "note": "old", "contact_points": edited}
    refusal = admin.patch(luz.url, json=stale)

    assert refusal.status_code == 409
    body = refusal.json()
    assert (body["code"], body["version"]) == ("stale_version", 2)
    by_field = {(one["field"], one["row"]): one for one in body["conflicts"]}
    sides = {key: (one["original"], one["yours"], one["theirs"]) for key, one in by_field.items()}
    assert sides.pop(("name", None)) == ("Luz", "Lua", "Sol")
    value = ("contact_points.value", first["id"])
    assert sides.pop(value) == ("a@luz.example", "c@luz.example", "b@luz.example")
    (key, (original, yours, theirs)) = sides.popitem()
    assert key == ("contact_points", second["id"])
    assert (original["value"], yours["value"], theirs) == ("+551133334444", "+551133335555", None)
    assert sides == {}
    assert luz.get()["name"] == "Sol"


def test_where_the_log_does_not_tell_everything_nothing_is_put_together(admin, luz):
    luz.changes(name="Sol")

    refusal = admin.patch(luz.url, json={"version": 7, "name": "Lua", "note": "old"})

    assert refusal.status_code == 409
    (conflict,) = refusal.json()["conflicts"]
    assert conflict == {"field": "name", "row": None, "yours": "Lua", "theirs": "Sol", "original": None}
