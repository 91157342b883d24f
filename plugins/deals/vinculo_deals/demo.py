"""Made-up deals with the clients of the sample company, as files."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Source, system
from vinculo.demo.files import write_rows
from vinculo.plugins.contributions import DemoFile
from vinculo.records import service
from vinculo.records.reading import Values
from vinculo_deals.models import Offer, Quotation
from vinculo_deals.quotation_records import quotation

Row = dict[str, str]
REASONS: Final = ("Price", "A competitor", "No budget", "No answer")
PIPELINE: Final = "D-SALES"
STAGES: Final = ("Interest", "Needs are clear", "Offer", "Negotiation")
WON: Final = "Closed won"
LOST: Final = "Closed lost"
MEANS: Final = (  # name, what it means, probability, days until stuck
    ("Interest", "open", "10", "14"), ("Needs are clear", "open", "30", "21"), ("Offer", "open", "50", "21"),
    ("Negotiation", "open", "75", "14"), (WON, "won", "", ""), (LOST, "lost", "", ""),
)  # fmt: skip
TITLES: Final = {
    "en": ("First order", "Yearly supply", "New shop", "Trial delivery", "Refit"),
    "pt_BR": ("Primeiro pedido", "Fornecimento anual", "Loja nova", "Entrega de teste", "Reforma"),
    "ru": ("Первый заказ", "Поставка на год", "Новый магазин", "Пробная поставка", "Обновление"),
}
SOURCES: Final = ("Fair", "Website", "Referral", "Cold call")
OFFERED: Final = STAGES[2:]  # from here on lines say the amount, and there is a quotation
LINES: Final = (
    ("Espresso beans", "24.00"), ("Espresso machine, one group", "1890.00"), ("Grinder", "420.00"),
    ("Repair", "65.00"), ("Barista training", "80.00"),
)  # fmt: skip
CUPS: Final = {
    "product": "", "quantity": "24", "price": "", "catalog_product": "Cup", "catalog_variant": "Cup, black",
    "discount": "0",
}  # fmt: skip
LANGUAGES: Final = {"BR": "pt_BR", "PT": "pt_BR", "RU": "ru", "KZ": "ru"}


def write(folder: Path, seed: int, today: date) -> Sequence[DemoFile]:
    """Write a pipeline, reasons for losing, and deals with the clients whose file lies in the folder."""
    names = ("pipelines", "lost_reasons", "deals", "quotations")
    pipelines, reasons, deals, quotations = (folder / f"{name}.csv" for name in names)
    catalog = (folder / "catalog_product.csv").exists()  # that plugin is on
    write_rows(pipelines, tuple(_pipeline()), [_pipeline()])
    rows = [{"external_id": f"DR-{n}", "name": name} for n, name in enumerate(REASONS, start=1)]
    write_rows(reasons, ("external_id", "name"), rows)
    with (folder / "clients.csv").open(encoding="utf-8", newline="") as file:
        made = list(_deals(Random(f"deals {seed}"), today, list(csv.DictReader(file)), catalog=catalog))  # noqa: S311 # nosec B311 # a sample
    write_rows(deals, tuple(made[0]), made)
    quoted = list(_quotations(made, today))
    write_rows(quotations, tuple(quoted[0]), quoted)
    return (
        DemoFile("pipeline", pipelines, weight=55),
        DemoFile("lost_reason", reasons, weight=55),
        DemoFile("deal", deals, weight=66),
        DemoFile("quotation", quotations, weight=67),
    )


def _pipeline() -> Row:
    row = {"external_id": PIPELINE, "name": "Sales", "strictness": "manual"}
    for number, stage in enumerate(MEANS, start=1):
        keys = (f"stage_{number}{tail}" for tail in ("", "_means", "_probability", "_stuck_after"))
        row |= dict(zip(keys, stage, strict=True))
    return row


def _deals(rng: Random, today: date, clients: list[Row], *, catalog: bool) -> Iterator[Row]:
    """Most clients have some, within a year; two fifths are open."""
    number = 0
    for client in clients:
        titles = TITLES[LANGUAGES.get(client["country"], "en")]
        for _one in range(rng.choice((0, 1, 1, 2, 3))):
            number += 1
            began = today - timedelta(days=rng.randrange(5, 360))
            row = {
                "external_id": f"D-{number:05d}",
                "title": rng.choice(titles),
                "client": client["external_id"],
                "responsible": client["responsible"],
                "amount": str(round(rng.lognormvariate(8, 0.9), -1)),
                "source": rng.choice(SOURCES),
                "started_on": f"{began}",
                **_outcome(rng, began, today),
            }
            yield from _with_lines(rng, row, catalog=catalog)


def _with_lines(rng: Random, row: Row, *, catalog: bool) -> Iterator[Row]:
    """A row for each line; deals that are not that far have none."""
    named = ("catalog_product", "catalog_variant") if catalog else ()
    blank = dict.fromkeys(("product", "quantity", "price", *named, "discount"), "")
    if row["stage"] not in OFFERED:
        yield row | blank
        return
    for product, price in rng.sample(LINES, rng.randrange(1, 4)):
        line = {"product": product, "quantity": str(rng.randrange(1, 13)), "price": price}
        line |= {"catalog_product": product, "catalog_variant": ""} if catalog else {}
        yield row | line | {"discount": str(rng.choice((0, 0, 5, 10)))}
    if catalog and int(row["external_id"].removeprefix("D-")) % 4 == 0:
        yield row | CUPS


def _quotations(deals: list[Row], today: date) -> Iterator[Row]:
    """One for each deal that has come to its offer, of its lines."""
    known: set[str] = set()
    for row in deals:
        if row["product"] and row["external_id"] not in known:
            known.add(row["external_id"])
            day = today - timedelta(days=len(known) % 29)
            yield {"external_id": f"Q-{len(known):04}", "deal": row["external_id"], "issued_on": f"{day}"}


def fill(session: Session) -> None:
    """Most quotations are with the client, and of some one knows what was answered."""
    found = session.scalars(sa.select(Quotation).order_by(Quotation.id)).all()
    for at, one in enumerate(found):
        sent = datetime.combine(one.issued_on, time(12), UTC)
        values: dict[str, Any] = {"state": Offer.SENT, "sent_at": sent}
        if at % 4 == 1:
            values |= {"state": (Offer.ACCEPTED, Offer.DECLINED)[at % 3 % 2], "answered_on": one.issued_on}
        if at % 4:
            service.update(
                session, quotation, one, Values(values), actor=system(Source.JOB), action=str(values["state"])
            )


def _outcome(rng: Random, began: date, today: date) -> Row:
    reached = STAGES[min(rng.randrange(5), 3)]
    closed = began + timedelta(days=int(rng.triangular(5, 120, 40)))
    row = dict.fromkeys(("stage", "reached", "expected_on", "closed_on", "lost_reason", "next_step_on"), "")
    if closed <= today and rng.random() < 0.85:
        won = rng.random() < 0.55
        row |= {"stage": WON if won else LOST, "reached": STAGES[3] if won else reached}
        row |= {"closed_on": f"{closed}", "lost_reason": "" if won else rng.choice(REASONS)}
        return row
    expected = today + timedelta(days=int(rng.triangular(-15, 90, 20)))
    step = today + timedelta(days=rng.randrange(-4, 20))
    return row | {
        "stage": reached,
        "reached": reached,
        "expected_on": f"{expected}",
        "next_step_on": f"{step}",
    }
