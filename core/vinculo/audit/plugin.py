"""What the audit room adds, through the hooks that every plugin has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from litestar.types import ControllerRouterHandler

from vinculo.audit import api, delivering, export_pages, pages
from vinculo.audit.permissions import PERMISSIONS, READ
from vinculo.i18n import lazy_gettext as _l
from vinculo.jobs import JobHandler, Schedule
from vinculo.plugins.contributions import Group, MenuItem, Permission
from vinculo.plugins.hookspecs import hookimpl


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """The log and one event of it, as pages, as a file and for programs."""
    yield from (pages.list_page, pages.export, pages.event_page)
    yield from (export_pages.exports_page, export_pages.export_page)
    yield from (api.list_events, api.checkpoint)


@hookimpl
def permissions() -> Iterator[Permission]:
    """Reading the log."""
    yield from PERMISSIONS


@hookimpl
def menu_items() -> Iterator[MenuItem]:
    """The event log."""
    yield MenuItem(_l("Event log"), "/settings/audit", "history", READ, Group.FOOT, 30)


@hookimpl
def job_handlers() -> Mapping[str, JobHandler]:
    """Telling subscriptions what happened."""
    return {delivering.JOB: JobHandler(delivering.deliver, retries=0)}


@hookimpl
def schedules() -> Iterator[Schedule]:
    """Each minute."""
    yield Schedule(delivering.JOB, "* * * * *")
