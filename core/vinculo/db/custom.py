r"""Values of custom fields: kept in one JSON column of their record, compared in SQL as what they are.

JSON has no dates, no exact decimals and no links. Such values are kept under a mark, so that a value says by
itself what it is: an app that does not know the field yet, or no longer, reads it right. ``{"day": 739946}``,
``{"units": 125000}`` (1/10000), ``{"units": 125000, "currency": "EUR"}``, ``{"several": "\na\nb\n"}`` and
``{"link": 17}``, the id of another record as it was when it was chosen (``vinculo.records.custom_links``).

What a text is ordered by stands beside it, where it differs: ``{"x_city": "Évora", "x_city^": "evora"}``.
Only SQL sees it (``CustomValues``).
"""

from __future__ import annotations

import functools
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from vinculo.db.text import sort_key
from vinculo.db.types import SCALE, Day, Json, Money, from_units

PREFIX: Final = "x_"
DAY: Final = "day"
UNITS: Final = "units"
CURRENCY: Final = "currency"
SEVERAL: Final = "several"
LINK: Final = "link"
LIVE: Final = "cx_"  # what indexes begin with that no migration knows
KEY: Final = "^"  # after the name of a text: what it is ordered by
BETWEEN: Final = "\n"
CURRENT: Final = "_current"  # of a loaded record: what its links lead to now


@dataclass(frozen=True, slots=True)
class Price:
    """An exact amount in a currency, e.g. EUR."""

    amount: Decimal
    currency: str


class CustomValues(TypeDecorator[dict[str, Any]]):
    """Values by the names of their fields; to each text what it is ordered by is added on the way in."""

    impl = Json
    cache_ok = True
    should_evaluate_none = True

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """What is within is compared as JSON is."""
        return self.impl_instance.coerce_compared_value(op, value)

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Any) -> dict[str, Any] | None:
        """With the keys of texts, but for those that are their own."""
        if not value:
            return value
        texts = ((name, text) for name, text in value.items() if isinstance(text, str))
        return value | {f"{name}{KEY}": key for name, text in texts if (key := sort_key(text)) != text}

    def process_result_value(self, value: dict[str, Any] | None, dialect: Any) -> dict[str, Any] | None:
        """Without them."""
        if not value:
            return value
        return {name: stored for name, stored in value.items() if not name.endswith(KEY)}


class Priced(TypeDecorator[Price]):
    """A price as ``125000 EUR``, in 1/10000 units: equal prices are equal texts."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Price | None, dialect: Any) -> str | None:
        """Units and currency."""
        return None if value is None else f"{int(value.amount * SCALE)} {value.currency}"

    def process_result_value(self, value: str | None, dialect: Any) -> Price | None:
        """The price."""
        units, _space, currency = (value or "").partition(" ")
        return Price(from_units(int(units)), currency) if currency else None


class Several(TypeDecorator[tuple[str, ...]]):
    """Texts without line breaks; a break stands before, between and after them, so that each can be found."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Any) -> str | None:
        """One text."""
        return None if value is None else joined(value)

    def process_result_value(self, value: str | None, dialect: Any) -> tuple[str, ...]:
        """The texts; none where nothing is."""
        return apart(value or "")


def joined(values: tuple[str, ...]) -> str:
    """Several texts as one; "" for none."""
    return f"{BETWEEN}{BETWEEN.join(values)}{BETWEEN}" if values else ""


def apart(text: str) -> tuple[str, ...]:
    """What ``joined`` was given."""
    return tuple(text.strip(BETWEEN).split(BETWEEN)) if text else ()


def packed(value: Any) -> Any:
    """A value as JSON; None for what says nothing. Never raises for what a field has checked."""
    match value:
        case None | "" | ():
            return None
        case bool():
            return value
        case Price():
            return {UNITS: int(value.amount * SCALE), CURRENCY: value.currency}
        case Decimal():
            return {UNITS: int(value * SCALE)}
        case date():
            return {DAY: value.toordinal()}
        case tuple():
            return {SEVERAL: joined(value)}
        case int():
            return {LINK: value}
        case other:
            return str(other)


def unpacked(stored: Any) -> Any:
    """What ``packed`` was given."""
    match stored:
        case {"units": units, "currency": currency}:
            return Price(from_units(units), currency)
        case {"units": units}:
            return from_units(units)
        case {"day": day}:
            return date.fromordinal(day)
        case {"several": text}:
            return apart(text)
        case {"link": record_id}:
            return record_id
        case plain:
            return plain


class At(FunctionElement[str]):
    """What stands at a path of a JSON column, as text.

    The path is part of the statement: a parameter in its place would keep SQLite from using an index.
    """

    name = "at"
    type = sa.Text()
    inherit_cache = True

    def __init__(self, column: Any, *path: str) -> None:
        super().__init__(column, *(sa.literal_column(part) for part in path))


@compiles(At, "sqlite")
def _at_sqlite(element: At, compiler: Any, **options: Any) -> str:
    column, *path = element.clauses
    quoted = ".".join(f'"{part.name}"' for part in path)
    return f"json_extract({compiler.process(column, **options)}, '$.{quoted}')"


@compiles(At, "postgresql")
def _at_postgresql(element: At, compiler: Any, **options: Any) -> str:
    column, *path = element.clauses
    return f"({compiler.process(column, **options)} #>> '{{{','.join(part.name for part in path)}}}')"


class ByCodePoint(FunctionElement[str]):
    """A text that is ordered by code point, as ``Key`` columns are."""

    name = "by_code_point"
    type = sa.Text()
    inherit_cache = True


@compiles(ByCodePoint)
def _as_it_is(element: ByCodePoint, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(ByCodePoint, "postgresql")
def _collated(element: ByCodePoint, compiler: Any, **options: Any) -> str:
    return f'({compiler.process(element.clauses, **options)} COLLATE "C")'


@functools.lru_cache(10_000)
def ordered(column: sa.Column[Any], name: str) -> sa.ColumnElement[str]:
    """What a text is ordered by: no case, no accents; "" where there is none. The same object each time."""
    key, text = At(column, f"{name}{KEY}"), At(column, name)
    return ByCodePoint(sa.func.coalesce(key, text, sa.literal_column("''", sa.Text())))


@functools.lru_cache(10_000)
def expression(
    column: sa.Column[Any], name: str, stored: TypeEngine[Any], empty: Hashable
) -> sa.ColumnElement[Any]:
    """The value in SQL, the same object each time: statements of lists are kept by their columns.

    ``empty`` stands where there is none, unless it is None.
    """
    value: sa.ColumnElement[Any] = _value(column, name, stored)
    if empty is None:
        return value
    nothing = sa.false() if empty is False else sa.literal_column("''", value.type)
    found: sa.ColumnElement[Any] = sa.func.coalesce(value, nothing, type_=value.type)
    return found


def _value(column: Any, name: str, stored: TypeEngine[Any]) -> Any:
    match stored:
        case Day():
            return sa.cast(At(column, name, DAY), stored)
        case Money():
            return sa.cast(At(column, name, UNITS), stored)
        case Priced():
            return sa.type_coerce(At(column, name, UNITS) + " " + At(column, name, CURRENCY), stored)
        case Several():
            return sa.type_coerce(At(column, name, SEVERAL), stored)
        case sa.BigInteger():
            return sa.cast(At(column, name, LINK), stored)
        case sa.Boolean():
            # Not a cast, which PostgreSQL refuses for a text that a field of another type has left.
            return sa.cast(At(column, name), sa.Text).in_(("true", "1"))
        case _:
            return At(column, name)
