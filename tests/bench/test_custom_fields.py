"""Filters and order by custom fields at 100,000 clients, with and without indexes; what they cost writers."""

from __future__ import annotations

import random
import time
from statistics import median

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.db.engine import Database
from vinculo.records import custom, custom_indexes, query, service
from vinculo.records.custom_wishes import Wish
from vinculo.records.reading import Values

ADMIN, KINDS = system(Source.CLI), {"client": client}
LEAST_FASTER = 5
MOST_SLOWER = 1.25
WRITTEN = 300
ASKED = {
    "filter by number": {"filters": [query.Filter("x_size", "eq", 4242)], "sort": "name"},
    "filter by text": {"filters": [query.Filter("x_code", "eq", "c4242")], "sort": "name"},
    "order by number": {"sort": "x_size"},
    "order by number, the largest first": {"sort": "-x_size"},
    "order by text": {"sort": "x_code"},
}


@pytest.fixture(scope="module")
def base(new_url, effort):
    database = Database(new_url())
    draw = random.Random(5)
    with database.write() as session:
        rows = [
            {"name": f"Client {n}", "name_key": f"client {n}",
             "custom": {"x_size": {"units": draw.randrange(10_000) * 10_000}, "x_code": f"c{n}"}}
            for n in range(effort.clients)
        ]  # fmt: skip
        session.execute(sa.insert(Client), rows)
        for label, type_ in (("Size", "number"), ("Code", "text")):
            custom.add(session, KINDS, Wish("client", label, type_), actor=ADMIN)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    yield database
    database.close()


@pytest.fixture(scope="module")
def measured(base, effort):
    """Seconds by what was done: (without indexes, with them)."""
    before = seconds(base, effort)
    with base.write() as session:
        for row in custom.every(session):
            row.indexed = True
    custom_indexes.settle(base, KINDS)
    after = seconds(base, effort)
    return {name: (before[name], after[name]) for name in before}


def seconds(database, effort):
    with database.read() as session:
        kind = custom.extended(KINDS, custom.every(session))["client"]
    found = {name: timed(database, kind, asked, effort.rounds) for name, asked in ASKED.items()}
    return found | {"write": written(database, kind)}


def timed(database, kind, asked, rounds):
    took = []
    for _ in range(rounds):
        with database.read() as session:
            start = time.perf_counter()
            query.page(session, kind, query.Query(limit=50, **asked), [kind.table.c.name], actor=ADMIN)
            took.append(time.perf_counter() - start)
    return median(took)


def written(database, kind):
    took = []
    for n in range(WRITTEN):
        with database.write() as session:
            values = Values({"name": f"New {n}", "x_size": n, "x_code": f"n{n}"})
            start = time.perf_counter()
            service.create(session, kind, values, actor=ADMIN)
            session.flush()
            took.append(time.perf_counter() - start)
    return sorted(took)[len(took) // 4]  # neighbours make single ones slow


@pytest.mark.parametrize("name", [*ASKED, "write"])
def test_what_is_fast_to_find_is(name, measured, report, base, effort):
    without, with_ = measured[name]
    report.add(
        f"Custom fields, {effort.clients:,} clients",
        database="sqlite" if base.is_sqlite else "postgresql",
        what=name,
        without_ms=without * 1000,
        with_ms=with_ * 1000,
        ratio=with_ / without,
    )
    if name == "write":
        assert with_ <= without * MOST_SLOWER
    else:
        assert with_ * LEAST_FASTER <= without
