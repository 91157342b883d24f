"""Column types keep what was put in, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError

from vinculo.db.types import Json, Key, Money, UtcDateTime

metadata = sa.MetaData()
things = sa.Table(
    "things",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", UtcDateTime),
    sa.Column("amount", Money),
    sa.Column("data", Json),
    sa.Column("key", Key),
)

amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=4)


@pytest.fixture
def stored(empty):
    """Put rows in and get a column or an expression out."""
    metadata.create_all(empty.engine)

    def store(*rows, get, order=None):
        with empty.write() as session:
            session.execute(things.delete())
            session.execute(things.insert(), list(rows))
        with empty.read() as session:
            return list(session.execute(sa.select(get).order_by(order)).scalars())

    return store


def test_a_moment_of_any_zone_comes_back_as_the_same_moment_in_utc(stored):
    lisbon = datetime(2026, 3, 29, 0, 30, 15, 123456, tzinfo=timezone(timedelta(hours=-3)))

    (back,) = stored({"at": lisbon}, get=things.c.at)

    assert back == lisbon
    assert back.tzinfo is UTC
    assert back.hour == 3


def test_a_moment_without_a_zone_is_refused(stored):
    with pytest.raises(StatementError, match="a moment needs a time zone"):
        stored({"at": datetime(2026, 3, 29)}, get=things.c.at)  # noqa: DTZ001


def test_moments_compare_and_sort_in_sql_across_zones(stored):
    early = datetime(2026, 1, 1, 23, 0, tzinfo=timezone(timedelta(hours=9)))
    late = datetime(2026, 1, 1, 15, 0, tzinfo=UTC)

    found = stored({"at": late}, {"at": early}, get=sa.func.min(things.c.at))

    assert found == [early]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(amounts, min_size=1, max_size=20))
def test_a_sum_in_sql_is_the_sum_of_the_amounts_to_the_last_digit(stored, values):
    found = stored(*({"amount": value} for value in values), get=sa.func.sum(things.c.amount))

    assert found == [sum(values)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts)
def test_an_amount_comes_back_as_it_was(stored, value):
    (back,) = stored({"amount": value}, get=things.c.amount)

    assert isinstance(back, Decimal)
    assert back == value


def test_what_floats_get_wrong_is_right(stored):
    found = stored({"amount": Decimal("0.10")}, {"amount": Decimal("0.20")}, get=sa.func.sum(things.c.amount))

    assert str(found[0]) == "0.30"


def test_an_amount_with_five_decimal_places_is_refused(stored):
    with pytest.raises(StatementError, match="at most 4 decimal places"):
        stored({"amount": Decimal("0.00001")}, get=things.c.amount)


def test_amounts_compare_with_amounts(stored):
    found = stored({"amount": Decimal("12.50")}, {"amount": 9}, get=things.c.amount > Decimal("12.4999"))

    assert sorted(map(bool, found)) == [False, True]


def test_json_comes_back_equal(stored):
    data = {"имя": "Ção", "list": [1, 2.5, None, True], "nested": {"a": []}}

    assert stored({"data": data}, get=things.c.data) == [data]


def test_keys_sort_by_code_point_on_both_databases(stored):
    names = ["beta", "Alpha", "алфавит", "Ёлка", "alpha", "Zeta", "Éclair"]

    found = stored(*({"key": name} for name in names), get=things.c.key, order=things.c.key)

    assert found == sorted(names)
