"""Whoever promises goods is served alike, and no promise is lost when it is the kernel that tells of them."""

from decimal import Decimal

import pytest
import sqlalchemy as sa

from vinculo.app import histories
from vinculo.audit import delivering
from vinculo.db import migrations
from vinculo.db.engine import Database
from vinculo.events.models import Listener
from vinculo.plugins.contributions import Goods, Promise


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
