"""Deals in two groups at once, by any measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.db import sums
from vinculo.db.portable import days_between
from vinculo_deals import groups
from vinculo_deals.models import Deal, State
from vinculo_deals.reports import Which

_UNITS: Final[Any] = sa.type_coerce(Deal.__table__.c.base_amount, sa.BigInteger)
_CENT: Final = Decimal("0.01")
MOST: Final = 10_000  # pairs of groups


@dataclass(frozen=True, slots=True)
class Sums:
    """What the deals of a cell add up to."""

    count: int = 0
    won: int = 0
    lost: int = 0
    amount: Decimal = Decimal(0)
    won_amount: Decimal = Decimal(0)
    likely: Decimal = Decimal(0)
    days: int = 0

    def __add__(self, other: Sums) -> Sums:
        """Both together."""
        return Sums(
            self.count + other.count, self.won + other.won, self.lost + other.lost,
            self.amount + other.amount, self.won_amount + other.won_amount,
            self.likely + other.likely, self.days + other.days,
        )  # fmt: skip


Value = int | float | Decimal | None


def _rate(one: Sums) -> float | None:
    closed = one.won + one.lost
    return one.won / closed if closed else None


MEASURES: Final[Mapping[str, Callable[[Sums], Value]]] = {
    "count": lambda one: one.count,
    "amount": lambda one: one.amount,
    "won": lambda one: one.won,
    "won_amount": lambda one: one.won_amount,
    "lost": lambda one: one.lost,
    "open": lambda one: one.count - one.won - one.lost,
    "rate": _rate,
    "weighted": lambda one: (one.won_amount + one.likely).quantize(_CENT),
    "average": lambda one: (one.won_amount / one.won).quantize(_CENT) if one.won else None,
    "days": lambda one: one.days / (one.won + one.lost) if one.won + one.lost else None,
}
MONEY: Final = frozenset({"amount", "won_amount", "weighted", "average"})


@dataclass(frozen=True, slots=True)
class Table:
    """The cells by (row, column), and what rows, columns and all of it add up to; names by key."""

    cells: Mapping[tuple[Any, Any], Sums]
    rows: Mapping[Any, tuple[str, Sums]]
    columns: Mapping[Any, tuple[str, Sums]]
    total: Sums

    def at(self, row: Any, column: Any) -> Sums:
        """What the deals of a cell add up to."""
        return self.cells[row, column] if (row, column) in self.cells else Sums()


def table(session: Session, which: Which, by: str, across: str) -> Table:
    """Count the deals of both groups; one with two products counts for both."""
    row, column = (groups.WAYS[one].parts(which.links) for one in (by, across))
    query = sa.select(row.key, sa.func.max(row.label), column.key, sa.func.max(column.label), *_sums())
    query = groups.joined(query.select_from(Deal), row, column).where(*which.conditions())
    cells: dict[tuple[Any, Any], Sums] = {}
    rows: dict[Any, tuple[str, Sums]] = {}
    columns: dict[Any, tuple[str, Sums]] = {}
    total = Sums()
    found = session.execute(query.group_by(row.key, column.key).order_by(row.key, column.key).limit(MOST))
    for row_key, row_name, column_key, column_name, *values in found:
        one = _cell(values)
        cells[row_key, column_key] = one
        rows[row_key] = (row_name, rows.get(row_key, ("", Sums()))[1] + one)
        columns[column_key] = (column_name, columns.get(column_key, ("", Sums()))[1] + one)
        total += one
    return Table(cells, rows, columns, total)


def _sums() -> list[Any]:
    won, lost = Deal.state == State.WON, Deal.state == State.LOST
    likely = sa.case((Deal.state == State.OPEN, _UNITS * sa.func.coalesce(Deal.chance, 0)))
    took = sa.case((Deal.state != State.OPEN, days_between(Deal.started_on, Deal.closed_on)))
    return [
        sa.func.count(),
        *(sa.func.sum(sa.case((one, 1), else_=0)) for one in (won, lost)),
        *(part for one in (_UNITS, sa.case((won, _UNITS)), likely)
          for part in sums.parts(one)),
        sa.func.sum(took),
    ]  # fmt: skip


def _cell(values: list[Any]) -> Sums:
    count, won, lost, *parts, days = values
    amount, won_amount, likely = (sums.whole(*parts[at : at + 2]) for at in (0, 2, 4))
    return Sums(count, won, lost, amount, won_amount, likely / 100, int(days or 0))
