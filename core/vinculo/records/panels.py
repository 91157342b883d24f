"""A ready panel: what of one kind of record points to another record, on that one's card."""

from __future__ import annotations

from functools import partial
from typing import Final

import sqlalchemy as sa

from vinculo.plugins.contributions import Panel, PanelContent
from vinculo.records import query as queries
from vinculo.records.fields import LinkField
from vinculo.records.kind import RecordKind
from vinculo.records.query import Filter, Query
from vinculo.web.context import Context
from vinculo.web.views import Action, Line

FIRST: Final = 10


def linked(kind: RecordKind, link: str, *, side: bool = False, weight: int = 50) -> Panel:
    """A panel on the card to which the field ``link`` leads, with the records of ``kind`` that point to it.

    It shows the first by the order of the kind's list, how many there are, and the values of the list's
    columns; those who may add one get a form in which the link is filled in.
    """
    field = kind.field(link)
    assert isinstance(field, LinkField)
    render = partial(_draw, kind, link)
    return Panel(
        kind.plural, field.kind, kind.label_plural, render, kind.permission("read"), side=side, weight=weight
    )


def _draw(kind: RecordKind, link: str, ctx: Context, record_id: int) -> PanelContent:
    lines = _lines(kind, link, ctx, record_id)
    pointing = queries.column(kind, link) == record_id
    count = len(lines)
    if count == FIRST:
        count = ctx.session.scalar(sa.select(sa.func.count()).where(pointing)) or 0
    here = f"{link}={record_id}"
    html = ctx.fragment(
        "records/linked.html",
        lines=lines,
        none=str(kind.label_plural).lower(),
        every=f"{kind.url}?{here}" if count > len(lines) else "",
        add=Action(str(kind.new_label), f"{kind.url}/new?{here}", "plus")
        if ctx.actor.may(kind.permission("create"))
        else None,
    )
    return PanelContent(html, count=count)


def _lines(kind: RecordKind, link: str, ctx: Context, record_id: int) -> list[Line]:
    fields = [queries.find_field(kind, name) for name in kind.columns if name not in (kind.title, link)]
    told = [field for field in fields if field and not isinstance(field, LinkField)]
    columns = [queries.column(kind, name) for name in ("id", kind.title, *(field.name for field in told))]
    asked = Query([Filter(link, "eq", record_id)], sort=kind.sort, limit=FIRST)
    found = []
    for row in queries.page(ctx.session, kind, asked, columns).rows:
        values = (field.show(value) for field, value in zip(told, row[2:], strict=False) if value is not None)
        title = str(row[1]) or f"{kind.label} {row[0]}"
        found.append(Line(title, " · ".join(filter(None, values)), url=f"{kind.url}/{row[0]}"))
    return found
