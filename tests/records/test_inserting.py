"""Many records at once are what one after another would be: rows, rows they own, search, log."""

from datetime import date

import pytest
import sqlalchemy as sa

from vinculo.accounts.models import User
from vinculo.actor import Actor, Rights, Scope, Source, system
from vinculo.clients.models import Client, OwnerPeriod, Stage
from vinculo.clients.records import client
from vinculo.db import bulk
from vinculo.db.base import now
from vinculo.errors import InvalidError
from vinculo.events.models import Event, SearchDocument
from vinculo.people.models import ContactPoint, ContactType, Person, Purpose
from vinculo.people.records import person
from vinculo.records import inserting, service
from vinculo.records.reading import RowValues, Values
from vinculo.records.snapshots import snapshot
from vinculo.records.text import fold

ACTOR = system(Source.IMPORT)


@pytest.fixture
def ana(database):
    """A user."""
    with database.write() as session:
        user = User(login="ana", login_key="ana", full_name="Ana", password_hash="")
        session.add(user)
    return user


def asked(number):
    phone = {"type": ContactType.PHONE, "value": f"+55 11 98765-43{number:02}"}
    mail = {"type": ContactType.EMAIL, "value": f"ana{number}@example.com"}
    values = Values({"name": f"Ação {number}", "country": "BR"}, external_id=f"X-{number}")
    values.has_external_id = True
    values.additions["contact_points"] = [RowValues(row) for row in ((phone, mail)[: number % 3])]
    return values


def told(session, ids):
    """What there is of these records, without what differs from one writing to the next."""
    clients = session.scalars(sa.select(Client).where(Client.id.in_(ids)).order_by(Client.external_id))
    rows = [
        (
            one.name,
            one.name_key,
            one.stage,
            one.country,
            one.note,
            one.version,
            one.external_id,
            one.custom,
            [(point.type, point.value, point.key, point.purpose) for point in one.contact_points],
        )
        for one in clients
    ]
    of = (SearchDocument.kind == "client", SearchDocument.record_id.in_(ids))
    documents = session.execute(
        sa.select(SearchDocument.title, SearchDocument.title_key, SearchDocument.body).where(*of)
    ).all()
    events = session.scalars(sa.select(Event).where(Event.kind == "client", Event.record_id.in_(ids)))
    changes = [(one.action, one.title, one.version, without_ids(one.changes)) for one in events]
    return rows, sorted(map(tuple, documents)), sorted(changes, key=lambda change: change[1])


def without_ids(changes):
    points = [{**point, "id": 0} for point in changes.get("contact_points", [None, []])[1]]
    return {**changes, "contact_points": points}


def test_many_at_once_are_what_one_after_another_is(database):
    with database.write() as session:
        at_once = service.create_many(session, client, [asked(n) for n in range(7)], actor=ACTOR)
        many = {record.id for record in at_once}
    with database.write() as session:
        together = told(session, many)
        assert len(together[0]) == len(together[1]) == len(together[2]) == 7
        for record in session.scalars(sa.select(Client).where(Client.id.in_(many))):
            session.delete(record)
    with database.write() as session:
        one_by_one = {service.create(session, client, asked(n), actor=ACTOR).id for n in range(7)}
    with database.read() as session:
        assert told(session, one_by_one) == together


def test_a_reserved_id_is_nobody_elses(database):
    with database.write() as session:
        reserved = inserting.reserve(session, Client.__table__, 3)
        moment = now()
        rows = [
            {"id": one, "name": "A", "name_key": "a", "created_at": moment, "changed_at": moment}
            for one in reserved
        ]
        bulk.insert_named(session.connection(), Client.__table__, rows)
        session.flush()
        session.execute(sa.delete(Client).where(Client.id == reserved[-1]))
        after = service.create(session, client, Values({"name": "Next"}), actor=ACTOR)
        assert after.id not in reserved
        assert not set(inserting.reserve(session, Client.__table__, 2)) & {*reserved, after.id}


def test_rows_that_name_different_columns_get_defaults(database):
    with database.write() as session:
        first, second = inserting.reserve(session, ContactPoint.__table__, 2)
        owner = service.create(session, client, Values({"name": "Luz"}), actor=ACTOR)
        row = {"type": ContactType.PHONE, "value": "1", "key": "1", "client_id": owner.id}
        rows = [{**row, "id": first, "purpose": None}, {**row, "id": second}]
        bulk.insert_named(session.connection(), ContactPoint.__table__, rows)
        found = session.scalars(sa.select(ContactPoint).where(ContactPoint.client_id == owner.id)).all()
    assert [(point.id, point.purpose) for point in found] == [(first, None), (second, None)]


@pytest.mark.parametrize("text", ["  Ana\x00 \t LUZ\x1c\x0b!", "Ação  ЁЛКА", "", "\x1f", "A\u00a0b"])
def test_plain_letters_fold_like_all_others(text):
    assert fold(text) == fold(text + "é").removesuffix("e").rstrip()


def test_many_at_once_follow_the_rules_of_one(database, ana):
    values = asked(2)
    values.fields |= {"responsible_id": ana.id, "website": "https://luz.example.com"}
    values.additions["contact_points"].append(
        RowValues({"type": ContactType.PHONE, "value": "(11) 98765-4302", "purpose": Purpose.FAX})
    )
    bad = asked(1)
    bad.additions["contact_points"][0].values["value"] = "1"
    strange = Values({"name": "Sol"}, {"contact_points": [RowValues({"value": "1"}, id=77)]})
    with database.write() as session:
        made, short, unknown = service.create_many(session, client, [values, bad, strange], actor=ACTOR)
        assert (made.name_key, made.responsible_id, len(made.contact_points)) == ("acao 2", ana.id, 2)
        assert isinstance(short, InvalidError)
        assert [fault.field for fault in unknown.errors] == ["contact_points[0].id"]
    with database.read() as session:
        periods = session.execute(sa.select(OwnerPeriod.client_id, OwnerPeriod.user_id)).all()
        stored = session.get_one(Client, made.id)
        assert (stored.responsible_id, stored.stage, stored.note) == (ana.id, Stage.POTENTIAL, "")
    assert [tuple(row) for row in periods] == [(made.id, ana.id)]


def test_who_sees_only_their_own_owns_what_they_add(database, ana):
    rights = Rights({"clients.client.read": Scope.OWN, "clients.client.create": Scope.OWN})
    actor = Actor(ana.id, "Ana", Source.IMPORT, rights)
    with database.write() as session:
        (made,) = service.create_many(session, client, [asked(0)], actor=actor)
        assert (made.responsible_id, made.created_by_id) == (ana.id, ana.id)


def test_people_at_once_are_what_they_are_one_by_one(database):
    def somebody():
        role = {"client_id": luz.id, "title": "Sócia", "valid_from": date(2026, 1, 2)}
        rows = {"roles": [RowValues(role)], "contact_points": asked(2).additions["contact_points"]}
        rows["addresses"] = [RowValues({"street": "Rua A", "city": "Lisboa"})]
        return Values({"name": "Zé", "birthday": date(1990, 5, 6)}, additions=rows)

    nowhere = Values({"name": "Ana"}, additions={"roles": [RowValues({"title": "Sócia"})]})
    with database.write() as session:
        luz = service.create(session, client, Values({"name": "Luz"}), actor=ACTOR)
        made, refused = service.create_many(session, person, [somebody(), nowhere], actor=ACTOR)
        assert made not in session  # which is the slow way
        alone = service.create(session, person, somebody(), actor=ACTOR)
    with database.read() as session:
        first, second = (session.get_one(Person, one.id) for one in (made, alone))
        assert snapshot(person, first) == snapshot(person, second)
        found = sa.select(SearchDocument.body).where(SearchDocument.kind == "person")
        assert len(set(session.scalars(found))) == 1
    assert [fault.field for fault in refused.errors] == ["roles[0].client_id"]
