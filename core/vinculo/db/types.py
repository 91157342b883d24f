"""Column types that hold on SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, ClassVar, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers only INTEGER keys by itself
Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
Key = sa.String(300, collation="C").with_variant(sa.String(300), "sqlite")  # both order by code point

SCALE: Final = 10_000
RATE_SCALE: Final = 10**10


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite alone would hand back naive ones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Refuse naive moments, store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def result_processor(self, dialect: Any, coltype: Any) -> Callable[[Any], datetime | None]:
        """Hand out aware UTC; by one call a value instead of three, which lists of 50 rows feel."""
        return _utc_of_text if dialect.name == "sqlite" else _utc


def _utc_of_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


def _utc(value: datetime | None) -> datetime | None:
    return value if value is None or value.tzinfo is UTC else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """An exact amount, stored as an integer of 1/10000 units, so that SQL sums are exact, too.

    Its currency sits in a column beside it. Quantities use the same type. More than four decimal
    places raise ``ValueError``: rounding is a business decision, not one of the database.
    """

    impl = sa.BigInteger
    cache_ok = True
    scale: ClassVar[int] = SCALE

    @property
    def python_type(self) -> type[Decimal]:
        """Amounts are Decimals."""
        return Decimal

    def process_bind_param(self, value: Decimal | int | None, dialect: Any) -> int | None:
        """Store units of the scale."""
        if value is None:
            return None
        scaled = Decimal(value) * self.scale
        whole = scaled.to_integral_value(ROUND_HALF_EVEN)
        if whole != scaled:
            places = len(str(self.scale)) - 1
            raise ValueError(f"an amount has at most {places} decimal places: {value}")
        return int(whole)

    def process_result_value(self, value: int | None, dialect: Any) -> Decimal | None:
        """Hand out a Decimal without trailing zeros beyond two places."""
        return None if value is None else from_units(value, self.scale)

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        """Compare amounts with amounts."""
        return self


class Rate(Money):
    """An exact factor with ten decimal places, below 900 million, such as the rate of a currency."""

    cache_ok = True
    scale: ClassVar[int] = RATE_SCALE


class Day(TypeDecorator[date]):
    """A day, stored as the number of days since the year 1: JSON has no dates of its own."""

    impl = sa.BigInteger
    cache_ok = True

    @property
    def python_type(self) -> type[date]:
        """Days are dates."""
        return date

    def process_bind_param(self, value: date | None, dialect: Any) -> int | None:
        """Store its number."""
        return None if value is None else value.toordinal()

    def process_result_value(self, value: int | None, dialect: Any) -> date | None:
        """Hand out the date."""
        return None if value is None else date.fromordinal(value)

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        """Compare days with days."""
        return self


def from_units(units: int, scale: int = SCALE) -> Decimal:
    """Units of a scale as a Decimal, in 1/10000: 125000 → 12.50, 1 → 0.0001."""
    amount = Decimal(units) / scale
    exponent = amount.as_tuple().exponent
    return amount.quantize(Decimal("0.01")) if isinstance(exponent, int) and exponent > -2 else amount
