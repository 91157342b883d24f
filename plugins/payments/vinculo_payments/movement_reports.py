"""The reports of what came in and went out: by month and purpose, and accounts by purpose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from vinculo.i18n import format_month, format_number
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.records import access
from vinculo.records.narrowing import Narrowed
from vinculo.web import reports as reporting
from vinculo.web.context import Context
from vinculo.web.reports import NOTHING, Cell, Report, bars
from vinculo_payments import explained, movements
from vinculo_payments.movements import NIL, Moved, Place
from vinculo_payments.pages import READ_PAYMENTS
from vinculo_payments.records import payment
from vinculo_payments.reports import MOST, Which

COLUMNS: Final = 8  # accounts and cash desks beside each other; the rest is added up
INDENT: Final = "\N{NO-BREAK SPACE}" * 4
MOVED_BY: Final = {
    "month": _l("Month"), "direction": _l("Direction"), "place": _l("Bank account or cash desk"),
    "client": _l("Client"), "counterparty": _l("Payer or payee"),
}  # fmt: skip
FIELDS: Final = {  # what one must see to have a report by it
    "month": ("paid_on",), "direction": ("direction_id",), "place": ("account_id", "desk_id"),
    "client": ("client_id",), "counterparty": ("counterparty_id", "party"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    ctx: Context
    narrowed: Narrowed
    since: date | None
    until: date | None

    @property
    def which(self) -> Which:
        return Which(self.ctx.actor, self.narrowed.conditions(), self.narrowed.links)

    def list_url(self, *conditions: tuple[str, Any]) -> str:
        """The list of the same payments, of the days of the report unless these are among the conditions."""
        days = {"paid_on[gte]": self.since, "paid_on[lte]": self.until, **dict(conditions)}
        said = self.narrowed.list_pairs([(name, value) for name, value in days.items() if value is not None])
        return f"{payment.url}?{urlencode(said)}"

    def sees(self, *names: str) -> bool:
        hidden = access.hidden(payment, self.ctx.actor)
        return self.ctx.actor.may(READ_PAYMENTS) and hidden.isdisjoint(
            ("amount", "base_amount", "flow", *names)
        )


def _amount(value: Decimal) -> str:
    return format_number(value.quantize(Decimal(1))) if value else ""


def _of(field: str, *keys: Any) -> tuple[str, str]:
    """The condition of a list that says the same."""
    known = [str(one) for one in keys if one is not None]
    if not known:
        return f"{field}[empty]", "true"
    return (field, known[0]) if len(known) == 1 else (f"{field}[in]", ",".join(known))


def dynamics(ctx: Context, narrowed: Narrowed, by: str) -> Report:
    """What came in and went out, by month, purpose and whatever else."""
    asked = _Asked(ctx, narrowed, *reporting.period(ctx))
    if not asked.sees(*FIELDS[by]):
        return NOTHING
    found = movements.moved(ctx.session, asked.which, by, asked.since, asked.until)
    rows = [
        [
            Cell(INDENT * one.depth + _called(by, one), _list(asked, by, one)),
            Cell(_amount(one.came)), Cell(_amount(one.went)), Cell(_amount(one.came - one.went)),
        ]
        for one in found[:MOST]
    ]  # fmt: skip
    shown = bars([
        (_called(by, one), float(one.came + one.went), f"{_amount(one.came)} / {_amount(one.went)}")
        for one in found if not one.depth
    ])  # fmt: skip
    columns = [str(MOVED_BY[by]), _("Received"), _("Paid out"), _("Difference")]
    return Report(columns, rows, shown, (explained.MOVED, *((explained.TREE,) if by == "direction" else ())))


def _called(by: str, one: Moved) -> str:
    if by == "month" and one.key:
        return format_month(date.fromisoformat(f"{one.key}-01"))
    return one.label or _("Without a value")


def _list(asked: _Asked, by: str, one: Moved) -> str:
    match by:
        case "month":
            begin = date.fromisoformat(f"{one.key}-01")
            end = (begin + timedelta(days=31)).replace(day=1) - timedelta(days=1)
            since, until = max(begin, asked.since or begin), min(end, asked.until or end)
            return asked.list_url(("paid_on[gte]", since), ("paid_on[lte]", until))
        case "direction":
            return asked.list_url(_of("direction_id", *one.below))
        case "place":
            return asked.list_url(*_place(one.key))
        case "client":
            return asked.list_url(_of("client_id", one.key))
    return asked.list_url(_of("counterparty_id", one.key[0])) if one.key[0] is not None else ""


def _place(place: Place) -> list[tuple[str, str]]:
    account, desk = place
    if account is not None:
        return [_of("account_id", account)]
    return [_of("desk_id", desk)] if desk is not None else [_of("account_id"), _of("desk_id")]


def split(ctx: Context, narrowed: Narrowed, _by: str) -> Report:
    """Accounts and cash desks beside each other, purposes below each other."""
    asked = _Asked(ctx, narrowed, *reporting.period(ctx))
    if not asked.sees(*FIELDS["direction"], *FIELDS["place"]):
        return NOTHING
    order, found = movements.split(ctx.session, asked.which, asked.since, asked.until)
    names, shown, rest = movements.places(ctx.session), order[:COLUMNS], order[COLUMNS:]
    whole = _together(found, order)
    rows = []
    for one in movements.tree(ctx.session, whole):
        cells = [_cell(asked, found[place], one, _place(place)) for place in shown]
        cells += [_cell(asked, _together(found, rest), one)] if rest else []
        label = INDENT * one.depth + (one.label or _("Without a value"))
        rows.append([Cell(label, asked.list_url(_of("direction_id", *one.below))), *cells,
                     Cell(_amount(one.came - one.went))])  # fmt: skip
    heads = [names.get(place) or _("Without a value") for place in shown]
    columns = [_("Direction"), *heads, *([_("Others")] if rest else []), _("Difference")]
    bar = [(head, *_weight(found[place])) for head, place in zip(heads, shown, strict=True)]
    return Report(columns, rows, bars(bar), (explained.SPLIT, explained.TREE))


def _together(
    found: Mapping[Place, Mapping[Any, list[Decimal]]], of: list[Place]
) -> dict[Any, list[Decimal]]:
    """The sums of several accounts, by direction."""
    whole: dict[Any, list[Decimal]] = {}
    for place in of:
        for direction, (came, went) in found[place].items():
            before = whole.get(direction, [NIL, NIL])
            whole[direction] = [before[0] + came, before[1] + went]
    return whole


def _cell(asked: _Asked, parts: Mapping[Any, list[Decimal]], of: Moved, where: Any = ()) -> Cell:
    value = sum((parts[key][0] - parts[key][1] for key in of.below if key in parts), NIL)
    url = asked.list_url(_of("direction_id", *of.below), *where) if value and where else ""
    return Cell(_amount(value), url)


def _weight(parts: Mapping[Any, list[Decimal]]) -> tuple[float, str]:
    came, went = (sum((some[at] for some in parts.values()), NIL) for at in (0, 1))
    return float(came + went), f"{_amount(came)} / {_amount(went)}"


REPORTS: Final[Mapping[str, Callable[[Context, Narrowed, str], Report]]] = {
    "dynamics": dynamics,
    "split": split,
}
