"""What the plugin of own companies adds to Vinculo."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from vinculo.plugins.contributions import DemoFile, Panel
from vinculo.plugins.hookspecs import hookimpl
from vinculo.plugins.listening import Seller
from vinculo.records.kind import RecordKind
from vinculo.records.panels import linked
from vinculo_organization import demo, letterhead, records


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Own companies, and what they have."""
    yield from (records.own_company, records.outlet, records.account, records.desk)


@hookimpl
def panels() -> Iterator[Panel]:
    """What a company has, and the cash desks of an outlet."""
    yield linked(records.outlet, "company_id", weight=10)
    yield linked(records.account, "company_id", weight=20)
    yield linked(records.desk, "company_id", weight=30)
    yield linked(records.desk, "outlet_id", weight=10)
    yield linked(records.outlet, "department_id", weight=20)
    yield linked(records.outlet, "calendar_id", weight=20)


@hookimpl
def sellers() -> Iterator[Seller]:
    """The default company."""
    yield Seller("organization.company", letterhead.of_default)


@hookimpl
def demo_files(folder: Path, seed: int, today: date) -> Iterator[DemoFile]:
    """Two companies of the sample."""
    yield from demo.write(folder)
