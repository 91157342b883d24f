"""What a line that is being typed would cost: the fragment below its price."""

import re

import pytest

from vinculo.actor import FieldAccess, Scope

URL = "/lines/price/deal"


@pytest.fixture
def plugins_on():
    return ("deals", "catalog")


@pytest.fixture
def beans(add):
    """Beans at 20.00 EUR a kilogram, from ten on at 17.50."""
    kilogram = add("units", code="kg", name="kilogram")
    made = add("products", name="Espresso", sku="B-1", price="20.00", currency="EUR", unit_id=kilogram["id"])
    listed = add("price-lists", name="Wholesale <b>", currency="EUR")
    add("price-rules", name="Ten", list_id=listed["id"], product_id=made["id"], min_quantity="10",
        amount="17.50")  # fmt: skip
    return made["id"]


def told(browser, **parameters):
    answer = browser.get(URL, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.text.strip()


def test_it_says_the_price_and_why(admin, beans, make_client):
    assert told(admin, product_id=beans, quantity="10", currency="EUR") == (
        "17.50 EUR · By “Wholesale &lt;b&gt;: Ten”."
    )
    assert told(admin, product_id=beans, currency="EUR").startswith("20 EUR"), "a new line is of one"
    assert told(admin, product_id=beans, quantity="2", unit="crate", currency="EUR") == (
        "“crate” is no unit of the catalog."
    )
    client = make_client("Luz")
    assert "17.50" in told(admin, product_id=beans, quantity="10", client_id=client.id, currency="EUR")
    for wrong in ({"quantity": "ten"}, {"product_id": "x"}, {"product_id": "999"}, {"client_id": "999"}, {}):
        assert told(admin, **{"product_id": beans if wrong else "", "currency": "EUR", **wrong}) == ""


def test_it_says_the_price_of_a_variant_of_the_product(admin, beans):
    dear = admin.post("/api/v1/variants", json={"product_id": beans, "name": "dark", "price": "31.00"}).json()
    other = admin.post("/api/v1/products", json={"name": "Cup", "price": "4", "currency": "EUR"}).json()
    asked = {"variant_id": dear["id"], "currency": "EUR"}
    assert told(admin, product_id=beans, **asked).startswith("31 EUR")
    assert told(admin, product_id=other["id"], **asked) == "", "it is none of that product"
    assert told(admin, product_id=beans, variant_id="99", currency="EUR") == ""


def test_the_form_asks_for_it_where_products_are_known(admin, beans):
    page = admin.get("/deals/new").text
    (hint,) = {*re.findall(r'data-hint="([^"]*)" data-told="([^"]*)"', page)}
    assert hint == (URL, "product_id variant_id quantity unit client_id currency")
    for name in ("client_id", "currency"):
        assert f'name="{name}"' in page
    assert "data-hint" not in admin.get("/quotations/new").text, "its client is that of its deal"


class TestWithoutProducts:
    @pytest.fixture
    def plugins_on(self):
        return ("deals",)

    def test_nothing_is_said(self, admin):
        assert "data-hint" not in admin.get("/deals/new").text
        assert admin.get(URL).status_code == 404
        assert admin.get("/lines/price/nothing").status_code == 404


READS = {f"{kind}.read": Scope.ALL for kind in ("catalog.product", "deals.deal", "catalog.unit", "client")}
HIDDEN = {("deal", "lines"): FieldAccess.HIDDEN}


@pytest.mark.parametrize(
    ("rights", "fields", "status", "says"),
    [
        ({"deals.deal.update": Scope.ALL}, {}, 200, "17.50 EUR"),
        ({"deals.deal.create": Scope.ALL}, {}, 200, "17.50 EUR"),
        ({}, {}, 403, ""),
        ({"deals.deal.update": Scope.ALL}, HIDDEN, 200, ""),
        ({"deals.deal.update": Scope.ALL, "catalog.product.read": None}, {}, 200, ""),
    ],
)
def test_it_is_for_those_who_write_deals_and_see_products(
    member, make_role, beans, rights, fields, status, says
):
    held = {"*": None} | READS | rights
    make_role("Member", {name: scope for name, scope in held.items() if scope or name == "*"}, fields)
    answer = member.get(URL, params={"product_id": beans, "quantity": "10", "currency": "EUR"})
    assert answer.status_code == status
    if status == 200:
        assert answer.text.strip().startswith(says)
        assert bool(answer.text.strip()) == bool(says)


def test_a_client_that_one_does_not_see_has_no_prices(member, make_role, beans, make_client, make_user):
    other = make_client("Elsewhere", responsible_id=make_user("ana").id)
    make_role("Member", {"*": Scope.OWN, "catalog.product.read": Scope.ALL, "deals.deal.update": Scope.ALL})
    asked = {"product_id": beans, "quantity": "10", "currency": "EUR"}
    assert told(member, **asked).startswith("17.50")
    assert told(member, **asked, client_id=other.id) == ""
