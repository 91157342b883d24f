"""What the deals plugin adds to Vinculo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from litestar.types import ControllerRouterHandler
from sqlalchemy.orm import Session

from vinculo.jobs import JobHandler, Schedule
from vinculo.plugins import contributions as give
from vinculo.plugins.hookspecs import hookimpl
from vinculo.plugins.registry import Registry
from vinculo.records.kind import RecordKind
from vinculo_deals import board_pages, demo, jobs, pages, parts, queries, records, report_pages
from vinculo_deals import facts as known


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Deals, pipelines, their stages, and reasons for losing."""
    yield from (records.stage, records.pipeline, records.lost_reason, records.deal)


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """The board, reports, and moving a deal."""
    yield from (*board_pages.handlers, *report_pages.handlers, *pages.handlers)


@hookimpl
def menu_items() -> Iterator[give.MenuItem]:
    """Reports."""
    yield parts.REPORTS


@hookimpl
def panels() -> Sequence[give.Panel]:
    """The stages of a deal, its notes and files; the deals of a record on its card."""
    return parts.PANELS


@hookimpl
def facts() -> Sequence[give.Fact]:
    """What is open with a client, what was won, and how often."""
    return known.FACTS


@hookimpl
def card_actions() -> Sequence[give.CardAction]:
    """A deal for a client."""
    return parts.ACTIONS


@hookimpl
def palette_actions() -> Sequence[give.PaletteAction]:
    """Where pipelines and reasons are kept."""
    return parts.PALETTE


@hookimpl
def promises() -> Iterator[give.Promise]:
    """Deals that are won promise what their lines offer."""
    yield give.Promise("deal", made=("won",), dropped=("lost", "reopened"), goods=queries.goods)


@hookimpl
def demo_files(folder: Path, seed: int, today: date) -> Sequence[give.DemoFile]:
    """Deals with the clients of the sample company."""
    return demo.write(folder, seed, today)


@hookimpl
def demo_filled(session: Session, registry: Registry) -> None:
    """How likely its deals are to be won."""
    jobs.fill(session)


@hookimpl
def job_handlers() -> Mapping[str, JobHandler]:
    """Counting win rates."""
    return jobs.HANDLERS


@hookimpl
def schedules() -> Sequence[Schedule]:
    """Every hour."""
    return jobs.SCHEDULES
