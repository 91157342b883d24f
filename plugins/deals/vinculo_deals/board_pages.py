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
from vinculo.records import access, facts, list_words, saved, saved_tabs
from vinculo.records import query as lists
from vinculo.records.board import boardable
from vinculo.records.condition_tree import Filter
from vinculo.records.conditions import fields_of
from vinculo.records.in_place import quick_fields, quick_url
from vinculo.records.kind import RecordKind
from vinculo.records.list_groups import looks
from vinculo.records.list_rows import link_name, selected
from vinculo.records.query import Query
from vinculo.records.saved_tabs import Opened
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import get
from vinculo.web.views import Action, Board, BoardCard, BoardColumn, Crumb, Option, Tag
from vinculo_deals import queries, views
from vinculo_deals.models import Pipeline, Stage, State, Strictness
from vinculo_deals.pages import CREATE, READ
from vinculo_deals.records import deal, pipeline

URL: Final = "/deals/board"
CARDS: Final = 20  # of a column at first, and with each “Show more”
OWN: Final = ("pipeline", "stage_id", "column", "cursor", "seen", "view", "sort", "limit", *lists.LOOKS)
SHOWN: Final = ("title", "client_id", "amount", "currency", "responsible_id")
TOLD: Final = ("expected_on", "closed_on", "next_step_on", "stage_since", "chance")
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
    opened: Opened

    @property
    def here(self) -> str:
        """The address of the board."""
        return f"{URL}?{urlencode(list(self.parameters))}" if self.parameters else URL

    def but(self, **changes: object) -> str:
        """The same with other parameters; None leaves one out."""
        rest = [(n, v) for n, v in self.parameters if n not in changes]
        said = [*rest, *((name, value) for name, value in changes.items() if value is not None)]
        return f"{URL}?{urlencode(said)}" if said else URL


@get(URL, permission=READ)
def page(ctx: Context) -> Response[bytes]:
    """``pipeline_id`` is its pipeline, else the first; other parameters narrow it as they do the list.

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
        board=_board(ctx, asked) if asked and not asked.opened.missing else None,
        fresh_url=asked.but(seen=mark) if asked else "",
        looks=looks(deal, boardable(deal), "board", asked.parameters if asked else []),
        pipelines=_tabs(known, asked) if len(known) > 1 and asked else [],
        whose=_whose(ctx, asked) if asked else [],
        new=Action(str(deal.new_label), f"{deal.url}/new?back={URL}", "plus", primary=True, key="c")
        if ctx.actor.may(CREATE)
        else None,
        stages_url=f"{pipeline.url}/{asked.pipeline.id}"
        if asked and ctx.actor.may(pipeline.permission("update"))
        else "",
        **(_narrowing(ctx, asked) if asked else {}),
    )


def _narrowing(ctx: Context, asked: _Asked) -> dict[str, Any]:
    """Saved views, and the conditions with the forms that change them."""
    given = [*asked.parameters, ("as", "board")]
    return {
        "views": saved_tabs.tabs(ctx, asked.kind, asked.opened, given),
        "chips": [*list_words.chips(ctx, asked.kind, asked.query, asked.parameters, at=URL)],
        "fields": fields_of(asked.kind),
        "hidden": [*asked.parameters, (list_words.AT, URL)],
        "fault": saved.fault(asked.opened.missing) if asked.opened.missing else "",
    }


def _read(ctx: Context, known: Sequence[tuple[int, str]]) -> _Asked | None:
    """What is asked for; None where there is no pipeline yet, or its stages are hidden from the user."""
    kind = facts.seen_by(ctx.registry, deal, ctx.actor)
    if not known or not access.hidden(deal, ctx.actor).isdisjoint(("stage_id", "pipeline_id")):
        return None
    opened = saved_tabs.opened(ctx, kind, bare=False)
    given = dict(opened.parameters)
    wanted = whole_number(given.get("pipeline_id") or given.get("pipeline", "")) or 0
    chosen = wanted if wanted in {one for one, _name in known} else known[0][0]
    parameters = [(n, v) for n, v in opened.parameters if n not in (*OWN, "pipeline_id") and v.strip()]
    query = lists.parse(kind, parameters, typed=False, me=ctx.actor.user_id)
    if chosen != known[0][0] or "pipeline_id" in given:
        parameters.insert(0, ("pipeline_id", str(chosen)))
    found = ctx.session.get_one(Pipeline, chosen)
    return _Asked(kind, found, queries.stages(ctx.session, chosen), query, parameters, opened)


def _board(ctx: Context, asked: _Asked) -> Board:
    only, cursor = ctx.parameter("column"), ctx.parameter("cursor")
    narrowed = access.condition(deal, ctx.actor)
    conditions = [*lists.conditions(ctx.session, asked.kind, asked.query, ctx.actor)]
    if narrowed is not None:
        conditions.append(narrowed)
    sums = queries.held(ctx.session, asked.pipeline.id, conditions, few=narrowed is not None)
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
        move_url=f"{deal.url}/{{id}}/move",
        quick=bool(quick_fields(deal, ctx.actor)),
    )


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
        more_url=asked.but(column=stage.id, cursor=more) if more else "",
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
    here = (("pipeline_id", stage.pipeline_id), ("stage_id", stage.id))
    version, allowed = kind.table.c.version, sa.true() if may is None else may
    query = replace(
        asked.query,
        filters=[*asked.query.filters, *(Filter(f, "eq", v) for f, v in here)],
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
    chance: Any


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
        figures=[*([Tag(money)] if money else []), *_chance(stage, row["chance"])],
        tags=[*views.tags(stage, strictness, _Told(*(row[name] for name in TOLD)))],
        people=[Tag(link_name(who), title=str(deal.field("responsible_id").label))] if who else [],
        version=row["version"] if row["allowed"] else 0,
        edit_url=quick_url(deal, record_id, asked.here) if row["allowed"] else "",
    )


def _chance(stage: Stage, percent: int | None) -> Sequence[Tag]:
    """How likely an open deal is to be won."""
    shown = percent is not None and stage.state is State.OPEN
    return [Tag(f"{percent} %", title=_("Win probability"))] if shown else []


def _tabs(known: Sequence[tuple[int, str]], asked: _Asked) -> list[tuple[str, str, bool]]:
    return [(asked.but(pipeline_id=one), name, one == asked.pipeline.id) for one, name in known]


def _whose(ctx: Context, asked: _Asked) -> list[tuple[str, str, bool]]:
    """Everybody's deals, or one's own."""
    if "responsible_id" in access.hidden(deal, ctx.actor):
        return []
    mine = ("responsible_id", "me") in asked.parameters
    return [
        (asked.but(responsible_id=None), _("Everybody's"), not mine),
        (asked.but(responsible_id="me"), _("Mine"), mine),
    ]


handlers = (page,)
