"""A change of many records whose process is killed goes on, and nothing is done twice."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from vinculo.clients.models import Client
from vinculo.clients.records import client as kind
from vinculo.events.models import Event, Trash
from vinculo.records import bulk_changes
from vinculo.records.bulk_models import BulkAction, BulkChange, BulkItem, Outcome
from vinculo.records.query import Query
from vinculo.records.resuming import FIRST_SIZE
from vinculo.testing.factories import KINDS, SYSTEM, make_client

WORKER = Path(__file__).with_name("bulk_worker.py")
MANY = 60  # more than the first chunk has


@pytest.fixture
def asked(database):
    """Sixty clients, and what is to be done to all of them: ``asked(action)`` is its number."""
    with database.write() as session:
        for number in range(MANY):
            make_client(session, f"Client {number}", stage="potential")

    def begin(action: BulkAction) -> int:
        values = {"stage": "lost"} if action is BulkAction.UPDATE else {}
        with database.write() as session:
            return bulk_changes.begin(
                session, KINDS, kind, Query(), action=action, values=values, actor=SYSTEM
            ).id

    return begin


def kill_in_the_middle(database, bulk_id):
    """How many are done when a process was killed in its second chunk."""
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, str(WORKER), url, str(bulk_id)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "in the middle\n"
    finally:
        process.kill()
        process.communicate()
    with database.read() as session:
        return session.get(BulkChange, bulk_id).done


def go_on(database, bulk_id):
    bulk_changes.work(database, KINDS, bulk_id, actor=SYSTEM, watch=lambda _done, _total: None)
    with database.read() as session:
        bulk = session.get(BulkChange, bulk_id)
        outcomes = session.scalars(sa.select(BulkItem.outcome).where(BulkItem.bulk_id == bulk_id))
        return (bulk.state, bulk.done, bulk.total), Counter(outcomes)


def undo(database, bulk_id):
    with database.write() as session:
        bulk_changes.undo(session, session.get(BulkChange, bulk_id), kind, actor=SYSTEM)


def told(database, *actions):
    """How often each client was written about."""
    query = sa.select(Event.record_id).where(Event.kind == "client", Event.action.in_(actions))
    with database.read() as session:
        return sorted(Counter(session.scalars(query)).values())


def stages(database):
    with database.read() as session:
        return Counter(str(stage) for stage in session.scalars(sa.select(Client.stage)))


def test_changing_and_undoing_go_on_where_they_were(database, asked):
    number = asked(BulkAction.UPDATE)
    assert kill_in_the_middle(database, number) == FIRST_SIZE
    assert stages(database) == {"lost": FIRST_SIZE, "potential": MANY - FIRST_SIZE}

    assert go_on(database, number) == (("done", MANY, MANY), {Outcome.DONE: MANY})
    assert stages(database) == {"lost": MANY}
    assert told(database, "changed") == [1] * MANY

    undo(database, number)
    assert 0 < kill_in_the_middle(database, number) < MANY
    assert go_on(database, number) == (("done", MANY, MANY), {Outcome.UNDONE: MANY})
    assert stages(database) == {"potential": MANY}
    assert told(database, "changed", "undone") == [2] * MANY


def test_deleting_and_putting_back_go_on_where_they_were(database, asked):
    number = asked(BulkAction.DELETE)
    assert 0 < kill_in_the_middle(database, number) < MANY
    assert go_on(database, number) == (("done", MANY, MANY), {Outcome.DONE: MANY})
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Trash)) == MANY
    assert stages(database) == {}
    assert told(database, "deleted") == [1] * MANY

    undo(database, number)
    assert 0 < kill_in_the_middle(database, number) < MANY
    assert go_on(database, number) == (("done", MANY, MANY), {Outcome.UNDONE: MANY})
    assert stages(database) == {"potential": MANY}
    assert told(database, "restored") == [1] * MANY
