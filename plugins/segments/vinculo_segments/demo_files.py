"""The sample company's groups by hand, and goals for its first clients."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

from vinculo.demo.files import write_rows

FAIR = "S-1"
INVITED = 12
FIGURE = "interactions_contacts"


def groups(folder: Path) -> Path:
    """Write ``groups.csv``: who is invited to the fair."""
    path = folder / "groups.csv"
    row = {"external_id": FAIR, "name": "Fair", "way": "manual", "shared": "yes", "description": ""}
    write_rows(path, tuple(row), [row])
    return path


def members(folder: Path, today: date) -> Path:
    """Write ``memberships.csv`` with the first clients."""
    path = folder / "memberships.csv"
    rows = [
        {
            "external_id": f"SM-{number}",
            "group": FAIR,
            "client": client,
            "joined": f"{today - timedelta(number)}",
        }
        for number, client in enumerate(_clients(folder)[:INVITED], start=1)
    ]
    write_rows(path, ("external_id", "group", "client", "joined"), rows)
    return path


def goals(folder: Path, today: date) -> Path:
    """Write ``goals.csv``: to talk with the first clients, within this year."""
    path = folder / "goals.csv"
    first, last = today - timedelta(days=90), today + timedelta(days=90)
    rows = [
        {"external_id": f"SG-{number}", "name": "20", "client": client, "figure": FIGURE, "target": "20",
         "base_on": f"{first}", "due_on": f"{last}", "base": "0"}
        for number, client in enumerate(_clients(folder)[:3], start=1)
    ]  # fmt: skip
    write_rows(path, tuple(rows[0]), rows)
    return path


def _clients(folder: Path) -> list[str]:
    with (folder / "clients.csv").open(encoding="utf-8", newline="") as file:
        return [row["external_id"] for row in csv.DictReader(file)]
