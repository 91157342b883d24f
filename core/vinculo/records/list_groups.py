"""A list in groups: their heads with counts, which of them are unfolded, and the first rows of those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from vinculo.i18n import gettext as _
from vinculo.records import grouping
from vinculo.records.fields import Field
from vinculo.records.grouping import Group
from vinculo.records.kind import RecordKind
from vinculo.records.list_rows import drawn, selected
from vinculo.records.query import Query
from vinculo.web.context import Context
from vinculo.web.views import MenuLink, RowGroup

OPEN: Final = 5  # groups that are unfolded where an address says nothing
MOST_OPEN: Final = 30
ROWS: Final = 10  # of each; the rest is a list of its own
NONE: Final = "!0"  # as the value of ``open``: all are folded

Parameters = Sequence[tuple[str, str]]


def row_groups(
    ctx: Context,
    kind: RecordKind,
    asked: Query,
    field: Field,
    fields: Sequence[Field],
    parameters: Parameters,
    *,
    picks: bool = False,
) -> list[RowGroup]:
    """The groups of a list; ``fields`` are its columns, ``parameters`` its address."""
    found = grouping.groups(ctx.session, kind, asked, field, actor=ctx.actor, kinds=ctx.registry.kinds)
    keys = _open(dict(parameters).get("open", ""), found)
    unfolded = [one for one in found if one.key in keys]
    columns, joins = selected(ctx, kind, fields)
    pages = grouping.heads(
        ctx.session, kind, asked, unfolded, columns, actor=ctx.actor, limit=ROWS, joins=joins
    )
    rows = {
        group.key: drawn(kind, fields, page.rows, picks=picks)
        for group, page in zip(unfolded, pages, strict=True)
    }
    return [
        RowGroup(
            label=one.label,
            tone=one.tone,
            count=one.count,
            url=_address(kind, grouping.narrowed(parameters, asked, one)),
            fold_url=_folded(kind, parameters, keys, one),
            unfolded=one.key in keys,
            rows=rows.get(one.key, ()),
        )
        for one in found
    ]


def _open(said: str, found: Sequence[Group]) -> list[str]:
    if said:
        named = {*said.split(",")}
        return [one.key for one in found if one.key in named][:MOST_OPEN]
    return [one.key for one in found[:OPEN]]


def _folded(kind: RecordKind, parameters: Parameters, keys: Sequence[str], group: Group) -> str:
    """The list with this group folded, or unfolded."""
    others = [one for one in keys if one != group.key]
    wanted = others if group.key in keys else [*others, group.key]
    rest = [(n, v) for n, v in parameters if n != "open"]
    return _address(kind, [*rest, ("open", ",".join(wanted) or NONE)])


def _address(kind: RecordKind, parameters: Parameters) -> str:
    return f"{kind.url}?{urlencode(list(parameters))}"


def group_menu(
    kind: RecordKind, fields: Sequence[Field], now: Field | None, parameters: Parameters
) -> list[MenuLink]:
    """By what a list can be grouped, with not at all as the first."""
    rest = [(n, v) for n, v in parameters if n not in ("group", "open")]
    plain = MenuLink(_("Not grouped"), _address(kind, rest or [("saved", "0")]), "", current=not now)
    made = [
        MenuLink(str(one.label), _address(kind, [*rest, ("group", one.name)]), "", current=one == now)
        for one in fields
    ]
    return [plain, *made] if made else []


def looks(kind: RecordKind, boards: Sequence[Field], current: str, parameters: Parameters) -> list[MenuLink]:
    """The list as a table, and as a ``board`` or a ``calendar`` where it has one; ``current`` is shown."""
    if not (boards or kind.calendar):
        return []
    as_board = current == "board"
    given: Mapping[str, str] = dict(parameters)
    rest = [(n, v) for n, v in parameters if n not in ("as", "open", "group")]
    able = given.get("group", "") in {one.name for one in boards}
    kept = [("group", given["group"])] if able and as_board else []
    table = _address(kind, rest or [("saved", "0")])
    board = _address(kind, [*rest, *kept, ("as", "board")])
    if kind.board:
        board = f"{kind.board}?{urlencode(rest)}" if rest else kind.board
    found = [MenuLink(_("Table"), table, "list", current=not current)]
    if boards or kind.board:
        found.append(MenuLink(_("Board"), board, "layout-kanban", current=as_board))
    if kind.calendar:
        days = f"{kind.calendar}?{urlencode(rest)}" if rest else kind.calendar
        found.append(MenuLink(_("Calendar"), days, "calendar", current=current == "calendar"))
    return found
