"""What the company room adds, through the hooks that every plugin has."""

from __future__ import annotations

from collections.abc import Iterator

from litestar.types import ControllerRouterHandler

from vinculo.company import api, pages
from vinculo.company.permissions import MANAGE, PERMISSIONS
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Group, MenuItem, PaletteAction, Permission
from vinculo.plugins.hookspecs import hookimpl


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """The settings, as a page and for programs."""
    yield from (*pages.handlers, *api.handlers)


@hookimpl
def permissions() -> Iterator[Permission]:
    """Changing them."""
    yield from PERMISSIONS


@hookimpl
def menu_items() -> Iterator[MenuItem]:
    """Beside the users."""
    yield MenuItem(_l("Company"), pages.URL, "briefcase", MANAGE, Group.FOOT, 18)


@hookimpl
def palette_actions() -> Iterator[PaletteAction]:
    """For those who look for one of the settings."""
    words = _l("name language currency country joint view settings")
    yield PaletteAction(
        "company.settings", _l("Change the company's settings"), "briefcase", pages.URL, MANAGE, words
    )
