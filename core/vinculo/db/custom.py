"""Values of custom fields: kept in one JSON column of their record, compared in SQL as what they are.

JSON has no dates and no exact decimals. They are kept as whole numbers under a mark, ``{"day": 739946}`` and
``{"units": 125000}`` (1/10000), so that a value says by itself what it is: an app that does not know the
field yet, or no longer, reads it right.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable
from datetime import date
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from vinculo.db.types import SCALE, Day, Money, from_units

PREFIX: Final = "x_"
DAY: Final = "day"
UNITS: Final = "units"


def packed(value: Any) -> Any:
    """A value as JSON; None for what says nothing. Never raises for what a field has checked."""
    if value is None or value == "":
        return None
    if isinstance(value, Decimal):
        return {UNITS: int(value * SCALE)}
    if isinstance(value, date):
        return {DAY: value.toordinal()}
    return value if isinstance(value, bool) else str(value)


def unpacked(stored: Any) -> Any:
    """What ``packed`` was given."""
    if not isinstance(stored, dict):
        return stored
    return from_units(stored[UNITS]) if UNITS in stored else date.fromordinal(stored[DAY])


@functools.lru_cache(10_000)
def expression(
    column: sa.Column[Any], name: str, stored: TypeEngine[Any], empty: Hashable
) -> sa.ColumnElement[Any]:
    """The value in SQL, the same object each time: statements of lists are kept by their columns.

    ``empty`` stands where there is none, unless it is None.
    """
    value: sa.ColumnElement[Any]
    if isinstance(stored, Day | Money):
        marked = (name, DAY if isinstance(stored, Day) else UNITS)
        value = sa.cast(column[marked].as_string(), stored)
    elif isinstance(stored, sa.Boolean):
        value = column[name].as_boolean()
    else:
        value = column[name].as_string()
    return (
        value if empty is None else sa.func.coalesce(value, sa.literal(empty, value.type), type_=value.type)
    )
