"""The source of any record, for programs: what it says itself or inherits, and saying it."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.params import FromPath

from vinculo.errors import NotFoundError
from vinculo.i18n import gettext as _
from vinculo.records import access, service
from vinculo.records.kind import RecordKind
from vinculo.records.reading import Reader
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo_marketing import pages, touches
from vinculo_marketing.records import touch

URL: Final = "/api/v1/sources/{name:str}/{record_id:int}"


def _record(ctx: Context, name: str, record_id: int) -> tuple[RecordKind, Any]:
    """The record, of a kind that has a source. Raises ``NotFoundError``."""
    kind = ctx.registry.kinds.get(name)
    if kind is None or all(one.item.name != pages.PART for one in ctx.registry.form_parts.get(name, ())):
        text = _("Records of the kind “%(kind)s” have no source; name one as deal, complaint or client.")
        raise NotFoundError(text % {"kind": name[:60]}, code="no_source")
    ctx.actor.require(kind.permission("read"))
    return kind, service.get(ctx.session, kind, record_id, actor=ctx.actor)


@get(URL, permission=pages.READ)
def read_source(ctx: Context, name: FromPath[str], record_id: FromPath[int]) -> Response[bytes]:
    """The touch that a record says itself, or else inherits, and of what kind the record is that says it."""
    of, record = _record(ctx, name, record_id)
    found = touches.source_of(ctx.session, pages.places(ctx, of, record), actor=ctx.actor)
    told = None
    if found is not None and "title" not in access.hidden(touch, ctx.actor):
        told = {"id": found.touch.id, "title": touch.title_of(found.touch), "said_by": found.kind.name}
    return json_answer({"touch": told, "inherited": found is not None and not found.own})


@post(URL, permission=pages.CREATE, status_code=201)
def add_source(ctx: Context, name: FromPath[str], record_id: FromPath[int]) -> Response[bytes]:
    """Add a touch to a record: channel, campaign, event, source, reason, when. Its client is the record's."""
    of, record = _record(ctx, name, record_id)
    access.require(ctx.session, of, record, ctx.actor, "update")
    values = Reader(ctx.session, ctx.registry.kinds, actor=ctx.actor).json(touch, ctx.json(), new=True)
    values.fields["client_id"] = of.client_of(record)
    if of.client != "id":
        values.fields.update(about_kind=of.name, about_id=record_id)
    made = service.create(ctx.session, touch, values, actor=ctx.actor)
    return json_answer({"id": made.id, "title": made.title, "client_id": made.client_id}, status=201)


handlers = (read_source, add_source)
