"""Lists of a kind of record, for programs: items, pages by cursor, and totals of those that are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records import access, facts, noting, query, saved, telling, totals
from vinculo.records.fields import Field
from vinculo.records.kind import RecordKind
from vinculo.records.openapi import list_parameters, operation, parameter
from vinculo.records.query import Page, Query
from vinculo.records.schemas import FieldTotal, ListTotals, Schemas, columns, names_of
from vinculo.records.totals import Totals
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import get

TOTALS: Final = "totals"


def list_router(kind: RecordKind, described: RecordKind, made: Schemas) -> HTTPRouteHandler:
    """The route of a kind; ``described`` has its facts, of which ``made`` are the schemas."""
    selected, names = columns(kind), names_of(kind)

    @get(
        kind.api_url,
        permission=kind.permission("read"),
        name=f"api.{kind.name}.list",
        operation_class=operation(
            summary=_("List %(kind)s", kind=kind.label_plural),
            tag=str(kind.label_plural),
            permission=kind.permission("read"),
            parameters=lambda: [*list_parameters(described), *_totals_parameter(described)],
            answer=made.page.__name__,
            errors=(400, 404, 422),
        ),
    )
    def list_records(ctx: Context) -> Response[bytes]:
        seen, asked, summed = _asked(ctx, kind)
        seen, (page, below) = _found(ctx, seen, asked, selected, summed)
        noting.search(ctx, kind, asked, len(page.rows))
        answer: dict[str, Any] = {
            "items": _items(ctx, seen, asked, page, made, names),
            "next_cursor": page.next_cursor or None,
            "previous_cursor": page.previous_cursor or None,
        }
        if below:
            answer["totals"] = _told(below)
        shown = {*asked.fields, *(one.name for one in summed)}
        failed = {f.field.name: facts.fault(f) for f in seen.figures if f.failed and f.field.name in shown}
        return json_answer(answer | ({"failed": failed} if failed else {}))

    return list_records


def _totals_parameter(kind: RecordKind) -> list[Any]:
    names = ", ".join(one.name for one in totals.summed(kind, query.all_fields(kind)))
    text = "Sum, average and count over all records of the list, of these fields, comma between: "
    return [parameter(TOTALS, {"type": "string"}, text + names)] if names else []


def _asked(ctx: Context, kind: RecordKind) -> tuple[RecordKind, Query, Sequence[Field]]:
    """The kind as its reader sees it, what they ask for, and the fields of which they want totals."""
    seen = facts.seen_by(ctx.registry, kind, ctx.actor)
    own = [(name, value) for name, value in ctx.parameters() if name != TOTALS]
    given = saved.applied(ctx.session, seen, own, ctx.actor)
    seen = facts.seen_by(ctx.registry, kind, ctx.actor, given)
    asked = query.parse(seen, given, typed=True, me=ctx.actor.user_id)
    return seen, asked, _summed(seen, ctx.parameter(TOTALS))


def _summed(kind: RecordKind, text: str) -> Sequence[Field]:
    able = {one.name: one for one in totals.summed(kind, query.all_fields(kind))}
    able |= {one.field.name: one.field for one in kind.figures if one.failed}  # its total fails, too
    names = dict.fromkeys(name.strip() for name in text.split(",") if name.strip())
    told = _("There are no totals of %(name)s; one can ask for: %(names)s.")
    errors = [
        FieldError(TOTALS, told % {"name": name[:100], "names": ", ".join(able)}, "unknown_field")
        for name in names
        if name not in able
    ]
    if errors:
        raise InvalidError(errors)
    return [able[name] for name in names]


def _found(
    ctx: Context, seen: RecordKind, asked: Query, selected: Sequence[Any], summed: Sequence[Field]
) -> tuple[RecordKind, tuple[Page, Totals | None]]:
    def work(kind: RecordKind) -> tuple[Page, Totals | None]:
        told = [one.expression for one in kind.figures if one.field.name in asked.fields]
        wider = [*selected, *told] if told else selected  # the same object each time: the query is kept
        page = query.page(ctx.session, kind, asked, wider, actor=ctx.actor)
        if not summed:
            return page, None
        able = totals.summed(kind, summed)
        return page, totals.totals(ctx.session, kind, asked, able, actor=ctx.actor)

    fields = [*asked.fields, *(one.name for one in summed)]
    return telling.ask(ctx.session, seen, asked, work, guard=ctx.site.guard, fields=fields)


def _items(
    ctx: Context, seen: RecordKind, asked: Query, page: Page, made: Schemas, names: Sequence[str]
) -> list[Any]:
    width, hidden = len(names), access.hidden(seen, ctx.actor)
    if not asked.fields and not hidden:
        return [made.item(*row[:width]) for row in page.rows]
    told = [one.field.name for one in seen.figures if one.field.name in asked.fields]
    shown = {"id", *(asked.fields or names)} - hidden
    wanted = [(name, index) for index, name in enumerate([*names, *told]) if name in shown]
    return [{name: row[index] for name, index in wanted} for row in page.rows]


def _told(found: Totals) -> ListTotals:
    told = [
        FieldTotal(one.field, one.currency or None, one.count, one.sum, one.average if one.count else None)
        for one in found.of_fields
    ]
    return ListTotals(found.records, told)
