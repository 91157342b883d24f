"""Products, their groups, units, barcodes and variants."""

from fractions import Fraction

import pytest

from vinculo.actor import FieldAccess, Scope
from vinculo.errors import ConflictError
from vinculo_catalog import units
from vinculo_catalog.models import Product
from vinculo_catalog.pages import read_traits
from vinculo_catalog.service import checked


def test_a_product_is_counted_in_pieces_and_priced_in_the_currency_of_the_company(admin, add):
    made = add("products", name="Cup", price="4.90")

    codes = {one["id"]: one["code"] for one in admin.get("/api/v1/units?limit=100").json()["items"]}
    assert codes[made["unit_id"]] == "pcs"
    assert {"kg", "g", "box", "h"} <= set(codes.values())
    assert len(made["currency"]) == 3


def test_no_two_have_the_same_sku_variants_included(add):
    shirt = add("products", name="Shirt", sku="SH-1")

    assert add("products", name="Another", sku="sh-1") == {"sku": "duplicate"}
    assert add("variants", product_id=shirt["id"], sku="SH-1") == {"sku": "duplicate"}
    assert add("products", name="No number")["sku"] == ""
    assert add("products", name="None either")["sku"] == ""


@pytest.mark.parametrize(
    ("code", "kept"),
    [("4006381333931", "4006381333931"), ("96385074", "96385074"), ("0-36000-29145-2", "036000291452"),
     ("1001 2345 6789 02", "10012345678902")],
)  # fmt: skip
def test_barcodes_of_four_kinds_are_read(code, kept):
    assert checked(code) == (kept, "")


@pytest.mark.parametrize("code", ["4006381333932", "96385075", "036000291453", "123", "", "ABCDEFGH"])
def test_a_barcode_with_a_wrong_digit_is_refused(code):
    assert checked(code)[1]


def test_a_barcode_is_of_one_product(add):
    code = "4006381333931"
    pen = add("products", name="Pen", barcodes=[{"code": "4006381-333931"}])
    assert [one["code"] for one in pen["barcodes"]] == [code]

    assert add("products", name="Pencil", barcodes=[{"code": code}]) == {"barcodes[0].code": "duplicate"}
    twice = [{"code": "96385074"}, {"code": "96385074"}]
    assert add("products", name="Pencil", barcodes=twice) == {"barcodes[1].code": "duplicate"}
    wrong = [{"code": "4006381333932"}]
    assert add("products", name="Pencil", barcodes=wrong) == {"barcodes[0].code": "invalid_barcode"}
    assert add("variants", product_id=pen["id"], barcode=code) == {"barcode": "duplicate"}


def test_a_group_that_moves_takes_those_below_it_along(admin, add, change):
    food = add("product-groups", name="Food")
    dairy = add("product-groups", name="Dairy", parent_id=food["id"])
    cheese = add("product-groups", name="Cheese", parent_id=dairy["id"])
    assert cheese["path"] == "Food / Dairy / Cheese"

    assert change("product-groups", food, parent_id=cheese["id"]) == {"parent_id": "cycle"}
    assert change("product-groups", food, parent_id=food["id"]) == {"parent_id": "cycle"}
    change("product-groups", dairy, parent_id=None)
    assert admin.get(f"/api/v1/product-groups/{cheese['id']}").json()["path"] == "Dairy / Cheese"
    change("product-groups", dairy, name="Milk")
    assert admin.get(f"/api/v1/product-groups/{cheese['id']}").json()["path"] == "Milk / Cheese"
    assert add("product-groups", name="milk") == {"name": "duplicate"}


def test_a_group_with_products_is_not_deleted(admin, add):
    group = add("product-groups", name="Food")
    add("products", name="Bread", group_id=group["id"])

    assert admin.delete(f"/api/v1/product-groups/{group['id']}").status_code == 409


def test_a_base_has_no_base(add):
    kilo = add("units", code="kg")
    gram = add("units", code="g", base_id=kilo["id"], factor="0.001")
    other = add("units", code="lb")

    assert add("units", code="mg", base_id=gram["id"], factor="0.001") == {"base_id": "not_a_base"}
    assert add("units", code="KG") == {"code": "duplicate"}
    assert add("units", code="none", base_id=other["id"], factor="0").keys() == {"factor"}


def test_quantities_are_converted_by_packs_and_by_common_bases(add, database):
    kilo = add("units", code="kg")
    gram = add("units", code="g", base_id=kilo["id"], factor="0.001")
    tonne = add("units", code="t", base_id=kilo["id"], factor="1000")
    box, hour = add("units", code="box"), add("units", code="h")
    beans = add("products", name="Beans", unit_id=gram["id"], packs=[{"unit_id": box["id"], "factor": "250"}])

    with database.read() as session:
        product = session.get_one(Product, beans["id"])
        assert units.worth(session, product, None) == 1
        assert units.worth(session, product, box["id"]) == 250
        assert units.worth(session, product, kilo["id"]) == 1000
        assert units.worth(session, product, tonne["id"]) == 1_000_000
        product.unit_id = tonne["id"]
        assert units.worth(session, product, gram["id"]) == Fraction(1, 1_000_000)
        with pytest.raises(ConflictError, match="h cannot be counted in t"):
            units.worth(session, product, hour["id"])


def test_variants_are_made_of_attributes_in_one_step(admin, add):
    shirt = add("products", name="Shirt", sku="SH")
    url = f"/products/{shirt['id']}/variants"

    admin.post(url, data={"traits": "Size: S, M\nColour: red, blue"})
    admin.post(url, data={"traits": "Size: S, M, L\nColour: red"})

    made = admin.get("/api/v1/variants?limit=100").json()["items"]
    assert sorted(one["name"] for one in made) == [
        "Shirt, L, red", "Shirt, M, blue", "Shirt, M, red", "Shirt, S, blue", "Shirt, S, red",
    ]  # fmt: skip
    assert min(one["sku"] for one in made) == "SH-L-red"
    assert "Shirt, S, red" in admin.get(f"/products/{shirt['id']}").text
    too_many = "\n".join(f"A{one}: a, b, c" for one in range(6))
    assert admin.post(url, data={"traits": too_many}).status_code == 422
    assert "cannot be read" in admin.post(url, data={"traits": "Size S"}).text


def test_attributes_are_read_line_by_line():
    assert read_traits("Size: S, M ,S\n\n Colour:red") == {"Size": ["S", "M"], "Colour": ["red"]}


def test_a_variant_has_one_way_to_its_price(add):
    shirt = add("products", name="Shirt")

    refused = add("variants", product_id=shirt["id"], price="3.00", surcharge="1.00")
    assert refused == {"surcharge": "two_prices"}


def test_a_product_ends_after_it_begins(add):
    refused = add("products", name="Cup", active_from="2026-03-01", active_to="2026-02-01")
    assert refused == {"active_to": "ends_before"}


def test_cost_is_hidden_from_those_whose_role_hides_it(add, member, make_role):
    make_role("Member", {"catalog.product.read": Scope.ALL}, {("product", "cost"): FieldAccess.HIDDEN})
    made = add("products", name="Cup", cost="1.73", price="4.90")

    seen = member.get(f"/api/v1/products/{made['id']}").json()

    assert made["cost"] == "1.73"
    assert "cost" not in seen
    assert "1.73" not in member.get(f"/products/{made['id']}").text


def test_the_common_units_are_added_once(admin):
    assert "kg" in admin.get("/catalog/units").text
    admin.post("/catalog/units")
    admin.post("/catalog/units")

    assert len(admin.get("/api/v1/units?limit=100").json()["items"]) == len(units.COMMON)
