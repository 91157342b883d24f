"""The calendar that other programs subscribe to."""

import re

import icalendar
import pytest
import sqlalchemy as sa

from vinculo.accounts.models import User
from vinculo.actor import Scope


def address(page):
    return re.search(r"/tasks/feed/[\w-]+\.ics", page.text)[0]


def events(answer):
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    return {str(one["summary"]): one for one in icalendar.Calendar.from_ical(answer.content).walk("VEVENT")}


def test_it_shows_my_open_tasks_and_nothing_else(admin, visitor, make_task, make_user):
    ben = make_user("ben")
    make_task('At ten; sharp, "Luz"\\', due_on="2026-12-01", due_time="10:00", assignee_id=1, note="a\nb")
    make_task("All day", due_on="2026-12-02", assignee_id=1, remind="day", priority="high")
    make_task("No day", assignee_id=1)
    make_task("Done", due_on="2026-12-01", assignee_id=1, state="done")
    make_task("His", due_on="2026-12-01", assignee_id=ben.id)
    found = events(visitor.get(address(admin.post("/tasks/feed/renew"))))
    assert set(found) == {'At ten; sharp, "Luz"\\', "All day"}
    ten = found['At ten; sharp, "Luz"\\']
    assert ten["dtstart"].dt.isoformat() == "2026-12-01T10:00:00+00:00"
    assert str(ten["description"]) == "a\nb"
    assert ten["uid"] == "task-1@vinculo"
    whole = found["All day"]
    assert whole["dtstart"].dt.isoformat() == "2026-12-02"
    assert whole["priority"] == 1
    (alarm,) = whole.walk("VALARM")
    assert alarm["trigger"].dt.isoformat() == "2026-12-01T09:00:00+00:00"


def test_a_new_address_closes_the_one_before(admin, visitor):
    first = address(admin.post("/tasks/feed/renew"))
    second = address(admin.post("/tasks/feed/renew"))
    assert visitor.get(first).status_code == 404
    assert visitor.get(second).status_code == 200
    assert second not in admin.get("/tasks/feed").text, "it is shown once"
    admin.post("/tasks/feed/stop")
    assert visitor.get(second).status_code == 404
    assert visitor.get("/tasks/feed/guess.ics").status_code == 404


@pytest.mark.databases("sqlite")
def test_it_obeys_the_rights_that_its_user_has_now(member, visitor, database, make_role, make_task):
    with database.read() as session:
        me = session.scalar(sa.select(User.id).where(User.login == "member"))
    make_task("Mine", due_on="2026-12-01", assignee_id=me)
    url = address(member.post("/tasks/feed/renew"))
    assert "Mine" in events(visitor.get(url))
    make_role("Member", {"*": None, "clients.client.read": Scope.ALL})
    assert visitor.get(url).status_code == 404
    make_role("Member", {"*": Scope.ALL})
    with database.write() as session:
        session.execute(sa.update(User).where(User.id == me).values(active=False))
    assert visitor.get(url).status_code == 404
