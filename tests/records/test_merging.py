"""Records that turn out to be one: what belonged to each is the survivor's, and old links lead there."""

from __future__ import annotations

import pytest

from vinculo.clients.records import client as client_kind
from vinculo.errors import InvalidError, MergedError, NotFoundError
from vinculo.records import merging, service
from vinculo.testing.factories import SYSTEM


def merge(database, survivor, *others):
    with database.write() as session:
        return merging.merge(session, client_kind, survivor.id, [one.id for one in others], actor=SYSTEM)


def test_all_that_belongs_to_the_merged_belongs_to_the_survivor(
    database, admin, make_client, make_person, make_counterparty
):
    keep = make_client("Padaria Luz")
    other = make_client("Padaria Luz Ltda", contact_points=[{"type": "email", "value": "luz@example.com"}])
    make_person("Ana Souza", client_id=other.id)
    make_counterparty("Luz Comercio", links=[{"client_id": other.id}])

    done = merge(database, keep, other)
    card = admin.get(f"/clients/{keep.id}").text
    assert "Ana Souza" in card
    assert "Luz Comercio" in card
    assert "luz@example.com" in card
    assert len(done.moved) >= 3
    assert "Padaria Luz Ltda" in admin.get(f"/clients/{keep.id}/history").text
    assert admin.get("/api/v1/clients", params={"q": "luz@example.com"}).json()["items"][0]["id"] == keep.id


def test_old_addresses_lead_to_the_survivor_also_through_several_merges(database, admin, make_client):
    first, second, third = make_client("A"), make_client("B"), make_client("C")
    merge(database, second, first)
    merge(database, third, second)

    for old in (first, second):
        page = admin.get(f"/clients/{old.id}")
        assert page.url.path == f"/clients/{third.id}"
        answer = admin.get(f"/api/v1/clients/{old.id}")
        assert (answer.status_code, answer.json()["code"]) == (404, "merged")
        assert str(third.id) in answer.json()["detail"]
        with database.read() as session, pytest.raises(MergedError) as gone:
            service.get(session, client_kind, old.id, actor=SYSTEM)
        assert gone.value.new_id == third.id
        with database.read() as session:
            assert merging.survivor_of(session, "client", old.id) == third.id


def test_a_wrong_choice_changes_nothing(database, make_client):
    one = make_client("A")

    with pytest.raises(InvalidError, match="into itself"):
        merge(database, one, one)
    with pytest.raises(InvalidError, match="1 to 19"):
        merge(database, one)
    with database.write() as session, pytest.raises(NotFoundError):
        merging.merge(session, client_kind, one.id, [one.id + 1], actor=SYSTEM)


def test_the_api_merges_for_those_who_may_change_and_delete(admin, member, visitor, make_client):
    one, two = make_client("A"), make_client("B")
    url = f"/api/v1/clients/{one.id}/merge"

    assert visitor.post(url, json={"ids": [two.id]}).status_code == 401
    assert admin.post(url, json={"ids": "all"}).json()["errors"][0]["field"] == "ids"
    answer = admin.post(url, json={"ids": [two.id]})
    assert answer.status_code == 200
    assert answer.json()["dropped"] == {}
    assert admin.get(f"/api/v1/clients/{two.id}").json()["code"] == "merged"
