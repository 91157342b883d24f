"""The sample company's interactions as a file."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from vinculo.demo.files import write_rows
from vinculo_interactions.demo import COLUMNS, Row, interaction_rows


def write(folder: Path, seed: int, today: date) -> Path:
    """Write ``interactions.csv`` for the clients and people whose files lie in the folder."""
    path = folder / "interactions.csv"
    rows = interaction_rows(seed, today, _read(folder / "clients.csv"), _read(folder / "people.csv"))
    write_rows(path, COLUMNS, rows)
    return path


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
