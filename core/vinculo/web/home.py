"""The home page, made of the widgets of plugins, and the page of plugins."""

from __future__ import annotations

import logging
from typing import Any

import sqlalchemy as sa
from litestar import Response
from markupsafe import escape

from vinculo.i18n import gettext as _
from vinculo.plugins import switch
from vinculo.plugins.contributions import Widget
from vinculo.plugins.discovery import installed
from vinculo.plugins.registry import Owned
from vinculo.web.context import Context
from vinculo.web.routes import PUBLIC, SIGNED_IN, get
from vinculo.web.views import Action, Crumb, Empty, Panel

logger = logging.getLogger(__name__)
MANAGE_PLUGINS = "plugins.manage"


@get("/", permission=SIGNED_IN)
def home(ctx: Context) -> Response[bytes]:
    """What needs the user today."""
    assert ctx.identity is not None
    widgets = [
        panel
        for owned in ctx.registry.widgets
        if ctx.actor.may(owned.item.permission) and (panel := _widget(ctx, owned))
    ]
    empty = None
    if not widgets:
        text = _("Look after your clients: open the list, add one, or import the list that you have.")
        empty = Empty(_("Nothing is due"), text, [Action(_("Clients"), "/clients", "users", primary=True)])
    greeting = _("Good day, %(name)s", name=ctx.identity.full_name)
    return ctx.render("home.html", greeting=greeting, widgets=widgets, empty=empty, crumbs=[Crumb(_("Home"))])


def _widget(ctx: Context, owned: Owned[Widget]) -> Panel | None:
    spec = owned.item
    try:
        with ctx.session.begin_nested():
            content = spec.render(ctx)
    except Exception:
        logger.exception("widget %s of plugin %s failed", spec.name, owned.plugin)
        text = _("This part, from the plugin %(plugin)s, failed. It has been logged.", plugin=owned.plugin)
        return Panel(str(spec.title), escape(text), failed=True)
    return Panel(str(spec.title), content.html, count=content.count) if content else None


@get("/plugins", permission=MANAGE_PLUGINS)
def plugins_page(ctx: Context) -> Response[bytes]:
    """The installed plugins and who switched them."""
    pins = switch.Pins(frozenset(ctx.site.settings.plugins.on), frozenset(ctx.site.settings.plugins.off))
    found = switch.statuses(ctx.session, installed(), pins)
    return ctx.render("plugins.html", plugins=found, crumbs=[Crumb(_("Plugins"))])


@get("/health/live", permission=PUBLIC)
def live(ctx: Context) -> dict[str, Any]:
    """Whether the process answers at all."""
    return {"status": "ok"}


@get("/health/ready", permission=PUBLIC)
def ready(ctx: Context) -> dict[str, Any]:
    """Whether it can work: the database answers, else the edge says 503."""
    ctx.session.execute(sa.select(1))
    return {"status": "ok"}
