"""What a plugin costs is added up from what every process has counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from vinculo.app import load_registry
from vinculo.plugins import costs, discovery
from vinculo.plugins.models import Cost
from vinculo.web import tidying


def today() -> date:
    """The day costs are counted by: asked when a test runs, for a run of all tests may pass midnight."""
    return datetime.now(UTC).date()


@pytest.fixture
def count(session):
    """Write down what a plugin took on a day."""

    def count(place, *, plugin="interactions", times=1, queries=0, ms=0, days_ago=0):
        day = today() - timedelta(days=days_ago)
        row = {"times": times, "queries": queries, "microseconds": ms * 1000}
        session.add(Cost(plugin=plugin, place=place, day=day, **row))
        session.flush()

    return count


@pytest.fixture
def registry(settings, database):
    return load_registry(settings, database, ["interactions"])


def test_pages_are_averages_of_the_last_seven_days(session, registry, count):
    count("/clients/{id}", times=3, queries=9, ms=30)
    count("/clients/{id}", times=1, queries=3, ms=50, days_ago=6)
    count("/clients/{id}", times=100, queries=100, ms=9_000, days_ago=7)
    count("/", times=4, queries=0, ms=8)
    count("/clients/{id}", plugin="other", times=5, ms=500)

    cost = costs.of(session, registry, "interactions")

    assert [(page.place, page.times, page.ms, page.queries) for page in cost.pages] == [
        ("/clients/{id}", 4, 20.0, 3.0),
        ("/", 4, 2.0, 0.0),
    ]
    assert (cost.page_ms, cost.page_queries) == (11.0, 1.5)


def test_jobs_are_counted_by_the_day_and_are_no_pages(session, registry, count):
    count("job:interactions.remind", times=6, ms=60, days_ago=2)
    count("job:interactions.remind", times=3, ms=30)
    count("job:interactions.tidy", times=1)

    cost = costs.of(session, registry, "interactions")

    assert cost.jobs_per_day == 4.0  # nine in three days, and one today
    assert cost.pages == []
    assert cost.page_ms is None


def test_start_and_tables_are_those_of_the_plugin(session, registry):
    cost = costs.of(session, registry, "interactions")

    assert cost.build_ms == round(registry.seconds["interactions"] * 1000, 1)
    seconds = discovery.import_seconds.get("interactions")  # not measured where a test has imported it
    assert cost.import_ms == (None if seconds is None else round(seconds * 1000, 1))
    assert set(cost.tables) == set(sa.inspect(session.connection()).get_table_names()) & {*cost.tables}
    assert {"interactions_interaction"} <= set(cost.tables)
    assert cost.rows == 0
    assert cost.bytes is None or cost.bytes > 0
    assert cost.as_json()["tables"] == cost.tables


def test_a_plugin_that_is_not_loaded_has_no_price_at_the_start(session, settings, database):
    registry = load_registry(settings, database, [])

    cost = costs.of(session, registry, "interactions")
    unknown = costs.of(session, registry, "gone")

    assert (cost.import_ms, cost.build_ms) == (None, None)
    assert cost.tables
    assert (unknown.tables, unknown.bytes, unknown.pages) == ({}, 0, [])


def test_what_is_older_than_a_month_is_forgotten(database):
    with database.write() as session:
        for age in (0, 30, 31, 400):
            row = {"day": today() - timedelta(days=age), "times": 1, "queries": 0, "microseconds": 1}
            session.add(Cost(plugin="interactions", place="/", **row))

    for _ in range(2):
        tidying.tidy(SimpleNamespace(database=database))

    with database.read() as session:
        assert session.scalars(sa.select(Cost.day).order_by(Cost.day.desc())).all() == [
            today(),
            today() - timedelta(days=30),
        ]
