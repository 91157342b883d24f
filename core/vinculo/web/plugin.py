"""What the web room itself adds: home, plugins, API reference, health."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from litestar.types import ControllerRouterHandler

from vinculo.i18n import lazy_gettext as _l
from vinculo.jobs import JobHandler, Schedule
from vinculo.plugins.contributions import Group, MenuItem, Permission
from vinculo.plugins.hookspecs import hookimpl
from vinculo.web import (
    api_docs,
    home,
    job_api,
    job_pages,
    notice_api,
    notice_pages,
    plugin_api,
    plugin_archive_api,
    plugin_archives,
    plugin_pages,
    tidying,
)
from vinculo.web.job_pages import MANAGE_JOBS
from vinculo.web.routes import SIGNED_IN
from vinculo.web.timing import MANAGE_PLUGINS


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """Pages of the frame."""
    yield from (home.home, home.live, home.ready, api_docs.openapi, api_docs.docs)
    yield from (plugin_pages.plugins_page, plugin_pages.plan_page, plugin_pages.toggle_why)
    yield from (plugin_pages.switch_on, plugin_pages.switch_off)
    yield from (plugin_api.list_plugins, plugin_api.get_plugin, plugin_api.plan_plugin)
    yield from (plugin_api.cost_plugin, plugin_api.switch_on, plugin_api.switch_off)
    yield from (plugin_archives.archive_page, plugin_archives.archive, plugin_archives.download)
    yield from (plugin_archives.purge_page, plugin_archives.purge, plugin_archives.restore_page)
    yield from (plugin_archive_api.archive, plugin_archive_api.download, plugin_archive_api.purge)
    yield from (job_pages.jobs_page, job_pages.job_page, job_pages.cancel, job_pages.retry)
    yield from (*notice_pages.handlers, *notice_api.handlers)
    yield from (job_api.list_jobs, job_api.get_job, job_api.cancel, job_api.retry)


@hookimpl
def permissions() -> Iterator[Permission]:
    """Seeing and switching plugins, and what is done in the background."""
    yield Permission(MANAGE_PLUGINS, _l("Manage plugins"), administrative=True)
    yield Permission(MANAGE_JOBS, _l("Manage background jobs"), administrative=True)


@hookimpl
def job_handlers() -> Mapping[str, JobHandler]:
    """Tidying up."""
    return {tidying.JOB: JobHandler(tidying.tidy)}


@hookimpl
def schedules() -> Iterator[Schedule]:
    """Every night."""
    yield Schedule(tidying.JOB, "50 3 * * *")


@hookimpl
def menu_items() -> Iterator[MenuItem]:
    """The foot of the menu."""
    yield MenuItem(_l("API reference"), "/api/docs", "book", SIGNED_IN, Group.FOOT, 40)
    yield MenuItem(_l("Plugins"), "/plugins", "puzzle", MANAGE_PLUGINS, Group.FOOT, 30)
    yield MenuItem(_l("Background jobs"), job_pages.URL, "clock", MANAGE_JOBS, Group.FOOT, 35)
    yield MenuItem(_l("Settings"), "/settings", "settings", SIGNED_IN, Group.FOOT, 10)
