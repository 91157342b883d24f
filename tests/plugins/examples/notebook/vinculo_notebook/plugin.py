"""What the notebook adds to Vinculo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click
from litestar.types import ControllerRouterHandler
from pydantic import BaseModel

from vinculo.jobs import JobHandler, Schedule
from vinculo.plugins.contributions import MenuItem, Panel, Permission, Widget
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records.kind import RecordKind
from vinculo_notebook import cli, jobs, pages, records, settings

READ = records.jotting.permission("read")


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Jottings."""
    yield records.jotting


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """The page of old jottings."""
    yield from (pages.old, pages.tidy, pages.count_old)


@hookimpl
def menu_items() -> Iterator[MenuItem]:
    """The same, in the menu."""
    yield MenuItem("Old jottings", "/notebook/old", "trash", records.TIDY)


@hookimpl
def permissions() -> Iterator[Permission]:
    """Who may throw away what others have jotted down."""
    yield Permission(records.TIDY, "Throw old jottings away", administrative=True)


@hookimpl
def panels() -> Iterator[Panel]:
    """Jottings on the card of their client."""
    yield Panel("jottings", "client", "Jottings", pages.client_panel, READ)


@hookimpl
def widgets() -> Iterator[Widget]:
    """The user's own."""
    yield Widget("jottings", "Jotted down", pages.widget, READ)


@hookimpl
def commands() -> Iterator[click.Command]:
    """``vinculo notebook-tidy``."""
    yield cli.tidy


@hookimpl
def job_handlers() -> Mapping[str, JobHandler]:
    """Tidying up."""
    return {records.TIDY: JobHandler(jobs.tidy)}


@hookimpl
def schedules() -> Iterator[Schedule]:
    """Every night."""
    yield Schedule(records.TIDY, "20 3 * * *")


@hookimpl
def settings_model() -> type[BaseModel]:
    """How long jottings are kept."""
    return settings.NotebookSettings
