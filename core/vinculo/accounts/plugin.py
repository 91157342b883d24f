"""What the kernel's accounts add, through the hooks that every plugin has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from litestar.types import ControllerRouterHandler

from vinculo.accounts import pages, records, rights_pages, role_pages, settings_pages, tidying, user_pages
from vinculo.accounts.permissions import MANAGE_ROLES, MANAGE_USERS, PERMISSIONS
from vinculo.i18n import lazy_gettext as _l
from vinculo.jobs import JobHandler, Schedule
from vinculo.plugins.contributions import Group, MenuItem, Permission
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records.kind import RecordKind


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Departments, and users to link to."""
    yield records.user
    yield records.department


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """Sign-in, first start, own settings, users."""
    yield from (pages.sign_in_page, pages.sign_in, pages.sign_out, pages.setup_page, pages.setup)
    yield from (settings_pages.settings_page, settings_pages.save_profile, settings_pages.save_password)
    yield from (settings_pages.save_theme, settings_pages.create_token, settings_pages.revoke_token)
    yield from (user_pages.users_page, user_pages.new_user_page, user_pages.create_user)
    yield from (user_pages.disable_user, user_pages.enable_user)
    yield from (*role_pages.handlers, *rights_pages.handlers)


@hookimpl
def permissions() -> Iterator[Permission]:
    """Managing users."""
    yield from PERMISSIONS


@hookimpl
def menu_items() -> Iterator[MenuItem]:
    """Users, and what they may do."""
    yield MenuItem(_l("Users"), "/settings/users", "key", MANAGE_USERS, Group.FOOT, 20)
    yield MenuItem(_l("Rights"), role_pages.URL, "checklist", MANAGE_ROLES, Group.FOOT, 22)


@hookimpl
def job_handlers() -> Mapping[str, JobHandler]:
    """Tidying up."""
    return {tidying.JOB: JobHandler(tidying.tidy)}


@hookimpl
def schedules() -> Iterator[Schedule]:
    """Every night."""
    yield Schedule(tidying.JOB, "40 3 * * *")
