"""Exports for pages and programs: the same parameters as the list, all of its rows, as a file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa
from litestar import Response
from litestar.background_tasks import BackgroundTask
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Parameter
from litestar.params import FromPath
from litestar.response import Stream

from vinculo.actor import UNLIMITED, Source
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError, NotFoundError
from vinculo.i18n import gettext as _
from vinculo.records import access, exporting, facts, releasing, saved, telling, vcard_export
from vinculo.records import query as queries
from vinculo.records.delivery import Delivery
from vinculo.records.exporting import Seal
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
    "vcf": "text/vcard",
}
NOT_FILTERS: Final = frozenset({"cursor", "limit", "columns", "format", "number"})


def export_routers(kind: RecordKind) -> list[HTTPRouteHandler]:
    """The exports of a kind: a page address for each format, and one for programs."""
    return [*(_page(kind, one) for one in formats(kind)), *([_card(kind)] if kind.vcard else []), _api(kind)]


def formats(kind: RecordKind) -> list[str]:
    """The formats of a kind's files: vCards are of some kinds only."""
    return [name for name in MEDIA_TYPES if name != "vcf" or kind.vcard]


def format_of(kind: RecordKind, name: str) -> str:
    """The format of that name. Raises ``InvalidError`` for one that the kind does not have."""
    known = formats(kind)
    if name not in known:
        text = _(
            "“%(value)s” is no format; write one of: %(known)s.", value=name[:20], known=", ".join(known)
        )
        raise InvalidError([FieldError("format", text)])
    return name


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


def _card(kind: RecordKind) -> HTTPRouteHandler:
    @get(
        f"{kind.url}/{{record_id:int}}/card.vcf",
        permission=kind.permission("export"),
        name=f"pages.{kind.name}.card",
        include_in_schema=False,
    )
    def card(ctx: Context, record_id: FromPath[int]) -> Stream:
        """One record, counted and logged as an export of one row."""
        seen = access.seen_by(kind, ctx.actor)
        query = access.within(sa.select(kind.table.c.id), kind, ctx.actor, "export", few=True)
        if record_id >= 2**63 or not ctx.session.scalar(query.where(kind.table.c.id == record_id)):
            raise NotFoundError(_("There is no %(kind)s %(id)s.", kind=kind.label, id=record_id))
        rules, wanted = Rules.of(ctx.site.settings), Wanted(kind, [], "vcf", ctx.actor.by(Source.PAGE))
        ids, kinds = [record_id], ctx.registry.kinds

        def write(path: Path, seal: Seal) -> int:
            return vcard_export.write(ctx.session, seen, kinds, ids, path, actor=ctx.actor, seal=seal)

        return _stream(ctx, wanted, *_written(ctx, wanted, write, approved=None, rules=rules))

    return card


def _api(kind: RecordKind) -> HTTPRouteHandler:
    @get(
        f"{kind.api_url}/export",
        permission=kind.permission("export"),
        name=f"api.{kind.name}.export",
        operation_class=operation(
            summary=_("Export %(kind)s", kind=kind.label_plural),
            tag=str(kind.label_plural),
            permission=kind.permission("export"),
            parameters=lambda: [*filter_parameters(kind), *_steering(kind)],
            answer="binary",
            answer_type="text/csv",
            errors=(400, 404, 409, 422, 429),
        ),
    )
    def export(ctx: Context) -> Stream:
        file_format = format_of(kind, ctx.parameter("format", "csv"))
        return _send(ctx, kind, ctx.parameters(), file_format, Source.API)

    return export


def _steering(kind: RecordKind) -> list[Parameter]:
    schemas: dict[str, dict[str, Any]] = {
        "format": {"type": "string", "enum": formats(kind)},
        "sort": {"type": "string"},
        "fields": {"type": "string", "description": "Facts that the file is to have, too, comma between"},
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
    """What a list's parameters ask for today, those left out that only steer its pages."""
    seen, typed = facts.seen_by(ctx.registry, kind, ctx.actor), source is Source.API
    found = saved.applied(ctx.session, seen, given, ctx.actor)
    kept = [(name, value) for name, value in found if name not in NOT_FILTERS]
    queries.parse(seen, kept, typed=typed, me=ctx.actor.user_id)  # refused before it is fixed
    fixed = queries.settled(seen, kept, typed=typed, me=ctx.actor.user_id, fixed=True)
    return Wanted(kind, saved.named(ctx.session, fixed, ctx.actor), file_format, ctx.actor.by(source))


def query_of(ctx: Context, wanted: Wanted, source: Source) -> Query:
    """The same, read by the rights of this moment; ``source`` is where it was asked for."""
    return queries.parse(_seen(ctx, wanted), wanted.parameters, typed=source is Source.API)


def count_of(ctx: Context, wanted: Wanted) -> int:
    """How many rows that are."""
    query = query_of(ctx, wanted, wanted.actor.source)

    def count(seen: RecordKind) -> int:
        return queries.count(ctx.session, seen, query, actor=ctx.actor, action="export")

    return telling.ask(ctx.session, _seen(ctx, wanted), query, count, guard=ctx.site.guard)[1]


def _seen(ctx: Context, wanted: Wanted) -> RecordKind:
    return facts.seen_by(ctx.registry, wanted.kind, ctx.actor, wanted.parameters)


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

    def write(path: Path, seal: Seal) -> int:
        return exporting.write(
            ctx.session,
            _seen(ctx, wanted),
            ctx.registry.kinds,
            query,
            path,
            actor=ctx.actor,
            most=most,
            seal=seal,
            guard=ctx.site.guard,
        )

    return _stream(ctx, wanted, *_written(ctx, wanted, write, approved=number, rules=rules))


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
    ctx: Context, wanted: Wanted, write: Callable[[Path, Seal], int], *, approved: int | None, rules: Rules
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
        count = write(path, seal)
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
