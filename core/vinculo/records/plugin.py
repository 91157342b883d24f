"""What the records room itself adds: finding, undo, imports, tidying up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from litestar.types import ControllerRouterHandler

from vinculo.jobs import JobHandler, Schedule
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records import finding, tidying
from vinculo.records.import_pages import SHARED_ROUTERS


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """Pages and API routes that belong to no kind of record."""
    yield from SHARED_ROUTERS
    yield from (finding.search_page, finding.palette, finding.lookup, finding.go)
    yield from (finding.undo, finding.undo_by_api)


@hookimpl
def job_handlers() -> Mapping[str, JobHandler]:
    """Tidying up."""
    return {tidying.JOB: JobHandler(tidying.tidy)}


@hookimpl
def schedules() -> Iterator[Schedule]:
    """Every night."""
    yield Schedule(tidying.JOB, "20 3 * * *")
