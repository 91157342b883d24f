"""What a company noted in fields of its own goes with the person."""

from __future__ import annotations

from vinculo.accounts.records import user
from vinculo.actor import Source, system
from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.people.models import Person
from vinculo.people.records import person
from vinculo.privacy import erasing, subjects
from vinculo.records import custom, exporting, query
from vinculo.records.custom_wishes import Wish


def test_values_of_custom_fields_are_erased(house, database, make_person):
    made = make_person("Zuleica Quixaba")
    with database.write() as session:
        session.get(Person, made.id).x_nickname = "zqnick"
    with database.read() as session:
        found = subjects.subject(session, made.id)
    erasing.erase(house, found, actor=system(Source.CLI))
    with database.read() as session:
        person = session.get(Person, made.id)
        assert (person.custom or {}, person.x_nickname) == ({}, None)


def test_a_link_to_an_erased_person_tells_no_name(house, database, make_person, make_client, tmp_path):
    buyer, shop = make_person("Zuleica Quixaba").id, make_client("Luz").id
    kinds = {"client": client, "person": person}
    actor = system(Source.CLI)
    with database.write() as session:
        custom.add(session, kinds, Wish("client", "Buyer", "person"), actor=actor)
        session.get(Client, shop).x_buyer = buyer
    with database.read() as session:
        found = subjects.subject(session, buyer)
    erasing.erase(house, found, actor=actor)
    with database.read() as session:
        kind = custom.extended(kinds, custom.every(session))["client"]
        file = tmp_path / "clients.csv"
        all_kinds = {**kinds, "client": kind, "user": user}
        exporting.write(session, kind, all_kinds, query.parse(kind, [], typed=True), file, actor=actor)
    assert "Luz" in file.read_text()
    assert "Zuleica" not in file.read_text()
