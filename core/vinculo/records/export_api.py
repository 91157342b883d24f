"""Exports for pages and programs: the same parameters as the list, all of its rows, as a file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urlencode

from litestar import Response
from litestar.background_tasks import BackgroundTask
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Parameter
from litestar.response import Stream

from vinculo.actor import UNLIMITED, Source
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records import access, exporting, releasing
from vinculo.records import query as queries
from vinculo.records.delivery import Delivery
from vinculo.records.kind import RecordKind
from vinculo.records.openapi import RawSchema, filter_parameters, operation
from vinculo.records.query import Query
from vinculo.records.releasing import (
    NeedsApprovalError,
    Pairs,
    QuotaError,
    Released,
    Rules,
    Wanted,
    release,
)
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import get

MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
NOT_FILTERS: Final = frozenset({"cursor", "limit", "fields", "columns", "format", "number"})


def export_routers(kind: RecordKind) -> list[HTTPRouteHandler]:
    """The exports of a kind: a page address for each format, and one for programs."""
    return [_page(kind, "csv"), _page(kind, "xlsx"), _api(kind)]


def _page(kind: RecordKind, file_format: str) -> HTTPRouteHandler:
    @get(
        f"{kind.url}/export.{file_format}",
        permission=kind.permission("export"),
        name=f"pages.{kind.name}.export.{file_format}",
        include_in_schema=False,
    )
    def export(ctx: Context) -> Stream | Response[bytes]:
        given = [(n, v) for n, v in ctx.parameters() if v.strip() and not n.endswith("__text")]
        try:
            return _send(ctx, kind, given, file_format, Source.PAGE)
        except (QuotaError, NeedsApprovalError):
            asked = urlencode([*((n, v) for n, v in given if n not in NOT_FILTERS), ("format", file_format)])
            return ctx.redirect(f"{kind.url}/export-request?{asked}")

    return export


def _api(kind: RecordKind) -> HTTPRouteHandler:
    @get(
        f"{kind.api_url}/export",
        permission=kind.permission("export"),
        name=f"api.{kind.name}.export",
        operation_class=operation(
            summary=_("Export %(kind)s", kind=kind.label_plural),
            tag=str(kind.label_plural),
            permission=kind.permission("export"),
            parameters=[*filter_parameters(kind), *_steering()],
            answer="binary",
            answer_type="text/csv",
            errors=(400, 404, 409, 422, 429),
        ),
    )
    def export(ctx: Context) -> Stream:
        file_format = ctx.parameter("format", "csv")
        if file_format not in MEDIA_TYPES:
            text = _("“%(value)s” is no format; write csv or xlsx.", value=file_format[:20])
            raise InvalidError([FieldError("format", text)])
        return _send(ctx, kind, ctx.parameters(), file_format, Source.API)

    return export


def _steering() -> list[Parameter]:
    schemas: dict[str, dict[str, Any]] = {
        "format": {"type": "string", "enum": [*MEDIA_TYPES]},
        "sort": {"type": "string"},
        "number": {
            "type": "integer",
            "minimum": 1,
            "description": "An export that was approved; nothing else",
        },
    }
    return [
        Parameter(name=name, param_in="query", required=False, schema=RawSchema(schema))
        for name, schema in schemas.items()
    ]


def wanted_of(ctx: Context, kind: RecordKind, given: Pairs, file_format: str, source: Source) -> Wanted:
    """What a list's parameters ask for, those left out that only steer its pages."""
    kept = [(name, value) for name, value in given if name not in NOT_FILTERS]
    return Wanted(kind, kept, file_format, ctx.actor.by(source))


def query_of(ctx: Context, wanted: Wanted, source: Source) -> Query:
    """The same, read by the rights of this moment; ``source`` is where it was asked for."""
    seen = access.seen_by(wanted.kind, ctx.actor)
    return queries.parse(seen, wanted.parameters, typed=source is Source.API)


def count_of(ctx: Context, wanted: Wanted) -> int:
    """How many rows that are."""
    query = query_of(ctx, wanted, wanted.actor.source)
    seen = access.seen_by(wanted.kind, ctx.actor)
    return queries.count(ctx.session, seen, query, actor=ctx.actor, action="export")


def _send(ctx: Context, kind: RecordKind, given: Pairs, file_format: str, source: Source) -> Stream:
    rules, at = Rules.of(ctx.site.settings), now()
    number = _number(given)
    wanted = wanted_of(ctx, kind, given, file_format, source)
    if number is None:
        query, most = query_of(ctx, wanted, source), UNLIMITED
        releasing.check(ctx.session, count_of(ctx, wanted), actor=ctx.actor, rules=rules, at=at)
    else:
        approved = releasing.approved_of(ctx.session, number, kind, actor=ctx.actor, at=at)
        pairs = [(str(name), str(value)) for name, value in approved.query]
        wanted = Wanted(kind, pairs, approved.format, ctx.actor.by(source))
        query, most = query_of(ctx, wanted, approved.source), approved.rows
    return _stream(ctx, wanted, *_written(ctx, wanted, query, most=most, approved=number, rules=rules))


def _number(given: Pairs) -> int | None:
    """The number of an approved export, which says all: nothing can be asked for beside it."""
    found = dict(given)
    if "number" not in found:
        return None
    number = whole_number(found["number"])
    if number is None or found.keys() - {"number", "format"}:
        text = _("Give the number of an approved export alone: its list is the one that was approved.")
        raise InvalidError([FieldError("number", text)])
    return number


def _written(
    ctx: Context, wanted: Wanted, query: Query, *, most: int, approved: int | None, rules: Rules
) -> tuple[Released, IO[bytes], int]:
    """The file, open; it is gone from its folder, and has no name any more."""
    released: list[Released] = []

    def seal(rows: int, given: frozenset[int]) -> str:
        with ctx.site.database.write() as session:
            released.append(
                release(session, wanted, rows, approved=approved, given=given, rules=rules, at=now())
            )
        return released[0].mark

    with tempfile.TemporaryDirectory(prefix="vinculo-export-") as folder:
        path = Path(folder) / f"export.{wanted.format}"
        kinds = ctx.registry.kinds
        count = exporting.write(
            ctx.session, wanted.kind, kinds, query, path, actor=ctx.actor, most=most, seal=seal
        )
        return released[0], path.open("rb"), count


def _stream(ctx: Context, wanted: Wanted, released: Released, file: IO[bytes], count: int) -> Stream:
    delivery = Delivery(file, count, wanted.format)

    def finish() -> None:
        delivered = delivery.finish()
        if delivered < count:
            with ctx.site.database.write() as session:
                releasing.cut_off(session, released.id, delivered, actor=wanted.actor)

    return Stream(
        delivery.pieces(),
        media_type=MEDIA_TYPES[wanted.format],
        headers={"Content-Disposition": f'attachment; filename="{released.file_name}"'},
        background=BackgroundTask(finish),  # also after a connection that broke
    )
