"""What the complaints plugin adds to Vinculo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from litestar.types import ControllerRouterHandler

from vinculo.jobs import JobHandler, Schedule
from vinculo.plugins import contributions as give
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records.kind import RecordKind
from vinculo_complaints import demo, jobs, parts, records
from vinculo_complaints import facts as known


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Complaints, their topics and causes."""
    yield from (records.topic, records.cause, records.complaint)


@hookimpl
def routers() -> Sequence[ControllerRouterHandler]:
    """Reports, the limits of the clock, and what is done on cards."""
    return parts.ROUTES


@hookimpl
def permissions() -> Sequence[give.Permission]:
    """Approving actions, and changing the clock."""
    return parts.PERMISSIONS


@hookimpl
def menu_items() -> Sequence[give.MenuItem]:
    """Reports, and the clock for those who may change it."""
    return parts.MENU


@hookimpl
def panels() -> Sequence[give.Panel]:
    """The complaints about a record on its card; progress, actions, notes and files of a complaint."""
    return parts.PANELS


@hookimpl
def facts() -> Sequence[give.Fact]:
    """What is open with a client, how many there were, how content it is."""
    return known.FACTS


@hookimpl
def card_actions() -> Sequence[give.CardAction]:
    """A complaint of a client."""
    return parts.ACTIONS


@hookimpl
def palette_actions() -> Sequence[give.PaletteAction]:
    """Where topics and causes are kept."""
    return parts.PALETTE


@hookimpl
def widgets() -> Sequence[give.Widget]:
    """The open complaints of the user."""
    return parts.WIDGETS


@hookimpl
def job_handlers() -> Mapping[str, JobHandler]:
    """Telling what is overdue."""
    return jobs.HANDLERS


@hookimpl
def schedules() -> Sequence[Schedule]:
    """Each minute, by an index of what is still to be told."""
    return jobs.SCHEDULES


@hookimpl
def demo_files(folder: Path, seed: int, today: date) -> Sequence[give.DemoFile]:
    """Complaints of the clients of the sample company."""
    return demo.write(folder, seed, today)
