"""The report of any measure by any two groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from babel.support import LazyProxy

from vinculo.i18n import format_number
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.web.reports import NOTHING, Cell, Report, bars
from vinculo_deals import groups, pivot
from vinculo_deals.asking import Asked
from vinculo_deals.pivot import Sums, Table

ROWS: Final = 100
COLUMNS: Final = 14
MEASURES: Final[Mapping[str, LazyProxy]] = {
    "count": _l("Deals"),
    "amount": _l("Amount"),
    "won": _l("Won"),
    "won_amount": _l("Amount won"),
    "lost": _l("Lost deals"),
    "open": _l("Still open"),
    "rate": _l("Win rate"),
    "weighted": _l("Weighted"),
    "average": _l("Mean amount won"),
    "days": _l("Days to the end"),
}
HOW: Final = _l(
    "Each deal is counted in the cell of both its groups; one with two products or in no group is counted "
    "under each product, or without a value. Win rate, means and days are those of all deals of a cell."
)
COUNTED: Final = {
    "won": "won",
    "lost": "lost",
    "open": "open",
    "won_amount": "won",
    "average": "won",
}  # whose deals


def report(asked: Asked) -> Report:
    """One group down, another across; the largest first, the rest of the columns as one."""
    if not (asked.by and asked.across and asked.sees("state", "chance")):
        return NOTHING
    if asked.measure in pivot.MONEY and not asked.money:
        return NOTHING
    found = pivot.table(asked.ctx.session, asked.which, asked.by, asked.across)
    down, over = groups.WAYS[asked.by], groups.WAYS[asked.across]
    rows, columns = _order(asked.by, found.rows)[:ROWS], _order(asked.across, found.columns)
    shown, rest = columns[:COLUMNS], columns[COLUMNS:]
    header = [over.named(found.columns[key][0]) or _("Without a value") for key in shown]
    labels = [down.named(found.rows[key][0]) or _("Without a value") for key in rows]
    body = [_row(asked, found, key, label, shown, rest) for key, label in zip(rows, labels, strict=True)]
    totals = [_cell(asked, found.columns[key][1], _across(asked, key)) for key in shown]
    last = [
        Cell(_("All together")),
        *totals,
        *_rest(asked, found.columns, rest),
        _cell(asked, found.total, ()),
    ]
    measured = [pivot.MEASURES[asked.measure](found.rows[key][1]) for key in rows]
    values = [
        (label, float(value or 0), _text(asked, value)) for label, value in zip(labels, measured, strict=True)
    ]
    whole = 1 if asked.measure == "rate" else 0
    return Report(
        [f"{down.label} / {over.label}", *header, *([_("Others")] if rest else []), _("All together")],
        [*body, last],
        bars(values, whole=whole),
        (HOW,),
        str(MEASURES[asked.measure]),
    )


def _order(way: str, found: Mapping[Any, tuple[str, Sums]]) -> list[Any]:
    """Months by time, all else by how many deals there are."""
    if way in ("begun", "closed"):
        return sorted(found, key=lambda key: key or "")
    return sorted(found, key=lambda key: (-found[key][1].count, str(key)))


def _row(
    asked: Asked, found: Table, key: Any, label: str, shown: Sequence[Any], rest: Sequence[Any]
) -> list[Cell]:
    mine = groups.WAYS[asked.by].rows
    down = [*mine(key)] if mine else None
    cells = []
    for column in shown:
        one, across = found.at(key, column), _across(asked, column)
        both = None if down is None or across is None else [*down, *across]
        cells.append(_cell(asked, one, both) if one.count else Cell(""))
    others = {column: ("", found.at(key, column)) for column in rest}
    return [Cell(label), *cells, *_rest(asked, others, rest), _cell(asked, found.rows[key][1], down)]


def _across(asked: Asked, key: Any) -> Sequence[tuple[str, Any]] | None:
    rows = groups.WAYS[asked.across].rows
    return [*rows(key)] if rows else None


def _rest(asked: Asked, found: Mapping[Any, tuple[str, Sums]], keys: Sequence[Any]) -> list[Cell]:
    return [_cell(asked, sum((found[key][1] for key in keys), Sums()), None)] if keys else []


def _cell(asked: Asked, one: Sums, rows: Sequence[tuple[str, Any]] | None) -> Cell:
    """A value; ``rows`` are the conditions of its deals, None where no list shows them."""
    text = _text(asked, pivot.MEASURES[asked.measure](one))
    if rows is None or not text:
        return Cell(text)
    state = COUNTED.get(asked.measure)
    return Cell(text, asked.list_url(*rows, *([("state", state)] if state else [])))


def _text(asked: Asked, value: pivot.Value) -> str:
    if not value:
        return ""
    if asked.measure in pivot.MONEY:
        return format_number(Decimal(value))
    if asked.measure == "rate":
        return f"{100 * value:.1f} %"
    return format_number(Decimal(f"{value:.0f}"))
