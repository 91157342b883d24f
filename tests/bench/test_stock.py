"""A million moves of 3,000 items in three warehouses within two years: stock, turnover, the list of items.

``VINCULO_BENCH_MOVES`` says how many; each figure is the 95th percentile.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.app import load_registry
from vinculo.db.engine import Database
from vinculo.records import facts, query
from vinculo.records.query import Query
from vinculo.settings import Settings
from vinculo.testing.factories import make_record
from vinculo_warehouse import actions, checks, queries, reports
from vinculo_warehouse.models import State, Type
from vinculo_warehouse.records import item, warehouse

ADMIN = system(Source.CLI)
MOVES = int(os.environ.get("VINCULO_BENCH_MOVES", "1000000"))
ITEMS, PLACES = 3000, ("Main", "Shop", "Van")
BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
MOST = 0.5  # seconds, of the 95th percentile
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0}) "
AT = {  # the moment of a move: one a minute
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S.000000', '2024-01-01', '+' || i || ' minutes')",
    "postgresql": "timestamptz '2024-01-01 00:00:00+00' + i * interval '1 minute'",
}
MONTH = {
    "sqlite": "strftime('%Y-%m-01', moved_at)",
    "postgresql": "date_trunc('month', moved_at at time zone 'UTC')::date",
}
TIDY = {"sqlite": ["ANALYZE"], "postgresql": ["SET statement_timeout = 0", "VACUUM ANALYZE"]}


def fill(session, kind):
    """Two receipts of three for each shipment of two, in the warehouses in turn."""
    if kind == "postgresql":
        session.execute(sa.text("SET LOCAL statement_timeout = 0"))
    for name in PLACES:
        make_record(session, warehouse, name=name)
    for number in range(ITEMS):
        make_record(session, item, name=f"Item {number}", cost="2.5", minimum="10", target="40")
    session.flush()
    run = lambda text: session.execute(sa.text(text))  # noqa: E731 -- so that what is run stands alone
    stamps = "version, created_at, changed_at"
    run(NUMBERS.format(MOVES // 10) + (
        "INSERT INTO warehouse_document (type, state, number, happened_at, warehouse_id, note, source_kind,"
        f" {stamps}) SELECT CASE WHEN i % 3 = 0 THEN 'shipment' ELSE 'receipt' END, 'posted', '', {AT[kind]},"
        f" 1 + i % 3, '', '', 1, {AT[kind]}, {AT[kind]} FROM n"
    ))  # fmt: skip
    run(NUMBERS.format(MOVES) + (
        "INSERT INTO warehouse_move (document_id, item_id, from_id, to_id, from_warehouse_id,"
        " to_warehouse_id, outside, quantity, batch, serial, cost, moved_at)"
        f" SELECT 1 + i % {MOVES // 10}, 1 + (i / 9) % {ITEMS},"
        " CASE WHEN i % 3 = 0 THEN 1 + (i / 3) % 3 END,"
        " CASE WHEN i % 3 > 0 THEN 1 + (i / 3) % 3 END, CASE WHEN i % 3 = 0 THEN 1 + (i / 3) % 3 END,"
        " CASE WHEN i % 3 > 0 THEN 1 + (i / 3) % 3 END,"
        " CASE WHEN i % 3 = 0 THEN 'client' ELSE 'supplier' END,"
        f" CASE WHEN i % 3 = 0 THEN 20000 ELSE 30000 END, '', '', 25000, {AT[kind]} FROM n"
    ))  # fmt: skip
    parts = (
        "SELECT item_id, to_warehouse_id AS place, quantity AS came, 0 AS went, moved_at FROM warehouse_move"
        " WHERE to_id IS NOT NULL UNION ALL SELECT item_id, from_warehouse_id, 0, quantity, moved_at"
        " FROM warehouse_move WHERE from_id IS NOT NULL"
    )
    run(
        "INSERT INTO warehouse_balance (item_id, location_id, warehouse_id, batch, serial, quantity)"
        f" SELECT item_id, place, place, '', '', sum(came - went) FROM ({parts}) AS p GROUP BY item_id, place"
    )
    run(
        "INSERT INTO warehouse_month (item_id, warehouse_id, month, came, went, from_ours)"
        f" SELECT item_id, place, {MONTH[kind]}, sum(came), sum(went), 0 FROM ({parts}) AS p GROUP BY 1, 2, 3"
    )


@pytest.fixture(scope="module")
def stocked(database_kind, new_url):
    database = Database(new_url())
    with database.write() as session:
        fill(session, database_kind)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in TIDY[database_kind]:
            connection.exec_driver_sql(statement)
    with database.read() as session:
        if database_kind == "postgresql":
            session.execute(sa.text("SET LOCAL statement_timeout = 0"))
        assert [*checks.books(session)] == []
    yield database
    database.close()


def p95(rounds, work):
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return sorted(took)[int(0.95 * len(took))]


def of_month(back):
    """The first and the last moment of a month, so many before the last move."""
    last = (BEGAN + timedelta(minutes=MOVES)).replace(day=1, hour=0, minute=0)
    for _ in range(back):
        last = (last - timedelta(days=1)).replace(day=1)
    return (last - timedelta(days=1)).replace(day=1), last


def test_a_million_moves(stocked, database_kind, effort, report):
    settings = Settings.model_validate(
        {"database": {"url": str(stocked.url)}, "plugins": {"on": ["warehouse"]}}
    )
    registry = load_registry(settings, stocked)
    kind = facts.seen_by(registry, registry.kinds["stock_item"], ADMIN)
    names = ("id", "name", "warehouse_on_hand", "warehouse_available")
    rounds = max(20, effort.rounds * 3)

    def read(work):
        def run():
            with stocked.read() as session:
                work(session)

        run()
        return p95(rounds, run)

    def page(session):
        query.page(
            session,
            kind,
            Query(sort=kind.sort, limit=50),
            [query.column(kind, one) for one in names],
            actor=ADMIN,
        )

    def half(session):
        first, last = (one + timedelta(days=15) for one in of_month(5))
        assert reports.turnover(session, first, last)

    def turnover(session, back, **asked):
        assert reports.turnover(session, *of_month(back), **asked)

    def post():
        with stocked.write() as session:
            lines = [{"item_id": 1 + n, "quantity": 1} for n in range(5)]
            actions.make(session, Type.SHIPMENT, lines, state=State.POSTED, warehouse_id=1, actor=ADMIN)

    took = {
        "stock by item and warehouse": read(queries.stock),
        "turnover of the last month": read(lambda session: turnover(session, 0)),
        "turnover of a year ago": read(lambda session: turnover(session, 11)),
        "turnover of a month from its middle": read(half),
        "turnover of a warehouse": read(lambda session: turnover(session, 5, warehouse_id=2)),
        "turnover by warehouse": read(lambda session: turnover(session, 5, by="warehouse_id")),
        "what runs short": read(queries.below_minimum),
        "a page of items with stock": read(page),
        "posting five lines": p95(rounds, post),
    }
    for name, seconds in took.items():
        report.add("stock", database=database_kind, moves=MOVES, what=name, p95_ms=seconds * 1000)
    assert {name: seconds for name, seconds in took.items() if seconds > MOST} == {}
