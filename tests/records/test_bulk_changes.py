"""Many records changed or deleted at once: by the rules of one, with reasons for what stays; and undone."""

from __future__ import annotations

import html
import re

import sqlalchemy as sa

from vinculo.actor import FieldAccess, Scope
from vinculo.clients.models import Client
from vinculo.events.models import Event, Trash
from vinculo.records import bulk_changes, bulk_jobs

API = "/api/v1/clients"


def stages(database):
    """The stage of each client, by name."""
    with database.read() as session:
        return {row.name: str(row.stage) for row in session.execute(sa.select(Client.name, Client.stage))}


def test_ticked_rows_get_a_value_and_have_it_back(admin, make_client, database):
    one, _two, three = (make_client(name, stage="potential") for name in ("Aurora", "Brasa", "Cedro"))
    page = admin.get("/clients?stage=potential").text
    assert 'formaction="/clients/bulk-edit"' in page
    assert "/clients/bulk-edit?stage=potential" in html.unescape(page)
    asked = f"ids={one.id}&ids={three.id}"
    choice = admin.get(f"/clients/bulk-edit?{asked}").text
    assert "2 records are meant." in choice
    assert '<option value="stage">' in choice
    form = admin.get(f"/clients/bulk-edit?{asked}&_set=stage").text
    assert 'name="stage"' in form
    wrong = admin.post(f"/clients/bulk-edit?{asked}&_set=name", data={"name": ""})
    assert wrong.status_code == 422
    assert "Name is required." in wrong.text

    done = admin.post(f"/clients/bulk-edit?{asked}&_set=stage", data={"stage": "active"})
    assert "2 records were changed." in done.text
    assert stages(database) == {"Aurora": "active", "Brasa": "potential", "Cedro": "active"}
    with database.read() as session:
        told = session.scalars(
            sa.select(Event).where(Event.action == "changed", Event.kind == "client")
        ).all()
        assert {event.record_id: event.changes for event in told} == {
            one.id: {"stage": ["potential", "active"]},
            three.id: {"stage": ["potential", "active"]},
        }
    (back,) = re.findall(r'"(/bulk-changes/\d+/undo)"', done.text)
    assert admin.patch(f"{API}/{three.id}", json={"stage": "lost"}).status_code == 200
    undone = admin.post(back).text
    assert "changed since" in undone
    assert "Cedro" in undone
    assert stages(database) == {"Aurora": "potential", "Brasa": "potential", "Cedro": "lost"}
    assert admin.get(f"/api/v1{back.removesuffix('/undo')}").json()["counts"] == {"undone": 1, "kept": 1}


def test_each_is_changed_by_the_rules_and_rights_of_one(
    open_browser, make_user, make_role, make_client, database
):
    bob = make_user("bob")
    grants = {"*": None, "clients.client.read": Scope.ALL, "clients.client.update": Scope.OWN}
    make_role("Member", grants, {("client", "website"): FieldAccess.READ_ONLY})
    mine, parent = (make_client(name, responsible_id=bob.id) for name in ("Aurora", "Brasa"))
    make_client("Cedro")
    browser = open_browser(bob)
    assert "1 more is in the list, but you may only read it." in browser.get("/clients/bulk-edit").text

    refused = browser.post(f"{API}/bulk-update", json={"values": {"website": "https://x.example"}})
    assert refused.json()["code"] == "read_only_field", refused.text
    for values, code in (({}, "required"), ({"nme": 1}, "invalid"), ({"stage": "gone"}, None)):
        answer = browser.post(f"{API}/bulk-update", json={"values": values})
        assert answer.status_code == 422, values
        assert code in (None, answer.json()["errors"][0]["code"])
    assert browser.post(f"{API}/bulk-delete").status_code == 403
    assert (
        browser.post(f"{API}/bulk-update?name=Cedro", json={"values": {"stage": "lost"}}).status_code == 409
    )

    done = browser.post(f"{API}/bulk-update", json={"values": {"parent_id": parent.id}})
    assert done.status_code == 202, done.text
    state = done.json()
    assert (state["state"], state["counts"]) == ("done", {"done": 1, "refused": 1})
    assert [one["id"] for one in state["refused"]] == [parent.id]  # nobody is their own parent
    assert browser.get(f"/api/v1/bulk-changes/{state['id']}").json() == state
    assert open_browser(make_user("eva")).get(f"/api/v1/bulk-changes/{state['id']}").status_code == 404
    again = browser.post(f"{API}/bulk-update?ids={mine.id}", json={"values": {"parent_id": parent.id}})
    assert again.json()["counts"] == {"unchanged": 1}
    assert browser.post(f"/api/v1/bulk-changes/{again.json()['id']}/undo").status_code == 409
    undone = browser.post(f"/api/v1/bulk-changes/{state['id']}/undo").json()
    assert undone["counts"] == {"undone": 1, "refused": 1}


def test_many_are_deleted_by_a_job_and_put_back(office, make_client, database, monkeypatch):
    monkeypatch.setattr(bulk_changes, "AT_ONCE", 2)
    for number in range(5):
        make_client(f"Client {number}", stage="lost" if number else "active")
    before = stages(database)
    browser, csrf = office.browser()
    assert office.api().post(f"{API}/bulk-delete").json()["errors"][0]["code"] == "required"
    page = browser.post("/clients/bulk-delete?stage=lost", data={"_csrf": csrf})
    assert "It waits for its turn." in page.text
    assert stages(database) == before
    office.work()
    number = page.url.path.rpartition("/")[2]
    assert stages(database) == {"Client 0": "active"}
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Trash)) == 4
    done = browser.get(f"/bulk-changes/{number}").text
    assert "All records were looked at." in done
    browser.post(f"/bulk-changes/{number}/undo", data={"_csrf": csrf})
    assert browser.post(f"/bulk-changes/{number}/undo", data={"_csrf": csrf}).status_code == 409
    office.work()
    assert stages(database) == before
    bulk_jobs.execute(office.site, int(number), office.actor_of)  # tried again after a crash, it does nothing
    assert "It was taken back." in browser.get(f"/bulk-changes/{number}").text


def test_several_fields_are_set_in_one_form(admin, make_client, database):
    asked = f"ids={make_client('Aurora', stage='potential').id}"
    first = admin.get(f"/clients/bulk-edit?{asked}&_set=stage").text
    assert re.search(r'<button [^>]*name="_add" [^>]*hx-post="/clients/bulk-edit\?_set=stage&amp;ids=', first)
    typed = {"_set": "stage", "stage": "active", "_more": "website", "_add": "1"}
    both = admin.post(f"/clients/bulk-edit?{asked}&_set=stage", data=typed).text
    assert re.search(r'<option value="active" selected>', both)
    assert 'name="website"' in both
    assert '<option value="website">' not in both
    assert '<option value="industry">' in both
    assert stages(database) == {"Aurora": "potential"}
    assert admin.post(f"/clients/bulk-edit?{asked}", data={**typed, "_more": "nothing"}).status_code == 404

    given = {"_set": "stage,website", "stage": "active", "website": "aurora.example"}
    done = admin.post(f"/clients/bulk-edit?{asked}&_set=stage", data=given)
    assert "1 record was changed." in done.text
    (record,) = admin.get(API).json()["items"]
    assert (record["stage"], record["website"]) == ("active", "https://aurora.example")
    (change,) = admin.get("/api/v1/bulk-changes").json()["items"]
    assert (change["values"], change["counts"]) == (
        {"stage": "active", "website": "https://aurora.example"},
        {"done": 1},
    )
    page = admin.get(f"/bulk-changes/{change['id']}").text
    assert "Stage, Website" in page


def test_a_field_is_taken_out_of_the_form_again(admin, make_client, database):
    asked = f"ids={make_client('Aurora', stage='potential').id}"
    typed = {"_set": "stage,website", "stage": "active", "website": "aurora.example", "_drop": "stage"}
    assert 'name="_drop"' not in admin.get(f"/clients/bulk-edit?{asked}&_set=stage").text
    assert 'value="website"' in admin.get(f"/clients/bulk-edit?{asked}&_set=stage,website").text
    left = admin.post(f"/clients/bulk-edit?{asked}", data=typed).text
    assert 'name="stage"' not in left
    assert 'value="aurora.example"' in left
    assert '<option value="stage">' in left
    assert stages(database) == {"Aurora": "potential"}
    alone = {"_set": "stage", "stage": "active", "_drop": "stage"}
    assert 'name="stage"' in admin.post(f"/clients/bulk-edit?{asked}", data=alone).text


def test_earlier_changes_are_listed_with_the_way_back(admin, open_browser, make_user, make_client, database):
    assert "Nothing was changed so yet." in admin.get("/bulk-changes").text
    for name in ("Aurora", "Brasa"):
        make_client(name, stage="potential")
    admin.post(f"{API}/bulk-update", json={"values": {"stage": "active"}})
    admin.post(f"{API}/bulk-delete?name=Brasa")
    page = admin.get("/bulk-changes").text
    rows = re.findall(r'href="(/bulk-changes/\d+)"[^>]*>([^<]+)', page)
    assert [text for _url, text in rows] == ["Delete: Clients", "Change: Clients"]
    assert f'action="{rows[0][0]}/undo"' in admin.get(rows[0][0]).text
    admin.post(f"{rows[0][0]}/undo")
    assert "Taken back" in admin.get("/bulk-changes").text
    assert stages(database) == {"Aurora": "active", "Brasa": "active"}

    listed = admin.get("/api/v1/bulk-changes").json()
    assert ([one["counts"] for one in listed["items"]], listed["more"]) == (
        [{"undone": 1}, {"done": 2}],
        False,
    )
    assert "refused" not in listed["items"][0]
    assert admin.get("/api/v1/bulk-changes?page=x").status_code == 400
    other = open_browser(make_user("eva"))
    assert other.get("/api/v1/bulk-changes").json() == {"items": [], "more": False}
