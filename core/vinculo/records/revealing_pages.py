"""Asking for what is shown on request: a button on the card, and the same for programs."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import MediaType, Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from markupsafe import Markup

from vinculo.actor import Source
from vinculo.i18n import gettext as _
from vinculo.records import revealing, service
from vinculo.records.cards import card_page, unmasked
from vinculo.records.kind import RecordKind
from vinculo.records.openapi import operation
from vinculo.records.schemas import dumped
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import post
from vinculo.web.views import Crumb


class Reveal(msgspec.Struct, forbid_unknown_fields=True):
    """The fields and collections to show."""

    fields: list[str]


class Revealed(msgspec.Struct):
    """What they hold, as a GET answers it to those who see them anyway."""

    id: int
    version: int
    values: dict[str, Any]


REVEALING_STRUCTS = (Reveal, Revealed)


def revealing_routers(kind: RecordKind) -> list[HTTPRouteHandler]:
    """The routes of a kind. Both write: that somebody asked is recorded with the answer, or there is none."""
    return [_page(kind), _api(kind)]


def _page(kind: RecordKind) -> HTTPRouteHandler:
    @post(
        f"{kind.url}/{{record_id:int}}/reveal",
        permission=kind.permission("read"),
        name=f"{kind.name}.reveal",
        status_code=200,
    )
    def reveal(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
        record = service.get(ctx.session, kind, record_id, actor=ctx.actor)
        parts = revealing.reveal(ctx.session, kind, record, [ctx.value("fields")], actor=ctx.actor)
        if ctx.request.headers.get("hx-request"):
            html = Markup().join(unmasked(ctx, kind, part, record) for part in parts)
            return Response(html.encode(), media_type=MediaType.HTML)
        page = card_page(ctx, kind, record, revealed={part.name for part in parts})
        crumbs = [Crumb(str(kind.label_plural), kind.url), Crumb(page.title)]
        return ctx.render("records/card.html", page=page, crumbs=crumbs)

    return reveal


def _api(kind: RecordKind) -> HTTPRouteHandler:
    @post(
        f"{kind.api_url}/{{record_id:int}}/reveal",
        permission=kind.permission("read"),
        name=f"api.{kind.name}.reveal",
        status_code=200,
        operation_class=operation(
            summary=_("Show fields of a %(kind)s that are shown on request; each time is recorded",
                      kind=kind.label),
            tag=str(kind.label_plural),
            permission=kind.permission("read"),
            body=Reveal.__name__,
            answer=Revealed.__name__,
            errors=(400, 404, 413, 422),
        ),
    )  # fmt: skip
    def reveal(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
        record = service.get(ctx.session, kind, record_id, actor=ctx.actor)
        asked = ctx.json_as(Reveal, field="fields")
        parts = revealing.reveal(ctx.session, kind, record, asked.fields, actor=ctx.actor.by(Source.API))
        values = {part.name: dumped(part, record) for part in parts}
        return json_answer(Revealed(record.id, record.version, values))

    return reveal
