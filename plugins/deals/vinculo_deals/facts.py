"""What deals tell of a client: what is open, what was won, how often one wins."""

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
from vinculo_deals.models import State
from vinculo_deals.records import deal

YEAR: Final = 365


def _year_ago() -> date:
    return today() - timedelta(days=YEAR)


YEAR_AGO: Final = sa.bindparam("deals_year_ago", type_=sa.Date(), callable_=_year_ago)
TELLS: Final = ("client_id", "state")


def _of(told: Told, what: sa.ColumnElement[Any], *conditions: Any) -> sa.ColumnElement[Any]:
    query = sa.select(what).select_from(deal.table).where(told.rows(), *conditions)
    return query.scalar_subquery()


def open_ones(told: Told) -> sa.ColumnElement[Any]:
    """How many are open."""
    return _of(told, sa.func.count(), deal.table.c.state == State.OPEN)


def open_amount(told: Told) -> sa.ColumnElement[Any]:
    """What they add up to; null where no amount is known."""
    return _of(told, _sum(deal.table.c.base_amount), deal.table.c.state == State.OPEN)


def won_amount(told: Told) -> sa.ColumnElement[Any]:
    """What was won within 365 days."""
    table = deal.table
    return _of(told, _sum(table.c.base_amount), table.c.state == State.WON, table.c.closed_on > YEAR_AGO)


def last_win(told: Told) -> sa.ColumnElement[Any]:
    """The day of the last deal that was won."""
    return _of(told, sa.func.max(deal.table.c.closed_on), deal.table.c.state == State.WON)


def win_rate(told: Told) -> sa.ColumnElement[Any]:
    """Of 100 that were closed so many were won, rounded down; null where none was closed."""
    won = sa.func.sum(sa.case((deal.table.c.state == State.WON, 100), else_=0))
    return _of(told, won // sa.func.nullif(sa.func.count(), 0), deal.table.c.state != State.OPEN)


def _sum(amount: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    total = sa.cast(sa.func.sum(sa.type_coerce(amount, sa.BigInteger)), sa.BigInteger)
    return sa.type_coerce(total, Money())


def _open_rows(client_id: int, value: Any) -> Mapping[str, str]:
    return {"client_id": str(client_id), "state": State.OPEN}


def _won_rows(client_id: int, value: Any) -> Mapping[str, str]:
    return {"client_id": str(client_id), "state": State.WON, "closed_on[gt]": f"{_year_ago()}"}


def _last_rows(client_id: int, value: Any) -> Mapping[str, str]:
    return {"client_id": str(client_id), "state": State.WON, "closed_on": f"{value}"}


def _closed_rows(client_id: int, value: Any) -> Mapping[str, str]:
    return {"client_id": str(client_id), "state[ne]": State.OPEN}


FACTS: Final = (
    Fact(
        about="client",
        field=IntegerField(
            name="deals_open",
            label=_l("Open deals"),
            help=_l("Deals neither won nor lost."),
            read_only=True,
        ),
        of=deal,
        expression=open_ones,
        tells=TELLS,
        rows=_open_rows,
        header=45,
    ),
    Fact(
        about="client",
        field=AmountField(
            name="deals_open_amount",
            label=_l("In open deals"),
            help=_l("The amounts of open deals in the company's currency, as far as they are known."),
            read_only=True,
        ),
        of=deal,
        expression=open_amount,
        tells=(*TELLS, "amount", "base_amount"),
        rows=_open_rows,
    ),
    Fact(
        about="client",
        field=AmountField(
            name="deals_won_year",
            label=_l("Won in 12 months"),
            help=_l(
                "The amounts of deals that were won within the last 365 days, in the company's currency."
            ),
            read_only=True,
        ),
        of=deal,
        expression=won_amount,
        tells=(*TELLS, "amount", "base_amount", "closed_on"),
        rows=_won_rows,
        header=46,
    ),
    Fact(
        about="client",
        field=DateField(
            name="deals_last_win",
            label=_l("Last win"),
            help=_l("The day on which a deal was last won."),
            read_only=True,
        ),
        of=deal,
        expression=last_win,
        tells=(*TELLS, "closed_on"),
        rows=_last_rows,
    ),
    Fact(
        about="client",
        field=IntegerField(
            name="deals_win_rate",
            label=_l("Win rate, %"),
            help=_l("Of 100 deals that were closed so many were won, rounded down."),
            read_only=True,
        ),
        of=deal,
        expression=win_rate,
        tells=TELLS,
        rows=_closed_rows,
    ),
)
