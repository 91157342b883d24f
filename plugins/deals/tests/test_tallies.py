"""What reports add up of deals: the same whether it was counted before or is counted now."""

from datetime import timedelta
from itertools import product

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.db.base import now
from vinculo_deals import compliance, reports, tallies
from vinculo_deals.kept_models import Tally
from vinculo_deals.models import Deal, Visit
from vinculo_deals.process_models import Duty
from vinculo_deals.reports import Which


@pytest.fixture
def renew(database):
    def renew():
        with database.write() as session:
            return tallies.renew(session)

    return renew


@pytest.fixture
def stale(database):
    """How many tallies do not hold."""

    def stale():
        with database.read() as session:
            return session.scalar(sa.select(sa.func.count()).where(Tally.until <= now()))

    return stale


@pytest.fixture
def counted(database):
    """All that reports make of tallies, and of some deals alone."""

    def counted():
        found = []
        with database.read() as session:
            for more in ([Deal.id > 0], [Deal.id % 2 == 0], [Deal.responsible_id.is_(None)]):
                which = Which(system(Source.JOB), more=more)
                ended = reports.stays(session, which)
                found.append({stage: sorted(map(repr, some)) for stage, some in ended.items()})
                found += [compliance.groups(session, which, by) for by in compliance.BY]
                found.append(compliance.whole(session, which))
                found.append(compliance.effects(session, which))
        return found

    return counted


@pytest.fixture
def faults_of(database):
    def faults_of():
        with database.read() as session:
            return [*tallies.check(session)]

    return faults_of


@pytest.fixture
def company(admin, line, make_step, make_deal, make_reason, database, go):
    """Seven deals on their way, with steps done, late, skipped and missing: the pipeline and its steps."""
    pipeline_id, at = line("manual")
    for stage, n in product("ABC", range(3)):
        make_step(f"{stage}{n}", stage_id=at[stage], weight=n + 1, due_days=n, required=n < 2)
    reason = make_reason()
    deals = [
        make_deal(f"Deal {n}", pipeline_id=pipeline_id, responsible_id=1 if n % 3 else None) for n in range(7)
    ]
    for number, one in enumerate(deals):
        for stage in ("B", "A", "B", "C")[: number % 5]:
            go(one, at[stage])
    go(deals[4], at["Done"])
    go(deals[5], at["Given up"], lost_reason_id=reason.id)
    with database.write() as session:
        for duty in session.scalars(sa.select(Duty).order_by(Duty.id)):
            duty.due_at = now() + timedelta(days=duty.id % 5 - 3, hours=1)
            if duty.id % 2:
                duty.done_at = now() + timedelta(days=-duty.id % 4 - 1)
            elif duty.id % 3 == 0:
                duty.skipped_at, duty.reason = now() - timedelta(days=2), "No time"
                duty.approved_at = now() if duty.id % 12 == 6 else None
        for visit in session.scalars(sa.select(Visit).where(Visit.days.is_not(None)).order_by(Visit.id)):
            visit.days = visit.id % 4
    return pipeline_id, at, deals


def test_what_was_counted_before_is_what_is_counted_now(company, counted, renew, stale, faults_of):
    before = counted()
    assert any(one.missing for one in before[1])
    assert any(one.late for one in before[1])
    assert before[6]
    assert stale() == 7
    assert faults_of() == []
    assert renew() == 7
    assert (stale(), renew()) == (0, 0)
    assert counted() == before
    assert faults_of() == []


def test_words_say_what_rows_say(company, renew, database):
    """By hand: of each deal its stays, and of each step what became of it."""
    renew()
    with database.read() as session:
        held = {one.id: one for one in session.scalars(sa.select(Tally))}
        for deal_id, one in held.items():
            stays = session.execute(
                sa.select(Visit.stage_id, Visit.days).where(Visit.deal_id == deal_id, Visit.days.is_not(None))
            )
            assert sorted(one.stays.split()) == sorted(f"{stage}:{days}" for stage, days in stays)
            done = session.execute(sa.select(Duty.step_id, Duty.done_at).where(Duty.deal_id == deal_id))
            assert sorted(one.done.split()) == sorted(f"{s}{'+' if at else '-'}" for s, at in done)
            due = sa.select(sa.func.coalesce(sa.func.sum(Duty.weight), 0)).where(
                Duty.deal_id == deal_id, Duty.required, Duty.due_at <= now()
            )
            assert one.due == session.scalar(due)


@pytest.mark.parametrize(
    "change",
    ["move", "take back", "tick", "skip", "weigh", "drop a step", "drop a stage", "add a step"],
)
def test_reports_know_of_a_change_before_it_is_counted(
    change, admin, company, counted, renew, stale, faults_of, go, database, stages
):
    pipeline_id, at, deals = company
    renew()
    before = counted()
    with database.read() as session:
        open_ones = sa.select(Duty).where(Duty.done_at.is_(None), Duty.skipped_at.is_(None), Duty.required)
        duty = session.scalars(open_ones.where(Duty.due_at <= now()).order_by(Duty.id)).first()
        dropped = session.scalars(sa.select(Duty.step_id).where(Duty.due_at <= now(), Duty.required)).first()
    if change in ("move", "take back"):
        go(deals[0], at["B"])
        if change == "take back":
            renew()
            go(deals[0], at["A"])
    elif change in ("tick", "skip"):
        sent = {"reason": "Not needed"} if change == "skip" else {}
        url = f"/api/v1/deals/{duty.deal_id}/steps/{duty.id}"
        word = {"tick": "done", "skip": "skip"}[change]
        answer = admin.post(f"{url}/{word}", json=sent)
        assert answer.status_code < 300, answer.text
    elif change == "weigh":
        assert admin.patch(f"/api/v1/deal-steps/{duty.step_id}", json={"weight": 900}).status_code == 200
    elif change == "drop a step":
        assert admin.delete(f"/api/v1/deal-steps/{dropped}").status_code == 200
    elif change == "drop a stage":
        rows = [{"id": number, "name": name} for name, number in at.items() if name != "B"]
        page = admin.get(f"/api/v1/pipelines/{pipeline_id}").json()["stages"]
        held = [one for one in page if one["name"] != "B"]
        for one in deals:
            go(one, at["A"])
        renew()
        before = counted()
        answer = admin.patch(f"/api/v1/pipelines/{pipeline_id}", json={"stages": held})
        assert answer.status_code == 200, (answer.text, rows)
    elif change == "add a step":
        made = admin.post("/api/v1/deal-steps", json={"name": "New", "stage_id": at["A"], "due_days": 0})
        assert made.status_code == 201
    assert stale() > 0
    now_counted = counted()
    assert now_counted != before or change in ("skip", "take back", "add a step")
    assert renew() > 0
    assert counted() == now_counted
    assert faults_of() == []


def test_what_becomes_due_counts_although_nobody_wrote(company, counted, renew, stale, database, monkeypatch):
    renew()
    before = counted()
    later = now() + timedelta(days=1, hours=2)
    for module in (tallies, compliance, reports):
        monkeypatch.setattr(module, "now", lambda: later)
    assert counted()[1] != before[1]
    known = counted()
    assert renew() > 0
    assert counted() == known


def test_the_doctor_sees_what_is_wrong(company, renew, faults_of, database):
    renew()
    with database.write() as session:
        session.execute(sa.update(Tally).where(Tally.id == 1).values(stays="1:99"))
        session.execute(sa.delete(Tally).where(Tally.id == 2))
    assert faults_of() == [
        "Deal 2 is missing in reports on stages and steps.",
        "Deal 1: reports count other stays or steps than it has.",
    ]
