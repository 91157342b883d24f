"""Calendars of working hours: who works by which, by page, API and file."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from vinculo.accounts.models import Department
from vinculo.company.calendar_models import WorkingCalendar
from vinculo.company.calendar_records import working_calendar
from vinculo.company.calendars import calendar_for, load
from vinculo.company.working_time import ALWAYS
from vinculo.testing.factories import make_department, make_record, make_user

API = "/api/v1/working-calendars"
FRIDAY = date(2026, 11, 27)


def make(session, name, **payload):
    return make_record(session, working_calendar, name=name, time_zone="Europe/Berlin", **payload)


def friday(time):
    return [(begin // 60, end // 60) for begin, end in time.hours(FRIDAY)]


def test_without_any_calendar_all_hours_count(database):
    with database.read() as session:
        assert calendar_for(session) is ALWAYS


def test_the_nearest_calendar_holds(database):
    with database.write() as session:
        company = make(session, "Company", friday="9-17", is_default=True)
        sales = make_department(session, "Sales")
        make_department(session, "North", below="Sales")
        ana, bea, eva = (make_user(session, login, department="North") for login in ("ana", "bea", "eva"))
        lia = make_user(session, "lia")
        outlet = make(session, "Outlet", friday="7-11")
        make(session, "Sales", friday="8-16", departments=[{"department_id": sales.id}])
        make(session, "Ana", friday="12-20", users=[{"user_id": ana.id}])
        ids = (company.id, outlet.id, ana.id, bea.id, eva.id, lia.id)
    with database.read() as session:
        company, outlet, ana, bea, eva, lia = ids
        assert friday(calendar_for(session, user_id=ana, calendar_id=outlet)) == [(12, 20)], "her own"
        assert friday(calendar_for(session, user_id=bea, calendar_id=outlet)) == [(7, 11)], "of the outlet"
        assert friday(calendar_for(session, user_id=eva)) == [(8, 16)], "of the department above hers"
        assert friday(calendar_for(session, user_id=lia)) == [(9, 17)], "of the company"
        assert friday(calendar_for(session)) == [(9, 17)]
        north = session.scalar(sa.select(Department.id).where(Department.name == "North"))
        assert friday(calendar_for(session, department_id=north)) == [(8, 16)]
        assert load(session).of(calendar_id=outlet).zone == ZoneInfo("Europe/Berlin")


def test_days_that_differ_stand_above_week_and_holidays(database):
    with database.write() as session:
        days = [{"day": "2026-12-25", "hours": "9-12"}, {"day": "2026-11-27", "hours": "", "reason": "Fair"}]
        made = make(session, "Berlin", country="DE", subdivision="be", days=days, is_default=True)
        assert made.subdivision == "BE"
    with database.read() as session:
        time = calendar_for(session)
        assert time.hours(date(2026, 12, 25)) == ((9 * 60, 12 * 60),)
        assert not time.is_working_day(FRIDAY)
        assert not time.is_working_day(date(2027, 3, 8)), "women's day, a holiday in Berlin since 2019"
        at = datetime(2026, 12, 24, 17, tzinfo=ZoneInfo("Europe/Berlin"))
        assert time.add(at, 2 * 3600) == datetime(2026, 12, 25, 10, tzinfo=ZoneInfo("Europe/Berlin"))


def test_there_is_one_calendar_of_the_company(admin, database):
    one, other = (
        admin.post(API, json={"name": name, "time_zone": "UTC", "friday": "9-17", "is_default": True}).json()
        for name in ("One", "Other")
    )

    with database.read() as session:
        held = dict(session.execute(sa.select(WorkingCalendar.name, WorkingCalendar.is_default)).all())
    assert held == {"One": False, "Other": True}
    assert admin.get(f"{API}/{one['id']}").json()["version"] == 2, "the change is a change, with its history"
    assert other["friday"] == "09:00-17:00"


def test_a_page_adds_one_and_shows_the_next_days_off(admin):
    form = {"name": "São Paulo", "time_zone": "America/Sao_Paulo", "monday": "9-12, 13-18", "country": "BR"}

    page = admin.post("/working-calendars/new", data=form)

    assert page.status_code == 200
    assert "09:00-12:00, 13:00-18:00" in page.text
    assert "Christmas Day" in page.text
    assert "Working times" in admin.get("/settings/company").text


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("time_zone", "Mars/Base", "unknown_zone"),
        ("monday", "9-25", "invalid"),
        ("monday", "9-13, 12-18", "invalid"),
        ("country", "VA2", "invalid"),
        ("subdivision", "XX", "unknown_subdivision"),
        ("days", [{"day": "2026-12-25"}, {"day": "2026-12-25"}], "twice"),
        ("days", [{"day": "2026-12-25", "hours": "late"}], "invalid"),
    ],
)
def test_what_cannot_be_is_refused(admin, field, value, code):
    sound = {"name": "Office", "time_zone": "UTC", "monday": "9-17", "country": "BR"}

    answer = admin.post(API, json={**sound, field: value})

    assert answer.status_code == 422
    fault = answer.json()["errors"][0]
    assert (fault["field"].partition("[")[0], fault["code"]) == (field, code)


def test_a_week_needs_hours(admin):
    week = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "")
    answer = admin.post(API, json={"name": "Never", "time_zone": "UTC", **week})

    assert answer.json()["errors"][0]["code"] == "required"


def test_nobody_works_by_two_calendars(admin, make_user):
    user = [{"user_id": make_user("ana").id}]
    sound = {"time_zone": "UTC", "monday": "9-17"}
    first = admin.post(API, json={"name": "One", **sound, "users": user})
    assert first.status_code == 201, first.text

    for name, users in (("Two", user), ("Twice", user * 2)):
        answer = admin.post(API, json={"name": name, **sound, "users": users})
        assert answer.json()["errors"][-1]["code"] == "in_another_calendar"
    again = admin.patch(f"{API}/{first.json()['id']}", json={"version": 1, "users": user, "sunday": "9-10"})
    assert again.status_code == 200, again.text


def test_only_administrators_change_them_and_all_read_them(admin, member):
    made = admin.post(API, json={"name": "One", "time_zone": "UTC", "monday": "9-17"}).json()

    assert member.get(f"/working-calendars/{made['id']}").status_code == 200
    assert member.post(API, json={"name": "Two", "time_zone": "UTC", "monday": "9-17"}).status_code == 403
    assert member.patch(f"{API}/{made['id']}", json={"monday": ""}).status_code == 403
