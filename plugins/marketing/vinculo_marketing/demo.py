"""Made-up marketing of the sample company, as files: where its clients come from."""

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
CHANNELS: Final = (  # name, what it is a part of
    ("Online", ""), ("Search engines", "Online"), ("Social networks", "Online"),
    ("Fairs", ""), ("Recommendation", ""), ("Letters", ""),
)  # fmt: skip
CAMPAIGNS: Final = (  # name, channel, days ago it began, days it ran, cost, clients that were hoped for
    ("Bread flour, autumn", "Search engines", 150, 60, 4200, 12),
    ("Coffee for offices", "Search engines", 70, 60, 3100, 10),
    ("Bakers on video", "Social networks", 120, 90, 1800, 6),
    ("Letter to hotels", "Letters", 200, 30, 900, 5),
    ("Fairs of the year", "Fairs", 300, 300, 0, 15),
)
EVENTS: Final = (  # name, format, place, days ago, cost
    ("Food fair", "exhibition", "São Paulo", 110, 9800),
    ("Seminar on sourdough", "seminar", "Campinas", 45, 1200),
)
FORM: Final = {
    "external_id": "MF-1", "name": "Ask for a sample", "slug": "sample", "active": "yes",
    "campaign": "Bread flour, autumn",
    "intro": "Tell us what you bake, and we send you a bag of flour to try.",
    "consent": "I agree that you store what I typed, and write to me about it.",
    "thanks": "Thank you. The flour is on its way.",
}  # fmt: skip
OUTCOMES: Final = ("Asked for a sample", "Wants an offer", "")
REASONS: Final = ("Lower price", "Delivery the same day", "A colleague uses it", "Old supplier closed", "")


def write(folder: Path, seed: int, today: date) -> Sequence[DemoFile]:
    """Write what there is of marketing, and by what the clients in the folder were touched."""
    rng = Random(f"marketing {seed}")  # noqa: S311 # nosec B311 # a sample
    with (folder / "clients.csv").open(encoding="utf-8", newline="") as file:
        clients = list(csv.DictReader(file))
    files = {
        "channel": [{"external_id": f"MC-{n}", "name": name, "parent": above}
                    for n, (name, above) in enumerate(CHANNELS, start=1)],
        "campaign": [*_campaigns(today)],
        "marketing_event": [*_events(today)],
        "participant": [*_participants(rng, today, clients)],
        "touch": [*_touches(rng, today, clients)],
        "web_form": [FORM],
    }  # fmt: skip
    for kind, rows in files.items():
        write_rows(folder / f"{kind}s.csv", tuple(rows[0]), rows)
    return [
        DemoFile(kind, folder / f"{kind}s.csv", weight=weight)
        for kind, weight in zip(files, (55, 56, 57, 68, 69, 58), strict=True)
    ]


def _campaigns(today: date) -> Iterator[Row]:
    for number, (name, channel, ago, days, cost, hoped) in enumerate(CAMPAIGNS, start=1):
        begin = today - timedelta(days=ago)
        yield {
            "external_id": f"MK-{number}",
            "name": name,
            "channel": channel,
            "code": name.split(",", maxsplit=1)[0].lower().replace(" ", "-"),
            "begins_on": f"{begin}",
            "ends_on": f"{begin + timedelta(days=days)}",
            "budget": f"{cost * 1.1:.2f}" if cost else "",
            "expected_clients": f"{hoped}",
            "cost": f"{cost}" if cost else "",
            "cost_day": f"{begin}" if cost else "",
        }


def _events(today: date) -> Iterator[Row]:
    for number, (name, form, place, ago, cost) in enumerate(EVENTS, start=1):
        day = f"{today - timedelta(days=ago)}"
        yield {
            "external_id": f"ME-{number}", "name": name, "format": form, "place": place, "begins_on": day,
            "ends_on": day, "campaign": "Fairs of the year", "budget": f"{cost + 500}", "cost": f"{cost}",
            "cost_day": day, "cost_note": "Stand" if form == "exhibition" else "Room",
        }  # fmt: skip


def _participants(rng: Random, today: date, clients: list[Row]) -> Iterator[Row]:
    number = 0
    for name, _form, _place, ago, _cost in EVENTS:
        for client in rng.sample(clients, max(1, len(clients) // 4)):
            number += 1
            state = rng.choices(("invited", "registered", "came", "absent"), (25, 10, 50, 15))[0]
            yield {
                "external_id": f"MP-{number}",
                "event": name,
                "client": client["external_id"],
                "state": state,
                "state_at": _moment(today, ago),
                "outcome": rng.choice(("Asked for a sample", "Wants an offer", ""))
                if state == "came"
                else "",
            }


def _touches(rng: Random, today: date, clients: list[Row]) -> Iterator[Row]:
    """Most clients say where they come from; some come back by another campaign."""
    number = 0
    for client in clients:
        for _one in range(rng.choices((0, 1, 2, 3), (15, 55, 20, 10))[0] or int(not number)):
            number += 1
            name, channel, ago, days, _cost, _hoped = rng.choice(CAMPAIGNS[:4])
            recommended = rng.random() < 0.25
            yield {
                "external_id": f"MT-{number}",
                "client": client["external_id"],
                "channel": "Recommendation" if recommended else channel,
                "campaign": "" if recommended else name,
                "reason": rng.choice(REASONS),
                "happened_at": _moment(today, max(1, ago - rng.randrange(days))),
            }


def _moment(today: date, ago: int) -> str:
    return (datetime.combine(today, time(10), UTC) - timedelta(days=ago)).isoformat()
