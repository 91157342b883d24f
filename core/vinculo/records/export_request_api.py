"""Exports for programs: their state, asking for one that is beyond one's limits, approving others'."""

from __future__ import annotations

import datetime as dt
from typing import TypeVar

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from vinculo.actor import Source
from vinculo.db.base import now
from vinculo.i18n import gettext as _
from vinculo.records import export_notices, export_requests, releasing
from vinculo.records.export_api import count_of, format_of, wanted_of
from vinculo.records.export_requests import APPROVE
from vinculo.records.kind import RecordKind
from vinculo.records.models import Export, ExportState
from vinculo.records.openapi import filter_parameters, operation
from vinculo.records.releasing import Rules
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get, post

S = TypeVar("S", bound=msgspec.Struct)
URL = "/api/v1/exports"


class ExportRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Why the rows of the list are needed, and as what file."""

    reason: str
    format: str = "csv"


class ExportDecision(msgspec.Struct, forbid_unknown_fields=True):
    """Whether others' export may go."""

    approve: bool
    remark: str = ""


class ExportDocument(msgspec.Struct):
    """An export; ``number`` fetches it once it is approved, until ``fetch_until``."""

    number: int
    kind: str
    format: str
    query: list[list[str]]
    user_id: int | None
    user: str
    state: str
    rows: int
    delivered: int
    reason: str
    remark: str
    asked_at: dt.datetime
    decided_at: dt.datetime | None
    fetch_until: dt.datetime | None
    sent_at: dt.datetime | None
    file_name: str


class ExportList(msgspec.Struct):
    """The last exports of whoever asks, newest first."""

    items: list[ExportDocument]


EXPORT_STRUCTS = (ExportRequest, ExportDecision, ExportDocument, ExportList)


def export_request_api_routers(kind: RecordKind) -> list[HTTPRouteHandler]:
    """Asking for an export of a kind."""
    return [_ask(kind)]


def _ask(kind: RecordKind) -> HTTPRouteHandler:
    @post(
        f"{kind.api_url}/export-requests",
        permission=kind.permission("export"),
        name=f"api.{kind.name}.export_request",
        status_code=201,
        operation_class=operation(
            summary=_("Ask for an export of %(kind)s beyond one's limits", kind=kind.label_plural),
            tag=str(kind.label_plural),
            permission=kind.permission("export"),
            parameters=lambda: filter_parameters(kind),
            body=ExportRequest.__name__,
            answer=ExportDocument.__name__,
            status=201,
            errors=(400, 403, 404, 409, 413, 422),
        ),
    )
    def ask(ctx: Context) -> Response[bytes]:
        asked = ctx.json_as(ExportRequest)
        format_of(kind, asked.format)
        wanted = wanted_of(ctx, kind, ctx.parameters(), asked.format, Source.API)
        rows, rules = count_of(ctx, wanted), Rules.of(ctx.site.settings)
        made = export_requests.ask(ctx.session, wanted, rows, reason=asked.reason, rules=rules, at=now())
        export_notices.asked(ctx.site, ctx.session, made)
        return json_answer(described(made), status=201)

    return ask


@get(
    URL,
    permission=SIGNED_IN,
    operation_class=operation(
        summary=_("List one's own exports"), tag=_("Exports"), permission=SIGNED_IN, answer="ExportList"
    ),
)
def list_exports(ctx: Context) -> Response[bytes]:
    """Those of whoever asks."""
    return json_answer(ExportList([*map(described, export_requests.own(ctx.session, ctx.actor))]))


@get(
    f"{URL}/waiting",
    permission=APPROVE,
    operation_class=operation(
        summary=_("List exports that wait for approval, then those decided lately"),
        tag=_("Exports"),
        permission=APPROVE,
        answer="ExportList",
    ),
)
def list_waiting(ctx: Context) -> Response[bytes]:
    """Those to decide."""
    return json_answer(ExportList([*map(described, export_requests.asked(ctx.session))]))


@get(
    f"{URL}/{{export_id:int}}",
    permission=SIGNED_IN,
    operation_class=operation(
        summary=_("Where an export stands"),
        tag=_("Exports"),
        permission=SIGNED_IN,
        answer="ExportDocument",
        errors=(404,),
    ),
)
def show_export(ctx: Context, export_id: FromPath[int]) -> Response[bytes]:
    """One of one's own; of others for those who approve them."""
    return json_answer(described(export_requests.get(ctx.session, export_id, actor=ctx.actor)))


@post(
    f"{URL}/{{export_id:int}}/decision",
    permission=APPROVE,
    status_code=200,
    operation_class=operation(
        summary=_("Approve or decline an export that somebody else asked for"),
        tag=_("Exports"),
        permission=APPROVE,
        body="ExportDecision",
        answer="ExportDocument",
        errors=(400, 403, 404, 409, 413, 422),
    ),
)
def decide_export(ctx: Context, export_id: FromPath[int]) -> Response[bytes]:
    """Say yes or no."""
    asked = ctx.json_as(ExportDecision)
    export = export_requests.decide(
        ctx.session,
        export_id,
        approve=asked.approve,
        remark=asked.remark,
        actor=ctx.actor.by(Source.API),
        at=now(),
    )
    export_notices.decided(ctx.site, ctx.session, export)
    return json_answer(described(export))


@post(
    f"{URL}/{{export_id:int}}/withdraw",
    permission=SIGNED_IN,
    status_code=200,
    operation_class=operation(
        summary=_("Take back an export that waits"),
        tag=_("Exports"),
        permission=SIGNED_IN,
        answer="ExportDocument",
        errors=(403, 404, 409),
    ),
)
def withdraw_export(ctx: Context, export_id: FromPath[int]) -> Response[bytes]:
    """Take back what one asked for."""
    export = export_requests.withdraw(ctx.session, export_id, actor=ctx.actor.by(Source.API))
    return json_answer(described(export))


def described(export: Export) -> ExportDocument:
    """An export as programs are given it."""
    approved = export.decided_at if export.state is ExportState.APPROVED else None
    return ExportDocument(
        number=export.id,
        kind=export.kind,
        format=export.format,
        query=[[str(part) for part in pair] for pair in export.query],
        user_id=export.user_id,
        user=export.user_name,
        state=export.state,
        rows=export.rows,
        delivered=export.delivered,
        reason=export.reason,
        remark=export.remark,
        asked_at=export.asked_at,
        decided_at=export.decided_at,
        fetch_until=approved + releasing.APPROVED_FOR if approved else None,
        sent_at=export.sent_at,
        file_name=export.file_name,
    )


handlers = (list_exports, list_waiting, show_export, decide_export, withdraw_export)
