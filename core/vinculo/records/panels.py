"""A ready panel: what of one kind of record points to another record, on that one's card."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from vinculo.plugins.contributions import Panel, PanelContent
from vinculo.records import access
from vinculo.records import query as queries
from vinculo.records.condition_tree import Filter
from vinculo.records.fields import Field, LinkField
from vinculo.records.kind import RecordKind
from vinculo.records.list_rows import link_name, selected
from vinculo.records.query import Query
from vinculo.web.context import Context
from vinculo.web.views import Action, Line

FIRST: Final = 10
COUNT: Final = sa.func.count().over()  # of all rows that match, in the query for the first


def linked(kind: RecordKind, link: str, *, side: bool = False, weight: int = 50) -> Panel:
    """A panel on the card to which the field ``link`` leads, with the records of ``kind`` that point to it.

    It shows the first by the order of the kind's list, how many there are, and the values of the list's
    columns, links by name; those who may add one get a form in which the link is filled in.
    """
    field = kind.field(link)
    assert isinstance(field, LinkField)
    render = partial(_draw, kind, link)
    return Panel(
        kind.plural, field.kind, kind.label_plural, render, kind.permission("read"), side=side, weight=weight
    )


def _draw(kind: RecordKind, link: str, ctx: Context, record_id: int) -> PanelContent:
    lines, count = _lines(kind, link, ctx, record_id)
    here = f"{link}={record_id}"
    html = ctx.fragment(
        "records/linked.html",
        lines=lines,
        missing=str(kind.label_plural).lower(),
        every=f"{kind.url}?{here}" if count > len(lines) else "",
        add=Action(str(kind.new_label), f"{kind.url}/new?{here}", "plus")
        if ctx.actor.may(kind.permission("create"))
        else None,
    )
    return PanelContent(html, count=count)


def _lines(kind: RecordKind, link: str, ctx: Context, record_id: int) -> tuple[list[Line], int]:
    kind = access.seen_by(kind, ctx.actor)
    fields = [queries.find_field(kind, name) for name in kind.columns if name not in (kind.title, link)]
    told = [field for field in fields if field and _is_known(ctx, field)]
    (number, *columns), joins = selected(ctx, kind, told)
    asked = Query([Filter(link, "eq", record_id)], sort=kind.sort, limit=FIRST)
    shown = [COUNT, number, queries.column(kind, kind.title), *columns]
    rows = queries.page(ctx.session, kind, asked, shown, actor=ctx.actor, joins=joins).rows
    lines = [_line(kind, told, *row[1 : len(shown)]) for row in rows]
    return lines, rows[0][0] if rows else 0


def _is_known(ctx: Context, field: Field) -> bool:
    """Whether its value can be named: what a link leads to may be of a plugin that is off."""
    return not isinstance(field, LinkField) or field.kind in ctx.registry.kinds


def _line(kind: RecordKind, told: Sequence[Field], record_id: int, title: str, *values: Any) -> Line:
    shown = (_shown(field, value) for field, value in zip(told, values, strict=True) if value is not None)
    return Line(
        str(title) or f"{kind.label} {record_id}",
        " · ".join(filter(None, shown)),
        url=f"{kind.url}/{record_id}",
    )


def _shown(field: Field, value: Any) -> str:
    return link_name(value) if isinstance(field, LinkField) else field.show(value)
