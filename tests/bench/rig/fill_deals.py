"""Add deals with a long history to a filled database, the same at every run: ``fill_deals.py URL DEALS``.

One that has them stays as it is. Prints as JSON the cookies of a browser that sees all deals, and of one that
sees its own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from fill import COOKIE, SELLER, insert, stamps
from sqlalchemy.orm import Session

import vinculo.counterparties.models
import vinculo.people.models  # noqa: F401 -- deals refer to both
from vinculo.accounts.models import UserSession
from vinculo.accounts.onetime import digest
from vinculo.actor import Source, system
from vinculo.clients.models import Client
from vinculo.company.calendar_records import working_calendar
from vinculo.company.calendar_rules import WEEK
from vinculo.db import statistics
from vinculo.db.base import now
from vinculo.db.engine import Database
from vinculo.db.types import UtcDateTime
from vinculo.records import service
from vinculo.records.reading import Values
from vinculo_deals import pipelines, tallies, working_hours
from vinculo_deals.kept_models import Tally
from vinculo_deals.models import Deal, Line, LostReason, Stage, State, Visit
from vinculo_deals.process_models import By, Duty, Step
from vinculo_deals.records import lost_reason, pipeline

STAYS = 20
OWN = f"{COOKIE}-own"
YOUNGEST, SPREAD = 340, 700  # days ago on which the youngest deal began, and over which they are spread
STATES = (State.OPEN, State.WON, State.WON, State.LOST, State.LOST)
PRODUCTS = 50
SOURCES = ("Fair", "Web", "Partner", "Call", "")
NUMBERED = "WITH RECURSIVE stays(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM stays WHERE n < 19)"
NOON = {
    "sqlite": "date(d.started_on, ({0}) || ' days') || ' 12:00:00.000000'",
    "postgresql": "(d.started_on + CAST({0} AS integer) + time '12:00') AT TIME ZONE 'UTC'",
}
VISITS = """
    INSERT INTO deals_visit (deal_id, stage_id, stage, state, entered_at, left_at, days, amount, user_id)
    {numbered}
    SELECT d.id, s.id, s.name, s.state, {entered}, CASE WHEN n < 19 THEN {left} END,
        CASE WHEN n < 19 THEN {step} END, d.amount, d.responsible_id
    FROM stays CROSS JOIN deals_deal AS d JOIN deals_stage AS s
        ON s.id = CASE WHEN n = 19 THEN d.stage_id ELSE {first} + (d.id + n) % {count} END
"""
# Two of three steps of a stage are required; of ten, seven were done in time, one late, two not at all.
DUTIES = """
    INSERT INTO deals_duty (deal_id, step_id, stage_id, stage, name, required, weight, evidence, since,
        due_at, done_at, done_by_id, reason)
    SELECT d.id, p.id, s.id, s.name, p.name, p.required, p.weight, p.evidence, {since}, {due},
        CASE WHEN (d.id + p.id) % 10 < 7 THEN {since} WHEN (d.id + p.id) % 10 = 7 THEN {late} END,
        d.responsible_id, ''
    FROM deals_deal AS d JOIN deals_stage AS f ON f.id = d.reached_id
        JOIN deals_stage AS s ON s.pipeline_id = d.pipeline_id AND s.state = 'open'
            AND s.position <= f.position
        JOIN deals_step AS p ON p.stage_id = s.id
"""
STEP = "(d.id * 31 % 17)"


def step(number: int) -> int:
    """How many days a deal stays in each stage."""
    return number * 31 % 17


def begun(number: int, today: date) -> date:
    return today - timedelta(days=YOUNGEST + number * 7919 % SPREAD)


def deals(count: int, clients: int, stages: Sequence[Stage], reasons: int, today: date) -> Iterator[Any]:
    opened = [one.id for one in stages if one.state is State.OPEN]
    closed = {one.state: one.id for one in stages if one.state is not State.OPEN}
    for number in range(1, count + 1):
        state, far = STATES[number % len(STATES)], opened[number // 5 % len(opened)]
        since = begun(number, today) + timedelta(days=19 * step(number))
        amount = Decimal(number * 7919 % 90_000 + 100)
        yield {
            "title": f"Order {number}",
            "client_id": None if number % 20 == 0 else 1 + number * 104_729 % clients,
            "pipeline_id": stages[0].pipeline_id,
            "stage_id": far if state is State.OPEN else closed[state],
            "reached_id": far,
            "state": state,
            "stage_since": datetime.combine(since, time(12), UTC),
            "amount": amount,
            "currency": "USD",
            "base_amount": amount,
            "base_currency": "USD",
            "base_rate": Decimal(1),
            "base_rate_on": since,
            "base_on": since,
            "started_on": begun(number, today),
            "expected_on": today + timedelta(days=number % 180 - 30) if state is State.OPEN else since,
            "closed_on": None if state is State.OPEN else since,
            "responsible_id": SELLER if number % 100 == 0 else 1 + number % 5,
            "next_step_on": today + timedelta(days=number % 30 - 10) if state is State.OPEN else None,
            "lost_reason_id": 1 + number % reasons if state is State.LOST else None,
            "source": SOURCES[number % len(SOURCES)],
            **stamps(number),
        }


def lines(count: int) -> Iterator[Any]:
    for number in range(1, count + 1):
        row = {"deal_id": number, "product": f"Product {number % PRODUCTS}", "quantity": Decimal(1)}
        yield {**row, "price": Decimal(number * 7919 % 90_000 + 100), "discount": Decimal(0)}


def visits(connection: sa.Connection, stages: Sequence[Stage]) -> None:
    """Their indexes are built once all are there."""
    indexes = [*Visit.__table__.indexes]
    for one in indexes:
        one.drop(connection)
    noon = NOON[connection.dialect.name]
    opened = [one.id for one in stages if one.state is State.OPEN]
    statement = VISITS.format(
        numbered=NUMBERED, step=STEP, first=opened[0], count=len(opened),
        entered=noon.format(f"n * {STEP}"), left=noon.format(f"(n + 1) * {STEP}"),
    )  # fmt: skip
    connection.exec_driver_sql(
        statement.replace("%", "%%") if connection.dialect.name != "sqlite" else statement
    )
    for one in indexes:
        one.create(connection)


def steps(stages: Sequence[Stage]) -> Iterator[Any]:
    """What each stage asks for."""
    opened = [one for one in stages if one.state is State.OPEN]
    for number, (one, place) in enumerate(((one, place) for one in opened for place in range(3)), start=1):
        row = {"stage_id": one.id, "pipeline_id": one.pipeline_id, "name": f"Step {number}", "due_days": 5}
        yield {**row, "required": place < 2, "weight": place + 1, "evidence": By.HAND, **stamps(number)}


def duties(connection: sa.Connection) -> None:
    indexes = [*Duty.__table__.indexes]
    for one in indexes:
        one.drop(connection)
    noon = NOON[connection.dialect.name]
    days = {"since": 1, "due": 6, "late": 9}
    statement = DUTIES.format(**{name: noon.format(f"s.position + {day}") for name, day in days.items()})
    connection.exec_driver_sql(
        statement.replace("%", "%%") if connection.dialect.name != "sqlite" else statement
    )
    for one in indexes:
        one.create(connection)
    held = sa.select(Deal.id, sa.literal(""), sa.literal(""), sa.literal(""), sa.literal(0),
                     sa.literal(tallies.STALE, UtcDateTime()))  # fmt: skip
    names = ["id", "stays", "kept", "done", "due", "until"]
    connection.execute(sa.insert(Tally.__table__).from_select(names, held))


def fill(connection: sa.Connection, count: int, stages: Sequence[Stage]) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '512MB'")
    clients = connection.scalar(sa.select(sa.func.count()).select_from(Client.__table__))
    reasons = connection.scalar(sa.select(sa.func.count()).select_from(LostReason.__table__))
    insert(connection, Deal, deals(count, clients or 1, stages, reasons or 1, now().date()))
    insert(connection, Line, lines(count))
    visits(connection, stages)
    insert(connection, Step, steps(stages))
    duties(connection)


def sign_in(connection: sa.Connection) -> None:
    """A browser of the user who sees what is their own."""
    moment, table = now(), UserSession.__table__
    until = moment + timedelta(days=1)
    connection.execute(sa.delete(table).where(table.c.token_hash == digest(OWN)))
    row = {"token_hash": digest(OWN), "user_id": SELLER, "csrf": "bench-csrf", "created_at": moment}
    ends = {"expires_at": until, "ends_at": until, "seen_at": moment, "proved_at": moment}
    connection.execute(sa.insert(table), {**row, **ends})


def calendar(session: Session) -> None:
    """By which the company works, so that stays are counted in working hours, too."""
    week = dict.fromkeys(WEEK[:5], "09:00-13:00, 14:00-18:00") | dict.fromkeys(WEEK[5:], "")
    values = {"name": "Office", "is_default": True, "time_zone": "Europe/Berlin", "country": "DE", **week}
    service.create(session, working_calendar, Values(values), actor=system(Source.CLI))


def main() -> None:
    database, count = Database(sys.argv[1]), int(sys.argv[2])
    with database.write() as session:
        made = pipelines.standard(session, pipeline, lost_reason, system(Source.CLI))
        stages = [*made.stages]
        held = session.scalar(sa.select(sa.func.count()).select_from(Deal)) or 0
        if not working_hours.exist(session):
            calendar(session)
    assert held in (0, count), f"the database holds {held} deals, {count} were asked for"
    with database.write_engine.begin() as connection:
        if not held:
            fill(connection, count, stages)
        sign_in(connection)
    while _renew(database):
        pass
    if not held:
        learn(database)
    database.close()
    json.dump({"all": COOKIE, "own": OWN}, sys.stdout)


def _renew(database: Database) -> int:
    """What a job does every ten minutes."""
    with database.write() as session:
        return tallies.renew(session)


def learn(database: Database) -> None:
    """Let the database learn what is in it."""
    statistics.refresh(database)
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM ANALYZE")


if __name__ == "__main__":
    main()
