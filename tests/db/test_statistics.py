"""Without statistics SQLite takes an index of four stages for one of few rows, and sorts a quarter of all."""

import pytest
import sqlalchemy as sa

from vinculo.clients.models import Client, Stage
from vinculo.db import statistics
from vinculo.db.engine import Database

NEWEST = """
    EXPLAIN QUERY PLAN SELECT id FROM clients_client WHERE stage = 'active' AND country = 'DE'
    ORDER BY created_at DESC, id DESC LIMIT 51
"""


def plan(database):
    """By a connection of its own: those that are open know what they knew."""
    fresh = Database(database.url)
    with fresh.read() as session:
        steps = " ".join(row[3] for row in session.execute(sa.text(NEWEST)))
    fresh.close()
    return steps


@pytest.mark.databases("sqlite")
def test_many_rows_of_one_stage_are_read_in_the_order_of_the_list(database, make_client):
    first = make_client("Padaria 0", stage=Stage.ACTIVE, country="DE")
    table = Client.__table__
    with database.write() as session:
        row = dict(session.execute(sa.select(table).where(table.c.id == first.id)).mappings().one())
        row["stage"] = Stage.ACTIVE
        rows = [{**row, "id": number, "external_id": None} for number in range(100, 20_100)]
        session.connection().execute(sa.insert(table), rows)
    assert "ix_clients_client_stage" in plan(database), "else nothing is measured here"

    statistics.refresh(database)

    assert "ix_clients_client_created_at_id" in plan(database)
    assert "TEMP B-TREE" not in plan(database)


@pytest.mark.databases("postgresql")
def test_postgresql_needs_none_of_it(database, count_queries):
    with count_queries() as sent:
        statistics.refresh(database)

    assert sent == []
