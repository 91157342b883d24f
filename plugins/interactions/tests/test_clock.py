"""The response clock: what came in, its first answer in working time, what is overdue, who is silent."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from vinculo.accounts.models import User
from vinculo.company.calendar_records import working_calendar
from vinculo.db.base import now
from vinculo.events.models import Notice
from vinculo_interactions import jobs
from vinculo_interactions.models import Interaction
from vinculo_interactions.records import interaction

API = "/api/v1/interactions"
KNOWN = ("answer", "answered_at", "answer_seconds", "answer_target", "answer_due_at")


def told(browser, client, name):
    """A fact of a client."""
    answer = browser.get("/api/v1/clients", params={"fields": f"name,{name}", "name": client.name})
    return answer.json()["items"][0][name]


@pytest.fixture
def office(make_record):
    """Nine to six from Monday to Friday in Berlin, for everybody."""
    return make_record(working_calendar, name="Office", time_zone="Europe/Berlin", is_default=True)


@pytest.fixture
def known(database):
    """What is stored of an interaction's answer."""

    def known(one, *names):
        with database.read() as session:
            row = session.get(Interaction, one.id)
            values = tuple(getattr(row, name) for name in names or ("answer", "answer_seconds"))
            return values[0] if len(values) == 1 else values

    return known


@pytest.fixture
def watch(admin):
    """The job of each minute."""
    return lambda: jobs.watch(admin.app.state.site)


def berlin(*parts):
    """A moment of November 2026 in Berlin, which is an hour ahead; the 20th is a Friday."""
    return (datetime(2026, 11, *parts, tzinfo=UTC) - timedelta(hours=1)).isoformat()


def test_the_answer_is_counted_in_working_time(make_client, log, office, known):
    client = make_client()
    mail = log(client, type="email_in", happened_at=berlin(20, 16))  # Friday at four
    assert known(mail) == ("overdue", None), "eight hours were over long ago"
    log(client, type="note", happened_at=berlin(20, 17))
    log(client, type="call_in", happened_at=berlin(23, 10, 30), subject="Before that, another answer")

    assert known(mail, "answer_target") == 480
    assert known(mail, "answer_due_at") == datetime(2026, 11, 23, 14, tzinfo=UTC), "Monday at three"
    assert known(mail) == ("answered", (2 * 60 + 90) * 60), "two hours on Friday, one and a half on Monday"
    assert known(mail, "answered_at") == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

    earlier = log(client, type="email", happened_at=berlin(23, 9, 15))
    assert known(mail) == ("answered", (2 * 60 + 15) * 60)
    assert known(mail, "answer_id") == earlier.id


def test_what_is_answered_late_stays_late(make_client, log, office, known):
    client = make_client()
    call = log(client, type="call_missed", priority="high", happened_at=berlin(20, 10))
    log(client, type="call_out", happened_at=berlin(20, 11, 1))

    assert known(call) == ("late", 61 * 60)
    assert known(call, "answer_target") == 60


def test_each_has_a_clock_of_its_own_and_one_answer_ends_all_that_run(make_client, log, office, known):
    client, other = make_client(), make_client("Other")
    first, second = (log(client, type="sms_in", happened_at=berlin(20, hour)) for hour in (10, 11))
    elsewhere = log(other, type="sms_in", happened_at=berlin(20, 10))
    log(client, type="sms", happened_at=berlin(20, 12))
    third = log(client, type="sms_in", happened_at=berlin(20, 13))

    assert [known(one) for one in (first, second)] == [("answered", 7200), ("answered", 3600)]
    assert known(third)[0] == known(elsewhere)[0] == "overdue"


def test_the_calendar_is_that_of_whoever_is_responsible(
    make_client, make_user, make_record, log, office, known
):
    bea = make_user("bea")
    hours = {"time_zone": "Europe/Berlin", "friday": "16:30-17"}
    make_record(working_calendar, name="Bea", users=[{"user_id": bea.id}], **hours)
    client = make_client(responsible_id=bea.id)
    theirs = log(client, type="email_in", happened_at=berlin(20, 16))
    own = log(client, type="email_in", happened_at=berlin(20, 16), responsible_id=make_user("eva").id)
    log(client, type="email", happened_at=berlin(20, 17))

    assert known(theirs) == ("answered", 1800)
    assert known(own) == ("answered", 3600)


def test_what_is_put_back_knows_what_answered_it_meanwhile(admin, make_client, log, office, known):
    client = make_client()
    mail = log(client, type="email_in", happened_at=berlin(20, 10))
    gone = admin.delete(f"{API}/{mail.id}")
    log(client, type="email", happened_at=berlin(20, 11))
    admin.post(gone.json()["restore"])

    assert known(mail) == ("answered", 3600)


def test_changes_are_followed(admin, make_client, log, office, known):
    client, other = make_client(), make_client("Other")
    mail = log(client, type="email_in", happened_at=berlin(20, 10))
    reply = log(client, type="email", happened_at=berlin(20, 11))
    assert known(mail)[0] == "answered"

    moved = admin.patch(f"{API}/{reply.id}", json={"version": 1, "client_id": other.id})
    assert moved.status_code == 200, moved.text
    assert known(mail) == ("overdue", None)
    admin.patch(f"{API}/{reply.id}", json={"version": 2, "client_id": client.id})
    assert known(mail) == ("answered", 3600)
    gone = admin.delete(f"{API}/{reply.id}")
    assert known(mail) == ("overdue", None), "its answer is gone, at once"
    later = log(client, type="email", happened_at=berlin(20, 12))
    assert known(mail) == ("answered", 7200)
    admin.post(gone.json()["restore"])
    assert known(mail) == ("answered", 3600)
    assert known(mail, "answer_id") == reply.id != later.id
    for one in (reply, later):
        admin.delete(f"{API}/{one.id}")
    done = admin.patch(f"{API}/{mail.id}", json={"version": 1, "no_answer": True})
    assert done.json()["answer"] == "needless"
    assert known(mail, "answer_due_at") is None


def test_the_job_finds_answers_that_came_another_way(database, make_client, log, office, known, watch):
    client = make_client()
    mail = log(client, type="email_in", happened_at=berlin(20, 10))
    reply = log(client, type="note", happened_at=berlin(20, 11))
    with database.write() as session:
        session.execute(sa.update(Interaction).where(Interaction.id == reply.id).values(type="email"))
    watch()

    assert known(mail) == ("answered", 3600)


def test_whoever_is_responsible_is_told_once(database, make_client, make_user, log, known, watch):
    bea = make_user("bea")
    client = make_client(responsible_id=bea.id)
    soon = now() + timedelta(seconds=1)
    mail = log(client, "Where is my order?", type="email_in", happened_at=now().isoformat())
    old = log(client, type="email_in", happened_at=berlin(1, 10))
    assert known(mail)[0] == "waiting"
    with database.write() as session:
        due = sa.update(Interaction).where(Interaction.id == mail.id)
        session.execute(due.values(answer_due_at=soon, created_at=soon - timedelta(seconds=9)))
    while now() < soon:
        pass
    watch()
    watch()

    assert known(mail)[0] == known(old)[0] == "overdue"
    with database.read() as session:
        told = session.execute(sa.select(Notice.user_id, Notice.label, Notice.title)).all()
    assert [tuple(row) for row in told] == [(bea.id, "Answer overdue", "Where is my order?")]


def test_what_waits_is_on_the_home_page_the_card_and_in_lists(admin, database, make_client, log, make_user):
    with database.read() as session:
        me = session.scalar(sa.select(User.id).where(User.login == "admin"))
    client = make_client("Padaria Luz", responsible_id=me)
    quiet = make_client("Quiet", responsible_id=me)
    mail = log(client, "Where is my order?", type="email_in", happened_at=berlin(1, 10))
    log(quiet, happened_at=(now() - timedelta(days=31)).isoformat())

    home = admin.get("/").text
    assert "Where is my order?" in home
    assert "Silent clients" in home
    assert "31 days" in home
    card = admin.get(f"/clients/{client.id}").text
    assert "Answer overdue" in card
    names = "interactions_unanswered,interactions_silence_alarm"
    items = admin.get("/api/v1/clients", params={"fields": f"name,{names}"}).json()["items"]
    assert {item["name"]: tuple(item[name] for name in names.split(",")) for item in items} == {
        "Padaria Luz": ("overdue", None),
        "Quiet": (None, "silent"),
    }
    assert "Quiet" not in admin.get("/clients?interactions_unanswered[in]=waiting,overdue").text
    assert "Padaria" not in admin.get("/clients?interactions_silence_alarm=silent").text
    assert 'class="badge bad"' in admin.get("/clients?columns=name,interactions_unanswered").text
    gone = admin.post(f"/interactions/{mail.id}/needless")
    assert gone.status_code == 200
    assert "Waiting for an answer" not in gone.text


@pytest.mark.parametrize(("stage", "days", "alarm"), [
    ("potential", 29, None), ("potential", 30, "silent"), ("active", 59, None), ("active", 60, "silent"),
    ("lost", 900, None),
])  # fmt: skip
def test_the_alarm_is_as_the_stage_says(admin, make_client, log, stage, days, alarm):
    client = make_client(stage=stage)
    log(client, happened_at=(now() - timedelta(days=days)).isoformat())

    assert _alarm(admin, client) == alarm


def _alarm(admin, client):
    return told(admin, client, "interactions_silence_alarm")


def test_the_numbers_are_changed_on_a_page(admin, member, make_client, log, known):
    client = make_client(stage="active")
    log(client, happened_at=(now() - timedelta(days=10)).isoformat())
    assert _alarm(admin, client) is None

    page = admin.post("/interactions/limits", data={"silence_active": "10", "answer_email_in_high": ""})
    assert page.status_code == 200
    assert _alarm(admin, client) == "silent"
    mail = log(client, type="email_in", priority="high", happened_at=now().isoformat())
    assert known(mail, *KNOWN[3:]) == (None, None), "no limit"
    for wrong in ("-1", "x", "100001"):
        fault = admin.post("/interactions/limits", data={"silence_active": wrong})
        assert fault.status_code == 422
        assert "Write a whole number from 0 to 100000." in fault.text
    assert member.get("/interactions/limits").status_code == 403
    assert interaction.url in page.text


@pytest.mark.databases("sqlite")
def test_programs_read_and_change_the_numbers(admin, member):
    url = "/api/v1/interactions/limits"
    held = admin.get(url).json()
    assert held["silence_potential"] == 30
    changed = admin.patch(url, json={"silence_potential": 14}).json()
    assert changed == admin.get(url).json() == {**held, "silence_potential": 14}
    faults = admin.patch(url, json={"silence_potential": True, "colour": 1, "silence_active": 9})
    assert {(one["field"], one["code"]) for one in faults.json()["errors"]} == {
        ("silence_potential", "out_of_range"), ("colour", "unknown"),
    }  # fmt: skip
    assert admin.patch(url, json=[1]).status_code == 400
    assert admin.get(url).json() == changed, "nothing half written"
    assert {member.get(url).status_code, member.patch(url, json={}).status_code} == {403}


def test_what_came_in_before_a_change_keeps_its_time(admin, make_client, log, office, known):
    client = make_client()
    mail = log(client, type="email_in", happened_at=berlin(20, 10))
    admin.post("/interactions/limits", data={"answer_email_in_normal": "30"})
    admin.patch(f"{API}/{mail.id}", json={"subject": "Another"})
    log(client, type="email", happened_at=berlin(20, 11))

    assert known(mail) == ("answered", 3600)
    assert known(mail, "answer_target") == 480
    admin.patch(f"{API}/{mail.id}", json={"happened_at": berlin(20, 10, 15)})
    assert known(mail) == ("late", 45 * 60), "it is another time, measured by what holds now"


def test_a_planned_talk_is_the_next_contact(admin, make_client, log):
    client = make_client()
    log(
        client,
        happened_at=berlin(20, 10),
        next_step="Call",
        next_step_on=f"{now() + timedelta(days=9):%Y-%m-%d}",
    )
    name = "interactions_next_contact"
    assert told(admin, client, name) == f"{now() + timedelta(days=9):%Y-%m-%d}"
    log(client, type="meeting", happened_at=(now() + timedelta(days=4)).isoformat())
    assert told(admin, client, name) == f"{now() + timedelta(days=4):%Y-%m-%d}"
