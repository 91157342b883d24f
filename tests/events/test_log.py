"""The event log: every change tells who, when, how and what, exactly once, or did not happen."""

from __future__ import annotations

from itertools import pairwise

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source
from vinculo.clients.records import client
from vinculo.events import chain
from vinculo.events.models import Event
from vinculo.people.models import ContactType
from vinculo.records import service, trash
from vinculo.records.reading import RowValues, Values
from vinculo.testing.factories import make_client, make_user


@pytest.fixture
def actor(session):
    user = make_user(session, "bea")
    return Actor(user_id=user.id, name="Bea", source=Source.IMPORT, is_administrator=True)


def events(session: Session) -> list[Event]:
    chain.append(session)
    return list(session.scalars(sa.select(Event).order_by(Event.id)))


def test_each_change_is_told_once_with_before_and_after(session, actor):
    luz = make_client(session, "Luz", actor=actor, stage="active")
    service.update(session, client, luz, Values({"name": "Sol", "stage": luz.stage}), actor=actor)
    service.update(session, client, luz, Values({"name": "Sol"}), actor=actor)  # nothing new, nothing told
    phone = {"type": ContactType.PHONE, "value": "190"}
    values = Values(collections={"contact_points": [RowValues(phone)]})
    service.update(session, client, luz, values, actor=actor)
    number = luz.id
    kept = trash.delete(session, client, luz, actor=actor)
    trash.restore(session, client, kept, actor=actor)
    session.flush()

    told = events(session)
    assert [event.action for event in told] == ["created", "changed", "changed", "deleted", "restored"]
    assert {(e.kind, e.record_id, e.client_id, e.actor_id, e.source) for e in told} == {
        ("client", number, number, actor.user_id, Source.IMPORT)
    }
    assert told[0].changes["name"] == [None, "Luz"]
    assert told[1].changes == {"name": ["Luz", "Sol"]}
    row = luz.contact_points[0].id
    assert told[2].changes == {
        "contact_points": [[], [{"id": row, "type": "phone", "value": "190", "purpose": None}]]
    }
    assert told[3].changes["name"] == ["Sol", None]
    assert all(one.at <= other.at for one, other in pairwise(told))


def test_what_did_not_happen_is_not_told(session, actor):
    make_client(session, "Luz", actor=actor, external_id="A")
    before = len(events(session))

    many = [
        Values({"name": "One"}, external_id="B", has_external_id=True),
        Values({"name": "Taken"}, external_id="A", has_external_id=True),
        Values(
            {"name": "Two"},
            collections={"contact_points": [RowValues({"type": ContactType.PHONE, "value": "call me"})]},
        ),
    ]
    outcomes = service.create_many(session, client, many, actor=actor)

    assert [getattr(outcome, "code", "made") for outcome in outcomes] == [
        "made",
        "duplicate_external_id",
        "invalid",
    ]
    assert [event.title for event in events(session)[before:]] == ["One"]
