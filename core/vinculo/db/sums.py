"""Sums of money that no database runs out of digits for: added up in two parts, put together here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa

from vinculo.db.types import from_units

_PART: Final = 1_000_000


def parts(amount: Any, *, where: Any = None) -> tuple[Any, Any]:
    """Two columns of a query: the sum of a column of money, perhaps of some rows alone, for ``whole``."""
    units: Any = sa.type_coerce(amount, sa.BigInteger)
    if where is not None:
        units = sa.case((where, units))
    return sa.func.sum(units // _PART), sa.func.sum(units % _PART)


def whole(large: Any, small: Any) -> Decimal:
    """What the two add up to; nothing is 0.00."""
    return from_units(int(large or 0) * _PART + int(small or 0))
