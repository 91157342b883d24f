"""What the privacy room adds, through the hooks that every plugin has."""

from __future__ import annotations

from collections.abc import Iterator

from litestar.types import ControllerRouterHandler

from vinculo.i18n import lazy_gettext as _l
from vinculo.people.records import person
from vinculo.plugins.contributions import Panel, Permission
from vinculo.plugins.hookspecs import hookimpl
from vinculo.privacy import api, pages
from vinculo.privacy.permissions import PERMISSIONS


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """Exporting and erasing a person, as pages and for programs."""
    yield from (pages.export, pages.plan_page, pages.erase, pages.certificate_page, pages.certificate_file)
    yield from (api.export, api.erase, api.certificate)


@hookimpl
def permissions() -> Iterator[Permission]:
    """Exporting and erasing."""
    yield from PERMISSIONS


@hookimpl
def panels() -> Iterator[Panel]:
    """The way there, on a person's card."""
    read = person.permission("read")
    yield Panel("privacy", "person", _l("Personal data"), pages.panel, read, side=True, weight=90)
