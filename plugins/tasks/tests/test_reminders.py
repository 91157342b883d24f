"""Reminders: each once, on the page and by mail, however workers die."""

import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from vinculo.accounts import notice_mail
from vinculo.accounts.models import User
from vinculo.db.base import now
from vinculo.events.models import Mailing, Notice
from vinculo.testing.postbox import postbox
from vinculo_tasks import jobs
from vinculo_tasks.models import From, Priority, Remind, Repeat, State, Task

WORKER = Path(__file__).with_name("reminder_worker.py")
MANY = 10_000
MAILED = 1_000  # of them: a mail takes a hundred times as long as a notice, and all are sent in the same way


def due_now(number, user_id):
    at = now() - timedelta(seconds=30)
    return {
        "subject": f"Call {number}", "note": "", "about_kind": "", "assignee_id": user_id,
        "due_on": at.date(), "due_time": f"{at:%H:%M}", "zone": "UTC", "due_at": at, "remind": Remind.AT,
        "remind_at": at,
        "priority": Priority.NORMAL, "repeat": Repeat.NEVER, "repeat_from": From.DUE, "rule": "",
        "state": State.OPEN, "result": "", "version": 1, "created_at": at, "changed_at": at,
    }  # fmt: skip


@pytest.fixture
def many(database, make_user):
    """Ten thousand tasks that are due in this minute, the first of a user who wants mail."""
    ana, ben = make_user("ana"), make_user("ben")
    with database.write() as session:
        session.execute(sa.update(User).where(User.id == ana.id).values(email="ana@luz.example"))
        session.execute(
            sa.insert(Task),
            [due_now(number, ana.id if number < MAILED else ben.id) for number in range(MANY)],
        )


def test_ten_thousand_of_one_minute_are_each_given_once_though_workers_are_killed(
    settings, database, many, monkeypatch
):
    url = database.url.render_as_string(hide_password=False)

    def notices():
        with database.read() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(Notice))

    with postbox() as box:
        for enough in (lambda: notices() >= 2000, lambda: len(box.letters) >= 200):
            with subprocess.Popen([sys.executable, str(WORKER), url, str(box.port)]) as worker:
                deadline = time.monotonic() + 120
                while not enough():
                    assert time.monotonic() < deadline, "it did not come so far"
                    time.sleep(0.01)
                worker.kill()
        assert len(box.letters) < MAILED, "it was killed in the middle"
        site = SimpleNamespace(settings=settings.model_copy(update={"mail": box.settings}), database=database)
        monkeypatch.setattr(notice_mail, "LEASE", timedelta(0))
        jobs.remind(site)
        notice_mail.send_notices(site)
        jobs.remind(site)
        notice_mail.send_notices(site)

    with database.read() as session:
        told = session.scalars(sa.select(Notice.about_id)).all()
        assert (len(told), len(set(told))) == (MANY, MANY), "each notice once"
        assert set(session.scalars(sa.select(Notice.mailing))) == {Mailing.SENT, Mailing.NONE}
    copies = Counter(one["Message-ID"] for one in box.letters)
    assert len(copies) == MAILED, "none is lost"
    assert sum(copies.values()) - MAILED <= 1, "the one in hand when it was killed may come again"


def test_only_what_is_open_and_due_is_reminded_of_and_again_when_it_is_put_off(
    admin, settings, database, make_task
):
    site = SimpleNamespace(settings=settings, database=database)
    past, future = now() - timedelta(days=1), now() + timedelta(days=2)
    make_task("Late", due_on=f"{past:%Y-%m-%d}", assignee_id=1)
    make_task("Done", due_on=f"{past:%Y-%m-%d}", assignee_id=1, state="done")
    make_task("Quiet", due_on=f"{past:%Y-%m-%d}", assignee_id=1, remind="never")
    make_task("Later", due_on=f"{future:%Y-%m-%d}", assignee_id=1)
    make_task("Nobody's", due_on=f"{past:%Y-%m-%d}")
    for _twice in range(2):
        jobs.remind(site)

    def titles():
        with database.read() as session:
            return list(session.scalars(sa.select(Notice.title).order_by(Notice.id)))

    assert titles() == ["Late"]
    assert "Reminder: Late" in admin.get("/notices").text
    version = admin.get("/api/v1/tasks/1").json()["version"]
    assert version == 1, "whoever has it open can still save"
    off = {"due_on": f"{now():%Y-%m-%d}", "due_time": "00:00"}
    assert admin.patch("/api/v1/tasks/1", json=off).status_code == 200
    jobs.remind(site)
    assert titles() == ["Late", "Late"]
