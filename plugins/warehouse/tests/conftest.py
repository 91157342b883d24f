"""A company that has the plugin on, and ways to fill its warehouse."""

from decimal import Decimal

import pytest

from vinculo.actor import Source, system
from vinculo.records import service
from vinculo_warehouse import actions, checks, queries
from vinculo_warehouse.models import State, Type
from vinculo_warehouse.records import document, item, location, warehouse

SYSTEM = system(Source.CLI)


@pytest.fixture
def plugins_on():
    return ("warehouse",)


@pytest.fixture
def make_item(make_record):
    """An item: ``make_item("Flour", minimum="5")``."""
    return lambda name="Flour", **values: make_record(item, name=name, **values)


@pytest.fixture
def make_warehouse(make_record):
    return lambda name="Main", **values: make_record(warehouse, name=name, **values)


@pytest.fixture
def make_location(make_record):
    return lambda name, warehouse_id, **values: make_record(
        location, name=name, warehouse_id=warehouse_id, links_to=[warehouse], **values
    )


@pytest.fixture
def book(database):
    """Post a document: ``book("receipt", (flour, 5), cost="2")``; its id. Raises what refuses it."""

    def book(what, *lines, state="posted", cost=None, **fields):
        cost = None if cost is None else Decimal(cost)
        rows = [
            {"item_id": one.id, "quantity": Decimal(str(much)), "cost": cost, **dict(*more)}
            for one, much, *more in lines
        ]
        with database.write() as session:
            made = actions.make(session, Type(what), rows, state=State(state), actor=SYSTEM, **fields)
            return made.id

    return book


@pytest.fixture
def take_back(database):
    """Take a posted document back."""

    def take_back(record_id):
        with database.write() as session:
            record = service.get(session, document, record_id, actor=SYSTEM, lock=True)
            actions.release(session, record, actor=SYSTEM)

    return take_back


@pytest.fixture
def stock(database):
    """(on hand, reserved, available, on order) of an item, in all warehouses or one of them."""

    def stock(one, warehouse_id=None):
        with database.read() as session:
            found = queries.stock(session, item_ids=[one.id], warehouse_id=warehouse_id)
        names = ("on_hand", "reserved", "available", "ordered")
        return tuple(int(sum(getattr(each, name) for each in found)) for name in names)

    return stock


@pytest.fixture
def sound(database):
    """What the check of the books finds."""

    def sound():
        with database.read() as session:
            return [*checks.books(session)]

    return sound
