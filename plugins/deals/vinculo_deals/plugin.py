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
from vinculo.records import kind, view_uses
from vinculo_deals import demo, jobs, parts, queries, steps


@hookimpl
def record_kinds() -> Iterator[kind.RecordKind]:
    """Deals, pipelines, their stages with what these ask for, and reasons for losing."""
    yield from parts.KINDS


@hookimpl
def permissions() -> Sequence[give.Permission]:
    """Going past what is not met, and approving steps."""
    return parts.PERMISSIONS


@hookimpl
def uses_of_parts(session: Session, fields: view_uses.Fields) -> list[str]:
    """Rules of stages."""
    return steps.using(session, fields)


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """The board, reports, and moving a deal."""
    yield from parts.ROUTES


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
    return parts.FACTS


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
def demo_filled(session: Session) -> None:
    """How likely its deals are to be won."""
    jobs.fill(session)


@hookimpl
def job_handlers() -> Mapping[str, JobHandler]:
    """Counting win rates, and looking for what shows that steps are done."""
    return jobs.HANDLERS


@hookimpl
def schedules() -> Sequence[Schedule]:
    """By the clock."""
    return jobs.SCHEDULES
