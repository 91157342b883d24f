"""Orders that nobody here wrote: what they come to equals what the files themselves say."""

import csv
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pytest
import sqlalchemy as sa

from vinculo.clients.records import client
from vinculo_orders.models import Order, OrderLine, OrderMove
from vinculo_orders.records import order

CENT = Decimal("0.01")


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def plugins_on():
    return ("organization", "orders")


def test_orders_of_northwind_come_to_what_its_lines_say(database, bring, real_file, tmp_path):
    bring(client, real_file("northwind/customers.csv"))
    products = {one["ProductID"]: one["ProductName"] for one in read(real_file("northwind/products.csv"))}
    orders = {one["OrderID"]: one for one in read(real_file("northwind/orders.csv"))}
    sums = defaultdict(Decimal)
    rows = []
    for one in read(real_file("northwind/order_details.csv")):
        of, less = orders[one["OrderID"]], Decimal(one["Discount"])
        net = Decimal(one["UnitPrice"]) * Decimal(one["Quantity"]) * (1 - less)
        sums[one["OrderID"]] += net.quantize(CENT, ROUND_HALF_UP)
        rows.append({
            "external_id": one["OrderID"], "number": one["OrderID"], "client": of["CustomerID"],
            "state": "done" if of["ShippedDate"] else "processing", "ordered_on": of["OrderDate"],
            "due_on": of["RequiredDate"], "product": products[one["ProductID"]], "price": one["UnitPrice"],
            "quantity": one["Quantity"], "discount": f"{less * 100}",
        })  # fmt: skip
    path = tmp_path / "orders.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    bring(order, path)

    with database.read() as session:
        found = {one.number: one for one in session.scalars(sa.select(Order))}
        counted = [
            session.scalar(sa.select(sa.func.count()).select_from(one)) for one in (OrderLine, OrderMove)
        ]
    assert {number: one.amount for number, one in found.items()} == sums
    assert counted == [2155, 830]
    assert sum(one.state == "processing" for one in found.values()) == 21
    # The reference adds lines up before it rounds.
    assert abs(sum(sums.values()) - Decimal("1265793.04")) < 1
