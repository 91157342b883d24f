"""What posting moves, what it refuses, and that taking it back leaves the books as they were."""

from decimal import Decimal

import pytest
import sqlalchemy as sa

from vinculo.actor import FieldAccess, Scope
from vinculo.errors import InvalidError
from vinculo_warehouse.models import Document, Move, StockLine


def refused(call, *arguments, **named):
    with pytest.raises(InvalidError) as raised:
        call(*arguments, **named)
    return [(one.field, one.code) for one in raised.value.errors]


def test_what_comes_and_goes_adds_up(make_item, make_warehouse, book, take_back, stock, sound, database):
    flour, sugar = make_item(), make_item("Sugar")
    main, shop = make_warehouse(), make_warehouse("Shop")
    book("receipt", (flour, 10), (sugar, "2.5"), cost="3")
    book("receipt", (flour, 4), state="planned")
    assert stock(flour) == (10, 0, 10, 4)

    moved = book("transfer", (flour, 6), to_warehouse_id=shop.id)
    assert (stock(flour, main.id)[0], stock(flour, shop.id)[0]) == (4, 6)
    sold = book("shipment", (flour, 3))
    assert refused(book, "shipment", (sugar, 1), (flour, 2)) == [("lines[1].quantity", "insufficient")]
    assert stock(flour, main.id)[0] == 1, "nothing of what was refused is written"
    assert stock(sugar)[0] == 2

    book("adjustment", (flour, -1))
    book("return", (flour, 2))
    book("count", (flour, 5))
    assert stock(flour, main.id)[0] == 5
    with database.read() as session:
        (line,) = session.scalars(sa.select(StockLine).where(StockLine.expected.is_not(None)))
        assert (line.expected, line.quantity) == (2, 5)

    take_back(sold)
    assert stock(flour, main.id)[0] == 8
    take_back(moved)
    assert (stock(flour, main.id)[0], stock(flour, shop.id)[0]) == (14, 0)
    assert sound() == []
    with database.read() as session:
        counter = session.scalar(sa.select(Document).where(Document.reverses_id == sold))
        move = session.scalar(sa.select(Move).where(Move.document_id == counter.id))
        assert (move.from_id, move.outside, move.quantity, counter.state) == (None, "client", 3, "posted")


def test_what_is_posted_stays(make_item, book, take_back, admin, stock):
    flour = make_item()
    made = book("receipt", (flour, 10))
    url = f"/api/v1/stock-documents/{made}"
    line = admin.get(url).json()["lines"][0]
    less = {"lines": [{**changed(line), "quantity": "9"}]}
    for change in ({"note": "x"}, {"type": "return"}, less, {"lines": []}, {"state": "planned"}):
        answer = admin.patch(url, json={"version": 1, **change})
        assert answer.status_code == 422, change
        assert {one["code"] for one in answer.json()["errors"]} == {"posted"}
    assert admin.delete(url).status_code == 409

    assert admin.patch(url, json={"version": 1, "state": "reversed"}).status_code == 200
    assert admin.patch(url, json={"state": "posted"}).status_code == 422
    assert stock(flour)[0] == 0


def changed(line):
    return {name: line[name] for name in ("id", "item_id")}


def test_what_was_shipped_meanwhile_cannot_be_taken_back(make_item, book, take_back, stock):
    flour = make_item()
    made = book("receipt", (flour, 10))
    book("shipment", (flour, 1))
    assert refused(take_back, made) == [("state", "insufficient")]
    assert stock(flour)[0] == 9


def test_a_warehouse_may_go_below_zero_where_it_says_so(make_item, make_warehouse, book, stock, sound):
    flour, van = make_item(), make_warehouse("Van", negative=True)
    book("shipment", (flour, 3))
    assert stock(flour)[0] == -3
    book("receipt", (flour, 5))
    assert stock(flour, van.id)[0] == 2
    assert sound() == []


def test_batches_and_serial_numbers_are_told_apart(
    make_item, make_location, make_warehouse, book, stock, admin
):
    milk, press, shop = (
        make_item("Milk", tracking="batch"),
        make_item("Press", tracking="serial"),
        make_warehouse(),
    )
    assert refused(book, "receipt", (milk, 1)) == [("lines[0].batch", "required")]
    book("receipt", (milk, 4, {"batch": "B1"}), (milk, 4, {"batch": "B2"}))
    assert refused(book, "shipment", (milk, 5, {"batch": "B1"})) == [("lines[0].quantity", "insufficient")]
    shipped = book("shipment", (milk, 5))
    page = admin.get("/warehouse/moves?batch=B2").text
    assert f"/stock-documents/{shipped}" in page, "what came first goes first, then the next batch"

    assert refused(book, "receipt", (press, 1)) == [("lines[0].serial", "required")]
    assert refused(book, "receipt", (press, 2, {"serial": "S1"})) == [
        ("lines[0].quantity", "serial_quantity")
    ]
    book("receipt", (press, 1, {"serial": "S1"}))
    assert refused(book, "return", (press, 1, {"serial": "S1"})) == [("lines[0].serial", "serial_there")]
    book("shipment", (press, 1))
    book("return", (press, 1, {"serial": "S1", "location_id": make_location("Rack", shop.id).id}))
    card = admin.get(f"/stock-items/{press.id}").text
    assert "Main / Rack" in card
    assert "S1" in card


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"state": "posted", "lines": []}, ("lines", "required")),
        ({"lines": [{"quantity": "0"}]}, ("lines[0].quantity", "out_of_range")),
        ({"lines": [{"quantity": "-1"}]}, ("lines[0].quantity", "out_of_range")),
        ({"type": "adjustment", "lines": [{"quantity": "0"}]}, ("lines[0].quantity", "out_of_range")),
        ({"lines": [{"quantity": "1.23456"}]}, ("lines[0].quantity", "invalid")),
        ({"state": "closed"}, ("state", "not_posted")),
        ({"happened_at": "0206-12-20T10:00:00+00:00"}, ("happened_at", "out_of_range")),
        ({"lines": [{"quantity": "1", "location_id": 2}]}, ("lines[0].location_id", "apart")),
    ],
)
def test_what_cannot_be_is_refused_by_field(admin, make_item, make_warehouse, values, fault):
    make_item(), make_warehouse(), make_warehouse("Shop")
    sent = {"type": "receipt", **values}
    sent["lines"] = [{"item_id": 1, **line} for line in values.get("lines", [{"quantity": "1"}])]
    answer = admin.post("/api/v1/stock-documents", json=sent)
    assert answer.status_code == 422, answer.text
    assert fault in {(one["field"], one["code"]) for one in answer.json()["errors"]}
    assert admin.get("/api/v1/stock-documents").json()["items"] == []


def test_locations_are_a_tree_of_their_warehouse(make_warehouse, make_location, admin):
    main, shop = make_warehouse(), make_warehouse("Shop")
    rack = make_location("Rack", main.id)
    shelf = make_location("Shelf", main.id, parent_id=rack.id)
    url = "/api/v1/stock-locations"
    assert admin.get(f"{url}/{shelf.id}").json()["path"] == "Main / Rack / Shelf"
    for change, code in (({"parent_id": shelf.id}, "cycle"), ({"name": "Stock"}, "duplicate")):
        answer = admin.patch(f"{url}/{rack.id}", json=change)
        assert [one["code"] for one in answer.json()["errors"]] == [code]
    answer = admin.post(url, json={"name": "X", "warehouse_id": shop.id, "parent_id": rack.id})
    assert answer.json()["errors"][0]["code"] == "apart"
    admin.patch(f"/api/v1/warehouses/{main.id}", json={"name": "Depot"})
    assert admin.get(f"{url}/{shelf.id}").json()["path"] == "Depot / Rack / Shelf"


def test_counts_are_filled_from_the_books(make_item, book, admin, stock, sound):
    flour, sugar = make_item(), make_item("Sugar")
    book("receipt", (flour, 10), (sugar, 4))
    made = book("count", state="planned")
    admin.post(f"/stock-documents/{made}/fill")
    url = f"/api/v1/stock-documents/{made}"
    lines = admin.get(url).json()["lines"]
    assert [(one["item_id"], one["quantity"]) for one in lines] == [(flour.id, "10.00"), (sugar.id, "4.00")]
    admin.patch(url, json={"lines": [{"id": lines[0]["id"], "quantity": "8"}, {"id": lines[1]["id"]}]})
    page = admin.post(f"/stock-documents/{made}/post").text
    assert "By the books" in page
    assert (stock(flour)[0], stock(sugar)[0], sound()) == (8, 4, [])


def test_only_who_sees_costs_is_told_them(make_item, book, admin, member, make_role, open_browser, make_user):

    flour = make_item()
    made = book("receipt", (flour, 1), cost="7.77")
    rights = {f"warehouse.{kind}.{may}": Scope.ALL for kind in ("stock_item", "stock_document", "warehouse")
              for may in ("read", "create", "update")}  # fmt: skip
    make_role(
        "Member", {**rights, "warehouse.stock.read": Scope.ALL}, {("product", "cost"): FieldAccess.HIDDEN}
    )
    urls = [f"/stock-documents/{made}", f"/stock-items/{flour.id}", f"/stock-documents/{made}/history"]
    urls += [f"/api/v1{url}" for url in urls]
    urls += ["/warehouse/reports/costs", "/warehouse/moves", "/api/v1/stock-documents", "/stock-documents"]
    for url in urls:
        assert "7.77" not in member.get(url).text, url
    assert "7.77" in admin.get(urls[0]).text
    sent = {"type": "receipt", "lines": [{"item_id": flour.id, "quantity": "1", "cost": "1"}]}
    answer = member.post("/api/v1/stock-documents", json=sent)
    assert answer.status_code == 422, "a cost that one may not see cannot be written"
    del sent["lines"][0]["cost"]
    assert member.post("/api/v1/stock-documents", json=sent).status_code == 201


def test_nothing_is_deleted_that_was_moved(make_item, make_warehouse, book, admin):
    flour = make_item()
    book("receipt", (flour, 1))
    assert admin.delete(f"/api/v1/stock-items/{flour.id}").status_code == 409
    assert admin.delete("/api/v1/warehouses/1").status_code == 409


def test_quantities_are_exact(make_item, book, database, stock):
    flour = make_item()
    for _n in range(3):
        book("receipt", (flour, "0.1"))
    book("shipment", (flour, "0.3"))
    assert stock(flour)[0] == 0
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.sum(Move.quantity))) == Decimal("0.6")


def test_the_check_of_the_books_finds_what_was_tampered_with(make_item, book, sound, database):
    flour = make_item()
    book("receipt", (flour, 5))
    with database.write() as session:
        session.execute(sa.text("update warehouse_balance set quantity = -10000"))
    assert [text[:26] for text in sound()] == ["the balance of “Flour” (nu", "there is less than nothing"]


def test_posting_keeps_what_another_changed_meanwhile(make_item, book, admin, stock):
    flour = make_item()
    made = book("receipt", (flour, 5), state="planned")
    admin.patch(f"/api/v1/stock-documents/{made}", json={"note": "changed"})
    kept = admin.post(f"/stock-documents/{made}/post", data={"version": "1"})
    assert (kept.status_code, stock(flour)[0]) == (200, 5), "another field, so both changes hold"
