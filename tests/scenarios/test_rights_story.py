"""A company narrows what its people see, hands clients over, and sees why somebody may do what."""

from __future__ import annotations

import re

import sqlalchemy as sa

from vinculo.actor import Scope
from vinculo.clients.models import OwnerPeriod
from vinculo.events.models import Event


def inputs(page):
    """What the form of a page would send."""
    sent = {}
    for name, body in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page.text, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body)
        sent[name] = chosen[1] if chosen else ""
    sent["name"] = re.search(r'name="name" value="([^"]*)"', page.text)[1]
    return sent


def test_an_administrator_narrows_a_role_and_it_holds_with_the_next_request(
    admin, open_browser, make_user, make_client, make_department
):
    make_department("North"), make_department("South")
    ana, bia = make_user("ana", department="North"), make_user("bia", department="South")
    make_client("Client of ana", responsible_id=ana.id)
    make_client("Client of bia", responsible_id=bia.id)
    browser = open_browser(ana)
    assert "Client of bia" in browser.get("/clients").text

    page = admin.get("/settings/roles/2")
    form = inputs(page)
    assert form["grant:*"] == "all"
    saved = admin.post(
        "/settings/roles/2", data={**form, "grant:*": "department", "field:client.note": "hidden"}
    )

    assert saved.status_code == 200
    text = browser.get("/clients").text
    assert "Client of ana" in text
    assert "Client of bia" not in text
    assert 'name="note"' not in browser.get("/clients/new").text
    why = admin.get(f"/settings/users/{ana.id}/rights").text
    assert "through role Member (Department)" in why
    assert "through role Member (Hidden)" in why


def test_roles_and_departments_are_given_on_the_page_of_a_user(admin, make_user, make_role, make_department):
    ana, seller, north = make_user("ana"), make_role("Seller"), make_department("North")

    admin.post(f"/settings/users/{ana.id}", data={f"role-{seller.id}": "1", "department": str(north.id)})

    row = admin.get("/settings/users?q=ana").text
    assert "Seller" in row
    assert "North" in row
    refused = admin.post(f"/departments/{north.id}/delete")
    assert "Ana works in North" in refused.text
    assert "1" in admin.get("/settings/departments").text


def test_a_role_is_added_and_deleted(admin):
    made = admin.post("/settings/roles/new", data={"name": "Seller"})
    assert made.status_code == 200
    role_id = made.url.path.rpartition("/")[2]
    assert admin.post("/settings/roles/new", data={"name": "seller"}).status_code == 422
    assert (
        admin.post(f"/settings/roles/{role_id}", data={"name": "Seller", "grant:x": "own"}).status_code == 422
    )
    assert (
        admin.post(f"/settings/roles/{role_id}", data={"name": "Seller", "grant:*": "king"}).status_code
        == 422
    )
    assert "was deleted" in admin.post(f"/settings/roles/{role_id}/delete").text


def test_a_filtered_list_is_handed_over_with_a_line_in_each_history(admin, database, make_user, make_client):
    ana, bia = make_user("ana"), make_user("bia")
    made = [make_client(f"Client {n}", responsible_id=ana.id) for n in range(3)]
    kept = make_client("Kept", stage="lost", responsible_id=ana.id)

    page = admin.get(f"/clients?responsible_id={ana.id}&stage=potential").text
    assert f"/clients/hand-over?responsible_id={ana.id}&amp;stage=potential" in page
    address = f"/clients/hand-over?responsible_id={ana.id}&stage=potential"
    assert "3 records change their responsible user" in admin.get(address).text
    assert "Say who is responsible" in admin.post(address, data={"to__text": ""}).text
    done = admin.post(address, data={"to__text": "Bia"})

    assert "3 records were handed over" in done.text
    with database.read() as session:
        told = session.scalars(
            sa.select(Event).where(Event.action == "changed", Event.kind == "client")
        ).all()
        assert [event.changes for event in told] == [{"responsible_id": [ana.id, bia.id]}] * 3
        periods = session.scalars(sa.select(OwnerPeriod).where(OwnerPeriod.client_id == made[0].id)).all()
        assert [(one.user_id, one.valid_to) for one in periods] == [
            (bia.id, None)
        ]  # a day is who had its end
    answer = admin.post(f"/api/v1/clients/hand-over?responsible_id={ana.id}", json={"to": bia.id})
    assert answer.json() == {"found": 1, "changed": 1}
    assert admin.get(f"/api/v1/clients/{kept.id}").json()["responsible_id"] == bia.id
    assert admin.post("/api/v1/clients/hand-over", json={"to": 999}).status_code == 422
    assert admin.post("/api/v1/clients/hand-over", json={}).status_code == 422


def test_one_hands_over_only_what_one_may_change_and_to_whom_one_may(
    open_browser, make_user, make_role, make_client, make_department
):
    make_department("North"), make_department("South")
    make_role("Member", {"*": Scope.DEPARTMENT, "accounts.user.read": Scope.ALL})
    ana, eva = make_user("ana", department="North"), make_user("eva", department="North")
    bia = make_user("bia", department="South")
    make_client("Client of ana", responsible_id=ana.id)
    make_client("Client of bia", responsible_id=bia.id)
    browser = open_browser(ana)

    refused = browser.post("/api/v1/clients/hand-over", json={"to": bia.id})
    assert (refused.status_code, refused.json()["code"]) == (403, "out_of_scope")
    assert browser.post("/api/v1/clients/hand-over", json={"to": eva.id}).json() == {"found": 1, "changed": 1}


def test_who_was_responsible_is_kept_by_days(admin, database, make_user, make_client, session):
    ana, bia = make_user("ana"), make_user("bia")
    client = make_client("Luz", responsible_id=ana.id)
    with database.write() as writing:
        writing.execute(sa.update(OwnerPeriod).values(valid_from=sa.func.date("2024-01-01")))
    url = f"/api/v1/clients/{client.id}"

    admin.patch(url, json={"responsible_id": bia.id})
    admin.patch(url, json={"name": "Luz II"})
    admin.patch(url, json={"responsible_id": None})

    rows = session.scalars(sa.select(OwnerPeriod).where(OwnerPeriod.client_id == client.id)).all()
    assert [(row.user_id, str(row.valid_from), row.valid_to is not None) for row in rows] == [
        (ana.id, "2024-01-01", True)
    ]
