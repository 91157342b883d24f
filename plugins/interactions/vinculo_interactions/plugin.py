"""What the interactions plugin adds to Vinculo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from litestar.types import ControllerRouterHandler
from pydantic import BaseModel

from vinculo.jobs import JobHandler, Schedule
from vinculo.plugins import contributions as give
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records.kind import RecordKind
from vinculo_interactions import clock_pages, jobs, pages, parts, records
from vinculo_interactions import demo_files as files
from vinculo_interactions import facts as known
from vinculo_interactions.settings import InteractionSettings


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Interactions."""
    yield records.interaction


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """The quick log, ticking off a next step, and the response clock."""
    yield from (pages.log, pages.done, *clock_pages.handlers)


@hookimpl
def permissions() -> Sequence[give.Permission]:
    """Changing the numbers of the response clock."""
    return parts.PERMISSIONS


@hookimpl
def menu_items() -> Sequence[give.MenuItem]:
    """The numbers of the response clock, for those who may change them."""
    return parts.MENU


@hookimpl
def composers() -> Sequence[give.Composer]:
    """The quick log above the timeline of a client."""
    return parts.COMPOSERS


@hookimpl
def panels() -> Sequence[give.Panel]:
    """Last contact and next step beside the timeline of a client; notes and files of an interaction."""
    return parts.PANELS


@hookimpl
def facts() -> Sequence[give.Fact]:
    """When one was in touch with a client, how often, and what waits."""
    return known.FACTS


@hookimpl
def card_actions() -> Sequence[give.CardAction]:
    """Logging a call with a client in the whole form."""
    return parts.ACTIONS


@hookimpl
def widgets() -> Sequence[give.Widget]:
    """What the user promised for today, what waits for an answer, and clients who are silent."""
    return parts.WIDGETS


@hookimpl
def job_handlers() -> Mapping[str, JobHandler]:
    """Looking after what waits for an answer."""
    return {jobs.JOB: JobHandler(jobs.watch)}


@hookimpl
def schedules() -> Iterator[Schedule]:
    """Each minute, by an index of what waits."""
    yield Schedule(jobs.JOB, "* * * * *")


@hookimpl
def settings_model() -> type[BaseModel]:
    """What the quick log starts with."""
    return InteractionSettings


@hookimpl
def demo_files(folder: Path, seed: int, today: date) -> Iterator[give.DemoFile]:
    """Two years of talks with the clients of the sample company."""
    yield give.DemoFile("interaction", files.write(folder, seed, today), weight=60)
