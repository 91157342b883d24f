"""What a company noted in fields of its own goes with the person."""

from __future__ import annotations

from vinculo.actor import Source, system
from vinculo.people.models import Person
from vinculo.privacy import erasing, subjects


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
