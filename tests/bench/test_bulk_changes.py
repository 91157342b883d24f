"""How long it takes to change 10,000 records at once, and to take that back."""

import time

from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.db.engine import Database
from vinculo.records import bulk_changes
from vinculo.records.bulk_models import BulkAction, BulkChange
from vinculo.records.query import Query
from vinculo.testing.factories import KINDS, SYSTEM

ROWS = 10_000


def worked(database, number):
    began = time.perf_counter()
    bulk_changes.work(database, KINDS, number, actor=SYSTEM, watch=lambda _done, _total: None)
    return time.perf_counter() - began


def test_ten_thousand_records_are_changed_and_changed_back(filled, report):
    database = Database(filled.url)
    with database.write() as session:
        ids = [*session.scalars(Client.__table__.select().with_only_columns(Client.id).limit(ROWS))]
        asked = Query(ids=ids)
        values = {"website": "https://example.com"}
        begun = time.perf_counter()
        bulk = bulk_changes.begin(
            session, KINDS, client, asked, action=BulkAction.UPDATE, values=values, actor=SYSTEM
        )
        naming = time.perf_counter() - begun
    changing = worked(database, bulk.id)
    with database.write() as session:
        bulk_changes.undo(session, session.get(BulkChange, bulk.id), client, actor=SYSTEM)
    undoing = worked(database, bulk.id)
    with database.read() as session:
        kept = session.get(BulkChange, bulk.id)
    database.close()
    report.add(
        "Changing many records at once",
        database=filled.kind,
        records=len(ids),
        naming_seconds=naming,
        changing_seconds=changing,
        undoing_seconds=undoing,
        changed_per_second=len(ids) / changing,
    )

    assert (str(kept.state), kept.undoing, kept.done) == ("done", True, len(ids))
