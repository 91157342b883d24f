"""Records that may be one, through the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Parameter
from litestar.params import FromPath

from vinculo.actor import Source
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records import service, similar, similar_scan
from vinculo.records.kind import RecordKind
from vinculo.records.openapi import RawSchema, operation
from vinculo.records.similar import Compared, Match
from vinculo.records.text import whole_number
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import get, post

MOST: Final = 100


class SimilarRecord(msgspec.Struct):
    """A record that may be the same as another: a score up to 100, what speaks for it, and against it."""

    id: int
    title: str
    score: int
    reasons: Sequence[str]
    doubts: Sequence[str]


class SimilarRecords(msgspec.Struct):
    """The likeliest first."""

    items: list[SimilarRecord]


class DuplicatePair(msgspec.Struct):
    """Two records that may be one."""

    first_id: int
    first_title: str
    second_id: int
    second_title: str
    score: int
    reasons: Sequence[str]
    doubts: Sequence[str]


class DuplicatePairs(msgspec.Struct):
    """Pairs of the last scan, the likeliest first; ``next_page`` is null at the end."""

    items: list[DuplicatePair]
    next_page: int | None


class DuplicateVerdict(msgspec.Struct, forbid_unknown_fields=True):
    """Whether two records are the same; a pair that is not is left out by all scans to come."""

    first_id: int
    second_id: int
    duplicates: bool


class ScanStarted(msgspec.Struct):
    """``started`` is false where a scan of this kind waits or runs already."""

    started: bool


SIMILAR_STRUCTS = (
    SimilarRecord,
    SimilarRecords,
    DuplicatePair,
    DuplicatePairs,
    DuplicateVerdict,
    ScanStarted,
)


def similar_api_routers(kind: RecordKind) -> list[HTTPRouteHandler]:
    """The routes of a kind whose records are compared."""
    return [_pairs(kind), _of_record(kind), _judge(kind), _scan(kind)] if kind.traits else []


def _operation(kind: RecordKind, action: str, summary: str, **more: Any) -> Any:
    return operation(summary=summary, tag=str(kind.label_plural), permission=kind.permission(action), **more)


def _pairs(kind: RecordKind) -> HTTPRouteHandler:
    @get(
        f"{kind.api_url}/duplicates",
        permission=kind.permission("read"),
        name=f"api.{kind.name}.duplicates",
        operation_class=_operation(
            kind,
            "read",
            _("List possible duplicates among %(kind)s", kind=kind.label_plural),
            parameters=[
                Parameter("page", "query", schema=RawSchema({"type": "integer", "minimum": 0})),
                Parameter("dismissed", "query", schema=RawSchema({"type": "boolean"})),
            ],
            answer="DuplicatePairs",
            errors=(422,),
        ),
    )
    def pairs(ctx: Context) -> Response[bytes]:
        page = whole_number(ctx.parameter("page", "0"))
        if page is None or page > MOST * MOST:
            raise InvalidError([FieldError("page", _("Write a number from 0 on."))])
        found = similar.pairs(
            ctx.session,
            kind,
            actor=ctx.actor,
            limit=MOST + 1,
            offset=page * MOST,
            dismissed=ctx.parameter("dismissed") == "true",
        )
        shown = similar.both(ctx.session, kind, found[:MOST], actor=ctx.actor)
        following = page + 1 if len(found) > MOST else None
        return json_answer(DuplicatePairs([_pair(kind, one) for one in shown], following))

    return pairs


def _pair(kind: RecordKind, one: Compared) -> DuplicatePair:
    return DuplicatePair(
        one.first.id,
        kind.title_of(one.first),
        one.second.id,
        kind.title_of(one.second),
        one.likeness.score,
        one.likeness.reasons,
        one.likeness.doubts,
    )


def _of_record(kind: RecordKind) -> HTTPRouteHandler:
    @get(
        f"{kind.api_url}/{{record_id:int}}/duplicates",
        permission=kind.permission("read"),
        name=f"api.{kind.name}.duplicates_of",
        operation_class=_operation(
            kind,
            "read",
            _("Find possible duplicates of one of %(kind)s", kind=kind.label_plural),
            answer="SimilarRecords",
            errors=(404,),
        ),
    )
    def of_record(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
        record = service.get(ctx.session, kind, record_id, actor=ctx.actor)
        found = similar.like(ctx.session, kind, record, actor=ctx.actor)
        return json_answer(SimilarRecords(items(kind, found)))

    return of_record


def items(kind: RecordKind, found: Sequence[Match]) -> list[SimilarRecord]:
    """Matches as programs read them."""
    return [
        SimilarRecord(
            one.record.id,
            kind.title_of(one.record),
            one.likeness.score,
            one.likeness.reasons,
            one.likeness.doubts,
        )
        for one in found
    ]


def _judge(kind: RecordKind) -> HTTPRouteHandler:
    @post(
        f"{kind.api_url}/duplicates",
        permission=kind.permission("update"),
        name=f"api.{kind.name}.judge_duplicates",
        status_code=200,
        operation_class=_operation(
            kind,
            "update",
            _("Say whether two of %(kind)s are the same", kind=kind.label_plural),
            body="DuplicateVerdict",
            answer="DuplicateVerdict",
            errors=(400, 403, 404, 413, 422),
        ),
    )
    def judge(ctx: Context) -> Response[bytes]:
        asked = ctx.json_as(DuplicateVerdict)
        actor = ctx.actor.by(Source.API)
        one = service.get(ctx.session, kind, asked.first_id, actor=actor)
        other = service.get(ctx.session, kind, asked.second_id, actor=actor)
        act = similar.restore if asked.duplicates else similar.dismiss
        act(ctx.session, kind, one, other, actor=actor)
        return json_answer(asked)

    return judge


def _scan(kind: RecordKind) -> HTTPRouteHandler:
    @post(
        f"{kind.api_url}/duplicates/scan",
        permission=kind.permission("update"),
        name=f"api.{kind.name}.scan",
        status_code=202,
        operation_class=_operation(
            kind,
            "update",
            _("Look through all %(kind)s for duplicates", kind=kind.label_plural),
            answer="ScanStarted",
            status=202,
        ),
    )
    def scan(ctx: Context) -> Response[bytes]:
        return json_answer(ScanStarted(similar_scan.start(ctx.site, ctx.session, kind)), status=202)

    return scan
