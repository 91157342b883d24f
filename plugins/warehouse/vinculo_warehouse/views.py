"""How stock looks on pages: quantities, places, moves, the lines of a document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import format_datetime, format_number
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.records.kind import RecordKind
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.views import Badge
from vinculo_warehouse.models import Document, Item, Outside
from vinculo_warehouse.queries import Held, Moved
from vinculo_warehouse.records import LINES, STATES, TONES, TYPES, document, item

OUTSIDE = {
    Outside.SUPPLIER: _l("the supplier"),
    Outside.CLIENT: _l("the client"),
    Outside.LOSS: _l("found or lost"),
}
NUMBERS = ("quantity", "cost", "expected", "held", "shipped")


def amount(value: Decimal, unit: str = "") -> str:
    """A quantity with its unit, without zeros at the end."""
    text = format_number(value.normalize() if value == value.to_integral_value() else value)
    return f"{text} {unit}".strip()


def asked_id(ctx: Context, name: str) -> int | None:
    """The id that a parameter of the address holds, None for none. Raises ``InvalidError``."""
    text = ctx.parameter(name)
    number = whole_number(text) if text else None
    if text and (number is None or not 0 < number < 2**63):
        fault = _("“%(value)s” is not the id of a record.", value=text[:100])
        raise InvalidError([FieldError(name, fault, "invalid")])
    return number


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows of texts; a cell is (text, address or "")."""

    columns: Sequence[tuple[str, bool]]
    rows: Sequence[Sequence[tuple[str, str]]]


def lines(seen: RecordKind, of: Document, names: dict[int, Item], paths: dict[int, str]) -> Table:
    """The lines of a document: what its reader sees of them, without columns in which nothing stands."""
    fields = next((one.fields for one in seen.collections if one.name == LINES.name), ())
    shown = [
        one for one in fields if one.name == "item_id" or any(getattr(line, one.name) for line in of.lines)
    ]

    def cell(name: str, line: Any) -> tuple[str, str]:
        value = getattr(line, name)
        if name == "item_id":
            return names[value].name, f"{item.url}/{value}"
        if name in ("location_id", "to_location_id"):
            return paths.get(value, ""), ""
        if name == "quantity":
            return amount(value, names[line.item_id].unit), ""
        return (amount(value) if isinstance(value, Decimal) else str(value or "")), ""

    columns = [(str(one.label), one.name in NUMBERS) for one in shown]
    return Table(columns, [[cell(one.name, line) for one in shown] for line in of.lines])


def places(found: Iterable[Held], unit: str) -> Table:
    """Where an item is."""
    rows = list(found)
    told = [
        (name, label)
        for name, label in (("batch", _("Batch")), ("serial", _("Serial number")))
        if any(getattr(one, name) for one in rows)
    ]
    columns = [
        (_("Stock location"), False),
        *((label, False) for _name, label in told),
        (_("Quantity"), True),
    ]
    return Table(
        columns,
        [
            [
                (one.path, ""),
                *((getattr(one, name), "") for name, _label in told),
                (amount(one.quantity, unit), ""),
            ]
            for one in rows
        ],
    )


def moves(found: Iterable[Moved], *, named: bool) -> Table:
    """Moves, with the name of the item where they are of several."""
    columns = [(_("Happened at"), False), (_("Stock document"), False)]
    columns += [(_("Stock item"), False)] if named else []
    columns += [(_("Moved from"), False), (_("Moved to"), False), (_("Quantity"), True), (_("Batch"), False)]
    rows = []
    for one in found:
        out = str(OUTSIDE[one.outside]) if one.outside else ""
        row = [(format_datetime(one.at), ""), (str(TYPES[one.type]), f"{document.url}/{one.document_id}")]
        row += [(one.item, f"{item.url}/{one.item_id}")] if named else []
        told = " · ".join(filter(None, (one.batch, one.serial)))
        rows.append(
            [*row, (one.went or out, ""), (one.came or out, ""), (amount(one.quantity), ""), (told, "")]
        )
    return Table(columns, rows)


def document_line(of: Document) -> tuple[str, str, str, Badge]:
    """(text, address, when, how far) of a document in a panel."""
    title = " ".join(filter(None, (str(TYPES[of.type]), of.number or f"{of.id}")))
    when = format_datetime(of.happened_at)
    return title, f"{document.url}/{of.id}", when, Badge(str(STATES[of.state]), TONES[of.state])
