"""Whoever promises goods is served alike, and no promise is lost when it is the kernel that tells of them."""

from decimal import Decimal

import pytest
import sqlalchemy as sa

from vinculo.app import histories
from vinculo.audit import delivering
from vinculo.db import migrations
from vinculo.db.engine import Database
from vinculo.events.models import Listener
from vinculo.plugins.promising import Goods, Promise


@pytest.fixture
def site(admin):
    return admin.app.state.site


@pytest.fixture
def look(site):
    """Tell the plugin what happened, as the kernel does each minute."""
    return lambda: delivering.deliver(site)


@pytest.fixture
def empty(database_url):
    """A database without any table."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def promises(site, monkeypatch):
    """Clients promise goods while they are there: what is in the list that is returned."""
    goods = []
    promise = Promise("client", made=("created", "restored"), dropped=(), goods=lambda _s, _id: goods)
    monkeypatch.setitem(site.registry.promises, "client", promise)
    return goods


def test_any_kind_of_record_may_promise(admin, promises, look, make_item, make_client, book, stock):
    flour = make_item()
    book("receipt", (flour, 5))
    look()
    promises.append(Goods("Flour", Decimal(4)))
    made = admin.post("/api/v1/clients", json={"name": "Acme"}).json()["id"]
    look()
    look()
    assert stock(flour) == (5, 4, 1, 0)
    admin.delete(f"/api/v1/clients/{made}")
    look()
    assert stock(flour) == (5, 0, 5, 0)


def test_one_that_cannot_be_kept_keeps_no_other_waiting(admin, promises, look, make_item, book, stock):
    flour = make_item()
    book("receipt", (flour, 5))
    look()
    promises.append(Goods("Flour", Decimal(10) ** 10))
    admin.post("/api/v1/clients", json={"name": "Acme"})
    look()
    assert stock(flour) == (5, 0, 5, 0)
    promises[:] = [Goods("Flour", Decimal(1))]
    admin.post("/api/v1/clients", json={"name": "Bravo"})
    look()
    assert stock(flour) == (5, 1, 4, 0)


def test_what_was_not_looked_at_is_told_after_the_upgrade(empty):
    others, own = histories(("warehouse",))[:-1], histories(("warehouse",))[-1]
    migrations.upgrade(empty, others)
    migrations.upgrade(empty, [own], to="0001")
    with empty.write() as session:
        session.execute(sa.text("INSERT INTO warehouse_cursor (event_id) VALUES (7)"))
    migrations.upgrade(empty, [own])
    with empty.read() as session:
        mine = sa.select(Listener.event_id).where(Listener.name == "warehouse.promises")
        assert session.scalars(mine).all() == [7]
    migrations.downgrade(empty, own, "0001")
    with empty.read() as session:
        assert session.scalars(sa.text("SELECT event_id FROM warehouse_cursor")).all() == [7]
        assert session.scalars(sa.select(Listener.name)).all() == []


class TestWithCatalogAndDeals:
    @pytest.fixture
    def plugins_on(self):
        return ("catalog", "deals", "warehouse")

    @pytest.fixture
    def flour(self, admin):
        """A product in kg, of which a box has 12; its id, and that of its item."""
        units = {
            code: admin.post("/api/v1/units", json={"code": code}).json()["id"] for code in ("kg", "box", "l")
        }
        packs = [{"unit_id": units["box"], "factor": "12"}]
        body = {"name": "Flour", "unit_id": units["kg"], "packs": packs}
        made = admin.post("/api/v1/products", json=body).json()["id"]
        return made, int(admin.post(f"/warehouse/keep/{made}").url.path.rpartition("/")[2])

    @pytest.fixture
    def deal(self, admin, make_client):
        def deal(**line):
            body = {"client_id": make_client().id, "lines": [{"price": "5", **line}]}
            return admin.post("/api/v1/deals", json=body).json()["id"]

        return deal

    def test_a_shipment_in_one_click_counts_in_the_unit_of_the_item(self, admin, flour, deal, look):
        product_id, item_id = flour
        lines = [{"item_id": item_id, "quantity": "30"}]
        admin.post("/api/v1/stock-documents", json={"type": "receipt", "state": "posted", "lines": lines})
        of = deal(product_id=product_id, product="Flour", quantity="3", unit="box")
        assert f"/warehouse/ship/deal/{of}" in admin.get(f"/deals/{of}?tab=warehouse").text
        page = admin.post(f"/warehouse/ship/deal/{of}")
        url = f"/api/v1{page.url.path}"
        shipment = admin.get(url).json()
        (line,) = shipment["lines"]
        told = (shipment["type"], shipment["state"], line["quantity"])
        assert told == ("shipment", "planned", "30.00"), "36 kg are wanted, 30 are there"
        assert admin.post(f"/warehouse/ship/deal/{of}").url.path == page.url.path, "it is planned once"

        admin.post(f"{page.url.path}/post")
        (stock,) = admin.get(f"/api/v1/stock?item_id={item_id}").json()["items"]
        assert (stock["on_hand"], stock["reserved"]) == ("0.00", "6.00"), "what is left stays reserved"
        refused = admin.post(f"/warehouse/ship/deal/{of}")
        assert refused.status_code == 409
        admin.post("/api/v1/stock-documents", json={"type": "receipt", "state": "posted", "lines": lines})
        rest = admin.post(f"/warehouse/ship/deal/{of}").url.path
        assert admin.get(f"/api/v1{rest}").json()["lines"][0]["quantity"] == "6.00"

    def test_units_without_a_ratio_reserve_nothing(self, admin, flour, deal):
        product_id, _item_id = flour
        of = deal(product_id=product_id, product="Flour", quantity="3", unit="l")
        refused = admin.post(f"/warehouse/reserve/deal/{of}")
        assert refused.status_code == 409
        assert "cannot be counted in kg" in refused.text
        assert admin.get("/api/v1/stock-documents").json()["items"] == []
