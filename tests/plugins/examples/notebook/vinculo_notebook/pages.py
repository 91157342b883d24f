"""What the notebook adds to pages, and the page on which old jottings are thrown away."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from litestar import Response

from vinculo.db.base import now
from vinculo.plugins.contributions import PanelContent
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Toast
from vinculo_notebook import service
from vinculo_notebook.models import Jotting
from vinculo_notebook.records import TIDY, jotting
from vinculo_notebook.settings import NotebookSettings


def client_panel(ctx: Context, client_id: int) -> PanelContent:
    """What was jotted down about a client; with the loyalty plugin, how many cards it has."""
    rows = _newest(ctx, Jotting.client_id == client_id)
    cards = None
    if kind := ctx.registry.kinds.get("loyalty_card"):
        card: Any = kind.model
        cards = ctx.session.scalar(sa.select(sa.func.count()).where(card.client_id == client_id))
    return PanelContent(ctx.fragment("notebook/panel.html", rows=rows, cards=cards), count=len(rows))


def widget(ctx: Context) -> PanelContent:
    """The user's own last jottings."""
    rows = _newest(ctx, Jotting.created_by_id == ctx.actor.user_id)
    return PanelContent(ctx.fragment("notebook/panel.html", rows=rows, cards=None))


@get("/notebook/old", permission=TIDY)
def old(ctx: Context) -> Response[bytes]:
    """How many jottings are past their time."""
    count = service.count_old(ctx.session, _keep_days(ctx), now=now())
    return ctx.render("notebook/old.html", count=count, crumbs=[Crumb("Old jottings")])


@post("/notebook/tidy", permission=TIDY)
def tidy(ctx: Context) -> Response[bytes]:
    """Throw them away in the background."""
    ctx.site.enqueue(ctx.session, TIDY)
    return ctx.redirect(jotting.url, toast=Toast("Old jottings are thrown away."))


@get("/api/v1/notebook/old", permission=TIDY)
def count_old(ctx: Context) -> dict[str, int]:
    """How many jottings are past their time."""
    return {"count": service.count_old(ctx.session, _keep_days(ctx), now=now())}


def _newest(ctx: Context, condition: sa.ColumnElement[bool]) -> list[Any]:
    query = sa.select(Jotting.id, Jotting.text).where(condition).order_by(Jotting.id.desc()).limit(5)
    return list(ctx.session.execute(query))


def _keep_days(ctx: Context) -> int:
    return ctx.registry.settings_of("notebook", NotebookSettings).keep_days
