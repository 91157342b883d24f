"""What the kernel's accounts add, through the hooks that every plugin has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from litestar.types import ControllerRouterHandler

from vinculo.accounts import (
    export_mail,
    factor_pages,
    leaving_pages,
    oidc_pages,
    pages,
    records,
    reset_mail,
    reset_pages,
    rights_pages,
    role_pages,
    security_pages,
    settings_pages,
    step_pages,
    tidying,
    token_pages,
    user_pages,
    user_security_pages,
)
from vinculo.accounts.permissions import MANAGE_ROLES, MANAGE_USERS, PERMISSIONS
from vinculo.i18n import lazy_gettext as _l
from vinculo.jobs import JobHandler, Schedule
from vinculo.plugins.contributions import Group, MenuItem, Permission
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records import export_notices
from vinculo.records.kind import RecordKind

_PAGES: Final = (
    pages,
    step_pages,
    oidc_pages,
    reset_pages,
    settings_pages,
    security_pages,
    factor_pages,
    token_pages,
    user_pages,
    user_security_pages,
    leaving_pages,
    role_pages,
    rights_pages,
)


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Departments, and users to link to."""
    yield records.user
    yield records.department


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """Sign-in, first start, own settings, users."""
    for module in _PAGES:
        yield from module.handlers


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
    """Tidying up, mail, and handing on what somebody owned who left."""
    return {
        tidying.JOB: JobHandler(tidying.tidy),
        reset_mail.JOB: JobHandler(reset_mail.send),
        export_notices.ASKED_JOB: JobHandler(export_mail.send_asked),
        export_notices.DECIDED_JOB: JobHandler(export_mail.send_decided),
        leaving_pages.JOB: JobHandler(leaving_pages.work),
    }


@hookimpl
def schedules() -> Iterator[Schedule]:
    """Every night."""
    yield Schedule(tidying.JOB, "40 3 * * *")
