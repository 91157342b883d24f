"""The sample company as CSV files, such as a user would bring from another system."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from vinculo.demo.company import SampleCompany


def write_files(company: SampleCompany, folder: Path) -> dict[str, Path]:
    """Write one file for each kind of row; the paths come back by kind, in the order to import them."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for file in fields(company):
        rows: list[dict[str, str]] = getattr(company, file.name)
        written[file.name] = folder / f"{file.name}.csv"
        write_rows(written[file.name], list(rows[0]), rows)
    return written


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Write rows as UTF-8 CSV with the given header; plugins write theirs with it, too."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
