"""Merging records through the API."""

from __future__ import annotations

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from vinculo.actor import Source
from vinculo.i18n import gettext as _
from vinculo.records import merging, service
from vinculo.records.kind import RecordKind
from vinculo.records.openapi import operation
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import post


class MergeRequest(msgspec.Struct):
    """The records to merge into the one of the address.

    ``fields`` names, for a field, the record whose value the survivor takes. With ``dry_run`` nothing is
    changed, and the answer says what would be.
    """

    ids: list[int]
    fields: dict[str, int] = {}
    dry_run: bool = False


class MergeResult(msgspec.Struct):
    """Rows by ``table.column``: now of the survivor, detached, or dropped because it had the same.

    ``undo`` is the number by which the merge is taken back.
    """

    moved: dict[str, int]
    detached: dict[str, int]
    dropped: dict[str, int]
    dry_run: bool = False
    undo: int | None = None


MERGE_STRUCTS = (MergeRequest, MergeResult)


def merge_routers(kind: RecordKind) -> list[HTTPRouteHandler]:
    """The merge of a kind that allows it."""
    return [_merge(kind)] if kind.mergeable else []


def _merge(kind: RecordKind) -> HTTPRouteHandler:
    @post(
        f"{kind.api_url}/{{record_id:int}}/merge",
        permission=kind.permission("update"),
        name=f"api.{kind.name}.merge",
        status_code=200,
        operation_class=operation(
            summary=_("Merge %(kind)s into one", kind=kind.label_plural),
            tag=str(kind.label_plural),
            permission=kind.permission("update"),
            body=MergeRequest.__name__,
            answer=MergeResult.__name__,
            errors=(400, 403, 404, 409, 413, 422),
        ),
    )
    def merge(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
        ctx.actor.require(kind.permission("delete"))
        service.get(ctx.session, kind, record_id, actor=ctx.actor)
        asked = ctx.json_as(MergeRequest, field="ids")
        act = merging.preview if asked.dry_run else merging.merge
        actor = ctx.actor.by(Source.API)
        done = act(ctx.session, kind, record_id, asked.ids, actor=actor, fields=asked.fields)
        undo = None if asked.dry_run else done.undo_id
        result = MergeResult(done.moved, done.detached, done.dropped, asked.dry_run, undo)
        return json_answer(result)

    return merge
