"""The kernel's part of the sample company, through the hook that every plugin has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from vinculo.demo.company import generate
from vinculo.demo.files import write_files, write_rows
from vinculo.demo.times import CALENDARS
from vinculo.plugins.contributions import DemoFile
from vinculo.plugins.hookspecs import hookimpl

LINK_COLUMNS: Final = {
    "counterparty": "external_id",
    "client": "client",
    "valid_from": "valid_from",
    "valid_to": "valid_to",
    "reason": "reason",
}
GROUP_COLUMNS: Final = {"client": "external_id", "parent": "parent_id"}
ROLE_COLUMNS: Final = {
    "person": "external_id",
    "client": "client",
    "counterparty": "counterparty",
    "role": "role",
    "title": "title",
}


@hookimpl
def demo_files(folder: Path, seed: int, today: date) -> Iterator[DemoFile]:
    """Working times, clients, counterparties, people; then, of what is there, further links and roles."""
    paths = write_files(generate(seed, today), folder)
    times = folder / "working_times.csv"
    write_rows(times, list(CALENDARS[0]), CALENDARS)
    yield DemoFile("working_calendar", times, match=("name",), weight=5)
    yield DemoFile("client", paths["clients"], weight=10)
    yield DemoFile("client", paths["client_groups"], mapping=GROUP_COLUMNS, weight=11)
    yield DemoFile("counterparty", paths["counterparties"], weight=20)
    yield DemoFile("counterparty", paths["counterparty_links"], mapping=LINK_COLUMNS, weight=21)
    yield DemoFile("person", paths["people"], weight=30)
    yield DemoFile("person", paths["person_roles"], mapping=ROLE_COLUMNS, weight=31)
