"""What the kernel's accounts add, through the hooks that every plugin has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from litestar.types import ControllerRouterHandler

from vinculo.accounts import (
    all_pages,
    export_mail,
    import_mail,
    leaving_pages,
    notice_mail,
    records,
    reset_mail,
    role_pages,
    tidying,
)
from vinculo.accounts.permissions import MANAGE_ROLES, MANAGE_USERS, PERMISSIONS
from vinculo.i18n import lazy_gettext as _l
from vinculo.jobs import JobHandler, Schedule
from vinculo.plugins.contributions import Group, MenuItem, PaletteAction, Permission
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records import export_notices, import_notices
from vinculo.records.kind import RecordKind
from vinculo.web.routes import SIGNED_IN


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Departments, and users to link to."""
    yield records.user
    yield records.department


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """Sign-in, first start, own settings, users."""
    yield from all_pages.HANDLERS


@hookimpl
def permissions() -> Iterator[Permission]:
    """Managing users."""
    yield from PERMISSIONS


@hookimpl
def palette_actions() -> Iterator[PaletteAction]:
    """Adding users, and what everybody may do with the own account."""
    words = _l("new create")
    yield PaletteAction("accounts.user", _l("Add user"), "plus", "/settings/users/new", MANAGE_USERS, words)
    yield PaletteAction(
        "accounts.profile", _l("Change language and time zone"), "world", "/settings", SIGNED_IN
    )


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
        notice_mail.JOB: JobHandler(notice_mail.send_notices),
        export_notices.ASKED_JOB: JobHandler(export_mail.send_asked),
        export_notices.DECIDED_JOB: JobHandler(export_mail.send_decided),
        import_notices.JOB: JobHandler(import_mail.send),
        leaving_pages.JOB: JobHandler(leaving_pages.work),
    }


@hookimpl
def schedules() -> Iterator[Schedule]:
    """Every night; notices each minute, by an index in which mostly there is nothing."""
    yield Schedule(notice_mail.JOB, "* * * * *")
    yield Schedule(tidying.JOB, "40 3 * * *")
