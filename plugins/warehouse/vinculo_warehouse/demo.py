"""A made-up year of two warehouses, as files."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Final

from vinculo.demo.files import write_rows
from vinculo.plugins.contributions import DemoFile

Row = dict[str, str]
KINDS: Final = ("warehouse", "stock_location", "stock_item", "stock_document")
WAREHOUSES: Final = ("Main warehouse", "Shop")
LOCATIONS: Final = (("Main warehouse", "Rack A"), ("Main warehouse", "Rack B"), ("Shop", "Shelves"))
ITEMS: Final = (  # name, unit, cost, minimum, target, lot
    ("Flour 25 kg", "bag", 14, 40, 160, 20), ("Coffee 1 kg", "bag", 11, 60, 240, 12),
    ("Olive oil 5 l", "can", 23, 20, 90, 6), ("Sugar 10 kg", "bag", 8, 50, 200, 25),
    ("Espresso machine", "pcs", 870, 2, 6, 1), ("Paper cups, 500", "box", 9, 30, 120, 10),
)  # fmt: skip
COLUMNS: Final = ("external_id", "type", "state", "happened_at", "warehouse", "to_warehouse", "client",
                  "item", "quantity", "cost")  # fmt: skip


def write(folder: Path, seed: int, today: date) -> Sequence[DemoFile]:
    """Write warehouses, locations, items, and documents with the clients whose file lies in the folder."""
    paths = [
        folder / f"{name}.csv" for name in ("warehouses", "stock_locations", "stock_items", "stock_documents")
    ]
    write_rows(paths[0], ("external_id", "name"), [
        {"external_id": f"W-{n}", "name": name} for n, name in enumerate(WAREHOUSES, start=1)
    ])  # fmt: skip
    write_rows(paths[1], ("external_id", "name", "warehouse"), [
        {"external_id": f"WL-{n}", "name": name, "warehouse": of}
        for n, (of, name) in enumerate(LOCATIONS, start=1)
    ])  # fmt: skip
    names = ("name", "unit", "cost", "minimum", "target", "lot")
    items = [{"external_id": f"WI-{n}", **dict(zip(names, map(str, row), strict=True))}
             for n, row in enumerate(ITEMS, start=1)]  # fmt: skip
    write_rows(paths[2], tuple(items[0]), items)
    with (folder / "clients.csv").open(encoding="utf-8", newline="") as file:
        clients = [row["external_id"] for row in csv.DictReader(file)]
    rng = Random(f"warehouse {seed}")  # noqa: S311 # nosec B311 # a sample
    rows = sorted(_year(rng, today, clients), key=lambda row: row["happened_at"])
    rows = [{"external_id": f"WD-{n:05d}", **row} for n, row in enumerate(rows, start=1)]
    write_rows(paths[3], COLUMNS, rows)
    kinds = ("warehouse", "stock_location", "stock_item", "stock_document")
    return [
        DemoFile(kind, path, weight=56 + n) for n, (kind, path) in enumerate(zip(kinds, paths, strict=True))
    ]


def _year(rng: Random, today: date, clients: list[str]) -> Iterator[Row]:
    """Every two weeks what runs short comes in; a third of it goes to the shop, and clients buy of both."""
    there: Counter[tuple[str, str]] = Counter()
    for week in range(52, 0, -1):
        for name, _unit, cost, minimum, target, _lot in ITEMS:
            main, shop = (WAREHOUSES[0], name), (WAREHOUSES[1], name)
            if there[main] < minimum:
                came = target - there[main]
                there[main] += came
                paid = f"{cost * rng.uniform(0.9, 1.15):.2f}"
                yield _row(today, week, 1, "receipt", WAREHOUSES[0], name, came, cost=paid)
            if week % 4 == 0 and there[shop] < there[main] // 6:
                moved = there[main] // 3
                there.update({main: -moved, shop: moved})
                yield _row(today, week, 2, "transfer", WAREHOUSES[0], name, moved, to=WAREHOUSES[1])
            for place in (main, shop):
                bought = min(there[place], rng.randrange(0, max(2, target // 8)))
                if bought and rng.random() < 0.7:
                    there[place] -= bought
                    yield _row(today, week, 3, "shipment", place[0], name, bought, client=rng.choice(clients))
    for name, _unit, cost, _minimum, _target, lot in ITEMS[:2]:
        if there[WAREHOUSES[0], name] > lot:
            yield _row(today, 0, 1, "reservation", WAREHOUSES[0], name, lot, client=rng.choice(clients))
        yield _row(today, -1, 1, "receipt", WAREHOUSES[0], name, 2 * lot, cost=f"{cost}", state="planned")


def _row(
    today: date, week: int, day: int, what: str, warehouse: str, item: str, quantity: int, *,
    to: str = "", client: str = "", cost: str = "", state: str = "posted",
) -> Row:  # fmt: skip
    at = datetime.combine(today - timedelta(days=7 * week + 4 - day), time(9 + day), UTC)
    return {
        "type": what, "state": state, "happened_at": at.isoformat(), "warehouse": warehouse,
        "to_warehouse": to, "client": client, "item": item, "quantity": f"{quantity}", "cost": cost,
    }  # fmt: skip
