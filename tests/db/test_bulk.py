"""Rows written at once are what SQLAlchemy would have written, and fail as its own do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DataError, IntegrityError

from vinculo.db import bulk
from vinculo.db.base import Base, _values
from vinculo.db.types import BigId, Json, Key, Money, UtcDateTime

MOMENT = datetime(2026, 3, 1, 12, 30, 15, 250, tzinfo=timezone(timedelta(hours=-3)))


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


@pytest.fixture
def table(empty):
    enum = sa.Enum(Colour, native_enum=False, length=32, values_callable=_values)
    made = sa.Table(
        "bulk_thing",
        sa.MetaData(naming_convention=Base.metadata.naming_convention),
        sa.Column("id", BigId, sa.Identity(), primary_key=True),
        sa.Column("name", Key, unique=True),
        sa.Column("order", sa.Integer, default=7),
        sa.Column("made", UtcDateTime(), default=lambda: MOMENT),
        sa.Column("day", sa.Date),
        sa.Column("price", Money()),
        sa.Column("held", Json),
        sa.Column("colour", enum, default=Colour.GREEN),
        sa.Column("on", sa.Boolean),
        sa.Column("raw", sa.LargeBinary),
    )
    with empty.write() as session:
        made.create(session.connection())
    return made


ROWS = [
    {"name": "a\tb\\N\n\"'", "order": 1, "made": MOMENT, "day": date(2026, 3, 1), "price": Decimal("12.5"),
     "held": {"ç": ["\\", None]}, "colour": Colour.RED, "on": True, "raw": b"\x00\xff"},
    {"name": "", "order": None, "made": MOMENT, "day": None, "price": None,
     "held": None, "colour": None, "on": False, "raw": None},
    {"name": "few"},
    {"name": "Ёлка 🌲", "on": None},
]  # fmt: skip


def held(session, table):
    return [tuple(row) for row in session.execute(sa.select(*list(table.c)[1:]).order_by(table.c.id))]


def test_values_of_every_type_arrive_as_those_of_sqlalchemy(empty, table):
    with empty.write() as session:
        for row in ROWS:
            session.execute(sa.insert(table).values(row))
        expected = held(session, table)
        assert expected[0][2] == MOMENT.astimezone(UTC)
        session.execute(sa.delete(table))
        bulk.insert_named(session.connection(), table, ROWS)
        assert held(session, table) == expected
        empty = sa.select(table.c.name).where(table.c.held.is_(sa.null())).order_by(table.c.id)
        assert session.scalars(empty).all() == ["few", "Ёлка 🌲"]


def test_no_rows_are_no_statement(empty, table):
    with empty.write() as session:
        bulk.insert(session.connection(), table, ("name",), [])
        bulk.insert_named(session.connection(), table, [])
        assert held(session, table) == []


def test_what_the_database_refuses_is_said_as_always_and_undone_alone(empty, table):
    with empty.write() as session:
        bulk.insert(session.connection(), table, ("name",), [("kept",)])
        with pytest.raises(IntegrityError) as raised, session.begin_nested():
            bulk.insert(session.connection(), table, ("name",), [("secret",), ("kept",)])
        assert "secret" not in str(raised.value)  # it is logged
        bulk.insert(session.connection(), table, ("name",), [("later",)])
        assert [row[0] for row in held(session, table)] == ["kept", "later"]


@pytest.mark.databases("postgresql")  # SQLite holds it
def test_a_text_that_no_database_holds_is_refused(empty, table):
    with empty.write() as session:
        with pytest.raises(DataError), session.begin_nested():
            bulk.insert(session.connection(), table, ("name",), [("fine",), ("a\x00b",)])
        assert held(session, table) == []
