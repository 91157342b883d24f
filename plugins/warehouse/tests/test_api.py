"""Stock as programs ask for it."""

import pytest


@pytest.fixture
def asked(admin):
    def asked(**parameters):
        return admin.get("/api/v1/stock", params=parameters).json()

    return asked


def keys(page):
    return [(one["item_id"], one["warehouse_id"]) for one in page["items"]]


def test_stock_is_told_in_pages(asked, make_item, make_warehouse, book):
    items = [make_item(f"Item {number}") for number in range(5)]
    places = [make_warehouse(name) for name in ("Main", "Shop")]
    for place in places:
        book("receipt", *((one, 3) for one in items), warehouse_id=place.id)
    every = [(one.id, place.id) for one in items for place in places]
    assert keys(asked()) == every
    found, page = [], asked(limit=3)
    assert page["previous_cursor"] is None
    while True:
        found.append(keys(page))
        if page["next_cursor"] is None:
            break
        page = asked(limit=3, cursor=page["next_cursor"])
    assert [len(one) for one in found] == [3, 3, 3, 1]
    assert [key for one in found for key in one] == every
    back = asked(limit=3, cursor=page["previous_cursor"])
    assert keys(back) == found[2]
    assert keys(asked(limit=3, cursor=back["next_cursor"])) == found[3]
    first = asked(limit=9, cursor=back["previous_cursor"])
    assert (keys(first), first["previous_cursor"]) == (found[0] + found[1], None)
    assert keys(asked(warehouse_id=places[1].id, item_id=items[2].id)) == [(items[2].id, places[1].id)]


def test_stock_of_a_batch(asked, make_item, book):
    flour = make_item(tracking="batch")
    book("receipt", (flour, 3, {"batch": "A"}), (flour, 4, {"batch": "B"}))
    book("receipt", (flour, 9, {"batch": "B"}), state="planned")
    (one,) = asked(batch="B")["items"]
    assert (one["on_hand"], one["on_order"], one["available"]) == ("4.00", "9.00", "4.00")
    assert asked(batch="C")["items"] == []


def test_what_is_wrong_is_named(admin, asked):
    assert asked(warehouse="1")["code"] == "unknown_parameter"
    assert "warehouse_id" in asked(warehouse="1")["detail"]
    for wrong in ("0", "x", "1001"):
        assert asked(limit=wrong)["errors"][0]["field"] == "limit"
    assert asked(cursor="AAAA")["code"] == "bad_cursor"
    assert asked(product_id="-1")["errors"][0]["field"] == "product_id"


def test_the_description_names_filters_and_answer(admin):
    api = admin.get("/api/v1/openapi.json").json()
    told = api["paths"]["/api/v1/stock"]["get"]
    names = {one["name"] for one in told["parameters"]}
    assert names == {"item_id", "product_id", "warehouse_id", "batch", "limit", "cursor"}
    answer = told["responses"]["200"]["content"]["application/json"]["schema"]
    assert "StockPage" in str(answer)


class TestWithCatalog:
    @pytest.fixture
    def plugins_on(self):
        return ("catalog", "warehouse")

    def test_stock_of_a_product(self, admin, asked, make_item, book):
        book("receipt", (make_item("Sugar"), 5))
        made = admin.post("/api/v1/products", json={"name": "Flour"}).json()["id"]
        item_id = int(admin.post(f"/warehouse/keep/{made}").url.path.rpartition("/")[2])
        lines = [{"item_id": item_id, "quantity": "2"}]
        admin.post("/api/v1/stock-documents", json={"type": "receipt", "state": "posted", "lines": lines})
        (one,) = asked(product_id=made)["items"]
        assert (one["item_id"], one["on_hand"]) == (item_id, "2.00")
        assert asked(product_id=made + 1)["items"] == []
