"""The variant that was chosen in a deal is ordered and charged."""

import pytest

from vinculo_orders.models import OrderLine

API = "/api/v1"


@pytest.fixture
def plugins_on():
    return ("organization", "orders", "deals", "payments", "catalog")


@pytest.fixture
def add(admin):
    def add(kind, **values):
        answer = admin.post(f"{API}/{kind}", json=values)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return add


@pytest.fixture
def shirt(add):
    return add("products", name="Shirt", price="20.00", currency="EUR")["id"]


@pytest.fixture
def red(add, shirt):
    return add("variants", product_id=shirt, name="red M", surcharge="3.00")["id"]


def told(line):
    return line["product"], line["price"], line["product_id"], line["variant_id"]


def test_a_variant_goes_from_the_deal_to_the_invoice(admin, add, make_client, shirt, red):
    line = {"product_id": shirt, "variant_id": red}
    deal = add("deals", title="Shirts", client_id=make_client().id, currency="EUR", lines=[line])["id"]
    quoted = add("quotations", deal_id=deal)
    wanted = ("Shirt, red M", "23.00", shirt, red)
    assert told(quoted["lines"][0]) == wanted
    assert admin.post(f"{API}/quotations/{quoted['id']}/send", json={}).status_code < 300
    assert admin.post(f"{API}/quotations/{quoted['id']}/accept", json={"take": True}).status_code < 300
    ordered = admin.post(f"{API}/orders/of/deal/{deal}").json()
    assert [told(one) for one in admin.get(f"{API}/orders/{ordered['id']}").json()["lines"]] == [wanted]
    assert "Shirt, red M" in admin.get(f"/orders/{ordered['id']}").text
    assert admin.post(f"/invoices/of/order/{ordered['id']}").status_code in (200, 303)
    (charged,) = admin.get(f"{API}/invoices/1").json()["lines"]
    assert (charged["product"], charged["price"]) == ("Shirt, red M", "23.00")


def test_an_order_asks_for_variants_of_its_product(admin, add, make_client, shirt, red, refused):
    cup = add("products", name="Cup", price="4.00", currency="EUR")["id"]
    values = {"client_id": make_client().id, "currency": "EUR"}
    wrong = {**values, "lines": [{"product_id": cup, "variant_id": red}]}
    assert refused(admin.post(f"{API}/orders", json=wrong)) == {("lines[0].variant_id", "other_product")}
    made = add("orders", **values, lines=[{"product_id": shirt, "variant_id": red, "quantity": "2"}])
    assert (told(made["lines"][0]), made["amount"]) == (("Shirt, red M", "23.00", shirt, red), "46.00")


def test_an_order_keeps_variants_while_the_catalog_is_off(
    add, make_client, shirt, red, switch_plugin, open_browser, make_user, database
):
    line = {"product_id": shirt, "variant_id": red}
    made = add("orders", client_id=make_client().id, currency="EUR", lines=[line])
    url, boss = f"{API}/orders/{made['id']}", make_user("admin", role="Administrator")
    switch_plugin("catalog", False)
    (held,) = open_browser(boss).get(url).json()["lines"]
    assert "variant_id" not in held
    with database.read() as session:
        assert session.get(OrderLine, held["id"]).variant_id == red
    switch_plugin("catalog", True)
    assert told(open_browser(boss).get(url).json()["lines"][0]) == ("Shirt, red M", "23.00", shirt, red)
