"""What was sold becomes an order, the order goods that are kept and an invoice that says the same."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from vinculo.audit import delivering
from vinculo.errors import ConflictError
from vinculo.records import service
from vinculo.testing.factories import SYSTEM
from vinculo_payments import billing
from vinculo_payments.models import Invoice
from vinculo_warehouse import queries as stock_queries

API = "/api/v1"


@pytest.fixture
def plugins_on():
    return ("organization", "orders", "deals", "payments", "warehouse", "complaints")


@pytest.fixture
def look(admin):
    """Tell plugins what happened, as the kernel does each minute."""
    return lambda: delivering.deliver(admin.app.state.site)


@pytest.fixture
def flour(admin, look):
    """Ten of it are there; what promises goods from now on is told."""
    look()
    item = admin.post(f"{API}/stock-items", json={"name": "Flour"}).json()["id"]
    house = admin.post(f"{API}/warehouses", json={"name": "Main"}).json()["id"]
    lines = [{"item_id": item, "quantity": "10"}]
    receipt = {"type": "receipt", "state": "posted", "warehouse_id": house, "lines": lines}
    assert admin.post(f"{API}/stock-documents", json=receipt).status_code == 201
    return item


@pytest.fixture
def reserved(database, flour):
    """How much of the flour is kept."""

    def reserved():
        with database.read() as session:
            return int(sum(one.reserved for one in stock_queries.stock(session, item_ids=[flour])))

    return reserved


@pytest.fixture
def deal(admin, make_client):
    lines = [{"product": "Flour", "quantity": "4", "unit": "bag", "price": "10.00", "discount": "5"}]
    values = {"title": "Bakery", "client_id": make_client("Luz").id, "lines": lines, "currency": "EUR"}
    return admin.post(f"{API}/deals", json=values).json()["id"]


def won(admin, deal):
    stages = admin.get(f"{API}/pipelines/1").json()["stages"]
    stage = next(one["id"] for one in stages if one["state"] == "won")
    assert admin.patch(f"{API}/deals/{deal}", json={"stage_id": stage}).status_code == 200


def test_a_deal_becomes_an_order_with_its_lines(admin, deal, make_user, open_browser):
    card = admin.get(f"/deals/{deal}").text
    assert f'action="/orders/of/deal/{deal}"' in card
    assert admin.post(f"/orders/of/deal/{deal}").status_code in (200, 303)
    made = admin.get(f"{API}/orders/1").json()
    [line] = made["lines"]
    told = [line[name] for name in ("product", "unit")] + [float(line[one]) for one in ("quantity", "price")]
    assert told == ["Flour", "bag", 4.0, 10.0]
    assert (made["state"], made["currency"], made["amount"]) == ("draft", "EUR", "38.00")
    assert (made["about_kind"], made["about_id"]) == ("deal", deal)
    card = admin.get(f"/deals/{deal}").text
    assert made["number"] in card
    assert f"/orders/of/deal/{deal}" not in card
    again = admin.post(f"{API}/orders/of/deal/{deal}")
    assert (again.status_code, again.json()["code"]) == (409, "ordered")
    assert "Bakery" in admin.get("/orders/1").text
    assert admin.post(f"{API}/orders/of/deal/99").status_code == 404
    assert admin.post(f"{API}/orders/of/order/1").status_code == 404


def test_a_confirmed_order_keeps_goods_in_the_place_of_its_deal(admin, deal, look, flour, reserved):
    won(admin, deal)
    look()
    assert reserved() == 4
    assert admin.post(f"{API}/orders/of/deal/{deal}").status_code == 201
    look()
    assert reserved() == 4, "a draft keeps nothing"
    assert admin.patch(f"{API}/orders/1", json={"state": "confirmed"}).status_code == 200
    look()
    assert reserved() == 4, "the order has it, and the deal no more"
    assert "10" in admin.get("/orders/1").text
    assert admin.patch(f"{API}/orders/1", json={"state": "draft"}).status_code == 200
    look()
    assert reserved() == 0
    admin.patch(f"{API}/orders/1", json={"state": "confirmed"})
    look()
    assert reserved() == 4
    admin.patch(f"{API}/orders/1", json={"state": "cancelled", "cancel_reason": "No money"})
    look()
    assert reserved() == 0


def test_a_deal_that_is_won_after_its_order_keeps_nothing_twice(admin, deal, look, flour, reserved):
    admin.post(f"{API}/orders/of/deal/{deal}")
    admin.patch(f"{API}/orders/1", json={"state": "confirmed"})
    won(admin, deal)
    look()
    assert reserved() == 4


def shipped(admin, of, much):
    """So much of the goods of a record leaves the warehouse."""
    said = admin.post(f"/warehouse/ship/{of}", follow_redirects=False)
    assert said.status_code == 303, said.text
    made = admin.get(f"{API}{said.headers['location']}").json()
    [line] = made["lines"]
    parts = {f"part_{line['id']}": much, "version": made["version"]}
    assert admin.post(f"/stock-documents/{made['id']}/part", data=parts).status_code in (200, 303)


def test_an_order_of_a_deal_that_was_shipped_in_part_keeps_what_is_left(admin, deal, look, flour, reserved):
    won(admin, deal)
    look()
    shipped(admin, f"deal/{deal}", "1")
    assert reserved() == 3
    admin.post(f"{API}/orders/of/deal/{deal}")
    admin.patch(f"{API}/orders/1", json={"state": "confirmed"})
    look()
    assert reserved() == 3, "1 of 4 is with the client already"
    shipped(admin, "order/1", "2")
    assert reserved() == 1
    for state in ("draft", "confirmed"):
        admin.patch(f"{API}/orders/1", json={"state": state})
        look()
    assert reserved() == 1, "nor is it kept again for who thinks it over"


def test_an_order_of_what_is_left_of_a_deal_keeps_all_of_it(admin, deal, look, flour, reserved):
    won(admin, deal)
    look()
    shipped(admin, f"deal/{deal}", "1")
    made = admin.post(f"{API}/orders/of/deal/{deal}").json()
    lines = [{"id": admin.get(f"{API}/orders/{made['id']}").json()["lines"][0]["id"], "quantity": "3"}]
    admin.patch(f"{API}/orders/1", json={"lines": lines, "state": "confirmed"})
    look()
    assert reserved() == 3


def test_nothing_is_kept_for_an_order_of_what_was_shipped(admin, deal, look, flour, reserved):
    won(admin, deal)
    look()
    shipped(admin, f"deal/{deal}", "4")
    admin.post(f"{API}/orders/of/deal/{deal}")
    admin.patch(f"{API}/orders/1", json={"state": "confirmed"})
    look()
    assert reserved() == 0
    answer = admin.post("/warehouse/reserve/order/1")
    assert answer.status_code == 422
    assert "all was shipped" in answer.text


def test_a_deal_and_its_order_are_charged_but_once(admin, deal, database):
    admin.post(f"{API}/orders/of/deal/{deal}")
    assert admin.post(f"/invoices/of/deal/{deal}").status_code in (200, 303)
    card = admin.get("/orders/1").text
    assert "/invoices/of/order/1" not in card
    with database.read() as session:
        number = session.scalar(sa.select(Invoice.number))
    assert number in card
    again = admin.post("/invoices/of/order/1")
    assert again.status_code == 409
    assert f"{number}, made of “Deal”" in again.text
    assert admin.post("/invoices/1/cancel").status_code in (200, 303)
    assert admin.post("/invoices/of/order/1").status_code in (200, 303)
    again = admin.post(f"/invoices/of/deal/{deal}")
    assert again.status_code == 409
    assert "made of “Order”" in again.text


def test_who_charges_for_the_order_waits_for_who_charges_for_its_deal(admin, deal, database):
    admin.post(f"{API}/orders/of/deal/{deal}")
    registry = admin.app.state.site.registry

    def charge(session, name, record_id):
        kind = registry.kinds[name]
        record = service.get(session, kind, record_id, actor=SYSTEM, lock=True)
        billing.bill(session, registry, kind, record, actor=SYSTEM)

    def charge_order():
        with database.write() as session:
            charge(session, "order", 1)

    with ThreadPoolExecutor() as pool:
        with database.write() as session:
            charge(session, "deal", deal)
            second = pool.submit(charge_order)
            with pytest.raises(TimeoutError):
                second.result(timeout=0.5)
        with pytest.raises(ConflictError):
            second.result(timeout=30)


def test_an_order_is_shipped_and_charged(admin, deal, look, flour, reserved, database):
    admin.post(f"{API}/orders/of/deal/{deal}")
    order = admin.get(f"{API}/orders/1").json()
    lines = [{"id": order["lines"][0]["id"], "tax_rate": "12"}]
    order = admin.patch(f"{API}/orders/1", json={"lines": lines, "state": "confirmed"}).json()
    look()
    assert reserved() == 4
    assert 'action="/invoices/of/order/1"' in admin.get("/orders/1").text
    assert admin.post("/invoices/of/order/1").status_code in (200, 303)
    with database.read() as session:
        [one] = session.scalars(sa.select(Invoice))
        assert (f"{one.amount}", f"{one.tax_amount}") == (order["amount"], order["tax_amount"])
        assert (one.client_id, one.currency, one.about_kind) == (order["client_id"], "EUR", "order")
    assert order["amount"] == "42.56"


def test_complaints_are_told_per_thousand_orders_not_deals(admin, deal, make_client):
    won(admin, deal)
    luz = make_client("Sol").id
    for state in ("draft", "confirmed", "confirmed"):
        values = {"client_id": luz, "amount": "1.00", "state": state}
        assert admin.post(f"{API}/orders", json=values).status_code == 201
    complaint = {"client_id": luz, "subject": "Late"}
    assert admin.post(f"{API}/complaints", json=complaint).status_code == 201
    assert "1 complaints on 2 orders: 500 per 1,000." in admin.get("/complaints/reports").text
