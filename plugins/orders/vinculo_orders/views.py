"""What templates are given about orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vinculo.i18n import format_date
from vinculo.records.fields import AmountField
from vinculo.web.views import Badge
from vinculo_orders.models import Order
from vinculo_orders.records import order
from vinculo_orders.words import STATES, TONES

AMOUNT: Final = AmountField(name="amount", label="")


@dataclass(frozen=True, slots=True)
class Row:
    """An order as a line of a panel."""

    text: str
    url: str
    amount: str
    note: str
    badge: Badge


def row(one: Order) -> Row:
    """How an order stands on the card of what it was made of."""
    amount = "" if one.amount is None else f"{AMOUNT.show(one.amount)} {one.currency}"
    badge = Badge(str(STATES[one.state]), TONES[one.state])
    return Row(one.number, f"{order.url}/{one.id}", amount, format_date(one.ordered_on), badge)
