"""The home page, made of the widgets of plugins, and what tells whether the server is well."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from litestar import Response

from vinculo.i18n import gettext as _
from vinculo.web import contributed
from vinculo.web.context import Context
from vinculo.web.routes import PUBLIC, SIGNED_IN, get
from vinculo.web.views import Action, Crumb, Empty


@get("/", permission=SIGNED_IN)
def home(ctx: Context) -> Response[bytes]:
    """What needs the user today."""
    assert ctx.identity is not None
    widgets = [drawn for owned in ctx.registry.widgets if (drawn := contributed.widget(ctx, owned))]
    empty = None
    if not widgets:
        text = _("Look after your clients: open the list, add one, or import the list that you have.")
        empty = Empty(_("Nothing is due"), text, [Action(_("Clients"), "/clients", "users", primary=True)])
    greeting = _("Good day, %(name)s", name=ctx.identity.full_name)
    return ctx.render("home.html", greeting=greeting, widgets=widgets, empty=empty, crumbs=[Crumb(_("Home"))])


@get("/health/live", permission=PUBLIC)
def live(ctx: Context) -> dict[str, Any]:
    """Whether the process answers at all."""
    return {"status": "ok"}


@get("/health/ready", permission=PUBLIC)
def ready(ctx: Context) -> dict[str, Any]:
    """Whether it can work: the database answers, else the edge says 503."""
    ctx.session.execute(sa.select(1))
    return {"status": "ok"}
