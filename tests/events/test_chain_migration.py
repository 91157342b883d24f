"""The events that were there before the chain are in it afterwards, and back again."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from vinculo.app.composition import KERNEL_HISTORY
from vinculo.db.base import Base
from vinculo.db.engine import Database
from vinculo.db.migrations import downgrade, upgrade
from vinculo.db.types import UtcDateTime
from vinculo.events.models import Event

OLD = sa.table(
    "events_event",
    *(sa.column(name) for name in ("id", "source", "action", "kind", "record_id", "title", "changes")),
    sa.column("at", UtcDateTime()),
)


@pytest.fixture
def old(database_url):
    """A database as it was before, with events that have gaps between them."""
    database = Database(database_url)
    upgrade(database, [KERNEL_HISTORY], to="0002")
    changes = {"name": [None, 'Заря "&" Sons'], "amount": [1.5, None], "rows": [[], [{"b": 1, "a": "ё"}]]}
    text = json.dumps(changes)
    value = sa.text("cast(:text as jsonb)") if not database.is_sqlite else sa.literal(text)
    with database.write_engine.begin() as connection:
        for number, action in ((1, "created"), (2, "exported"), (5, "changed")):
            row = {
                "id": number, "source": "page", "action": action, "kind": "client", "record_id": 7,
                "title": "Заря", "at": datetime(2026, 1, number, 12, tzinfo=UTC),
            }  # fmt: skip
            insert = sa.insert(OLD).values(**row, changes=value)
            connection.execute(insert, {} if database.is_sqlite else {"text": text})
    yield database, changes
    database.close()


def test_old_events_are_chained_and_say_the_same(old, faults_of):
    database, changes = old

    upgrade(database, [KERNEL_HISTORY])

    assert faults_of(database) == []
    with database.read() as session:
        events = session.scalars(sa.select(Event).order_by(Event.id)).all()
        assert [(event.id, event.version) for event in events] == [(1, 0), (2, None), (5, 0)]
        assert [event.changes for event in events] == [changes] * 3
        assert len({event.hash for event in events}) == 3
    with database.write_engine.begin() as connection:
        connection.execute(sa.update(Event).where(Event.id == 1).values(title="edited"))
    assert [fault.first for fault in faults_of(database)] == [1]


def test_it_goes_down_and_up_again(old, faults_of):
    database, changes = old
    upgrade(database, [KERNEL_HISTORY])
    downgrade(database, KERNEL_HISTORY, "0002")
    upgrade(database, [KERNEL_HISTORY])

    assert faults_of(database) == []
    with database.read() as session:
        assert session.get(Event, 5).changes == changes


def test_an_empty_log_has_a_head(database, faults_of):
    assert faults_of(database) == []
    assert Base.metadata.tables["events_head"] is not None
