"""What holds for every order, by whatever door it comes."""

from decimal import Decimal

import pytest
import sqlalchemy as sa

from vinculo.events.models import Event
from vinculo_orders.models import OrderLine, OrderMove

API = "/api/v1/orders"
LINES = [
    {"product": "Flour", "quantity": "3", "price": "10.00", "tax_rate": "20"},
    {"product": "Sugar", "quantity": "2", "price": "7.25", "discount": "10"},
]


def test_lines_make_up_the_amount_as_an_invoice_would(company, make_order, row):
    made = row(make_order().id)
    assert (made.amount, made.tax_amount) == (Decimal("49.05"), Decimal("6.00"))
    assert row(make_order(lines=[{"product": "Flour", "quantity": "1"}]).id).amount is None
    assert row(make_order(lines=[], amount="12.00").id).amount == Decimal("12.00")


def test_numbers_follow_one_another_in_company_and_year(company, make_order, row):
    numbers = [row(make_order(ordered_on=f"{year}-03-02").id).number for year in (2026, 2026, 2025)]
    assert numbers == ["V-O2026-00001", "V-O2026-00002", "V-O2025-00001"]
    assert row(make_order(number="Mine 7").id).number == "Mine 7"


def test_the_number_of_a_draft_that_is_deleted_is_not_given_again(admin, company, make_order, row):
    made = make_order()
    assert admin.delete(f"{API}/{made.id}").status_code == 200
    assert row(make_order().id).number == "V-O2026-00002"


MOVES = {
    "draft": {"confirmed", "cancelled"},
    "confirmed": {"processing", "done", "draft", "cancelled"},
    "processing": {"done", "confirmed", "draft", "cancelled"},
    "done": {"processing", "confirmed"},
    "cancelled": {"draft", "confirmed", "processing"},
}
WAY = {
    "draft": (), "confirmed": ("confirmed",), "processing": ("confirmed", "processing"),
    "done": ("confirmed", "done"), "cancelled": ("cancelled",),
}  # fmt: skip


@pytest.mark.parametrize("before", MOVES)
def test_an_order_goes_from_step_to_step(admin, make_order, before, refused):
    for after in MOVES:
        url = f"{API}/{make_order().id}"
        for state in WAY[before]:
            assert admin.patch(url, json={"state": state, "cancel_reason": "x"}).status_code == 200
        answer = admin.patch(url, json={"state": after, "cancel_reason": "No stock"})
        if after in MOVES[before] or after == before:
            assert answer.status_code == 200, (before, after, answer.text)
        else:
            assert refused(answer) == {("state", "not_next")}, (before, after)


def test_one_is_cancelled_for_a_reason_which_goes_with_the_state(admin, make_order, refused):
    url = f"{API}/{make_order().id}"
    assert refused(admin.patch(url, json={"state": "cancelled"})) == {("cancel_reason", "required")}
    admin.patch(url, json={"state": "cancelled", "cancel_reason": "No stock"})
    assert admin.patch(url, json={"state": "draft"}).json()["cancel_reason"] == ""


def test_what_is_confirmed_stands_until_it_is_a_draft_again(admin, make_order, make_client, refused):
    made = admin.get(f"{API}/{make_order().id}").json()
    url = f"{API}/{made['id']}"
    assert admin.patch(url, json={"state": "confirmed"}).status_code == 200
    other = make_client("Other").id
    changed = [{**LINES[0], "quantity": "4"}, LINES[1]]
    for name, value in (("lines", changed), ("client_id", other), ("currency", "EUR"), ("number", "7")):
        assert (name, "confirmed") in refused(admin.patch(url, json={name: value})), name
    assert admin.patch(url, json={"note": "Ring first"}).status_code == 200
    assert admin.delete(url).json()["code"] == "order_confirmed"
    assert admin.patch(url, json={"state": "draft", "lines": changed}).json()["amount"] == "61.05"


def test_there_must_be_something_to_confirm(admin, make_order, refused):
    url = f"{API}/{make_order(lines=[]).id}"
    assert refused(admin.patch(url, json={"state": "confirmed"})) == {("lines", "required")}


def test_days_that_cannot_be_are_refused(admin, make_client, refused):
    values = {"client_id": make_client().id}
    for name, day, code in (
        ("due_on", "2026-03-01", "before_ordered"),
        ("ordered_on", "1066-10-14", "out_of_range"),
    ):
        answer = admin.post(API, json={**values, "ordered_on": "2026-03-02", name: day})
        assert refused(answer) == {(name, code)}
    answer = admin.post(API, json={**values, "state": "done", "amount": "1.00"})
    assert refused(answer) == {("state", "not_next")}


def test_an_outlet_is_of_the_company(admin, company, make_client, make_record, refused):
    shop = admin.post("/api/v1/outlets", json={"name": "Shop", "company_id": company.id}).json()["id"]
    other = admin.post("/api/v1/companies", json={"name": "Other"}).json()["id"]
    values = {"client_id": make_client().id, "outlet_id": shop}
    assert admin.post(API, json=values).json()["company_id"] == company.id
    answer = admin.post(API, json={**values, "company_id": other})
    assert refused(answer) == {("outlet_id", "other_company")}


def test_the_log_and_the_history_tell_who_moved_it(admin, make_order, database):
    made = make_order().id
    for state in ("confirmed", "processing", "done", "processing", "draft"):
        assert admin.patch(f"{API}/{made}", json={"state": state}).status_code == 200
    with database.read() as session:
        told = sa.select(Event.action).where(Event.kind == "order").order_by(Event.id)
        said = [one for one in session.scalars(told) if one not in ("created", "changed")]
        moves = session.execute(sa.select(OrderMove.state, OrderMove.user_id).order_by(OrderMove.id)).all()
    assert said == ["confirmed", "begun", "done", "begun", "reopened"]
    assert [str(one.state) for one in moves] == [
        "draft", "confirmed", "processing", "done", "processing", "draft",
    ]  # fmt: skip
    assert all(one.user_id for one in moves[1:])


def test_lines_and_moves_go_with_the_client(admin, make_order, make_client, database):
    made, other = make_order().id, make_client("Other").id
    assert admin.patch(f"{API}/{made}", json={"client_id": other}).status_code == 200
    with database.read() as session:
        for part in (OrderLine, OrderMove):
            assert {*session.scalars(sa.select(part.client_id))} == {other}
