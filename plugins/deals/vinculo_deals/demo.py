"""Made-up deals with the clients of the sample company, as files."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

from vinculo.demo.files import write_rows
from vinculo.plugins.contributions import DemoFile

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
LANGUAGES: Final = {"BR": "pt_BR", "PT": "pt_BR", "RU": "ru", "KZ": "ru"}


def write(folder: Path, seed: int, today: date) -> Sequence[DemoFile]:
    """Write a pipeline, reasons for losing, and deals with the clients whose file lies in the folder."""
    pipelines, reasons, deals = (folder / f"{name}.csv" for name in ("pipelines", "lost_reasons", "deals"))
    write_rows(pipelines, tuple(_pipeline()), [_pipeline()])
    rows = [{"external_id": f"DR-{n}", "name": name} for n, name in enumerate(REASONS, start=1)]
    write_rows(reasons, ("external_id", "name"), rows)
    with (folder / "clients.csv").open(encoding="utf-8", newline="") as file:
        made = list(_deals(Random(f"deals {seed}"), today, list(csv.DictReader(file))))  # noqa: S311 # nosec B311 # a sample
    write_rows(deals, tuple(made[0]), made)
    return (
        DemoFile("pipeline", pipelines, weight=55),
        DemoFile("lost_reason", reasons, weight=55),
        DemoFile("deal", deals, weight=66),
    )


def _pipeline() -> Row:
    row = {"external_id": PIPELINE, "name": "Sales", "strictness": "manual"}
    for number, stage in enumerate(MEANS, start=1):
        keys = (f"stage_{number}{tail}" for tail in ("", "_means", "_probability", "_stuck_after"))
        row |= dict(zip(keys, stage, strict=True))
    return row


def _deals(rng: Random, today: date, clients: list[Row]) -> Iterator[Row]:
    """Most clients have some, within a year; two fifths are open."""
    number = 0
    for client in clients:
        titles = TITLES[LANGUAGES.get(client["country"], "en")]
        for _one in range(rng.choice((0, 1, 1, 2, 3))):
            number += 1
            began = today - timedelta(days=rng.randrange(5, 360))
            yield {
                "external_id": f"D-{number:05d}",
                "title": rng.choice(titles),
                "client": client["external_id"],
                "responsible": client["responsible"],
                "amount": str(round(rng.lognormvariate(8, 0.9), -1)),
                "source": rng.choice(SOURCES),
                "started_on": f"{began}",
                **_outcome(rng, began, today),
            }


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
