"""The list page of a kind of record: columns, filters, order, pages."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from vinculo.i18n import format_number, ngettext
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import ListAction
from vinculo.records import (
    access,
    facts,
    filter_groups,
    grouping,
    list_groups,
    noting,
    saved,
    saved_tabs,
    telling,
    totals,
)
from vinculo.records import query as queries
from vinculo.records.board import board as board_of
from vinculo.records.board import boardable
from vinculo.records.conditions import fields_of
from vinculo.records.fields import Field, LinkField
from vinculo.records.kind import Figure, RecordKind
from vinculo.records.list_columns import column_choice, shown
from vinculo.records.list_rows import drawn, selected
from vinculo.records.list_words import chips
from vinculo.records.query import Page, Query
from vinculo.records.reading import Reader
from vinculo.records.saved_tabs import Opened
from vinculo.records.totals import Totals
from vinculo.web import origins
from vinculo.web.context import Context
from vinculo.web.views import Action, Board, Column, Empty, ListPage, MenuLink, Origin, RowGroup, Table

Parameters = Sequence[tuple[str, str]]


def list_page(ctx: Context, kind: RecordKind, opened: Opened) -> ListPage:
    """The page for what was asked for. Raises what ``query.parse`` raises."""
    kind = facts.seen_by(ctx.registry, kind, ctx.actor, opened.parameters)
    parameters = _clean(ctx, kind, opened.parameters)
    asked = queries.parse(kind, parameters, typed=False, me=ctx.actor.user_id)
    shape = _Shape.of(kind, _looks(opened.parameters))
    fields = shown(kind, shape.looks.get("columns", ""))
    url = _Address(kind.url, [*parameters, *shape.looks.items()])
    found = _Found()
    if not opened.missing:
        kind, found = _found(ctx, kind, asked, fields, shape, url.parameters)
    noting.search(ctx, kind, asked, found.count)
    page = found.page
    return ListPage(
        title=str(kind.label_plural),
        url=kind.url,
        table=_table(ctx, kind, asked, fields, found, url),
        query=asked.q,
        chips=[*chips(ctx, kind, asked, url.parameters)],
        fields=fields_of(kind),
        new_group=filter_groups.new(url.parameters),
        has=filter_groups.has(kind, url.parameters),
        hidden=url.parameters,
        primary=_primary(ctx, kind),
        actions=_actions(ctx, kind, [*parameters, *_given("fields", _facts_of(kind, fields))]),
        previous_url=url.replace(cursor=page.previous_cursor) if page.previous_cursor else "",
        next_url=url.replace(cursor=page.next_cursor) if page.next_cursor else "",
        empty=_empty(ctx, kind, opened, filtered=bool(asked.filters or asked.q or asked.ids)),
        columns=column_choice(kind, shape.looks.get("columns", "")),
        views=saved_tabs.tabs(ctx, kind, opened, url.parameters),
        looks=list_groups.looks(kind, boardable(kind), "board" if shape.as_board else "", url.parameters),
        group_by=shape.menu(kind, url.parameters),
        board=found.board,
        picked=[] if shape.as_board else _picked(ctx, kind),
    )


@dataclass(frozen=True, slots=True)
class _Shape:
    """How the list looks: its ``looks`` as the address says them, and the field it is grouped by."""

    looks: Mapping[str, str]
    as_board: bool
    field: Field | None

    @classmethod
    def of(cls, kind: RecordKind, looks: Mapping[str, str]) -> _Shape:
        """A board, groups, or rows; what cannot be had gives way."""
        boards = boardable(kind)
        as_board = looks.get("as") == "board" and bool(boards)
        able = boards if as_board else grouping.groupable(kind)
        field = next((one for one in able if one.name == looks.get("group")), None)
        return cls(looks, as_board, field or boards[0] if as_board else field)

    def menu(self, kind: RecordKind, parameters: Parameters) -> list[MenuLink]:
        """By what else it can be grouped."""
        if self.as_board:
            boards = boardable(kind)
            return list_groups.group_menu(kind, boards, self.field, parameters)[1:] if len(boards) > 1 else []
        return list_groups.group_menu(kind, grouping.groupable(kind), self.field, parameters)


@dataclass(frozen=True, slots=True)
class _Found:
    """What the list shows: a page of rows, or groups of them, or a board."""

    page: Page = dataclasses.field(default_factory=Page)
    groups: Sequence[RowGroup] = ()
    board: Board | None = None
    totals: Totals | None = None

    @property
    def count(self) -> int:
        """How many records are shown."""
        cards = sum(len(column.cards) for column in self.board.columns) if self.board else 0
        return len(self.page.rows) + sum(len(group.rows) for group in self.groups) + cards


def _found(
    ctx: Context,
    kind: RecordKind,
    asked: Query,
    fields: Sequence[Field],
    shape: _Shape,
    parameters: Parameters,
) -> tuple[RecordKind, _Found]:
    """What is shown, and the kind as it could be had: without figures that the database refuses to tell."""

    def ask(seen: RecordKind) -> _Found:
        if shape.as_board and shape.field:
            steps = [(n, v) for n, v in ctx.parameters() if n == "column"]
            given = [*parameters, *steps]
            return _Found(board=board_of(ctx, seen, asked, shape.field, fields, given))
        summed = totals.summed(seen, fields) if shape.looks.get("totals") else []
        below = totals.totals(ctx.session, seen, asked, summed, actor=ctx.actor) if summed else None
        if shape.field:
            return _Found(
                totals=below,
                groups=list_groups.row_groups(
                    ctx, seen, asked, shape.field, fields, parameters, picks=bool(_picked(ctx, seen))
                ),
            )
        columns, joins = selected(ctx, seen, fields)
        page = queries.page(ctx.session, seen, asked, columns, actor=ctx.actor, joins=joins)
        return _Found(page, totals=below)

    names = [one.name for one in fields]
    return telling.ask(ctx.session, kind, asked, ask, guard=ctx.site.guard, fields=names, strict=False)


def _table(
    ctx: Context, kind: RecordKind, asked: Query, fields: Sequence[Field], found: _Found, url: _Address
) -> Table:
    origin = origins.of_kind(ctx, kind.name)
    columns = [_column(ctx, kind, field, asked, url, origin) for field in fields]
    rows = drawn(kind, fields, found.page.rows, picks=bool(_picked(ctx, kind)))
    return Table(
        columns,
        rows,
        caption=str(kind.label_plural),
        groups=found.groups,
        totals=_below(fields, found.totals) if found.totals else (),
        totals_url=url.replace(totals="1") if totals.summed(kind, fields) else "",
    )


def _below(fields: Sequence[Field], told: Totals) -> list[list[str]]:
    """What stands below each column: sum, average and count, of money in each currency."""
    found = [[ngettext("%(n)s record", "%(n)s records", told.records)]]
    for field in fields[1:]:
        lines = []
        for one in told.of(field.name):
            lines.append(f"{format_number(one.sum)} {one.currency}".rstrip())
            if one.count:
                average = format_number(one.average)
                count = format_number(one.count)
                lines.append(_("average %(value)s of %(count)s", value=average, count=count))
        found.append(lines)
    return found


def _looks(parameters: Parameters) -> dict[str, str]:
    """How the list looks: what of it is kept in views beside its conditions."""
    found: dict[str, str] = {}
    for name, value in parameters:
        if name in queries.LOOKS and value.strip():
            found[name] = f"{found[name]},{value}" if name in found else value
    return found


class _Address:
    """The address of the list with some parameters changed; a changed list starts at its first page."""

    def __init__(self, path: str, parameters: Parameters) -> None:
        self.path = path
        self.parameters = [(n, v) for n, v in parameters if n != "cursor"]

    def replace(self, **changes: str) -> str:
        """With these parameters instead."""
        kept = [(n, v) for n, v in self.parameters if n not in changes]
        return self._join([*kept, *changes.items()])

    def without(self, *names: str) -> str:
        """Without these."""
        return self._join([(n, v) for n, v in self.parameters if n not in names])

    def _join(self, parameters: Parameters) -> str:
        return f"{self.path}?{urlencode(list(parameters))}" if parameters else self.path


def _clean(ctx: Context, kind: RecordKind, parameters: Parameters) -> list[tuple[str, str]]:
    """Empty inputs of the filter form say nothing; a typed name stands for the record of that name."""
    given = [(n, v) for n, v in parameters if v.strip() and n not in queries.LOOKS and n != "column"]
    kept = [(n, v) for n, v in given if not n.endswith("__text")]
    names = {name for name, _value in kept}
    reader = Reader(ctx.session, ctx.registry.kinds, actor=ctx.actor)
    for name, text in given:
        field_name = name.removesuffix("__text")
        field = queries.asked_field(kind, field_name)
        if name.endswith("__text") and field_name not in names and isinstance(field, LinkField):
            try:
                kept.append((field_name, str(reader.named(field, text))))
            except ValueError:
                kept.append((field_name, "0"))  # nobody of that name: an empty list, not an error
    return kept


def _given(name: str, value: str) -> list[tuple[str, str]]:
    return [(name, value)] if value else []


def _facts_of(kind: RecordKind, shown: Sequence[Field]) -> str:
    """The facts among the columns: an export has them, too."""
    return ",".join(field.name for field in shown if kind.figure(field.name))


def _column(
    ctx: Context, kind: RecordKind, field: Field, asked: Query, url: _Address, origin: Origin | None
) -> Column:
    figure = kind.figure(field.name)
    by, descending = asked.sort.removeprefix("-"), asked.sort.startswith("-")
    current = by == field.name
    sortable = not isinstance(field, LinkField) and not (figure and figure.failed)
    target = f"-{field.name}" if current and not descending else field.name
    return Column(
        field.name,
        str(field.label),
        sort_url=url.replace(sort=target) if sortable else "",
        sorted=("desc" if descending else "asc") if current else "",
        numeric=field.numeric,
        origin=origins.of(ctx, figure.plugin) if figure else origin,
        note=_note(figure) if figure else "",
    )


def _note(figure: Figure) -> str:
    return facts.fault(figure) if figure.failed else str(figure.field.help)


def _primary(ctx: Context, kind: RecordKind) -> Action | None:
    if not ctx.actor.may(kind.permission("create")):
        return None
    return Action(str(kind.new_label), f"{kind.url}/new", "plus", primary=True, key="c")


def _actions(ctx: Context, kind: RecordKind, parameters: Parameters) -> list[Action]:
    query = urlencode([(n, v) for n, v in parameters if n not in ("cursor", "limit")])
    suffix = f"?{query}" if query else ""
    found = []
    if ctx.actor.may(kind.permission("import")):
        found.append(Action(_("Import"), f"{kind.url}/import", "upload"))
    if ctx.actor.may(kind.permission("export")):
        found.append(Action(_("Export CSV"), f"{kind.url}/export.csv{suffix}", "download"))
        found.append(Action(_("Export XLSX"), f"{kind.url}/export.xlsx{suffix}", "download"))
        if kind.vcard:
            found.append(Action(_("Export vCard"), f"{kind.url}/export.vcf{suffix}", "download"))
    if kind.traits:
        found.append(Action(_("Possible duplicates"), f"{kind.url}/duplicates", "copy"))
    if kind.mergeable and all(ctx.actor.may(kind.permission(one)) for one in ("update", "delete")):
        found.append(Action(_("Merged records"), "/merges", "history"))
    if kind.owner and access.writes(kind, ctx.actor, [kind.owner], "update"):
        found.append(Action(_("Hand over…"), f"{kind.url}/hand-over{suffix}", "users"))
    return [*found, *_in_bulk(ctx, kind, suffix), *_added(ctx, kind, suffix)]


def _picked(ctx: Context, kind: RecordKind) -> list[Action]:
    """What can be done with the records that are ticked; each leads to a page for them."""
    found = []
    if kind.mergeable and all(ctx.actor.may(kind.permission(one)) for one in ("update", "delete")):
        found.append(Action(_("Merge…"), f"{kind.url}/merge", "merge"))
    if kind.owner and access.writes(kind, ctx.actor, [kind.owner], "update"):
        found.append(Action(_("Hand over…"), f"{kind.url}/hand-over", "users"))
    if ctx.actor.may(kind.permission("export")):
        found.append(Action(_("Export CSV"), f"{kind.url}/export.csv", "download"))
        found.append(Action(_("Export XLSX"), f"{kind.url}/export.xlsx", "download"))
    at_once = [
        Action(str(one.label), one.url, one.icon, post=True) for one in _allowed(ctx, kind) if one.at_once
    ]
    return [*at_once, *_in_bulk(ctx, kind), *found, *_added(ctx, kind)]


def _added(ctx: Context, kind: RecordKind, suffix: str = "") -> list[Action]:
    """What plugins do with records of a list."""
    return [
        Action(str(one.label), one.url + suffix, one.icon) for one in _allowed(ctx, kind) if not one.at_once
    ]


def _allowed(ctx: Context, kind: RecordKind) -> list[ListAction]:
    added = [owned.item for owned in ctx.registry.list_actions.get(kind.name, ())]
    return [one for one in added if ctx.actor.may(one.permission)]


def _in_bulk(ctx: Context, kind: RecordKind, suffix: str = "") -> list[Action]:
    """Changing and deleting many records."""
    found = []
    if ctx.actor.may(kind.permission("update")):
        found.append(Action(_("Change…"), f"{kind.url}/bulk-edit{suffix}", "pencil"))
    if ctx.actor.may(kind.permission("delete")):
        found.append(Action(_("Delete…"), f"{kind.url}/bulk-delete{suffix}", "trash"))
    return found


def _waiting(kind: RecordKind, opened: Opened) -> Empty:
    """What a view says that asks for what is gone."""
    return Empty(
        _("This view shows nothing"),
        saved.fault(opened.missing),
        [Action(_("Show all"), f"{kind.url}{opened.everything}")],
    )


def _empty(ctx: Context, kind: RecordKind, opened: Opened, *, filtered: bool) -> Empty:
    if opened.missing:
        return _waiting(kind, opened)
    if filtered:
        return Empty(
            _("Nothing matches"),
            _("No record fits these filters. Remove one, or search for fewer letters."),
            [Action(_("Show all"), f"{kind.url}{opened.everything}")],
        )
    actions = [action for action in (_primary(ctx, kind), *_actions(ctx, kind, ())[:1]) if action]
    text = str(kind.summary) or _("Add the first one by hand, or import a file that you have.")
    return Empty(_("No %(kind)s yet", kind=str(kind.label_plural).lower()), text, actions)
