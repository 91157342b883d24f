"""Boards: the records of a list in columns by the value of a choice, moved from one to another.

A plugin's page has one, too: ``board`` makes it of a kind and a query, the macro ``ui.board`` draws it.
A move is a change of one field at the same door as on the card (``vinculo.records.in_place``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa

from vinculo.i18n import current_time_zone, format_date
from vinculo.records import access, grouping, in_place, short_forms
from vinculo.records import query as queries
from vinculo.records.cards import field_url
from vinculo.records.condition_tree import Filter
from vinculo.records.fields import ChoiceField, DateField, Field, LinkField, MomentField, YesNoField
from vinculo.records.grouping import BLANK, Group
from vinculo.records.kind import RecordKind
from vinculo.records.list_rows import cell, link_name, selected
from vinculo.records.query import Page, Query
from vinculo.web.context import Context
from vinculo.web.views import Board, BoardCard, BoardColumn, Option, Tag

CARDS: Final = 20  # of a column at first, and with each “Show more”

Parameters = Sequence[tuple[str, str]]


def boardable(kind: RecordKind) -> Sequence[Field]:
    """The fields whose values can be the columns of a board."""
    return [one for one in kind.fields if isinstance(one, ChoiceField) and "eq" in one.operators]


@dataclass(frozen=True, slots=True)
class _Look:
    """What each card shows, and whether it can be moved."""

    kind: RecordKind
    field: Field
    fields: Sequence[Field]
    movable: bool
    back: str
    quick: bool


def board(
    ctx: Context,
    kind: RecordKind,
    asked: Query,
    field: Field,
    fields: Sequence[Field],
    parameters: Parameters,
) -> Board:
    """A board; ``kind`` is as the user sees it, ``fields`` are what cards show, ``parameters`` its address.

    With ``column`` among the parameters, that column alone, from the cursor of the query on.
    """
    given = dict(parameters)
    rest = [(n, v) for n, v in parameters if n not in ("column", "cursor")]
    back = f"{kind.url}?{urlencode(rest)}"
    quick = bool(in_place.quick_fields(kind.whole, ctx.actor))
    look = _Look(kind, field, _on_cards(kind, field, fields), _movable(ctx, kind, field), back, quick)
    found = grouping.groups(ctx.session, kind, asked, field, actor=ctx.actor, kinds=ctx.registry.kinds)
    columns = [*_columns(field, found)]
    if only := given.get("column"):
        columns = [one for one in columns if one.key == only]
        pages = [_continued(ctx, look, asked, one) for one in columns]
    else:
        pages = _heads(ctx, look, asked, columns)
    return Board(
        columns=[
            _column(ctx, look, one, page, rest, asked) for one, page in zip(columns, pages, strict=True)
        ],
        field=field.name,
        label=str(field.label),
        choices=[Option(option.value, option.label) for option in field.choices()],
        back=back,
        move_url=field_url(kind, "{id}", field.name),
        quick=quick,
    )


def _movable(ctx: Context, kind: RecordKind, field: Field) -> bool:
    writable = any(one.name == field.name for one in access.seen_by(kind.whole, ctx.actor).writable())
    return writable and access.writes(kind, ctx.actor, [field.name], "update")


def _on_cards(kind: RecordKind, field: Field, fields: Sequence[Field]) -> Sequence[Field]:
    title = next(one for one in fields if one.name == kind.title)
    return [title, *(one for one in fields if one.name not in (kind.title, field.name))]


def _columns(field: Field, found: Sequence[Group]) -> Iterator[Group]:
    """All values of the field, those without records, too; then the records that have none."""
    known = {one.key: one for one in found}
    for option in field.choices():
        same = Filter(field.name, "eq", option.value)
        tone = str(getattr(field, "tones", {}).get(option.value, ""))
        key = grouping.key_of(option.value)
        empty = Group(key, option.label, 0, [same], [(field.name, option.value)], option.value, tone)
        yield known.pop(key, empty)
    yield from known.values()


def _selected(ctx: Context, look: _Look) -> tuple[list[Any], list[Any]]:
    """What a card needs: the id and its values, then its version and whether it may be changed."""
    columns, joins = selected(ctx, look.kind, look.fields)
    changes = look.movable or look.quick
    may: Any = access.condition(look.kind, ctx.actor, "update", few=True) if changes else sa.false()
    return [*columns, look.kind.table.c.version, sa.true() if may is None else may], joins


def _heads(ctx: Context, look: _Look, asked: Query, columns: Sequence[Group]) -> list[Page]:
    wanted = [one for one in columns if one.count]
    select, joins = _selected(ctx, look)
    pages = grouping.heads(
        ctx.session, look.kind, asked, wanted, select, actor=ctx.actor, limit=CARDS, joins=joins
    )
    told = dict(zip((one.key for one in wanted), pages, strict=True))
    return [told.get(one.key, Page()) for one in columns]


def _continued(ctx: Context, look: _Look, asked: Query, group: Group) -> Page:
    own = replace(asked, filters=[*asked.filters, *group.filters], limit=CARDS)
    select, joins = _selected(ctx, look)
    return queries.page(ctx.session, look.kind, own, select, actor=ctx.actor, joins=joins)


def _column(
    ctx: Context, look: _Look, group: Group, page: Page, rest: Parameters, asked: Query
) -> BoardColumn:
    kind, more, new = look.kind, "", ""
    if page.next_cursor:
        more = f"{kind.url}?{urlencode([*rest, ('column', group.key), ('cursor', page.next_cursor)])}"
    if group.value is not None and ctx.actor.may(kind.permission("create")):
        brought = [(look.field.name, str(group.value)), ("back", look.back)]
        new = f"{kind.url}/new?{urlencode(brought)}"
    return BoardColumn(
        value="" if group.key == BLANK else str(group.value),
        label=group.label,
        tone=group.tone,
        count=group.count,
        url=f"{kind.url}?{urlencode(grouping.narrowed(rest, asked, group))}",
        cards=[_card(look, row) for row in page.rows],
        more_url=more,
        new_url=new,
    )


def _line(field: Field, value: Any) -> str:
    return link_name(value) if isinstance(field, LinkField) else str(cell(field, value))


def _card(look: _Look, row: Sequence[Any]) -> BoardCard:
    kind, record_id = look.kind, row[0]
    values = list(zip(look.fields[1:], row[2:], strict=False))
    version, may = row[len(look.fields) + 1], row[len(look.fields) + 2]
    told = [(field, value) for field, value in values if value not in (None, "")]
    return BoardCard(
        id=record_id,
        url=f"{kind.url}/{record_id}",
        title=str(row[1] or f"{kind.label} {record_id}"),
        lines=[_line(field, value) for field, value in told if _is_line(field)],
        figures=[Tag(field.show(value), title=str(field.label)) for field, value in told if field.numeric],
        tags=[*_tags(told)],
        people=[Tag(link_name(value), title=str(field.label)) for field, value in told if _is_user(field)],
        version=version if may and look.movable else 0,
        edit_url=_edit_url(look, record_id) if may else "",
    )


def _edit_url(look: _Look, record_id: int) -> str:
    if look.quick:
        return in_place.quick_url(look.kind, record_id, look.back)
    return short_forms.backed(field_url(look.kind, record_id, look.field.name), look.back)


def _is_user(field: Field) -> bool:
    return isinstance(field, LinkField) and field.kind == "user"


def _is_line(field: Field) -> bool:
    apart = (ChoiceField, DateField, MomentField, YesNoField)
    return not (field.numeric or _is_user(field) or isinstance(field, apart))


def _tags(told: Sequence[tuple[Field, Any]]) -> Iterator[Tag]:
    """Dates, and what is a badge elsewhere, too."""
    for field, value in told:
        if isinstance(field, ChoiceField):
            yield Tag(field.show(value), title=str(field.label), tone=str(field.tones.get(value, "neutral")))
        elif isinstance(field, YesNoField):
            if value:
                yield Tag(str(field.label))
        elif isinstance(field, DateField | MomentField):
            day = value.astimezone(current_time_zone()) if isinstance(field, MomentField) else value
            yield Tag(format_date(day), title=f"{field.label}: {field.show(value)}", icon="calendar")
