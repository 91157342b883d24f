"""The warehouse as people meet it: from a deal that is won to its shipment, from a shortage to its order."""

import re

import pytest
import sqlalchemy as sa

from vinculo.audit import delivering
from vinculo.events.models import Event


@pytest.fixture
def look(admin):
    """Tell the plugin what happened, as the kernel does each minute."""
    return lambda: delivering.deliver(admin.app.state.site)


def documents(admin, **asked):
    return admin.get("/api/v1/stock-documents", params={**asked, "sort": "id"}).json()["items"]


class TestWithDeals:
    @pytest.fixture
    def plugins_on(self):
        return ("deals", "warehouse")

    @pytest.fixture
    def won(self, admin, make_client):
        """A deal that was won: ``won(("Flour", "4"))``; its id."""

        def won(*lines):
            rows = [{"product": product, "quantity": quantity, "price": "5"} for product, quantity in lines]
            made = admin.post("/api/v1/deals", json={"client_id": make_client().id, "lines": rows}).json()[
                "id"
            ]
            stages = admin.get("/api/v1/pipelines/1").json()["stages"]
            stage = next(one["id"] for one in stages if one["state"] == "won")
            assert admin.patch(f"/api/v1/deals/{made}", json={"stage_id": stage}).status_code == 200
            return made

        return won

    def test_what_is_won_is_reserved_and_shipped(
        self, admin, make_item, book, stock, look, won, sound, database
    ):
        flour, sugar = make_item(sku="F-1"), make_item("Sugar")
        book("receipt", (flour, 5), (sugar, 9))
        look()  # the first time, only what is to come counts
        deal = won(("f-1", "4"), ("sugar", "3"), ("Advice", "1"))
        look()
        look()

        (held,) = documents(admin, type="reservation")
        assert (held["state"], held["source_kind"], held["source_id"]) == ("posted", "deal", deal)
        assert (stock(flour), stock(sugar)) == ((5, 4, 1, 0), (9, 3, 6, 0))
        assert "Reservation" in admin.get(f"/deals/{deal}?tab=warehouse").text
        lines = [{"item_id": flour.id, "quantity": "2"}]
        sent = {"type": "shipment", "state": "posted", "lines": lines}
        refused = admin.post("/api/v1/stock-documents", json=sent)
        assert refused.json()["errors"][0]["code"] == "insufficient"
        assert "1 pcs" in refused.json()["errors"][0]["message"]

        page = admin.post(f"/stock-documents/{held['id']}/ship")
        shipment = int(page.url.path.rpartition("/")[2])
        assert stock(flour) == (5, 4, 1, 0), "it is planned"
        admin.post(f"/stock-documents/{shipment}/post")
        assert (stock(flour), stock(sugar)) == ((1, 0, 1, 0), (6, 0, 6, 0))
        assert admin.get(f"/api/v1/stock-documents/{held['id']}").json()["state"] == "closed"
        assert "Goods shipped" in admin.get(f"/clients/{held['client_id']}").text
        told = f"/api/v1/clients/{held['client_id']}?fields=warehouse_last_shipment,warehouse_reservations"
        known = admin.get("/api/v1/clients?" + told.partition("?")[2]).json()["items"][0]
        assert (known["warehouse_last_shipment"] is not None, known["warehouse_reservations"]) == (True, 0)

        admin.post(f"/stock-documents/{shipment}/take-back")
        assert stock(flour) == (5, 4, 1, 0), "it is held again"
        assert admin.get(f"/api/v1/stock-documents/{held['id']}").json()["state"] == "posted"
        assert sound() == []
        with database.read() as session:
            query = sa.select(Event.action).where(Event.kind == "stock_document").order_by(Event.id)
            said = [one for one in session.scalars(query) if one not in ("created", "changed")]
        assert said == ["received", "reserved", "shipped", "reversed"]

    def test_a_promise_that_is_dropped_is_released(self, admin, make_item, book, stock, look, won):
        flour = make_item()
        book("receipt", (flour, 5))
        look()
        first, second = won(("Flour", "4")), won(("Flour", "4"))
        look()
        assert stock(flour) == (5, 8, -3, 0)
        lines = [one["lines"][0] for one in each(admin, documents(admin, type="reservation"))]
        assert [one["held"] for one in lines] == ["4.00", "1.00"], "the earliest first"

        stage = next(
            one["id"] for one in admin.get("/api/v1/pipelines/1").json()["stages"] if one["state"] == "open"
        )
        admin.patch(f"/api/v1/deals/{first}", json={"stage_id": stage})
        look()
        assert stock(flour) == (5, 4, 1, 0)
        lines = [one["lines"][0] for one in each(admin, documents(admin, type="reservation", state="posted"))]
        assert [one["held"] for one in lines] == ["4.00"], "what was missing is held now"
        admin.delete(f"/api/v1/deals/{second}")
        look()
        assert stock(flour) == (5, 0, 5, 0)

    def test_the_card_of_a_deal_reserves_at_once(self, admin, make_item, book, stock, won):
        flour = make_item()
        book("receipt", (flour, 5))
        deal, other = won(("Flour", "2")), won(("Advice", "2"))
        assert "Reserve goods" in admin.get(f"/deals/{deal}?tab=warehouse").text
        admin.post(f"/warehouse/reserve/deal/{deal}")
        assert stock(flour) == (5, 2, 3, 0)
        assert "Reserve goods" not in admin.get(f"/deals/{deal}?tab=warehouse").text
        assert admin.post(f"/warehouse/reserve/deal/{other}").status_code == 422
        assert admin.post("/warehouse/reserve/client/1").status_code == 404


def each(admin, found):
    return [admin.get(f"/api/v1/stock-documents/{one['id']}").json() for one in found]


def test_what_is_missing_is_held_once_it_comes_in(make_item, book, stock, take_back, sound):
    flour = make_item()
    book("receipt", (flour, 1))
    first = book("reservation", (flour, 3))
    book("reservation", (flour, 3))
    assert stock(flour) == (1, 6, -5, 0)
    book("receipt", (flour, 9))
    assert stock(flour) == (10, 6, 4, 0)
    take_back(first)
    assert stock(flour) == (10, 3, 7, 0)
    assert sound() == []


def test_reserved_goods_move_within_their_warehouse(
    make_item, make_warehouse, make_location, book, stock, sound
):
    flour, main = make_item(), make_warehouse()
    rack = make_location("Rack", main.id)
    book("receipt", (flour, 3))
    book("reservation", (flour, 3))
    book("transfer", (flour, 3, {"to_location_id": rack.id}))
    assert (stock(flour), sound()) == ((3, 3, 0, 0), [])


def test_what_runs_short_is_ordered(admin, make_item, make_counterparty, book, stock):
    mill = make_counterparty("Mill")
    flour = make_item(minimum="10", target="30", lot="12", supplier_id=mill.id)
    make_item("Sugar", minimum="0")
    book("receipt", (flour, 4))
    assert "Runs short" in admin.get("/").text
    page = admin.get("/warehouse/reports/orders").text
    assert "36 pcs" in page
    admin.post("/warehouse/order")
    (planned,) = documents(admin, type="receipt", state="planned")
    assert (planned["counterparty_id"], stock(flour)) == (mill.id, (4, 0, 4, 36))
    assert "36 pcs" not in admin.get("/warehouse/reports/orders").text
    admin.post(f"/stock-documents/{planned['id']}/post")
    assert stock(flour) == (40, 0, 40, 0)


def rows(page):
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in table.split("</tr>")]
    return [[re.sub(r"<.*?>", "", cell) for cell in row] for row in cells if row]


def test_reports_add_up(admin, make_item, make_warehouse, book):
    flour, sugar = make_item(), make_item("Sugar")
    make_warehouse()
    shop = make_warehouse("Shop")
    for what, day, lines, more in (
        ("receipt", "2026-01-10", [(flour, 10), (sugar, 4)], {"cost": "2"}),
        ("shipment", "2026-01-20", [(flour, 3)], {}),
        ("receipt", "2026-02-03", [(flour, 5)], {"cost": "4"}),
        ("transfer", "2026-02-04", [(flour, 2)], {"to_warehouse_id": shop.id}),
        ("shipment", "2026-02-28", [(flour, 8)], {}),
        ("shipment", "2026-03-01", [(flour, 1)], {}),
    ):
        book(what, *lines, happened_at=moment(day), **more)
    period = "?since=2026-02-01&until=2026-02-28"
    found = rows(admin.get(f"/warehouse/reports/turnover{period}").text)
    assert found == [
        ["Flour", "7 pcs", "5 pcs", "8 pcs", "4 pcs"],
        ["Sugar", "4 pcs", "0 pcs", "0 pcs", "4 pcs"],
    ]
    part = rows(
        admin.get("/warehouse/reports/turnover?since=2026-02-04&until=2026-02-10&by=warehouse_id").text
    )
    assert sorted(part) == [["Main", "16", "0", "2", "14"], ["Shop", "0", "2", "0", "2"]]
    mine = rows(admin.get(f"/warehouse/reports/turnover{period}&warehouse={shop.id}").text)
    assert mine == [["Flour", "0 pcs", "2 pcs", "0 pcs", "2 pcs"]]

    # 7 at 2 and 5 at 4 are 34; 8 of 12 by average are 22.6667, by first in first out 7 at 2 and 1 at 4
    by = {
        way: rows(admin.get(f"/warehouse/reports/costs{period}&by={way}").text)[0]
        for way in ("average", "fifo")
    }
    assert by["average"] == ["Flour", "14", "20", "22.67", "11.33"]
    assert by["fifo"] == ["Flour", "14", "20", "18", "16"]
    stock = rows(admin.get("/warehouse/reports").text)
    assert ["Flour", "Shop", "2 pcs", "0 pcs", "2 pcs", "0 pcs"] in stock
    assert admin.get("/warehouse/reports/nothing").status_code == 404
    assert admin.get("/warehouse/reports/turnover?since=yesterday").status_code == 422


def moment(day):
    from datetime import UTC, datetime

    return datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)


class TestWithComplaints:
    @pytest.fixture
    def plugins_on(self):
        return ("complaints", "warehouse")

    def test_an_approved_return_becomes_a_planned_document(self, admin, make_client):
        client = make_client()
        admin.post("/api/v1/complaints", json={"client_id": client.id, "subject": "Broken"})
        for kind, what in (("return", "return"), ("replacement", "shipment")):
            made = admin.post("/api/v1/complaints/1/actions", json={"kind": kind, "note": "Two sacks"}).json()
            admin.post(f"/api/v1/complaints/1/actions/{made['id']}/approve")
            (one,) = documents(admin, type=what)
            assert (one["state"], one["client_id"], one["source_kind"]) == ("planned", client.id, "complaint")
        assert "Two sacks" in admin.get("/stock-documents/1").text
        assert "/stock-documents/2" in admin.get("/complaints/1").text

    def test_goods_come_back_by_the_return_of_a_complaint(
        self, admin, make_client, make_item, book, stock, sound
    ):
        client, flour = make_client(), make_item()
        book("receipt", (flour, 5))
        book("shipment", (flour, 3), client_id=client.id)
        admin.post("/api/v1/complaints", json={"client_id": client.id, "subject": "Broken"})
        asked = {"kind": "return", "note": "Two sacks"}
        made = admin.post("/api/v1/complaints/1/actions", json=asked).json()["id"]
        assert documents(admin, type="return") == [], "it is not approved"
        told = admin.post(f"/api/v1/complaints/1/actions/{made}/approve").json()
        url = f"/stock-documents/{told['made']['id']}"
        assert told["made"]["kind"] == "stock_document"
        assert admin.post(f"{url}/post").status_code == 422, "it says not yet what comes back"

        lines = [{"item_id": flour.id, "quantity": "2"}]
        admin.patch(f"/api/v1{url}", json={"lines": lines})
        assert stock(flour) == (2, 0, 2, 0)
        assert admin.post(f"{url}/post").status_code == 200
        assert (stock(flour), sound()) == ((4, 0, 4, 0), [])
        assert "Goods returned" in admin.get(f"/clients/{client.id}").text
        assert url in admin.get("/complaints/1").text
        done = admin.post(f"/api/v1/complaints/1/actions/{made}/done")
        assert (done.status_code, done.json()["step"]) == (200, "done")


class TestWithCatalog:
    @pytest.fixture
    def plugins_on(self):
        return ("catalog", "warehouse")

    def test_a_product_is_kept_in_stock_from_its_card(self, admin, stock, book):
        made = admin.post("/api/v1/products", json={"name": "Espresso", "sku": "E-1"}).json()["id"]
        assert "Keep in stock" in admin.get(f"/products/{made}?tab=stock").text
        page = admin.post(f"/warehouse/keep/{made}")
        url = f"/api/v1{page.url.path}"
        item = admin.get(url).json()
        assert (item["name"], item["sku"], item["unit"], item["product_id"]) == (
            "Espresso",
            "E-1",
            "pcs",
            made,
        )
        card = admin.get(f"/products/{made}?tab=stock").text
        assert "Keep in stock" not in card


def test_the_api_tells_stock_by_warehouse(admin, make_item, book, member):
    flour = make_item()
    book("receipt", (flour, 5))
    book("reservation", (flour, 2))
    (one,) = admin.get(f"/api/v1/stock?item_id={flour.id}").json()["items"]
    told = {name: one[name] for name in ("on_hand", "reserved", "available", "on_order")}
    assert told == {"on_hand": "5.00", "reserved": "2.00", "available": "3.00", "on_order": "0.00"}
    assert admin.get("/api/v1/stock?item_id=99").json()["items"] == []
    for wrong in ("x", "0", str(2**63)):
        assert admin.get(f"/api/v1/stock?item_id={wrong}").json()["errors"][0]["field"] == "item_id"
    listed = admin.get("/api/v1/stock-items?fields=warehouse_available&warehouse_available[lt]=4").json()[
        "items"
    ]
    assert [item["warehouse_available"] for item in listed] == ["3.00"]
