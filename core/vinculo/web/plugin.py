"""What the web room itself adds: home, plugins, API reference, health."""

from __future__ import annotations

from collections.abc import Iterator

from litestar.types import ControllerRouterHandler

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Group, MenuItem, Permission
from vinculo.plugins.hookspecs import hookimpl
from vinculo.web import api_docs, home
from vinculo.web.routes import SIGNED_IN
from vinculo.web.timing import MANAGE_PLUGINS


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """Pages of the frame."""
    yield from (home.home, home.plugins_page, home.live, home.ready, api_docs.openapi, api_docs.docs)


@hookimpl
def permissions() -> Iterator[Permission]:
    """Seeing and switching plugins."""
    yield Permission(MANAGE_PLUGINS, _l("Manage plugins"), administrative=True)


@hookimpl
def menu_items() -> Iterator[MenuItem]:
    """The foot of the menu."""
    yield MenuItem(_l("API reference"), "/api/docs", "book", SIGNED_IN, Group.FOOT, 40)
    yield MenuItem(_l("Plugins"), "/plugins", "puzzle", MANAGE_PLUGINS, Group.FOOT, 30)
    yield MenuItem(_l("Settings"), "/settings", "settings", SIGNED_IN, Group.FOOT, 10)
