"""Records that may be one: why they are thought to be, who sees it, and saying that they are not."""

from datetime import date
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from vinculo.actor import Actor, FieldAccess, Rights, Scope, Source, system
from vinculo.clients.records import client
from vinculo.counterparties.records import counterparty
from vinculo.people.records import person
from vinculo.records import likeness, service, similar, similar_scan, trash
from vinculo.records.models import MatchKey
from vinculo.records.reading import Values

ANYBODY = system(Source.CLI)
API = "/api/v1/clients"


def _values(kind, **given):
    empty = {"website": "", "birthday": None} | {part.name: [] for part in kind.collections}
    return likeness.values(kind.traits, SimpleNamespace(**empty | given))


def _mail(address):
    return SimpleNamespace(type="email", key=address)


def _number(key, scheme="tax"):
    return SimpleNamespace(scheme=scheme, country="BR", key=key)


@pytest.mark.parametrize(
    ("kind", "one", "other", "words"),
    [
        (client, {"name": "Ação Ltda."}, {"name": "ACAO"}, ["same name"]),
        (client, {"name": "Loja 7 Centro"}, {"name": "Loja 07 Centr0"}, ["names alike to 88 %"]),
        (client, {"name": "Luz Brasil"}, {"name": "Brasil Luz S.A."}, ["same name"]),
        (client, {"name": "Luz Comercial"}, {"name": "Luz Comercail"}, ["names alike to 92 %"]),
        (
            client,
            {"name": "Luz", "contact_points": [_mail("ana@luz.example")]},
            {"name": "Outra", "contact_points": [_mail("ana+shop@luz.example")]},
            ["same e-mail"],
        ),
        (
            counterparty,
            {"legal_name": "Luz", "identifiers": [_number("1")]},
            {"legal_name": "Sol", "identifiers": [_number("1")]},
            ["same registered number"],
        ),
        (
            person,
            {"name": "Ana Souza", "birthday": date(1980, 1, 31)},
            {"name": "Ana Sousa", "birthday": date(1980, 1, 13)},
            ["names alike to 88 %", "birthdays alike"],
        ),
    ],
)
def test_what_is_alike_is_said_in_words(kind, one, other, words):
    one, other = _values(kind, **one), _values(kind, **other)

    found = likeness.explain(one, other)
    assert found.reasons == words
    assert found.score >= likeness.LIKELY
    assert found == likeness.explain(other, one)
    assert likeness.keys(one) & likeness.keys(other)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (client, {"name": "Luz"}, {"name": "Sol"}),
        (client, {"name": "Luz Norte"}, {"name": "Luz Sul"}),
        (client, {"name": "Cliente 1"}, {"name": "Cliente 2"}),
        (client, {"name": "Loja12 Centro"}, {"name": "Loja13 Centro"}),
        (person, {"name": "Assinante 00017"}, {"name": "Assinante 00071"}),
        (
            counterparty,
            {"legal_name": "Luz Ltda", "identifiers": [_number("1")]},
            {"legal_name": "Luz Ltda", "identifiers": [_number("2")]},
        ),
        (
            person,
            {"name": "Ana Souza", "birthday": date(1980, 1, 31)},
            {"name": "Ana Souza", "birthday": date(1951, 7, 2)},
        ),
    ],
)
def test_others_are_not(kind, one, other):
    assert likeness.score(_values(kind, **one), _values(kind, **other)) < likeness.LIKELY


def test_keys_follow_the_record(database):
    def held():
        query = sa.select(MatchKey.key).where(MatchKey.kind == "client", MatchKey.record_id == made.id)
        return set(session.scalars(query))

    with database.write() as session:
        made = service.create(session, client, Values({"name": "Luz Comercial"}), actor=ANYBODY)
        first = held()
        service.update(session, client, made, Values({"name": "Sol Industrial"}), actor=ANYBODY)
        session.flush()
        assert held()
        assert not held() & first
        service.update(session, client, made, Values({"name": "Luz Comercial"}), actor=ANYBODY)
        session.flush()
        kept = trash.delete(session, client, made, actor=ANYBODY)
        assert not held()
        trash.restore(session, client, kept, actor=ANYBODY)
        assert held() == first


def test_a_scan_finds_pairs_and_remembers_which_are_none(database):
    with database.write() as session:
        names = ["Luz Comercial", "Luz Comercail", "Sol", "Luz Comercial"]
        one, two, _sol, three = service.create_many(
            session, client, [Values({"name": name}) for name in names], actor=ANYBODY
        )
        session.execute(sa.delete(MatchKey).where(MatchKey.record_id == two.id))  # written past the services
    ids = {one.id, two.id, three.id}
    similar_scan.scan_kind(database, client)

    def pairs(**asked):
        with database.read() as session:
            found = similar.pairs(session, client, actor=ANYBODY, limit=9, **asked)
            return {(pair.first_id, pair.second_id) for pair in found}

    assert pairs() == {(a, b) for a in ids for b in ids if a < b}
    with database.write() as session:
        first, last = (service.get(session, client, one, actor=ANYBODY) for one in (min(ids), max(ids)))
        similar.dismiss(session, client, last, first, actor=ANYBODY)
        changed = service.get(session, client, two.id, actor=ANYBODY, lock=True)
        service.update(session, client, changed, Values({"name": "Lua"}), actor=ANYBODY)
    similar_scan.scan_kind(database, client)
    similar_scan.scan_kind(database, client)
    assert pairs() == set()
    assert pairs(dismissed=True) == {(min(ids), max(ids))}


def test_what_a_crowd_shares_brings_nobody_together(database):
    with database.write() as session:
        for number in range(similar.CROWD + 2):
            service.create(session, client, Values({"name": f"Luz {number:05}"}), actor=ANYBODY)
        session.add_all(
            MatchKey(kind="client", record_id=number + 1, key=7) for number in range(similar.CROWD + 2)
        )
    with database.read() as session:
        assert similar.meeting(session, client, [7]) == set()


def test_the_page_shows_pairs_and_keeps_them_apart(admin, database, make_client):
    one, other = make_client("Luz <b>Comercial</b>"), make_client("Luz <b>Comercail</b>")
    similar_scan.scan_kind(database, client)

    page = admin.get("/clients/duplicates").text
    assert "names alike" in page
    assert f"/clients/merge?ids={one.id},{other.id}" in page
    done = admin.post(f"/clients/{one.id}/duplicates/{other.id}/dismiss", follow_redirects=True)
    assert f"/clients/{one.id}/duplicates/{other.id}/restore" in done.text  # in the toast
    assert "names alike" not in done.text
    assert "names alike" in admin.get("/clients/duplicates?dismissed=1").text
    back = admin.post(f"/clients/{one.id}/duplicates/{other.id}/restore", follow_redirects=True)
    assert "names alike" in back.text
    assert admin.post(f"/clients/{one.id}/duplicates/{one.id}/dismiss").status_code == 422


def test_programs_ask_and_judge(admin, database, make_client):
    one, other = make_client("Luz Comercial"), make_client("Luz Comercail")
    similar_scan.scan_kind(database, client)

    (pair,) = admin.get(f"{API}/duplicates").json()["items"]
    assert (pair["first_id"], pair["second_id"]) == (one.id, other.id)
    assert pair["reasons"] == ["names alike to 92 %"]
    (match,) = admin.get(f"{API}/{one.id}/duplicates").json()["items"]
    assert (match["id"], match["score"]) == (other.id, pair["score"])
    verdict = {"first_id": one.id, "second_id": other.id, "duplicates": False}
    assert admin.post(f"{API}/duplicates", json=verdict).status_code == 200
    assert admin.get(f"{API}/duplicates").json()["items"] == []
    assert admin.get(f"{API}/{one.id}/duplicates").json()["items"] == []
    assert admin.get(f"{API}/duplicates?page=x").status_code == 422
    assert admin.post(f"{API}/duplicates", json={"first_id": "x"}).status_code == 422


def test_nobody_learns_of_records_or_fields_they_do_not_see(database):
    read = client.permission("read")
    with database.write() as session:
        for name in ("Luz Norte", "Luz Sul"):
            values = Values({"name": name, "website": "https://luz.example"})
            service.create(session, client, values, actor=ANYBODY)
    similar_scan.scan_kind(database, client)

    def seen(rights):
        actor = Actor(user_id=99, name="Eva", source=Source.PAGE, rights=rights)
        with database.read() as session:
            found = similar.pairs(session, client, actor=actor, limit=9)
            return similar.both(session, client, found, actor=actor)

    (pair,) = seen(Rights(grants={read: Scope.ALL}))
    assert "same website" in pair.likeness.reasons
    assert seen(Rights(grants={read: Scope.OWN})) == []
    hidden = Rights(grants={read: Scope.ALL}, fields={("client", "website"): FieldAccess.HIDDEN})
    assert seen(hidden) == []


def test_who_adds_what_is_there_already_is_told_first(admin, make_client):
    there = make_client("Luz Comercial")

    asked = admin.post("/clients/new", data={"name": "Luz Comercail", "stage": "potential"})
    assert f'<a href="/clients/{there.id}">Luz Comercial</a>' in asked.text
    assert "Add anyway" in asked.text
    added = admin.post(
        "/clients/new",
        data={"name": "Luz Comercail", "stage": "potential", "_like": str(there.id)},
        follow_redirects=True,
    )
    assert "This may be a duplicate" in added.text  # on the card, too
    assert "names alike to 92 %" in added.text


def test_a_program_may_refuse_what_is_there_already(admin, make_client):
    there = make_client("Luz Comercial")
    body = {"name": "Luz Comercial"}

    refused = admin.post(f"{API}?duplicates=refuse", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "possible_duplicates")
    (error,) = refused.json()["errors"]
    assert error["field"] == f"duplicates.{there.id}"
    assert admin.post(f"{API}?duplicates=maybe", json=body).status_code == 422
    assert admin.post(f"{API}?duplicates=refuse", json={"name": "Sol"}).status_code == 201
    assert admin.post(API, json=body).status_code == 201
