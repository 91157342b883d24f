"""Made-up complaints of the clients of the sample company, as files."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Final

from vinculo.demo.files import write_rows
from vinculo.plugins.contributions import DemoFile

Row = dict[str, str]
TOPICS: Final = ("Late delivery", "Damaged goods", "Wrong invoice", "Missing goods", "Rude treatment")
CAUSES: Final = ("Packing", "Carrier", "Slip in the order", "Stock was wrong", "Misunderstanding")
PRODUCTS: Final = ("Flour 25 kg", "Coffee 1 kg", "Olive oil 5 l", "Sugar 10 kg", "")
CHANNELS: Final = ("Phone", "E-mail", "Visit", "Web form")
RESULTS: Final = ("Goods were sent again.", "The invoice was corrected.", "We apologised; price was reduced.")


def write(folder: Path, seed: int, today: date) -> Sequence[DemoFile]:
    """Write topics, causes, and complaints of the clients whose file lies in the folder."""
    topics, causes, complaints = (
        folder / f"{name}.csv" for name in ("complaint_topics", "complaint_causes", "complaints")
    )
    for path, names, letter in ((topics, TOPICS, "T"), (causes, CAUSES, "C")):
        rows = [{"external_id": f"Q{letter}-{n}", "name": name} for n, name in enumerate(names, start=1)]
        write_rows(path, ("external_id", "name"), rows)
    with (folder / "clients.csv").open(encoding="utf-8", newline="") as file:
        made = list(_complaints(Random(f"complaints {seed}"), today, list(csv.DictReader(file))))  # noqa: S311 # nosec B311 # a sample
    write_rows(complaints, tuple(made[0]), made)
    return (
        DemoFile("complaint_topic", topics, weight=55),
        DemoFile("complaint_cause", causes, weight=55),
        DemoFile("complaint", complaints, weight=67),
    )


def _complaints(rng: Random, today: date, clients: list[Row]) -> Iterator[Row]:
    """A third of the clients have some; few causes bring most of them, and a fifth is open."""
    number = 0
    for client in clients:
        for _one in range(rng.choice((0, 0, 0, 1, 1, 3)) or int(not number)):
            number += 1
            received = datetime.combine(today, time(10), UTC) - timedelta(
                days=int(rng.triangular(1, 300, 20))
            )
            yield {
                "external_id": f"Q-{number:05d}",
                "client": client["external_id"],
                "topic": rng.choices(TOPICS, (40, 25, 15, 12, 8))[0],
                "cause": rng.choices((*CAUSES, ""), (10, 45, 20, 10, 5, 10))[0],
                "severity": rng.choices(("low", "normal", "high", "critical"), (20, 55, 20, 5))[0],
                "product": rng.choice(PRODUCTS),
                "channel": rng.choice(CHANNELS),
                "responsible": client["responsible"],
                "received_at": received.isoformat(),
                **_outcome(rng, received, today),
            }


def _outcome(rng: Random, received: datetime, today: date) -> Row:
    answered = received + timedelta(hours=int(rng.triangular(1, 60, 4)))
    closed = received + timedelta(hours=int(rng.triangular(20, 500, 90)))
    answered = min(answered, datetime.combine(today, time(9), UTC))
    row = dict.fromkeys(("state", "answered_at", "closed_at", "result", "satisfaction"), "")
    if closed.date() < today and rng.random() < 0.9:
        state = "solved" if rng.random() < 0.85 else "rejected"
        mark = str(rng.choices((1, 2, 3, 4, 5), (5, 10, 20, 40, 25))[0])
        row |= {"answered_at": answered.isoformat(), "closed_at": closed.isoformat()}
        return row | {
            "state": state,
            "result": rng.choice(RESULTS),
            "satisfaction": mark if state == "solved" else "",
        }
    state = rng.choice(("new", "work", "work", "waiting"))
    return row | {"state": state, "answered_at": "" if state == "new" else answered.isoformat()}
