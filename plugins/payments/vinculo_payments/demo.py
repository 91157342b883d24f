"""Made-up payment terms, invoices and payments of the clients of the sample company, as files."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Final

from vinculo.demo.files import write_rows
from vinculo.plugins.contributions import DemoFile

Row = dict[str, str]
DIRECTIONS: Final = ("Sales", "Goods", "Wages", "Rent", "Taxes")
SPENT: Final = (("Goods", 9000), ("Wages", 14000), ("Rent", 3200), ("Taxes", 5100))
GOODS: Final = (("Flour 25 kg", 21), ("Coffee 1 kg", 14), ("Olive oil 5 l", 38), ("Sugar 10 kg", 11))
MONTHS: Final = 12
USUAL: Final = 30  # days to pay in
LONGER: Final = (45, 60)  # for who agreed on more


def write(folder: Path, seed: int, today: date) -> Sequence[DemoFile]:
    """Write directions, terms, invoices, and payments of the clients whose file lies in the folder."""
    rng = Random(f"payments {seed}")  # noqa: S311 # nosec B311 # a sample
    with (folder / "clients.csv").open(encoding="utf-8", newline="") as file:
        clients = list(csv.DictReader(file))
    terms = list(_terms(clients))
    invoices = list(_invoices(rng, today, clients, {one["client"]: int(one["days"]) for one in terms}))
    payments = [*_paid(rng, today, invoices), *_spent(today)]
    paths = [folder / f"payments_{name}.csv" for name in ("directions", "terms", "invoices", "payments")]
    names = [{"external_id": f"PD-{n}", "name": name} for n, name in enumerate(DIRECTIONS, start=1)]
    for path, rows in zip(paths, (names, terms, invoices, payments), strict=True):
        write_rows(path, tuple(rows[0]), rows)
    return (
        DemoFile("payment_direction", paths[0], weight=55),
        DemoFile("payment_term", paths[1], weight=69),
        DemoFile("invoice", paths[2], weight=70),
        DemoFile("payment", paths[3], weight=71),
    )


def _terms(clients: list[Row]) -> Iterator[Row]:
    """What the own company gives everybody, and two clients that agreed on more."""
    yield {
        "external_id": "PT-1",
        "name": f"{USUAL} days",
        "days": str(USUAL),
        "company": "OC-1",
        "client": "",
    }
    for client, days in zip(clients, LONGER, strict=False):
        yield {
            "external_id": f"PT-{days}", "name": f"{days} days, {client['name']}"[:200], "days": str(days),
            "company": "", "client": client["external_id"],
        }  # fmt: skip


def _invoices(rng: Random, today: date, clients: list[Row], agreed: Mapping[str, int]) -> Iterator[Row]:
    """A fifth of the clients buy; each invoice has one to three lines in the same file."""
    number = 1000
    for client in clients:
        for _one in range(rng.choice((0, 0, 0, 0, 1, 4)) or int(number == 1000)):
            number += 1
            day = today - timedelta(days=int(rng.triangular(1, 330, 30)))
            due = day + timedelta(days=agreed.get(client["external_id"], agreed[""]))
            for product, price in rng.sample(GOODS, rng.choice((1, 1, 2, 3))):
                yield {
                    "external_id": f"I-{number}", "number": f"V-{number}", "client": client["external_id"],
                    "company": "OC-1", "state": "issued", "currency": "USD", "issued_on": f"{day}",
                    "due_on": f"{due}", "product": product,
                    "quantity": str(rng.choice((5, 10, 20, 40))), "price": f"{price}.00", "tax": "12",
                }  # fmt: skip


def _paid(rng: Random, today: date, rows: list[Row]) -> Iterator[Row]:
    """What is past due is mostly paid, now and then late; the text names the invoice."""
    amounts: dict[str, Decimal] = {}
    of: dict[str, Row] = {}
    for row in rows:
        net = Decimal(row["quantity"]) * Decimal(row["price"])
        amounts[row["number"]] = amounts.get(row["number"], Decimal(0)) + net * Decimal("1.12")
        of[row["number"]] = row
    for number, amount in amounts.items():
        due = date.fromisoformat(of[number]["due_on"])
        day = due + timedelta(days=int(rng.triangular(-20, 40, 2)))
        if day < today and rng.random() < 0.9:
            yield _row(f"P-{number}", day, amount, "in", "Sales", f"Invoice {number}", of[number]["client"])


def _spent(today: date) -> Iterator[Row]:
    for month in range(MONTHS):
        day = today - timedelta(days=30 * month + 3)
        for name, amount in SPENT:
            yield _row(f"S-{month}-{name}", day, Decimal(amount), "out", name, name, "")


def _row(key: str, day: date, amount: Decimal, flow: str, direction: str, text: str, client: str) -> Row:
    return {
        "external_id": key, "paid_on": f"{day}", "amount": f"{amount:.2f}", "flow": flow, "account": "OA-3",
        "direction": direction, "text": text, "client": client,
    }  # fmt: skip
