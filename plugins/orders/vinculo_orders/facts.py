"""What orders tell of a client: how many are open, what was ordered in a year, when last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa

from vinculo.db.types import Money
from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import today
from vinculo.plugins.contributions import Fact
from vinculo.records.facts import Told
from vinculo.records.fields import AmountField, DateField, IntegerField
from vinculo_orders.models import STANDING, State
from vinculo_orders.records import order

YEAR: Final = 365
WORKED_ON: Final = (State.CONFIRMED, State.PROCESSING)


def _year_ago() -> date:
    return today() - timedelta(days=YEAR)


YEAR_AGO: Final = sa.bindparam("orders_year_ago", type_=sa.Date(), callable_=_year_ago)


def open_orders(told: Told) -> sa.ColumnElement[Any]:
    """How many are confirmed and not done; null where none is."""
    table = order.table
    query = sa.select(sa.func.nullif(sa.func.count(), 0)).select_from(table)
    return query.where(told.rows(), table.c.state.in_(WORKED_ON)).scalar_subquery()


def ordered(told: Told) -> sa.ColumnElement[Any]:
    """What was ordered within 365 days and not cancelled."""
    table = order.table
    total = sa.func.sum(sa.type_coerce(table.c.base_amount, sa.BigInteger))
    query = sa.select(sa.type_coerce(sa.cast(total, sa.BigInteger), Money())).select_from(table)
    standing = table.c.state.in_(STANDING)
    return query.where(told.rows(), standing, table.c.ordered_on > YEAR_AGO).scalar_subquery()


def last_order(told: Told) -> sa.ColumnElement[Any]:
    """The day of the last order that was confirmed."""
    table = order.table
    query = sa.select(sa.func.max(table.c.ordered_on)).select_from(table)
    return query.where(told.rows(), table.c.state.in_(STANDING)).scalar_subquery()


def _open_rows(client_id: int, value: Any) -> Mapping[str, str]:
    return {"client_id": str(client_id), "state[in]": ",".join(WORKED_ON)}


def _year_rows(client_id: int, value: Any) -> Mapping[str, str]:
    said = {"client_id": str(client_id), "state[in]": ",".join(STANDING)}
    return {**said, "ordered_on[gt]": f"{_year_ago()}"}


def _last_rows(client_id: int, value: Any) -> Mapping[str, str]:
    said = {"client_id": str(client_id), "state[in]": ",".join(STANDING)}
    return {**said, "ordered_on": f"{value}"}


FACTS: Final = (
    Fact(
        about="client",
        field=IntegerField(
            name="orders_open", label=_l("Open orders"), read_only=True,
            help=_l("Orders that are confirmed and not done."),
        ),
        of=order,
        expression=open_orders,
        tells=("client_id", "state"),
        rows=_open_rows,
        header=35,
    ),
    Fact(
        about="client",
        field=AmountField(
            name="orders_year", label=_l("Ordered in 12 months"), read_only=True,
            help=_l("Orders of the last 365 days that were confirmed, in the company's currency."),
        ),
        of=order,
        expression=ordered,
        tells=("client_id", "state", "amount", "base_amount", "ordered_on"),
        rows=_year_rows,
    ),
    Fact(
        about="client",
        field=DateField(
            name="orders_last", label=_l("Last order"), read_only=True,
            help=_l("The day of the last order that was confirmed."),
        ),
        of=order,
        expression=last_order,
        tells=("client_id", "state", "ordered_on"),
        rows=_last_rows,
    ),
)  # fmt: skip
