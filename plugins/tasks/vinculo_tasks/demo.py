"""Types of tasks and made-up tasks with the clients of the sample company, as files."""

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
TYPES: Final = (  # external id, icon, days of lead, what follows
    ("T-CALL", "phone", "1", ""),
    ("T-OFFER", "currency-dollar", "3", "T-FOLLOW"),
    ("T-FOLLOW", "phone", "7", ""),
    ("T-VISIT", "map-pin", "7", ""),
)
NAMES: Final = {
    "en": ("Call", "Send an offer", "Ask about the offer", "Visit"),
    "pt_BR": ("Ligar", "Enviar proposta", "Perguntar da proposta", "Visitar"),
    "ru": ("Позвонить", "Отправить предложение", "Спросить про ответ", "Навестить"),
}
LANGUAGES: Final = {"BR": "pt_BR", "PT": "pt_BR", "RU": "ru", "KZ": "ru"}
TYPE_COLUMNS: Final = ("external_id", "name", "icon", "lead_days")
CHAIN_COLUMNS: Final = ("external_id", "chaining", "next_type_id")
COLUMNS: Final = (
    "external_id", "subject", "type", "client", "assignee", "due_on", "due_time", "priority", "repeat",
    "state", "closed_at",
)  # fmt: skip


def write(folder: Path, seed: int, today: date) -> Sequence[DemoFile]:
    """Write types, what follows which of them, and tasks for the clients whose file lies in the folder."""
    types, chain, tasks = (folder / f"{name}.csv" for name in ("task_types", "task_chain", "tasks"))
    write_rows(types, TYPE_COLUMNS, _types())
    write_rows(chain, CHAIN_COLUMNS, _chain())
    with (folder / "clients.csv").open(encoding="utf-8", newline="") as file:
        write_rows(tasks, COLUMNS, _tasks(Random(f"tasks {seed}"), today, list(csv.DictReader(file))))  # noqa: S311 # nosec B311 # a sample
    return (
        DemoFile("task_type", types, weight=55),
        DemoFile("task_type", chain, weight=56),
        DemoFile("task", tasks, weight=65),
    )


def _types() -> Iterator[Row]:
    for (key, icon, lead, _following), name in zip(TYPES, NAMES["en"], strict=True):
        yield {"external_id": key, "name": name, "icon": icon, "lead_days": lead}


def _chain() -> Iterator[Row]:
    for key, _icon, _lead, following in TYPES:
        if following:
            yield {"external_id": key, "chaining": "create", "next_type_id": following}


def _tasks(rng: Random, today: date, clients: list[Row]) -> Iterator[Row]:
    """Two thirds of the clients have some; half of what was due is done."""
    number = 0
    for client in clients:
        names = NAMES[LANGUAGES.get(client["country"], "en")]
        for _one in range(rng.choice((0, 1, 1, 2, 3))):
            number += 1
            kind = rng.randrange(len(TYPES))
            day = _working_day(today + timedelta(days=int(rng.triangular(-30, 25, 2))))
            done = day < today and rng.random() < 0.8
            yield {
                "external_id": f"T-{number:05d}",
                "subject": f"{names[kind]}: {client['name']}",
                "type": TYPES[kind][0],
                "client": client["external_id"],
                "assignee": client["responsible"],
                "due_on": day.isoformat(),
                "due_time": rng.choice(("", "", "09:30", "11:00", "15:00")),
                "priority": rng.choice(("normal", "normal", "normal", "high", "low")),
                "repeat": "never" if done else rng.choice(("never",) * 8 + ("month", "quarter")),
                "state": "done" if done else "open",
                "closed_at": f"{day}T16:00:00+00:00" if done else "",
            }


def _working_day(day: date) -> date:
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day
