"""Custom fields that are fast to find: their indexes follow the definitions, and lists use them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.app import all_histories
from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.db.autogenerate import drift
from vinculo.records import custom, custom_indexes, query, retyping
from vinculo.records.custom_indexes import LIVE
from vinculo.records.custom_wishes import Wish
from vinculo.records.retyping import Target

ADMIN = system(Source.CLI)
KINDS = {"client": client}


@pytest.fixture
def many(database):
    """Clients enough for a database to prefer an index, with a text and a number."""
    with database.write() as session:
        rows = []
        for label, type_ in (("Size", "number"), ("Code", "text")):
            rows.append(custom.add(session, KINDS, Wish("client", label, type_, indexed=True), actor=ADMIN))
        for n in range(3000):
            made = Client(
                name=str(n), name_key=str(n), custom={"x_size": {"units": n * 10_000}, "x_code": f"c{n}"}
            )
            session.add(made)
        return rows


def made(database):
    with database.read() as session:
        return {
            row[0] for row in session.execute(sa.text(custom_indexes._MADE[database.engine.dialect.name]))
        }


def plan(database, **asked):
    """How the database would find a page of a list."""
    said = []
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "

    def listen(connection, cursor, statement, parameters, context, executemany):
        if "x_" in statement and not statement.startswith("EXPLAIN"):
            said.append((statement, parameters))

    with database.read() as session:
        kind = custom.extended(KINDS, custom.every(session))["client"]
        sa.event.listen(database.engine, "before_cursor_execute", listen)
        if "sort" in asked:
            query.page(session, kind, query.Query(limit=5, **asked), [kind.table.c.id], actor=ADMIN)
        else:
            query.count(session, kind, query.Query(**asked), actor=ADMIN, action="read")
        sa.event.remove(database.engine, "before_cursor_execute", listen)
        statement, parameters = said[-1]
        return str(session.connection().exec_driver_sql(explain + statement, parameters).all())


def test_indexes_follow_definitions_and_lists_use_them(database, many):
    size, code = many
    custom_indexes.settle(database, KINDS)
    names = made(database)
    assert len(names) == (3 if database.is_sqlite else 4)
    by_size = [query.Filter("x_size", "eq", 5)]
    for asked in ({"filters": by_size}, {"sort": "x_size"}, {"sort": "-x_size"}, {"sort": "x_code"},
                  {"filters": [query.Filter("x_code", "eq", "c7")]}, {"sort": "-x_code"}):  # fmt: skip
        assert LIVE in plan(database, **asked), asked
    custom_indexes.settle(database, KINDS)
    assert made(database) == names
    assert drift(database, all_histories()) == []
    with database.write() as session:
        retyping.change(session, KINDS, custom.get(session, size.id), Target("text"), actor=ADMIN)
        custom.remove(session, custom.get(session, code.id), actor=ADMIN)
    retyping.complete(database, KINDS, size.id)
    custom_indexes.settle(database, KINDS)
    assert made(database) == {f"{LIVE}{size.id}_1", f"{LIVE}{size.id}_1k"}
    assert LIVE in plan(database, sort="x_size")
    with database.write() as session:
        custom.remove(session, custom.get(session, size.id), actor=ADMIN)
    custom_indexes.settle(database, KINDS)
    assert made(database) == set()
