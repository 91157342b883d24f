"""The clock by hand: working time, pauses, and what a complaint keeps."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from vinculo.company.working_time import WorkingTime
from vinculo.db.base import now
from vinculo_complaints import clock
from vinculo_complaints.models import Complaint

NINE_TO_SIX = WorkingTime(ZoneInfo("UTC"), (((540, 1080),),) * 5 + ((),) * 2)
FRIDAY = datetime(2026, 11, 20, 17, tzinfo=UTC)


def test_due_by_working_hours():
    # Friday 17:00: one hour that day, the other three on Monday from nine
    assert clock.due(NINE_TO_SIX, FRIDAY, 240) == datetime(2026, 11, 23, 12, tzinfo=UTC)
    # and half an hour of pause is added
    assert clock.due(NINE_TO_SIX, FRIDAY, 240, 1800) == datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
    assert clock.due(NINE_TO_SIX, FRIDAY, 0) is None


def test_what_a_solution_took_is_without_pauses():
    monday = datetime(2026, 11, 23, 11, tzinfo=UTC)
    assert clock.taken(NINE_TO_SIX, FRIDAY, monday) == 3 * 3600
    assert clock.taken(NINE_TO_SIX, FRIDAY, monday, 3600) == 2 * 3600
    assert clock.taken(NINE_TO_SIX, monday, FRIDAY) == 0


@pytest.fixture
def earlier(database):
    """Put moments of a complaint back by hours."""

    def earlier(hours, *names):
        with database.write() as session:
            table = Complaint.__table__
            held = session.execute(sa.select(*(table.c[name] for name in names))).one()
            moved = {name: at - timedelta(hours=hours) for name, at in zip(names, held, strict=True) if at}
            session.execute(sa.update(table).values(moved))

    return earlier


def test_while_it_waits_for_the_client_its_clock_stands_still(admin, make_complaint, row, earlier):
    made = make_complaint(severity="critical")
    url = f"/api/v1/complaints/{made.id}"
    first = row().due_at
    admin.patch(url, json={"state": "waiting"})
    assert row().waiting_since
    assert row().answered_at, "to ask back is an answer"
    earlier(5, "waiting_since", "received_at", "answered_at")

    admin.patch(url, json={"state": "work"})
    assert row().waiting_since is None
    assert row().paused_seconds == pytest.approx(5 * 3600, abs=5)
    assert (row().due_at - first).total_seconds() == pytest.approx(0, abs=5), "five hours back, five more"

    admin.patch(url, json={"state": "solved", "result": "Sent anew"})
    assert row().solve_seconds == pytest.approx(0, abs=5)


def test_the_time_in_which_it_was_closed_does_not_count(admin, make_complaint, row, earlier):
    made = make_complaint()
    url = f"/api/v1/complaints/{made.id}"
    admin.patch(url, json={"state": "solved", "result": "Sent anew", "satisfaction": 4})
    earlier(3, "received_at", "closed_at", "answered_at")

    admin.patch(url, json={"state": "reopened"})
    held = row()
    assert (held.closed_at, held.solve_seconds, held.satisfaction) == (None, None, None)
    assert held.paused_seconds == pytest.approx(3 * 3600, abs=5)


def test_a_closing_that_is_taken_back_is_no_pause(admin, make_complaint, row, monkeypatch):
    made = make_complaint()
    url = f"/api/v1/complaints/{made.id}"
    first = row().due_at
    admin.patch(url, json={"state": "solved", "result": "Sent anew"})
    monkeypatch.setattr(clock, "now", lambda: now() + timedelta(hours=3))
    admin.post(f"/complaints/{made.id}/changes/{row().version}/undo")
    held = row()
    assert (held.state, held.closed_at, held.paused_seconds, held.due_at) == ("new", None, 0, first)


def test_limits_are_chosen_by_severity(admin, make_client, row):
    page = admin.get("/complaints/limits").text
    assert 'name="solve_high"' in page
    refused = admin.post("/complaints/limits", data={"solve_high": "many"})
    assert refused.status_code == 422
    assert "Write a whole number" in refused.text
    admin.post("/complaints/limits", data={"solve_high": "90", "answer_high": ""})

    sent = {"subject": "Broken", "client_id": make_client().id, "severity": "high",
            "received_at": "2026-11-20T10:00:00+00:00"}  # fmt: skip
    assert admin.post("/api/v1/complaints", json=sent).status_code == 201
    assert row().due_at == datetime(2026, 11, 20, 11, 30, tzinfo=UTC)
    assert row().answer_due_at is None
