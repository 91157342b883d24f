"""A group of twelve conditions in groups: its preview, the list that is opened then, and refreshing it.

The conditions are about columns, custom fields, and what four plugins know. “Cold” is a list that nobody has
previewed: it goes through the clients in its order until a page is full. The plan of the query stands beside
the figures, in ``build/bench``.
"""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from statistics import median

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.app import load_registry
from vinculo.clients.models import Client
from vinculo.db.engine import Database
from vinculo.records import custom, facts, query
from vinculo.records.custom_wishes import Wish
from vinculo.settings import Settings
from vinculo_complaints import models as complaints
from vinculo_complaints.models import Complaint
from vinculo_deals import models as deals
from vinculo_deals import pipelines
from vinculo_segments import looking, queries, service
from vinculo_segments.models import Segment, Way
from vinculo_tasks import models as tasks
from vinculo_tasks.models import Task

ADMIN = system(Source.CLI)
PLANS = Path(__file__).parents[2] / "build" / "bench"
ON = ["complaints", "deals", "interactions", "segments", "tasks"]
FIELDS = (("Size", "number"), ("Code", "text"), ("Rank", "number"))
RULE = [
    ("stage[in]", "active,permanent"),
    ("x_size[gte]", "100"),
    ("any1.country", "BR"),
    ("any1.x_code", "c7"),
    ("any1.all1.industry", "Food"),
    ("any1.all1.x_rank[lt]", "500"),
    ("none1.interactions_silent_days[gt]", "10000"),
    ("none1.tasks_overdue[gt]", "2"),
    ("any2.deals_open[gte]", "1"),
    ("any2.complaints_year[gte]", "1"),
    ("has_interaction1.type", "call_out"),
    ("has_interaction1.happened_at[gte]", "2026-01-01"),
]
MOST = {"preview": 1.0, "first page": 0.1, "refresh": 10.0}  # seconds
TIDY = {"sqlite": ["ANALYZE"], "postgresql": ["SET statement_timeout = 0", "VACUUM ANALYZE"]}
OBJECT = {"sqlite": "json_object", "postgresql": "jsonb_build_object"}
CUSTOM = (
    "{0}('x_size', {0}('units', (id * 7919 % 1000) * 10000), 'x_code', 'c' || (id % 50),"
    " 'x_rank', {0}('units', (id * 104729 % 1000) * 10000))"
)
CLIENT = Client.__table__.c
DAY = date(2026, 3, 2)


def put(session, table, each, **values):
    """A row for one of so many clients."""
    values |= {"client_id": CLIENT.id, "created_at": CLIENT.created_at, "changed_at": CLIENT.changed_at}
    chosen = [sa.literal(one, table.c[name].type) if not hasattr(one, "label") else one
              for name, one in {**values, "version": 1}.items()]  # fmt: skip
    rows = sa.select(*chosen).where(CLIENT.id % each == 0).order_by(CLIENT.id)
    session.execute(sa.insert(table).from_select([*values, "version"], rows))


def every(number, state, other):
    """One state for one of so many clients, for the others another."""
    return sa.case((CLIENT.id % number == 0, state.value), else_=other.value)


def put_records(session, registry):
    """A task for each second client, a deal for each third, a complaint for each fifth."""
    put(session, Task.__table__, 2, subject="Offer", due_on=DAY, zone="", remind=tasks.Remind.NEVER,
        priority=tasks.Priority.NORMAL, repeat=tasks.Repeat.NEVER, repeat_from=tasks.From.DUE,
        state=every(3, tasks.State.OPEN, tasks.State.DONE))  # fmt: skip
    pipeline = pipelines.standard(session, registry.kinds["pipeline"], registry.kinds["lost_reason"], ADMIN)
    put(session, deals.Deal.__table__, 3, title="Order", pipeline_id=pipeline.id,
        stage_id=pipeline.stages[0].id, stage_since=CLIENT.created_at,
        state=every(4, deals.State.OPEN, deals.State.WON))  # fmt: skip
    put(session, Complaint.__table__, 5, subject="Late", received_at=CLIENT.created_at,
        severity=complaints.Severity.NORMAL, state=complaints.State.NEW)  # fmt: skip


@pytest.fixture(scope="module")
def company(filled):
    database = Database(filled.url)
    settings = Settings.model_validate({"database": {"url": filled.url}, "plugins": {"on": ON}})
    registry = load_registry(settings, database)
    if (
        len([one for one in registry.kinds["client"].fields if one.name in ("x_size", "x_code", "x_rank")])
        < 3
    ):
        complete(database, registry, filled.kind)
        registry = load_registry(settings, database)
    with database.write() as session:
        ids = [make_group(session, registry, way) for way in (Way.STORED, Way.LIVE)]
    yield database, registry, ids
    database.close()


def complete(database, registry, kind):
    """Custom fields and records for clients; a database that is kept has them."""
    with database.write() as session:
        if kind == "postgresql":
            session.execute(sa.text("SET LOCAL statement_timeout = 0"))
        for label, type_ in FIELDS:
            custom.add(session, registry.kinds, Wish("client", label, type_), actor=ADMIN)
        session.execute(sa.text(f"UPDATE clients_client SET custom = {CUSTOM.format(OBJECT[kind])}"))
        put_records(session, registry)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in TIDY[kind]:
            connection.exec_driver_sql(statement)


def make_group(session, registry, way):
    group = Segment(name="Twelve", way=way, shared=True)
    session.add(group)
    session.flush()
    service.set_rule(session, registry, group, RULE, actor=ADMIN, typed=True)
    return group.id


def timed(rounds, work):
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return median(took)


def test_twelve_conditions(company, effort, report, filled):
    database, registry, (stored, live) = company
    with database.read() as session:
        rule = queries.read(registry, "client", RULE, ADMIN, typed=True)
        first_page(session, registry, live)  # which makes the statement
        cold = timed(effort.rounds, lambda: first_page(session, registry, live))
        seconds = {"preview": timed(effort.rounds, lambda: looking.find(session, rule, ADMIN))}
        found = looking.look(session, rule, ADMIN).count
        seconds["first page"] = timed(effort.rounds, lambda: first_page(session, registry, live))
        keep_plan(session, rule, filled.kind)
    with database.write() as session:
        group = session.get_one(Segment, stored)
        begun = time.perf_counter()
        done = service.refresh(session, registry, group, actor=ADMIN)
        seconds["refresh"] = time.perf_counter() - begun
    assert done.joined == found
    for what, took in [*seconds.items(), ("first page, cold", cold)]:
        report.add(
            f"A group of 12 conditions, {effort.clients:,} clients",
            database=filled.kind, what=what, found=found, ms=took * 1000,
        )  # fmt: skip
    assert {what: took for what, took in seconds.items() if took > MOST[what]} == {}


def first_page(session, registry, group):
    kind = facts.seen_by(registry, registry.kinds["client"], ADMIN)
    asked = query.parse(kind, [("segment", str(group))], typed=True)
    query.page(session, kind, asked, [kind.column("id"), kind.column("name")], actor=ADMIN)


def keep_plan(session, rule, database):
    """The plan by which the database previews."""
    counted = looking.statement(session, rule, ADMIN)
    compiled = counted.compile(session.connection(), compile_kwargs={"render_postcompile": True})
    how = "EXPLAIN QUERY PLAN" if database == "sqlite" else "EXPLAIN (ANALYZE, BUFFERS)"
    context = session.connection().execute(counted).context
    raw = session.connection().exec_driver_sql(f"{how} {compiled}", context.parameters[0])
    PLANS.mkdir(parents=True, exist_ok=True)
    lines = [" ".join(map(str, row)) for row in raw]
    (PLANS / f"segments-{database}.txt").write_text("\n".join(lines) + "\n")
