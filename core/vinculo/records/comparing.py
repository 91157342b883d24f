"""How fields are compared, as SQL: one condition of a list."""

from __future__ import annotations

from operator import eq, ge, gt, le, lt
from typing import Any, Final

import sqlalchemy as sa

from vinculo.records.condition_tree import Filter
from vinculo.records.fields import Field, PriceField, SeveralField, TextField
from vinculo.records.kind import RecordKind
from vinculo.records.text import sort_key

_COMPARISONS: Final = {"eq": eq, "lt": lt, "lte": le, "gt": gt, "gte": ge}


def compared(kind: RecordKind, found: Field, condition: Filter) -> sa.ColumnElement[bool]:
    """A comparison of a field, as SQL."""
    asked = kind.column(condition.field)
    value = condition.value
    match condition.operator:
        case "empty":
            blank = asked == found.empty if found.empty in ("", ()) else asked.is_(None)
            if found.name == "external_id":
                blank = asked.is_(None)
            return blank if value else ~blank
        case "contains" | "starts":
            return _words(kind, found, condition.operator, value)
        case "in":
            return asked.in_(value)
        case "any" | "all" | "none" if isinstance(found, SeveralField):
            return found.holding(asked, condition.operator, value)
        case "ne":
            return sa.or_(asked != value, asked.is_(None))
        case "lt" | "lte" | "gt" | "gte" if isinstance(found, PriceField):
            return found.beyond(kind.table.c.custom, _COMPARISONS[condition.operator], value)
        case comparison:
            compared: sa.ColumnElement[bool] = _COMPARISONS[comparison](asked, value)
            return compared


def _words(kind: RecordKind, found: Field, operator: str, value: str) -> sa.ColumnElement[bool]:
    asked: sa.ColumnElement[Any]
    if isinstance(found, TextField) and found.key:
        asked, term = kind.column(found.key), sort_key(value)
    else:
        asked, term = sa.func.lower(kind.column(found.name)), value.lower()
    if operator == "starts":
        return asked.startswith(term, autoescape=True)
    return asked.contains(term, autoescape=True)
