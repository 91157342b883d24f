"""What complaints tell of a client: what is open, how many there were, how content it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from vinculo.db.base import now
from vinculo.db.types import UtcDateTime
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Fact
from vinculo.records.facts import Told
from vinculo.records.fields import IntegerField
from vinculo_complaints.models import OPEN
from vinculo_complaints.records import complaint

YEAR: Final = timedelta(days=365)
OPEN_ONES: Final = "complaints_open"
BAD: Final = 2  # of 5


def _year_ago() -> datetime:
    return now() - YEAR


YEAR_AGO: Final = sa.bindparam("complaints_year_ago", type_=UtcDateTime(), callable_=_year_ago)


def _of(told: Told, what: sa.ColumnElement[Any], *conditions: Any) -> sa.ColumnElement[Any]:
    query = sa.select(what).select_from(complaint.table).where(told.rows(), *conditions)
    return query.scalar_subquery()


def open_ones(told: Told) -> sa.ColumnElement[Any]:
    """How many are open."""
    return _of(told, sa.func.count(), complaint.table.c.state.in_(OPEN))


def of_year(told: Told) -> sa.ColumnElement[Any]:
    """How many came in within 365 days."""
    return _of(told, sa.func.count(), complaint.table.c.received_at > YEAR_AGO)


def last_satisfaction(told: Told) -> sa.ColumnElement[Any]:
    """What was said of the complaint that came in last of those of which anything was said."""
    table = complaint.table
    query = sa.select(table.c.satisfaction).where(told.rows(), table.c.satisfaction.is_not(None))
    return query.order_by(table.c.received_at.desc(), table.c.id.desc()).limit(1).scalar_subquery()


def _open_rows(client_id: int, value: Any) -> Mapping[str, str]:
    return {"client_id": str(client_id), "state[in]": ",".join(OPEN)}


def _year_rows(client_id: int, value: Any) -> Mapping[str, str]:
    return {"client_id": str(client_id), "received_at[gt]": _year_ago().isoformat()}


def _said_rows(client_id: int, value: Any) -> Mapping[str, str]:
    return {"client_id": str(client_id), "satisfaction[gte]": "1"}


def open_tone(count: int) -> str:
    """What is open shows."""
    return "warn" if count else ""


def satisfaction_tone(value: int) -> str:
    """Who is not content shows."""
    return "bad" if value and value <= BAD else ""


FACTS: Final = (
    Fact(
        about="client",
        field=IntegerField(
            name=OPEN_ONES,
            label=_l("Open complaints"),
            help=_l("Complaints neither solved nor rejected."),
            read_only=True,
        ),
        of=complaint,
        expression=open_ones,
        tells=("client_id", "state"),
        rows=_open_rows,
        header=40,
        tone=open_tone,
    ),
    Fact(
        about="client",
        field=IntegerField(
            name="complaints_year",
            label=_l("Complaints in 12 months"),
            help=_l("Complaints that came in within the last 365 days."),
            read_only=True,
        ),
        of=complaint,
        expression=of_year,
        tells=("client_id", "received_at"),
        rows=_year_rows,
    ),
    Fact(
        about="client",
        field=IntegerField(
            name="complaints_satisfaction",
            label=_l("Last satisfaction"),
            help=_l("How content the client was with the solution of a complaint last, from 1 to 5."),
            read_only=True,
        ),
        of=complaint,
        expression=last_satisfaction,
        tells=("client_id", "satisfaction", "received_at"),
        rows=_said_rows,
        tone=satisfaction_tone,
    ),
)
