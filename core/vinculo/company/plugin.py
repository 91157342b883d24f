"""What the company room adds, through the hooks that every plugin has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from litestar.types import ControllerRouterHandler

from vinculo.company import api, calendar_panel, completing, line_prices, pages, rate_api, rate_pages, records
from vinculo.company.calendar_records import working_calendar
from vinculo.company.permissions import MANAGE, PERMISSIONS
from vinculo.i18n import lazy_gettext as _l
from vinculo.jobs import JobHandler, Schedule
from vinculo.plugins.contributions import Group, ListAction, MenuItem, PaletteAction, Panel, Permission
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records.kind import RecordKind

TIMES = working_calendar.permission("read")


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Exchange rates, and calendars of working hours."""
    yield from (records.exchange_rate, working_calendar)


@hookimpl
def panels() -> Iterator[Panel]:
    """The next days off, on the card of a calendar."""
    yield Panel("next_days", working_calendar.name, _l("Next days off"), calendar_panel.next_days, TIMES)


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """The settings, as a page and for programs; rates from files of banks; what lines cost."""
    yield from (*pages.handlers, *api.handlers, *rate_pages.handlers, *rate_api.handlers)
    yield line_prices.line_price


@hookimpl
def permissions() -> Iterator[Permission]:
    """Changing them."""
    yield from PERMISSIONS


@hookimpl
def menu_items() -> Iterator[MenuItem]:
    """Beside the users."""
    yield MenuItem(_l("Company"), pages.URL, "briefcase", MANAGE, Group.FOOT, 18)
    rate = records.exchange_rate
    yield MenuItem(rate.label_plural, rate.url, rate.icon, rate.permission("read"), Group.FOOT, 19)


@hookimpl
def job_handlers() -> Mapping[str, JobHandler]:
    """Completing documents that waited for a rate."""
    return {completing.JOB: JobHandler(completing.run)}


@hookimpl
def schedules() -> Iterator[Schedule]:
    """Every five minutes."""
    yield Schedule(completing.JOB, "*/5 * * * *")


@hookimpl
def list_actions() -> Iterator[ListAction]:
    """Rates as a bank publishes them."""
    kind = records.exchange_rate.name
    yield ListAction("bank", kind, _l("From a bank's file…"), "upload", rate_pages.URL, rate_pages.IMPORT)


@hookimpl
def palette_actions() -> Iterator[PaletteAction]:
    """For those who look for one of the settings."""
    words = _l("name language currency country joint view settings")
    yield PaletteAction(
        "company.settings", _l("Change the company's settings"), "briefcase", pages.URL, MANAGE, words
    )
    words = _l("hours holidays days off calendar")
    label = working_calendar.label_plural
    yield PaletteAction("company.times", label, "clock", working_calendar.url, TIMES, words)
