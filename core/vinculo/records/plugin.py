"""What the records room itself adds: finding, undo, imports, exports to approve, tidying up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from litestar.types import ControllerRouterHandler

from vinculo.i18n import lazy_gettext as _l
from vinculo.jobs import JobHandler, Schedule
from vinculo.plugins.contributions import Group, MenuItem, Permission
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records import (
    custom,
    custom_api,
    custom_pages,
    export_request_api,
    export_request_pages,
    export_requests,
    finding,
    tidying,
)
from vinculo.records.import_pages import SHARED_ROUTERS


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """Pages and API routes that belong to no kind of record."""
    yield from SHARED_ROUTERS
    yield from (finding.search_page, finding.palette, finding.lookup, finding.go)
    yield from (finding.undo, finding.undo_by_api)
    yield from export_request_pages.handlers
    yield from export_request_api.handlers
    yield from custom_pages.handlers
    yield from custom_api.handlers


@hookimpl
def permissions() -> Iterator[Permission]:
    """Approving exports, and adding fields."""
    yield from export_requests.PERMISSIONS
    yield Permission(custom.CUSTOMISE, _l("Manage custom fields"), administrative=True)


@hookimpl
def menu_items() -> Iterator[MenuItem]:
    """The exports that wait to be approved, and the fields that the company added."""
    yield MenuItem(
        _l("Exports to approve"),
        export_request_pages.ASKED,
        "download",
        export_requests.APPROVE,
        Group.FOOT,
        28,
        export_request_pages.waiting,
    )
    yield MenuItem(_l("Custom fields"), custom_pages.URL, "columns", custom.CUSTOMISE, Group.FOOT, 29)


@hookimpl
def job_handlers() -> Mapping[str, JobHandler]:
    """Tidying up."""
    return {tidying.JOB: JobHandler(tidying.tidy)}


@hookimpl
def schedules() -> Iterator[Schedule]:
    """Every night."""
    yield Schedule(tidying.JOB, "20 3 * * *")
