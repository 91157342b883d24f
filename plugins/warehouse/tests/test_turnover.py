"""Turnover by months and days is what all moves add up to, whatever the period."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.app import histories
from vinculo.db import migrations
from vinculo.db.engine import Database
from vinculo_warehouse import actions, reports
from vinculo_warehouse.models import Month, Move, State, Type

SYSTEM = system(Source.CLI)
BEGAN = datetime(2025, 11, 20, 7, tzinfo=UTC)
DAYS = 130
BORDERS = [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3)]


@pytest.fixture
def filled(session, make_item, make_warehouse):
    """Four months of receipts, shipments and transfers between three warehouses, in any order."""
    rng = Random(7)
    items = [make_item(name).id for name in ("Flour", "Sugar")]
    places = [make_warehouse(name, negative=True).id for name in ("Main", "Shop", "Van")]
    for number in range(60):
        at = BEGAN + timedelta(hours=rng.randrange(DAYS * 24))
        at = rng.choice(BORDERS) + timedelta(seconds=rng.randrange(-1, 2)) if number % 5 == 0 else at
        first, second = rng.sample(places, 2)
        what = Type.RECEIPT if number < 15 else rng.choice((Type.RECEIPT, Type.SHIPMENT, Type.TRANSFER))
        for_it = {"to_warehouse_id": second} if what is Type.TRANSFER else {}
        lines = [{"item_id": rng.choice(items), "quantity": Decimal(rng.randrange(1, 8)) / 4}]
        if what is Type.RECEIPT:
            lines[0]["quantity"] *= 9
        actions.make(
            session, what, lines, state=State.POSTED, happened_at=at, warehouse_id=first, actor=SYSTEM,
            **for_it,
        )  # fmt: skip
    session.flush()
    return places


def counted(session, first, last, warehouse_id, by):
    """The same, by going through all moves."""
    found = defaultdict(lambda: [Decimal(0)] * 3)
    for move in session.scalars(sa.select(Move).where(Move.moved_at < last)):
        away, here = move.from_warehouse_id, move.to_warehouse_id
        if away == here or (away and here and by == "item_id" and warehouse_id is None):
            continue
        for place, sign in ((here, 1), (away, -1)):
            if place is None or warehouse_id not in (None, place):
                continue
            sums = found[move.item_id if by == "item_id" else place]
            if move.moved_at < first:
                sums[0] += sign * move.quantity
            else:
                sums[1 if sign > 0 else 2] += move.quantity
    return {key: tuple(sums) for key, sums in found.items() if any(sums)}


def test_turnover_is_the_sum_of_moves(session, filled):
    rng = Random(11)
    moments = [BEGAN - timedelta(days=90), BEGAN + timedelta(days=400), *BORDERS]
    moments += [one + timedelta(hours=hours) for one in BORDERS for hours in (-3, 10)]
    moments += [BEGAN + timedelta(minutes=rng.randrange(DAYS * 1440)) for _ in range(12)]
    asked = [sorted(rng.sample(moments, 2)) for _ in range(40)]
    for first, last in asked:
        for warehouse_id, by in ((None, "item_id"), (None, "warehouse_id"), (filled[1], "item_id")):
            found = reports.turnover(session, first, last, warehouse_id=warehouse_id, by=by)
            told = {key: (one.opening, one.came, one.went) for key, one in found.items()}
            assert told == counted(session, first, last, warehouse_id, by), (first, last, by)


def test_what_came_from_our_warehouses_is_counted_by_the_upgrade(database_url):
    database = Database(database_url)
    others, own = histories(("warehouse",))[:-1], histories(("warehouse",))[-1]
    migrations.upgrade(database, [*others, own])
    stamps = "1, '2026-01-01', '2026-01-01'"
    fill = (
        f"warehouse_warehouse VALUES (1, 'A', 'a', false, '', {stamps}), (2, 'B', 'b', false, '', {stamps})",
        f"warehouse_item VALUES (1, 'F', 'f', '', '', 'none', '', {stamps})",
        f"warehouse_document VALUES (1, 'transfer', 'posted', '', '2026-01-31', 1, '', '', {stamps})",
    )
    of = {
        "warehouse_warehouse": "id, name, name_key, negative, address",
        "warehouse_item": "id, name, name_key, sku, unit, tracking, product_kind",
        "warehouse_document": "id, type, state, number, happened_at, warehouse_id, note, source_kind",
    }
    with database.write() as session:
        for one in fill:
            name, _values, values = one.partition(" VALUES ")
            columns = f"{of[name]}, version, created_at, changed_at"
            session.execute(sa.text(f"INSERT INTO {name} ({columns}) VALUES {values}"))
        for at in (BORDERS[1] - timedelta(seconds=1), BORDERS[1]):
            values = {"document_id": 1, "item_id": 1, "from_warehouse_id": 1, "to_warehouse_id": 2}
            session.execute(sa.insert(Move).values(quantity=Decimal(3), moved_at=at, **values))
        for month, place in ((BORDERS[0], 2), (BORDERS[1], 2), (BORDERS[0], 1)):
            values = {"item_id": 1, "warehouse_id": place, "month": month.date(), "from_ours": 0}
            session.execute(sa.insert(Month).values(came=3, went=3, **values))
    migrations.downgrade(database, own, "0002")
    migrations.upgrade(database, [own])
    with database.read() as session:
        told = session.execute(sa.select(Month.warehouse_id, Month.month, Month.from_ours)).all()
        assert sorted(told) == [
            (1, BORDERS[0].date(), 0), (2, BORDERS[0].date(), 3), (2, BORDERS[1].date(), 3),
        ]  # fmt: skip
    database.close()
