"""Totals of the columns of a list: sum, average and count of all that it shows, page or no page.

They read every row of the list, so a list has them where they are asked for. One query tells all of them;
money is summed for each currency. Sums are built of two, so that no database runs out of digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.types import from_units
from vinculo.records import access
from vinculo.records import query as queries
from vinculo.records.fields import AmountField, Field, IntegerField, PriceField
from vinculo.records.fields.prices import AMOUNT, CURRENCY
from vinculo.records.kind import RecordKind
from vinculo.records.query import Query

_PART: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Total:
    """Of the values of a field, or of those in one ``currency``; ``count`` leaves out what is empty."""

    field: str
    count: int
    sum: Decimal
    currency: str = ""

    @property
    def average(self) -> Decimal:
        """With two places: more tell nobody anything."""
        return (self.sum / self.count).quantize(Decimal("0.01")) if self.count else Decimal(0)


@dataclass(frozen=True, slots=True)
class Totals:
    """How many records a list has, and the totals of its columns; of money one for each currency."""

    records: int
    of_fields: Sequence[Total]

    def of(self, name: str) -> list[Total]:
        """Those of one field."""
        return [one for one in self.of_fields if one.field == name]


def summed(kind: RecordKind, fields: Iterable[Field]) -> list[Field]:
    """Those of the fields that have totals; ids are numbers, but count nothing."""
    failed = {figure.field.name for figure in kind.figures if figure.failed}
    able = (AmountField, IntegerField, PriceField)
    return [
        one
        for one in fields
        if isinstance(one, able) and one.total and one.name not in failed and not one.name.endswith("_id")
    ]


def totals(
    session: Session, kind: RecordKind, query: Query, fields: Iterable[Field], *, actor: Actor
) -> Totals:
    """The totals of a list; ``kind`` is as the actor sees it."""
    parts = [part for field in fields for part in _parts(kind, field)]
    columns = [column for _field, _code, value in parts for column in _aggregates(value)]
    statement = sa.select(sa.func.count(), *columns).select_from(kind.table)
    statement = access.within(statement, kind, actor)
    found = session.execute(statement.where(*queries.conditions(session, kind, query, actor))).one()
    told = []
    for place, (field, code, _value) in enumerate(parts):
        count, large, small = (int(value or 0) for value in found[3 * place + 1 : 3 * place + 4])
        whole = large * _PART + small
        if count or not code:
            exact = Decimal(whole) if isinstance(field, IntegerField) else from_units(whole)
            told.append(Total(field.name, count, exact, code))
    return Totals(found[0], told)


def _parts(kind: RecordKind, field: Field) -> list[tuple[Field, str, Any]]:
    """What is summed: a column of whole numbers, of money one for each currency."""
    if not isinstance(field, PriceField):
        return [(field, "", sa.type_coerce(kind.column(field.name), sa.BigInteger))]
    amount = sa.type_coerce(kind.column(f"{field.name}:{AMOUNT}"), sa.BigInteger)
    currency = kind.column(f"{field.name}:{CURRENCY}")
    return [(field, code, sa.case((currency == code, amount))) for code in field.currencies]


def _aggregates(value: Any) -> list[Any]:
    return [sa.func.count(value), sa.func.sum(value // _PART), sa.func.sum(value % _PART)]
