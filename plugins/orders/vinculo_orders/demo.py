"""Made-up orders of the clients of the sample company, as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

from vinculo.demo.files import write_rows
from vinculo.plugins.contributions import DemoFile

GOODS: Final = (("Flour 25 kg", 21), ("Coffee 1 kg", 14), ("Olive oil 5 l", 38), ("Sugar 10 kg", 11))
REASONS: Final = ("The client bought elsewhere", "Ordered twice by mistake", "Too late for the season")
DAYS: Final = 330


def write(folder: Path, seed: int, today: date) -> Sequence[DemoFile]:
    """Write orders of the clients whose file lies in the folder; each line is a row."""
    rng = Random(f"orders {seed}")  # noqa: S311 # nosec B311 # a sample
    with (folder / "clients.csv").open(encoding="utf-8", newline="") as file:
        clients = [row["external_id"] for row in csv.DictReader(file)]
    rows = list(_orders(rng, today, clients))
    write_rows(folder / "orders.csv", tuple(rows[0]), rows)
    return (DemoFile("order", folder / "orders.csv", weight=69),)


def _orders(rng: Random, today: date, clients: list[str]) -> Iterator[dict[str, str]]:
    number = 2000
    for client in clients:
        for _one in range(rng.choice((0, 0, 0, 1, 3)) or int(number == 2000)):
            number += 1
            age = int(rng.triangular(0, DAYS, 20))
            day = today - timedelta(days=age)
            state = _state(rng, age)
            for product, price in rng.sample(GOODS, rng.choice((1, 2, 2, 3))):
                yield {
                    "external_id": f"O-{number}", "number": f"B-{number}", "client": client,
                    "company": "OC-1", "state": state, "currency": "USD", "ordered_on": f"{day}",
                    "due_on": f"{day + timedelta(days=14)}",
                    "cancel_reason": REASONS[number % len(REASONS)] if state == "cancelled" else "",
                    "product": product, "quantity": str(rng.choice((2, 5, 10, 20))), "price": f"{price}.00",
                    "tax": "12",
                }  # fmt: skip


def _state(rng: Random, age: int) -> str:
    """What is old is done, or was cancelled; what is new is on its way."""
    if rng.random() < 0.06:
        return "cancelled"
    if age > 30:
        return "done"
    return rng.choice(("draft", "confirmed", "confirmed", "processing"))
