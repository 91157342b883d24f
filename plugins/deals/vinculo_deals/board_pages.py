"""The board of a pipeline: its deals by stage, moved by dragging or by keys, fresh while it is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa
from litestar import Response

from vinculo.company.rates import base_currency
from vinculo.i18n import format_number
from vinculo.i18n import gettext as _
from vinculo.records import access
from vinculo.records import query as lists
from vinculo.records.condition_tree import Filter
from vinculo.records.kind import RecordKind
from vinculo.records.list_rows import link_name, selected
from vinculo.records.query import Query
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import get
from vinculo.web.views import Action, Board, BoardCard, BoardColumn, Crumb, MenuLink, Option, Tag
from vinculo_deals import queries, views
from vinculo_deals.models import Pipeline, Stage, State, Strictness
from vinculo_deals.pages import CREATE, READ, move_url
from vinculo_deals.records import deal, pipeline

URL: Final = "/deals/board"
CARDS: Final = 20  # of a column at first, and with each “Show more”
OWN: Final = (  # parameters that are no conditions
    "pipeline", "pipeline_id", "stage_id", "column", "cursor", "seen", "saved", "sort", "limit", *lists.LOOKS,
)  # fmt: skip
SHOWN: Final = ("title", "client_id", "amount", "currency", "responsible_id")
TOLD: Final = ("expected_on", "closed_on", "next_step_on", "stage_since")
SORT: Final = "-stage_since"
UNCHANGED: Final = 204


@dataclass(frozen=True, slots=True)
class _Asked:
    """A pipeline, whose deals of it, and how its reader sees deals."""

    kind: RecordKind
    pipeline: Pipeline
    stages: Sequence[Stage]
    query: Query
    parameters: Sequence[tuple[str, str]]

    @property
    def here(self) -> str:
        """The address of the board."""
        return f"{URL}?{urlencode([('pipeline', self.pipeline.id), *self.parameters])}"


@get(URL, permission=READ)
def page(ctx: Context) -> Response[bytes]:
    """``pipeline`` is its id, else the first; other parameters narrow it as they do the list.

    With ``seen``, the mark of a board that is open, there is no answer but 204 as long as nothing changed.
    """
    seen = whole_number(ctx.parameter("seen"))
    if seen is not None and queries.is_unchanged(ctx.session, seen):
        return Response(b"", status_code=UNCHANGED)
    mark = queries.mark(ctx.session)
    known = queries.pipelines(ctx.session)
    asked = _read(ctx, known)
    return ctx.render(
        "deals/board.html",
        crumbs=[Crumb(str(deal.label_plural), deal.url), Crumb(_("Board"))],
        title=asked.pipeline.name if asked else str(deal.label_plural),
        board=_board(ctx, asked) if asked else None,
        fresh_url=f"{asked.here}&seen={mark}" if asked else "",
        looks=_looks(asked),
        pipelines=_tabs(known, asked) if len(known) > 1 else [],
        whose=_whose(ctx, asked) if asked else [],
        new=Action(str(deal.new_label), f"{deal.url}/new?back={URL}", "plus", primary=True, key="c")
        if ctx.actor.may(CREATE)
        else None,
        stages_url=f"{pipeline.url}/{asked.pipeline.id}"
        if asked and ctx.actor.may(pipeline.permission("update"))
        else "",
    )


def _read(ctx: Context, known: Sequence[tuple[int, str]]) -> _Asked | None:
    """What is asked for; None where there is no pipeline yet, or its stages are hidden from the user."""
    kind = access.seen_by(deal, ctx.actor)
    if not known or not access.hidden(deal, ctx.actor).isdisjoint(("stage_id", "pipeline_id")):
        return None
    wanted = whole_number(ctx.parameter("pipeline") or ctx.parameter("pipeline_id")) or 0
    chosen = wanted if wanted in {one for one, _name in known} else known[0][0]
    parameters = [(name, text) for name, text in ctx.parameters() if name not in OWN and text.strip()]
    query = lists.parse(kind, parameters, typed=False, me=ctx.actor.user_id)
    query = replace(query, filters=[*query.filters, Filter("pipeline_id", "eq", chosen)])
    found = ctx.session.get_one(Pipeline, chosen)
    return _Asked(kind, found, queries.stages(ctx.session, chosen), query, parameters)


def _board(ctx: Context, asked: _Asked) -> Board:
    only, cursor = ctx.parameter("column"), ctx.parameter("cursor")
    sums = queries.sums(ctx.session, _conditions(ctx, asked))
    stages = [one for one in asked.stages if not only or str(one.id) == only]
    movable = access.writes(deal, ctx.actor, ["stage_id"], "update")
    columns = [
        _column(ctx, asked, one, sums.get(one.id, queries.Sums()), cursor if only else "", movable=movable)
        for one in stages
    ]
    return Board(
        columns=columns,
        field="stage_id",
        label=str(deal.field("stage_id").label),
        choices=[Option(str(one.id), one.name) for one in asked.stages],
        back=asked.here,
    )


def _conditions(ctx: Context, asked: _Asked) -> Sequence[Any]:
    narrowed = access.condition(deal, ctx.actor)
    found = lists.conditions(ctx.session, asked.kind, asked.query, ctx.actor)
    return [*found, *(() if narrowed is None else (narrowed,))]


def _column(
    ctx: Context, asked: _Asked, stage: Stage, held: queries.Sums, cursor: str, *, movable: bool
) -> BoardColumn:
    rows, more = _cards(ctx, asked, stage, cursor, movable=movable) if held.count else ((), "")
    here = ("stage_id", str(stage.id))
    new = f"{deal.url}/new?{urlencode([here, ('back', asked.here)])}"
    adds = ctx.actor.may(CREATE) and stage.state is State.OPEN
    shows = held.amount and access.hidden(deal, ctx.actor).isdisjoint(("amount", "base_amount"))
    return BoardColumn(
        value=str(stage.id),
        label=stage.name,
        tone=views.TONES[stage.state] or "brand",
        count=held.count,
        url=f"{deal.url}?{urlencode([here, *asked.parameters])}",
        cards=rows,
        more_url=f"{asked.here}&{urlencode({'column': stage.id, 'cursor': more})}" if more else "",
        new_url=new if adds else "",
        total=f"{format_number(held.amount)} {base_currency(ctx.session)}" if shows else "",
    )


def _cards(
    ctx: Context, asked: _Asked, stage: Stage, cursor: str, *, movable: bool
) -> tuple[Sequence[BoardCard], str]:
    kind = asked.kind
    fields = [one for one in kind.fields if one.name in SHOWN]
    columns, joins = selected(ctx, kind, fields)
    may: Any = access.condition(deal, ctx.actor, "update", few=True) if movable else sa.false()
    told = [
        kind.column(name).label(name) if name not in access.hidden(deal, ctx.actor) else sa.null().label(name)
        for name in TOLD
    ]
    version, allowed = kind.table.c.version, sa.true() if may is None else may
    query = replace(
        asked.query,
        filters=[*asked.query.filters, Filter("stage_id", "eq", stage.id)],
        sort=SORT if "stage_since" not in access.hidden(deal, ctx.actor) else "id",
        cursor=cursor,
        limit=CARDS,
    )
    named = [one.label(f"shown_{place}") for place, one in enumerate(columns)]
    found = lists.page(
        ctx.session, kind, query, [*named, *told, version.label("version"), allowed.label("allowed")],
        actor=ctx.actor, joins=joins,
    )  # fmt: skip
    names = ["id", *(one.name for one in fields), *TOLD, "version", "allowed"]
    rows = [dict(zip(names, row, strict=False)) for row in found.rows]
    return [_card(asked, stage, row) for row in rows], found.next_cursor


@dataclass(frozen=True, slots=True)
class _Told:
    """What tags are made of."""

    expected_on: Any
    closed_on: Any
    next_step_on: Any
    stage_since: Any


def _card(asked: _Asked, stage: Stage, row: Mapping[str, Any]) -> BoardCard:
    record_id = row["id"]
    amount, client, who = row.get("amount"), row.get("client_id"), row.get("responsible_id")
    money = f"{format_number(amount)} {row.get('currency') or ''}".rstrip() if amount else ""
    strictness = asked.pipeline.strictness if row["stage_since"] else Strictness.FOLDER
    return BoardCard(
        id=record_id,
        url=f"{deal.url}/{record_id}",
        title=str(row["title"]),
        lines=[link_name(client)] if client else [],
        figures=[Tag(money, title=str(deal.field("amount").label))] if money else [],
        tags=[*views.tags(stage, strictness, _Told(*(row[name] for name in TOLD)))],
        people=[Tag(link_name(who), title=str(deal.field("responsible_id").label))] if who else [],
        move_url=move_url(record_id, row["version"]) if row["allowed"] else "",
    )


def _looks(asked: _Asked | None) -> list[MenuLink]:
    """The same deals as a list."""
    said = [("pipeline_id", str(asked.pipeline.id)), *asked.parameters] if asked else []
    every = f"{deal.url}?{urlencode(said)}" if said else deal.url
    return [
        MenuLink(_("List"), every, icon="list"),
        MenuLink(_("Board"), asked.here if asked else URL, icon="layout-kanban", current=True),
    ]


def _tabs(known: Sequence[tuple[int, str]], asked: _Asked | None) -> list[tuple[str, str, bool]]:
    here = asked.pipeline.id if asked else 0
    said = urlencode(list(asked.parameters)) if asked else ""
    return [(f"{URL}?pipeline={one}{'&' + said if said else ''}", name, one == here) for one, name in known]


def _whose(ctx: Context, asked: _Asked) -> list[tuple[str, str, bool]]:
    """Everybody's deals, or one's own."""
    if "responsible_id" in access.hidden(deal, ctx.actor):
        return []
    rest = [(name, text) for name, text in asked.parameters if name != "responsible_id"]
    mine = len(rest) < len(asked.parameters)
    base = f"{URL}?pipeline={asked.pipeline.id}"
    said = f"&{urlencode(rest)}" if rest else ""
    return [
        (f"{base}{said}", _("Everybody's"), not mine),
        (f"{base}{said}&responsible_id=me", _("Mine"), mine),
    ]


handlers = (page,)
