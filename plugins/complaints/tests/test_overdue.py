"""Who is responsible is told of what is overdue, each once, whatever is killed."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from vinculo.db.base import now
from vinculo.events import notices
from vinculo.events.models import Notice
from vinculo_complaints import jobs
from vinculo_complaints.models import Complaint


@pytest.fixture
def site(admin):
    return admin.app.state.site


@pytest.fixture
def told(database, site):
    """Run the job; (label, complaint, user) of all that was told of it so far."""

    def told():
        jobs.tell(site)
        with database.read() as session:
            query = sa.select(Notice.label, Notice.about_id, Notice.user_id).order_by(Notice.id)
            return [tuple(row) for row in session.execute(query.where(Notice.label.like("%overdue")))]

    return told


@pytest.fixture
def late(database):
    """Let moments of a complaint be a minute ago."""

    def late(record_id, *names):
        with database.write() as session:
            past = dict.fromkeys(names, now() - timedelta(minutes=1))
            session.execute(sa.update(Complaint).where(Complaint.id == record_id).values(past))

    return late


def test_each_is_told_once_of_answer_and_solution(admin, make_complaint, make_user, told, late):
    ana = make_user("ana")
    made, other = (make_complaint(responsible_id=ana.id) for _ in range(2))
    nobodys = make_complaint(responsible_id=None)
    assert told() == []
    late(made.id, "answer_due_at")
    late(nobodys.id, "answer_due_at", "due_at")
    first = ("Answer overdue", made.id, ana.id)
    assert told() == [first]
    late(made.id, "due_at")
    late(other.id, "due_at")
    every = [first, ("Complaint overdue", made.id, ana.id), ("Complaint overdue", other.id, ana.id)]
    assert told() == every
    assert told() == every
    url = f"/api/v1/complaints/{nobodys.id}"
    assert admin.get(url).json()["version"] == 1, "whoever has it open can still save"


def test_nobody_is_told_of_what_waits_or_is_closed(admin, make_complaint, told, late):
    waits, solved = (make_complaint(responsible_id=1) for _ in range(2))
    admin.patch(f"/api/v1/complaints/{waits.id}", json={"state": "waiting"})
    admin.patch(f"/api/v1/complaints/{solved.id}", json={"state": "solved", "result": "Sent anew"})
    for one in (waits, solved):
        late(one.id, "answer_due_at", "due_at")
    assert told() == []
    admin.patch(f"/api/v1/complaints/{waits.id}", json={"state": "work"})
    late(waits.id, "due_at")
    assert told() == [("Complaint overdue", waits.id, 1)]


def test_what_gets_more_time_is_told_of_again(admin, make_complaint, told, late):
    made = make_complaint(responsible_id=1, severity="critical")
    late(made.id, "due_at")
    assert len(told()) == 1
    admin.patch(f"/api/v1/complaints/{made.id}", json={"severity": "low"})
    assert len(told()) == 1
    late(made.id, "due_at")
    assert len(told()) == 2


def test_what_is_killed_in_the_middle_is_told_by_the_next(make_complaint, site, told, late, monkeypatch):
    made = [make_complaint(responsible_id=1) for _ in range(3)]
    for one in made:
        late(one.id, "due_at")
    real = notices.tell_many

    def dies(session, rows):
        real(session, rows)
        raise SystemExit

    monkeypatch.setattr(notices, "tell_many", dies)
    with pytest.raises(SystemExit):
        jobs.tell(site)
    monkeypatch.undo()
    assert [one[1] for one in told()] == [one.id for one in made]
    assert len(told()) == len(made)
