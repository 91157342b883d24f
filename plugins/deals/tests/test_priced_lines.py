"""Lines that name products of the catalog: filled in by its price lists, bounded by its discount limits."""

import re

import pytest

from vinculo.actor import Scope
from vinculo_deals.queries import goods

DEALS = "/api/v1/deals"


@pytest.fixture
def plugins_on():
    return ("deals", "catalog")


@pytest.fixture
def beans(add):
    """Beans at 20.00 EUR a kilogram, from ten on at 17.50."""
    kilogram = add("units", code="kg", name="kilogram")
    made = add("products", name="Espresso", sku="B-1", price="20.00", currency="EUR", unit_id=kilogram["id"],
               tax_rate="19")  # fmt: skip
    listed = add("price-lists", name="Wholesale", currency="EUR")
    add("price-rules", name="Ten", list_id=listed["id"], product_id=made["id"], min_quantity="10",
        amount="17.50")  # fmt: skip
    return made


def test_a_line_that_names_a_product_is_filled_in_and_says_why(add, admin, beans, database):
    made = add("deals", title="Beans", currency="EUR", lines=[
        {"product_id": beans["id"], "quantity": "10"},
        {"product_id": beans["id"], "product": "For the bar", "quantity": "2", "price": "19"},
        {"product": "Delivery", "price": "5"},
    ])  # fmt: skip
    told = [(one["product"], one["unit"], one["price"], one["price_why"]) for one in made["lines"]]
    assert told == [
        ("Espresso", "kg", "17.50", "By “Wholesale: Ten”."),
        ("For the bar", "kg", "19.00", ""),
        ("Delivery", "", "5.00", ""),
    ]
    assert made["amount"] == "218.00"
    assert "Wholesale: Ten" in admin.get(f"{DEALS.removeprefix('/api/v1')}/{made['id']}").text
    with database.read() as session:
        assert [one.product for one in goods(session, made["id"])] == [
            ("product", beans["id"]), ("product", beans["id"]), None,
        ]  # fmt: skip

    first, *_others = made["lines"]
    again = admin.patch(f"{DEALS}/{made['id']}", json={"lines": [{**_typed(first), "price": "16"}]}).json()
    assert [(one["price"], one["price_why"]) for one in again["lines"]] == [("16.00", "")]
    emptied = admin.patch(f"{DEALS}/{made['id']}", json={
        "lines": [{**_typed(again["lines"][0]), "price": None, "quantity": "9"}]
    }).json()  # fmt: skip
    assert emptied["lines"][0]["price"] == "20.00"


def _typed(line):
    return {name: value for name, value in line.items() if name != "price_why"}


def test_another_product_brings_its_own_price(add, admin, beans):
    cup = add("products", name="Cup", price="4.00", currency="EUR")
    made = add("deals", title="Beans", currency="EUR", lines=[{"product_id": beans["id"], "quantity": "10"}])
    line = {"id": made["lines"][0]["id"], "product_id": cup["id"]}
    (held,) = admin.patch(f"{DEALS}/{made['id']}", json={"lines": [line]}).json()["lines"]
    assert (held["product"], held["unit"], held["price"]) == ("Cup", "pcs", "4.00")


def test_what_has_no_price_is_saved_and_says_so(add, beans):
    made = add("deals", title="Beans", currency="RUB", lines=[{"product_id": beans["id"]}])  # no rate
    (line,) = made["lines"]
    assert (line["price"], made["amount"]) == (None, None)
    assert "EUR" in line["price_why"]
    odd = add("deals", title="Beans", currency="EUR", lines=[{"product_id": beans["id"], "unit": "sack"}])
    assert odd["lines"][0]["price_why"] == "“sack” is no unit of the catalog."


def test_a_line_is_something(admin, faults):
    assert faults(admin.post(DEALS, json={"title": "X", "lines": [{"quantity": "1"}]})) == {
        ("lines[0].product", "required")
    }
    wrong = admin.post(DEALS, json={"title": "X", "lines": [{"product_id": 99}]})
    assert faults(wrong) == {("lines[0].product_id", "no_such_record")}


def test_nobody_gives_more_off_than_their_roles_allow(
    admin, add, beans, member, make_role, faults, make_user, database
):
    names = ("deals.deal", "deals.quotation", "catalog.product")
    make_role("Member", {f"{one}.{may}": Scope.ALL for one in names for may in ("read", "create", "update")})
    role = re.search(r'name="(role-\d+)"', admin.get("/catalog/discounts").text)[1]
    admin.post("/catalog/discounts", data={role: "10"})
    line = {"product_id": beans["id"], "discount": "15"}
    sent = {"title": "Beans", "currency": "EUR", "lines": [line]}
    assert faults(member.post(DEALS, json=sent)) == {("lines[0].discount", "discount_limit")}
    allowed = add("deals", **sent)  # by an administrator, whom nothing limits
    changed = member.patch(f"{DEALS}/{allowed['id']}", json={"title": "Beans again"})
    assert changed.status_code == 200
    quoted = member.post("/api/v1/quotations", json={"deal_id": allowed["id"]})
    assert (quoted.status_code, quoted.json()["total"]) == (201, "20.23")  # 17.00 and 19 % of it
    more = {**_typed(quoted.json()["lines"][0]), "discount": "16"}
    answer = member.patch(f"/api/v1/quotations/{quoted.json()['id']}", json={"lines": [more]})
    assert faults(answer) == {("lines[0].discount", "discount_limit")}


def test_an_accepted_quotation_keeps_what_its_lines_name(add, admin, beans):
    made = add("deals", title="Beans", currency="EUR", lines=[{"product": "Beans", "price": "1"}])
    quoted = add("quotations", deal_id=made["id"], lines=[{"product_id": beans["id"], "quantity": "10"}])
    for step in ({}, {"take": True}):
        admin.post(f"/api/v1/quotations/{quoted['id']}/{'accept' if step else 'send'}", json=step)
    (line,) = admin.get(f"{DEALS}/{made['id']}").json()["lines"]
    assert (line["product_id"], line["price"], line["unit"]) == (beans["id"], "17.50", "kg")
    assert line["price_why"] == "By “Wholesale: Ten”."


def test_without_the_catalog_lines_are_text_and_what_they_named_is_kept(
    add, beans, switch_plugin, open_browser, make_user
):
    made = add("deals", title="Beans", currency="EUR", lines=[{"product_id": beans["id"], "quantity": "10"}])
    url = f"{DEALS}/{made['id']}"
    boss = make_user("admin", role="Administrator")
    switch_plugin("catalog", False)
    admin = open_browser(boss)
    (line,) = admin.get(url).json()["lines"]
    assert "product_id" not in line
    assert "catalog" not in admin.get(f"/deals/{made['id']}/edit").text.lower().partition("<main")[2]
    changed = admin.patch(url, json={"lines": [{"id": line["id"], "quantity": "3"}]})
    assert changed.json()["amount"] == "52.50"
    switch_plugin("catalog", True)
    admin = open_browser(boss)
    assert admin.get(url).json()["lines"][0]["product_id"] == beans["id"]
