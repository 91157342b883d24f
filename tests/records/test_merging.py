"""Records that turn out to be one: what belonged to each is the survivor's, and old links lead there."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from vinculo.clients.records import client as client_kind
from vinculo.db.base import Base
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


def test_the_survivor_takes_the_values_that_were_chosen(admin, make_client, make_counterparty):
    one = make_client("Luz", note="Pays late", industry="Bakery")
    two = make_client("Padaria Luz", note="Pays at once", industry="Food")
    url = f"/api/v1/clients/{one.id}/merge"
    assert admin.post(url, json={"ids": [two.id], "fields": {"name": two.id, "note": two.id}}).is_success

    merged = admin.get(f"/api/v1/clients/{one.id}").json()
    assert (merged["name"], merged["note"], merged["industry"]) == ("Padaria Luz", "Pays at once", "Bakery")
    found = admin.get("/api/v1/clients", params={"q": "Padaria"}).json()["items"]
    assert [item["id"] for item in found] == [one.id]
    history = admin.get(f"/clients/{one.id}/history").text
    assert "Pays late" in history
    assert "Food" in history


def test_what_cannot_be_chosen_is_refused_by_name(admin, make_client):
    one, two, third = make_client("A"), make_client("B"), make_client("C")
    wrong = {"name": third.id, "created_at": two.id, "colour": two.id}
    answer = admin.post(f"/api/v1/clients/{one.id}/merge", json={"ids": [two.id], "fields": wrong})

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [f"fields.{name}" for name in wrong]
    assert admin.get(f"/api/v1/clients/{two.id}").json()["name"] == "B"


def test_a_dry_run_says_what_the_merge_would_do_and_changes_nothing(
    database, admin, make_client, make_person
):
    one, two = make_client("A"), make_client("B")
    make_person("Ana Souza", client_id=two.id)
    url, asked = f"/api/v1/clients/{one.id}/merge", {"ids": [two.id], "fields": {"name": two.id}}
    before = _content(database)
    told = admin.post(url, json={**asked, "dry_run": True}).json()

    assert _content(database) == before
    assert told.pop("dry_run") is True
    assert told.pop("undo") is None
    done = admin.post(url, json=asked).json()
    assert done.pop("dry_run") is False
    assert done.pop("undo") > 0
    assert told == done
    assert _content(database) != before


def _content(database):
    """Every row of every table that a merge writes to."""
    tables = [table for table in Base.metadata.sorted_tables if not table.name.startswith("accounts_")]
    with database.read() as session:
        return {table.name: sorted(map(repr, session.execute(sa.select(table)).all())) for table in tables}
