"""Own companies as people meet them."""

from datetime import date

import pytest
import sqlalchemy as sa

from vinculo.accounts.models import Membership
from vinculo.accounts.records import department
from vinculo.company.calendar_records import working_calendar
from vinculo.company.calendars import calendar_for
from vinculo.company.hours import spans
from vinculo_organization import service
from vinculo_organization.models import Company


def marked(database):
    with database.read() as session:
        return [*session.scalars(sa.select(Company.name).where(Company.is_default))]


def default_of(database):
    with database.read() as session:
        found = service.default_company(session)
        return found and found.name


def test_the_first_company_is_the_default_until_another_is(add, admin, database):
    assert default_of(database) is None
    add("companies", name="North")
    south = add("companies", name="South")
    assert marked(database) == ["North"]

    admin.patch(f"/api/v1/companies/{south['id']}", json={"is_default": True})

    assert marked(database) == ["South"]
    assert default_of(database) == "South"


def test_without_a_mark_the_oldest_in_use_is_the_default(add, admin, database):
    north = add("companies", name="North")
    add("companies", name="South")

    admin.patch(f"/api/v1/companies/{north['id']}", json={"is_default": False, "active": False})

    assert default_of(database) == "South"


def test_that_a_mark_was_taken_is_on_record(add, admin):
    north = add("companies", name="North")
    add("companies", name="South", is_default=True)

    history = admin.get(f"/companies/{north['id']}/history").text

    assert "Default" in history


def test_numbers_are_those_of_the_country_in_its_form(add):
    made = add("companies", name="Luz", country="BR", tax_id="11222333000181")

    assert made["tax_id"] == "11.222.333/0001-81"


@pytest.mark.parametrize(
    ("kind", "values", "fault"),
    [
        ("companies", {"country": "BR", "tax_id": "11222333000182"}, {"tax_id": "invalid_identifier"}),
        ("companies", {"country": "PT", "vat_id": "PT501964842"}, {"vat_id": "invalid_identifier"}),
        ("companies", {"name": "NÓRTH"}, {"name": "duplicate"}),
        ("bank_accounts", {"number": "PT50000201231234567890155"}, {"number": "invalid_iban"}),
        ("bank_accounts", {"number": "1", "bank_code": "CGDIXXPL"}, {"bank_code": "invalid_bic"}),
        ("bank_accounts", {"number": "1", "currency": "ZZZ"}, {"currency": "invalid"}),
    ],
)
def test_what_cannot_be_is_refused(add, kind, values, fault):
    north = add("companies", name="North")
    link = {"company_id": north["id"]} if kind != "companies" else {}

    assert add(kind, **{"name": "Luz", **link, **values}) == fault


def test_numbers_of_other_forms_are_kept(add):
    north = add("companies", name="North")

    made = add("bank_accounts", name="A", company_id=north["id"], number="40702810 0", bank_code="044525225")

    assert (made["number"], made["bank_code"]) == ("40702810 0", "044525225")


def test_currencies_come_from_the_company_and_that_one_has_them_from_the_settings(add):
    own = add("companies", name="Home")
    north = add("companies", name="North", currency="EUR")
    account = add("bank_accounts", name="A", company_id=north["id"], number="1")
    desk = add("cash_desks", name="B", company_id=own["id"])

    assert (own["currency"], account["currency"], desk["currency"]) == ("USD", "EUR", "USD")
    assert (account["opening_balance"], desk["active"]) == ("0.00", True)


def test_a_cash_desk_is_at_an_outlet_of_its_company(add):
    north, south = add("companies", name="North"), add("companies", name="South")
    shop = add("outlets", name="Shop", company_id=north["id"])

    assert (
        add("cash_desks", name="A", company_id=north["id"], outlet_id=shop["id"])["outlet_id"] == shop["id"]
    )
    faults = add("cash_desks", name="B", company_id=south["id"], outlet_id=shop["id"])
    assert faults == {"outlet_id": "other_company"}


def test_what_has_something_stays(add, admin):
    north = add("companies", name="North")
    add("outlets", name="Shop", company_id=north["id"])

    assert admin.delete(f"/api/v1/companies/{north['id']}").status_code == 409


def test_an_outlet_is_on_the_cards_of_its_company_and_department(add, admin, make_department):
    north, sales = add("companies", name="North"), make_department("Sales")
    add("outlets", name="Corner shop", company_id=north["id"], department_id=sales.id)

    assert "Corner shop" in admin.get(f"/companies/{north['id']}").text
    assert "Corner shop" in admin.get(f"/departments/{sales.id}").text


def test_members_read_and_do_not_change(add, member):
    north = add("companies", name="North")

    assert member.get(f"/companies/{north['id']}").status_code == 200
    assert member.post("/api/v1/companies", json={"name": "Mine"}).status_code == 403
    assert member.get("/companies/new").status_code == 403


def test_who_works_in_an_outlet_works_by_its_calendar(add, admin, database, make_user, make_record):
    bea = make_user("bea")
    south, north = (
        make_record(working_calendar, name=name, time_zone="Europe/Berlin", monday=hours)
        for name, hours in (("South", "8-12"), ("North", "9-13"))
    )
    place = make_record(department, name="Shop")
    with database.write() as session:
        session.add(Membership(user_id=bea.id, department_id=place.id))
    own = add("companies", name="Home")
    values = {"name": "Shop", "company_id": own["id"], "department_id": place.id}
    shop = add("outlets", **values, calendar_id=south.id)

    with database.read() as session:
        time = calendar_for(session, user_id=bea.id)
    assert time.hours(date(2026, 11, 23)) == spans("08:00-12:00")
    assert add("outlets", **{**values, "name": "Other"}, calendar_id=north.id) == {
        "calendar_id": "other_calendar"
    }
    admin.patch(f"/api/v1/working-calendars/{south.id}", json={"departments": []})
    changed = admin.patch(f"/api/v1/outlets/{shop['id']}", json={"calendar_id": north.id})
    assert changed.status_code == 200, changed.text
    with database.read() as session:
        assert calendar_for(session, department_id=place.id).hours(date(2026, 11, 23)) == spans("09:00-13:00")
