"""What holds for an interaction by whatever door it comes."""

from datetime import UTC, date, datetime, timedelta

import pytest

from vinculo.actor import Actor, Source
from vinculo.db.base import now
from vinculo.errors import InvalidError
from vinculo.records import service as records
from vinculo.records.reading import Values
from vinculo.testing.factories import SYSTEM, make_client, make_person, make_record, make_user
from vinculo_interactions import queries
from vinculo_interactions.records import interaction


def acting(user):
    return Actor(user.id, user.name, Source.PAGE, is_administrator=True)


@pytest.fixture
def client(session):
    return make_client(session)


@pytest.fixture
def make(session, client):
    def make(**payload):
        values = {"subject": "Quote 41", "client_id": client.id, "happened_at": "2026-03-02T12:00:00Z"}
        return make_record(session, interaction, **(values | payload))

    return make


@pytest.mark.parametrize(
    ("values", "field", "reason"),
    [
        ({"duration_minutes": -1}, "duration_minutes", "-1 is not between"),
        ({"duration_minutes": 31 * 1440 + 1}, "duration_minutes", "44641 is not between"),
        ({"subject": " "}, "subject", "required"),
        ({"type": "fax"}, "type", "“fax” is none of the choices"),
        ({"next_step": "Call", "next_step_on": "2026-03-01"}, "next_step_on", "choose a later day"),
        ({"next_step_on": "2026-03-05"}, "next_step", "Say what is to be done"),
        ({"client_id": 999}, "client_id", "there is no Client 999"),
        ({"participants": [{"person_id": 999}]}, "participants[0].person_id", "there is no Person 999"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(make, values, field, reason):
    with pytest.raises(InvalidError) as refused:
        make(**values)

    (error,) = refused.value.errors
    assert error.field == field
    assert reason in error.message


def test_a_slip_in_the_year_is_caught(make):
    with pytest.raises(InvalidError, match="more than a year ahead"):
        make(happened_at=(now() + timedelta(days=400)).isoformat())


def test_a_meeting_may_be_planned(make):
    assert make(type="meeting", happened_at=(now() + timedelta(days=300)).isoformat()).id


def test_a_step_may_be_due_on_the_very_day(make):
    assert make(next_step="Send the minutes", next_step_on="2026-03-02").next_step_on == date(2026, 3, 2)


def test_who_is_named_twice_took_part_once(session, make):
    ana = make_person(session)

    made = make(participants=[{"person_id": ana.id}, {"person_id": ana.id}])

    assert [row.person_id for row in made.participants] == [ana.id]


def test_who_took_part_moves_with_the_interaction(session, make):
    ana, other = make_person(session), make_client(session, "Metal Norte")
    made = make(participants=[{"person_id": ana.id}])

    records.update(session, interaction, made, Values({"client_id": other.id}), actor=SYSTEM)

    assert [row.client_id for row in made.participants] == [other.id]


def test_a_step_waits_until_something_happens_on_its_day_or_later(session, make, client):
    ben = make_user(session, "ben")
    make(responsible_id=ben.id, next_step="Call back", next_step_on="2026-03-10")
    make(subject="A mail in between", happened_at="2026-03-05T09:00:00Z")

    def due(day):
        return [
            step.text for step in queries.due(session, acting(ben), date(2026, 3, day), visible=(), limit=9)
        ]

    assert due(9) == []
    assert due(10) == ["Call back"]
    assert due(20) == ["Call back"]

    make(subject="Called back", happened_at="2026-03-11T09:00:00Z")
    assert due(20) == []


def test_steps_of_others_are_not_mine(session, make):
    ben, eva = make_user(session, "ben"), make_user(session, "eva")
    make(responsible_id=ben.id, next_step="Call back", next_step_on="2026-03-10")

    assert not queries.due(session, acting(eva), date(2026, 3, 20), visible=(), limit=9)


def test_last_contact_is_neither_a_note_nor_to_come(session, make, client):
    make(subject="The call", happened_at="2026-03-02T12:00:00Z")
    make(subject="Remember", type="note", happened_at="2026-03-03T12:00:00Z")
    make(subject="Planned", type="meeting", happened_at="2026-03-09T12:00:00Z")

    last, step = queries.contact_of(session, client.id, datetime(2026, 3, 5, tzinfo=UTC), visible=())

    assert last.subject == "The call"
    assert step is None


def test_the_earliest_step_that_waits_is_the_next(session, make, client):
    make(next_step="Later", next_step_on="2026-04-01")
    make(next_step="Sooner", next_step_on="2026-03-20")

    _last, step = queries.contact_of(session, client.id, datetime(2026, 3, 5, tzinfo=UTC), visible=())

    assert (step.text, step.on) == ("Sooner", date(2026, 3, 20))


def test_only_those_who_are_at_the_client_today_are_offered(session, client):
    make_person(session, "Zoe", client_id=client.id)
    make_person(session, "Ana", client_id=client.id)
    make_person(session, "Gone", roles=[{"client_id": client.id, "valid_to": "2025-12-31"}])
    make_person(session, "Elsewhere")

    names = [name for _id, name in queries.people_of(session, client.id, date(2026, 3, 2), actor=SYSTEM)]

    assert names == ["Ana", "Zoe"]
