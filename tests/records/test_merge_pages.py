"""The page of a merge: records side by side, a choice for each field, and what moves."""

from __future__ import annotations

import re

import pytest

from vinculo.actor import FieldAccess, Scope

pytestmark = pytest.mark.databases("sqlite")


def token(page):
    return re.search(r'name="_csrf" value="([^"]+)"', page.text)[1]


def test_the_page_shows_what_differs_and_what_moves(admin, make_client, make_person):
    one = make_client("Luz", industry="Bakery", country="BR")
    two = make_client("Padaria Luz", note="Pays late", country="BR")
    make_person("Ana Souza", client_id=two.id)

    page = admin.get("/clients/merge", params={"ids": f"{one.id},{two.id}"}).text
    for text in ("Luz", "Padaria Luz", "Bakery", "Pays late", "People: Roles", "moves along"):
        assert text in page
    assert 'name="take-country"' not in page
    assert "The same in all" in page
    # where the one that stays has nothing, the other's value is proposed
    assert re.search(rf'name="take-note" value="{two.id}" checked', page)
    assert re.search(rf'name="take-industry" value="{one.id}" checked', page)


def test_merging_by_the_page(admin, make_client):
    one, two = make_client("Luz", industry="Bakery"), make_client("Padaria Luz", industry="Food")
    page = admin.get("/clients/merge", params={"ids": [one.id, two.id]})
    sent = {"ids": f"{one.id},{two.id}", "into": two.id, "take-name": one.id, "take-industry": two.id}
    done = admin.post("/clients/merge", data={**sent, "_csrf": token(page)})

    assert done.url.path == f"/clients/{two.id}"
    assert "2 records are one now: Luz" in done.text
    merged = admin.get(f"/api/v1/clients/{two.id}").json()
    assert (merged["name"], merged["industry"]) == ("Luz", "Food")


def test_the_other_record_is_looked_up(admin, make_client):
    one, _two = make_client("Luz"), make_client("Padaria Luz")
    assert f"/clients/merge?ids={one.id}" in admin.get(f"/clients/{one.id}").text
    page = admin.get("/clients/merge", params={"ids": one.id})
    assert "Merge Luz with" in page.text

    sent = {"ids": one.id, "other__text": "Padaria Luz", "_csrf": token(page)}
    assert "Which one stays" in admin.post("/clients/merge/add", data=sent).text
    wrong = admin.post("/clients/merge/add", data={**sent, "other__text": "Nobody"})
    assert wrong.status_code == 422
    assert "Nobody" in wrong.text


def test_a_choice_that_cannot_be_is_said_and_what_was_chosen_stays(admin, make_client):
    one, two = make_client("A", note="one"), make_client("B", note="two")
    page = admin.get("/clients/merge", params={"ids": f"{one.id},{two.id}"})
    sent = {"ids": f"{one.id},{two.id}", "into": two.id + 7, "take-note": two.id, "_csrf": token(page)}
    wrong = admin.post("/clients/merge", data=sent)

    assert wrong.status_code == 422
    assert "Choose the record that stays" in wrong.text
    assert re.search(rf'name="take-note" value="{two.id}" checked', wrong.text)
    assert admin.get("/clients/merge", params={"ids": f"{one.id},{two.id + 7}"}).status_code == 404


def test_repeated_rows_are_there_once(admin, database, make_client):
    mail = {"type": "email", "value": "luz@example.com"}
    phone = {"type": "phone", "value": "+55 11 98765-4321"}
    one = make_client("A", contact_points=[mail, phone])
    two = make_client(
        "B", contact_points=[{**mail, "purpose": "work"}, {**phone}, {**mail, "value": "b@x.com"}]
    )
    done = admin.post(f"/api/v1/clients/{one.id}/merge", json={"ids": [two.id]}).json()

    points = admin.get(f"/api/v1/clients/{one.id}").json()["contact_points"]
    assert sorted((p["value"], p["purpose"]) for p in points) == [
        ("+5511987654321", None), ("b@x.com", None), ("luz@example.com", "work"),
    ]  # fmt: skip
    assert done["moved"]["people_contact_point.client_id"] == 2
    assert done["dropped"] == {"people_contact_point.client_id": 2}


def test_an_external_id_can_be_taken(admin, make_client):
    one, two = make_client("A", external_id="ERP-1"), make_client("B", external_id="ERP-2")
    sent = {"ids": [two.id], "fields": {"external_id": two.id}}
    assert admin.post(f"/api/v1/clients/{one.id}/merge", json=sent).is_success
    assert admin.get(f"/api/v1/clients/{one.id}").json()["external_id"] == "ERP-2"


def test_people_and_counterparties_merge_too(admin, make_client, make_person, make_counterparty):
    client = make_client("A")
    ana, other = make_person("Ana", client_id=client.id), make_person("Ana Souza", client_id=client.id)
    assert "Which one stays" in admin.get("/people/merge", params={"ids": f"{ana.id},{other.id}"}).text
    assert admin.post(f"/api/v1/people/{ana.id}/merge", json={"ids": [other.id]}).is_success
    assert len(admin.get(f"/api/v1/people/{ana.id}").json()["roles"]) == 1

    first = make_counterparty("X", links=[{"client_id": client.id}])
    second = make_counterparty("Y", links=[{"client_id": make_client("B").id}])
    refused = admin.post(f"/api/v1/counterparties/{first.id}/merge", json={"ids": [second.id]})
    assert refused.status_code == 422  # a counterparty belongs to one client at a time
    assert admin.get(f"/api/v1/counterparties/{second.id}").is_success


def test_the_page_shows_nothing_that_a_card_would_not(
    make_role, make_user, open_browser, make_client, make_person
):
    fields = {("client", "industry"): FieldAccess.HIDDEN, ("client", "contact_points"): FieldAccess.HIDDEN}
    rights = {f"clients.client.{action}": Scope.ALL for action in ("read", "update", "delete")}
    make_role("Member", {"*": None, **rights}, fields)
    points = [{"type": "email", "value": "secret@luz.example"}]
    one, two = make_client("A", industry="Bakery", contact_points=points), make_client("B")
    make_person("Ana", client_id=one.id)
    url, both = "/clients/merge", {"ids": f"{one.id},{two.id}"}
    page = open_browser(make_user("bea")).get(url, params=both)

    assert page.status_code == 200
    assert [text for text in ("Bakery", "secret@", "People: Roles") if text in page.text] == []
    make_role("Member", {"clients.client.delete": None})
    assert open_browser(make_user("carl")).get(url, params=both).status_code == 403
