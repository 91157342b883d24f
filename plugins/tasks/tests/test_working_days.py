"""Tasks that go by working days, counted by hand: the calendar of São Paulo in November and December 2026."""

from datetime import date, timedelta

import pytest

from vinculo.company.calendar_records import working_calendar
from vinculo.i18n import today
from vinculo_tasks.records import plan, task_type
from vinculo_tasks.repeats import every

HOLIDAY, SATURDAY, MONDAY = "2026-11-20", "2026-11-28", date(2026, 11, 30)


@pytest.fixture
def office(make_record):
    zone = {"time_zone": "America/Sao_Paulo", "country": "BR"}
    return make_record(working_calendar, name="Office", is_default=True, **zone)


@pytest.mark.usefixtures("office")
def test_what_falls_on_a_day_off_is_due_on_the_next_working_day(admin, make_task, rows):
    make_task(due_on=HOLIDAY, workdays=True)
    make_task(due_on=HOLIDAY)
    made = make_task(due_on=MONDAY.isoformat(), workdays=True)
    assert [(row.due_on, row.planned_on) for row in rows()] == [
        (date(2026, 11, 23), date(2026, 11, 20)), (date(2026, 11, 20), None), (MONDAY, None),
    ]  # fmt: skip

    admin.patch(f"/api/v1/tasks/{made.id}", json={"due_on": SATURDAY})
    assert (rows()[2].due_on, rows()[2].planned_on) == (MONDAY, date(2026, 11, 28))
    admin.patch(f"/api/v1/tasks/{made.id}", json={"subject": "Call Bea"})
    assert rows()[2].planned_on == date(2026, 11, 28)


@pytest.mark.usefixtures("office")
def test_repeats_go_by_the_day_that_was_meant(admin, make_task, rows):
    start = today()
    while start.weekday() != 5:
        start += timedelta(days=1)
    made = make_task(due_on=start.isoformat(), workdays=True, repeat="week")
    assert rows()[0].due_on.weekday() < 5
    admin.patch(f"/api/v1/tasks/{made.id}", json={"state": "done"})

    second = rows()[1]
    assert second.planned_on == start + timedelta(days=7), "a week after Saturday, not after Monday"
    assert second.due_on > second.planned_on


@pytest.mark.usefixtures("office")
def test_daily_means_working_days(admin, make_task, rows, database):
    made = make_task(due_on="2027-03-01", workdays=True, repeat="rule", rule="FREQ=DAILY;INTERVAL=3")
    first = rows()[0].due_on
    admin.patch(f"/api/v1/tasks/{made.id}", json={"state": "done"})

    from vinculo.company.calendars import calendar_for

    with database.read() as session:
        time = calendar_for(session)
        between = [first + timedelta(days=n) for n in range(1, (rows()[1].due_on - first).days + 1)]
        assert sum(map(time.is_working_day, between)) == 3
        assert time.is_working_day(between[-1])


@pytest.mark.usefixtures("office")
def test_types_and_plans_count_in_working_days(admin, make_client, make_record, rows, make_type):
    client = make_client()
    steps = [
        {"subject": name, "days": days, "whose": "applier", "working": working}
        for name, days, working in (
            ("One", 1, True),
            ("Five", 5, True),
            ("Before", -1, True),
            ("Plain", 1, False),
        )
    ]
    made = make_record(plan, name="Welcome", steps=steps, links_to=[task_type])
    day = {"kind": "client", "ids": str(client.id), "plan": str(made.id), "day": "2026-11-19"}
    assert admin.post("/tasks/plans/apply", data=day).status_code == 200
    assert {row.subject: row.due_on for row in rows()} == {
        "One": date(2026, 11, 23), "Five": date(2026, 11, 27), "Before": date(2026, 11, 18),
        "Plain": date(2026, 11, 20),
    }  # fmt: skip


@pytest.mark.usefixtures("office")
def test_a_chain_counts_in_working_days(admin, make_task, make_type, rows):
    offer = make_type("Offer", lead_days=2, lead_working=True)
    call = make_type("Call", chaining="create", next_type_id=offer.id, next_from="due")
    made = make_task(due_on="2026-11-19", type_id=call.id)
    admin.patch(f"/api/v1/tasks/{made.id}", json={"state": "done"})

    assert rows()[1].due_on == date(2026, 11, 24), "Friday is a holiday: Monday, Tuesday"


@pytest.mark.usefixtures("office")
def test_form_and_card_say_that_it_is_due_on_a_day_off(admin, make_task):
    off, on = make_task(due_on=HOLIDAY), make_task(due_on=MONDAY.isoformat())

    for page in ("", "/edit"):
        assert "is a day off" in admin.get(f"/tasks/{off.id}{page}").text
        assert "is a day off" not in admin.get(f"/tasks/{on.id}{page}").text
    saved = admin.post(f"/tasks/{off.id}/edit", data={"subject": "Call", "due_on": HOLIDAY, "version": "1",
                       "remind": "never", "priority": "normal", "repeat": "never", "repeat_from": "due",
                       "state": "open", "tasks_day_off__of": ""})  # fmt: skip
    assert saved.status_code == 200, "what only says something saves nothing"


def test_without_a_calendar_every_day_is_a_working_day(make_task, rows):
    make_task(due_on=HOLIDAY, workdays=True)
    assert rows()[0].due_on == date.fromisoformat(HOLIDAY)


def test_a_rule_by_days_alone_is_told_from_others():
    found = [
        every(rule) for rule in ("FREQ=DAILY", "FREQ=DAILY;INTERVAL=4", "FREQ=DAILY;BYDAY=MO", "FREQ=WEEKLY")
    ]
    assert found == [1, 4, None, None]
