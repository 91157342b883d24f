"""What the protection room adds, through the hooks that every plugin has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from litestar.types import ControllerRouterHandler

from vinculo.i18n import lazy_gettext as _l
from vinculo.jobs import JobHandler, Schedule
from vinculo.plugins.contributions import Group, MenuItem, Panel, Permission
from vinculo.plugins.hookspecs import hookimpl
from vinculo.protection import alarms, api, canary_pages, jobs, pages
from vinculo.protection.permissions import PERMISSIONS, READ
from vinculo.web.context import Context


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """Alarms and canaries, as pages and for programs."""
    for module in (pages, canary_pages, api):
        yield from module.handlers


@hookimpl
def permissions() -> Iterator[Permission]:
    """Seeing to alarms, keeping canaries."""
    yield from PERMISSIONS


@hookimpl
def panels() -> Iterator[Panel]:
    """What is usual of a user."""
    yield Panel("usual", "user", _l("Usual use"), pages.usual_panel, READ)


@hookimpl
def menu_items() -> Iterator[MenuItem]:
    """Alarms, with how many are open."""
    yield MenuItem(_l("Alarms"), pages.URL, "alert", READ, Group.FOOT, 28, count=_waiting)


@hookimpl
def job_handlers() -> Mapping[str, JobHandler]:
    """Looking for unusual use."""
    return {jobs.JOB: JobHandler(jobs.look)}


@hookimpl
def schedules() -> Iterator[Schedule]:
    """Every other minute."""
    yield Schedule(jobs.JOB, "*/2 * * * *")


def _waiting(ctx: Context) -> int:
    return alarms.waiting(ctx.session, ctx.actor)
