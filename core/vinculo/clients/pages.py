"""Pages of clients beside those that every kind of record has."""

from __future__ import annotations

from datetime import UTC, datetime

from litestar import MediaType, Response
from litestar.params import FromPath

from vinculo.clients import pins, timeline
from vinculo.clients.records import client
from vinculo.errors import MalformedError
from vinculo.i18n import gettext as _
from vinculo.records import access, service
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Toast


@get("/clients/{record_id:int}/timeline", permission=client.permission("read"))
def older(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """More of the timeline; a whole page for browsers without JavaScript."""
    found = service.get(ctx.session, client, record_id, actor=ctx.actor)
    html = timeline.fragment(ctx, record_id, _position(ctx.parameter("before")))
    if ctx.request.headers.get("hx-request"):
        return Response(html.encode(), media_type=MediaType.HTML)
    return ctx.render("clients/timeline.html", title=found.name, html=html, url=f"/clients/{record_id}")


@get("/clients/{record_id:int}/compose", permission=client.permission("read"))
def compose(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """The form of one way to write on the timeline, for browsers with JavaScript."""
    service.get(ctx.session, client, record_id, actor=ctx.actor)
    html = timeline.composers(ctx, record_id, ctx.parameter("compose"))
    return Response(html.encode(), media_type=MediaType.HTML)


@post("/clients/{record_id:int}/pins", permission=client.permission("update"))
def pin(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Pin an entry of the timeline, or take it down."""
    found = service.get(ctx.session, client, record_id, actor=ctx.actor)
    access.require(ctx.session, client, found, ctx.actor, "update")
    kind, entry = ctx.value("kind"), whole_number(ctx.value("record_id"))
    if entry is None:
        raise MalformedError(_("The form arrived empty. Load the page again and repeat."))
    if ctx.value("on"):
        visible = timeline.visible_to(ctx)
        pins.pin(ctx.session, record_id, kind, entry, actor=ctx.actor, visible=visible)
        toast = Toast(_("It stays on top of the timeline."))
    else:
        pins.unpin(ctx.session, record_id, kind, entry)
        toast = Toast(_("It was taken down."))
    return ctx.redirect(f"/clients/{record_id}#timeline", toast=toast)


def _position(text: str) -> tuple[datetime, int] | None:
    if not text:
        return None
    moment, _sep, row_id = text.partition(",")
    try:
        at, last = datetime.fromisoformat(moment).replace(tzinfo=UTC), whole_number(row_id)
    except ValueError:
        last = None
    if last is None:
        raise MalformedError(_("This position on the timeline does not exist; start from its top."))
    return at, last
