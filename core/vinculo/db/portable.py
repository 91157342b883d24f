"""SQL that each database says in its own way, so that no other file has to."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class days_between(FunctionElement[int]):  # noqa: N801
    """How many days of UTC lie between two moments or days, the earlier one first."""

    type = sa.Integer()
    inherit_cache = True
    name = "days_between"


@compiles(days_between)
def _days_between(element: days_between, compiler: Any, **options: Any) -> str:
    first, last = (compiler.process(one, **options) for one in element.clauses)
    return f"CAST(julianday(date({last})) - julianday(date({first})) AS INTEGER)"


@compiles(days_between, "postgresql")
def _days_between_dates(element: days_between, compiler: Any, **options: Any) -> str:
    first, last = (compiler.process(one, **options) for one in element.clauses)
    return f"(CAST({last} AT TIME ZONE 'UTC' AS date) - CAST({first} AT TIME ZONE 'UTC' AS date))"


class day_of(FunctionElement[date]):  # noqa: N801
    """The day of UTC on which a moment is."""

    type = sa.Date()
    inherit_cache = True
    name = "day_of"


@compiles(day_of)
def _day_of(element: day_of, compiler: Any, **options: Any) -> str:
    return f"date({compiler.process(element.clauses, **options)})"


@compiles(day_of, "postgresql")
def _day_of_timestamp(element: day_of, compiler: Any, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AT TIME ZONE 'UTC' AS date)"


class month_of(FunctionElement[str]):  # noqa: N801
    """The month of a day, as text: 2026-11."""

    type = sa.Text()
    inherit_cache = True
    name = "month_of"


@compiles(month_of)
def _month_of(element: month_of, compiler: Any, **options: Any) -> str:
    return f"substr({compiler.process(element.clauses, **options)}, 1, 7)"


@compiles(month_of, "postgresql")
def _month_of_date(element: month_of, compiler: Any, **options: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **options)}, 'YYYY-MM')"


class earliest(FunctionElement[date]):  # noqa: N801
    """The earlier of two days, or the one that there is; each is asked for once."""

    type = sa.Date()
    inherit_cache = True
    name = "earliest"


@compiles(earliest)
def _earliest(element: earliest, compiler: Any, **options: Any) -> str:
    """MIN of several is null where one of them is: the last day that there is stands for none."""
    first, last = (f"coalesce({compiler.process(one, **options)}, '9999-12-31')" for one in element.clauses)
    return f"nullif(min({first}, {last}), '9999-12-31')"


@compiles(earliest, "postgresql")
def _least(element: earliest, compiler: Any, **options: Any) -> str:
    return f"least({compiler.process(element.clauses, **options)})"
