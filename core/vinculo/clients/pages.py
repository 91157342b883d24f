"""Pages of clients beside those that every kind of record has."""

from __future__ import annotations

from datetime import UTC, datetime

from litestar import MediaType, Response
from litestar.params import FromPath

from vinculo.clients import timeline
from vinculo.clients.records import client
from vinculo.errors import MalformedError
from vinculo.i18n import gettext as _
from vinculo.records import service
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import get


@get("/clients/{record_id:int}/timeline", permission=client.permission("read"))
def older(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """More of the timeline; a whole page for browsers without JavaScript."""
    found = service.get(ctx.session, client, record_id, actor=ctx.actor)
    html = timeline.fragment(ctx, record_id, _position(ctx.parameter("before")))
    if ctx.request.headers.get("hx-request"):
        return Response(html.encode(), media_type=MediaType.HTML)
    return ctx.render("clients/timeline.html", title=found.name, html=html, url=f"/clients/{record_id}")


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
