"""Exports for pages and programs: the same parameters as the list, all of its rows, as a file."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from litestar.background_tasks import BackgroundTask
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Parameter
from litestar.response import Stream

from vinculo.actor import Source
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records import access, exporting
from vinculo.records import query as queries
from vinculo.records.delivery import Delivery
from vinculo.records.kind import RecordKind
from vinculo.records.openapi import RawSchema, filter_parameters, operation
from vinculo.web.context import Context
from vinculo.web.routes import get

MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_NOT_FILTERS: Final = frozenset({"cursor", "limit", "fields", "columns", "format"})


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
    def export(ctx: Context) -> Stream:
        given = [(n, v) for n, v in ctx.parameters() if v.strip() and not n.endswith("__text")]
        return _send(ctx, kind, given, file_format, Source.PAGE)

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
            errors=(400, 422),
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
    }
    return [
        Parameter(name=name, param_in="query", required=False, schema=RawSchema(schema))
        for name, schema in schemas.items()
    ]


def _send(
    ctx: Context, kind: RecordKind, parameters: Sequence[tuple[str, str]], file_format: str, source: Source
) -> Stream:
    kept = [(name, value) for name, value in parameters if name not in _NOT_FILTERS]
    query = queries.parse(access.seen_by(kind, ctx.actor), kept, typed=source is Source.API)
    name = f"{kind.plural}.{file_format}"
    actor = ctx.actor.by(source)
    given: set[int] = set()
    with tempfile.TemporaryDirectory(prefix="vinculo-export-") as folder:
        path = Path(folder) / name
        count = exporting.write(
            ctx.session, kind, ctx.registry.kinds, query, path, actor=ctx.actor, given=given
        )
        file = path.open("rb")  # what is open can be read to its end after it is gone from the folder
    with ctx.site.database.write() as session:
        exporting.note(session, kind, name, count, actor=actor, given=given)
    delivery = Delivery(file, count, file_format)

    def finish() -> None:
        delivered = delivery.finish()
        if delivered < count:
            with ctx.site.database.write() as session:
                exporting.note(session, kind, name, count, actor=actor, delivered=delivered)

    return Stream(
        delivery.pieces(),
        media_type=MEDIA_TYPES[file_format],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
        background=BackgroundTask(finish),  # also after a connection that broke
    )
