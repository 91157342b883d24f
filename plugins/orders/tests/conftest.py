"""A company that has the plugin on, and ways to make orders."""

import pytest
import sqlalchemy as sa

from vinculo.clients.records import client
from vinculo.counterparties.records import counterparty
from vinculo_orders.models import Order
from vinculo_orders.records import order
from vinculo_organization.records import outlet, own_company

LINKS = (client, counterparty, own_company, outlet)
LINES = [
    {"product": "Flour", "quantity": "3", "price": "10.00", "tax_rate": "20"},
    {"product": "Sugar", "quantity": "2", "price": "7.25", "discount": "10"},
]


@pytest.fixture
def plugins_on():
    return ("organization", "orders")


@pytest.fixture
def company(make_record):
    return make_record(own_company, name="Vinculo Ltda", currency="EUR", is_default=True, number_prefix="V-")


@pytest.fixture
def make_order(make_record, make_client):
    """Make an order: ``make_order(state="confirmed")``, of 3 x Flour and 2 x Sugar: 49.05 with 6.00 tax."""

    def make_order(**payload):
        payload.setdefault("client_id", payload.get("client_id") or make_client().id)
        return make_record(order, links_to=LINKS, **{"lines": LINES, "ordered_on": "2026-03-02", **payload})

    return make_order


@pytest.fixture
def row(database):
    """An order as it is in its table."""

    def row(record_id=1):
        with database.read() as session:
            return session.scalar(sa.select(Order).where(Order.id == record_id))

    return row


@pytest.fixture
def refused():
    """The faults of an answer that refuses: {(field, code)}."""

    def refused(answer):
        assert answer.status_code == 422, answer.text
        return {(one["field"], one["code"]) for one in answer.json()["errors"]}

    return refused
