"""What an amount is worth in another currency: by the last rate on or before a day, rounded once, at the end.

Rates lead to a ``base``, which is the company's currency when they are entered. Days count as the company's
calendar has them; amounts are exact, and what comes out has the decimal places of its currency, half to even.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.company.models import ExchangeRate, Quote
from vinculo.company.service import CURRENCY, chosen
from vinculo.db.engine import told
from vinculo.db.types import RATE_SCALE, from_units
from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.i18n import format_date
from vinculo.i18n import gettext as _
from vinculo.records import currencies
from vinculo.records.fields import MAX_AMOUNT
from vinculo.records.fields.numbers import MAX_RATE
from vinculo.settings import CompanySettings

URL: Final = "/rates"
LEAST: Final = Decimal(1) / RATE_SCALE


class RateMissingError(ConflictError):
    """No rate of a currency on or before a day; ``currency``, ``base`` and ``day`` say which."""

    code = "rate_missing"

    def __init__(self, currency: str, base: str, day: date) -> None:
        self.currency, self.base, self.day = currency, base, day
        super().__init__(
            _(
                "There is no rate of %(currency)s to %(base)s on or before %(day)s. "
                "Enter one under Exchange rates: %(url)s.",
                currency=currency,
                base=base,
                day=format_date(day),
                url=f"{URL}/new?currency={currency}&base={base}&day={day}",
            )
        )


@dataclass(frozen=True, slots=True)
class FoundRate:
    """What one unit of ``currency`` is worth in ``base``, exactly, since ``day``."""

    currency: str
    base: str
    day: date
    exact: Fraction

    @property
    def rate(self) -> Decimal:
        """The same with ten decimal places, half to even."""
        return from_units(round(self.exact * RATE_SCALE), RATE_SCALE)


def base_currency(session: Session) -> str:
    """The company's currency: as the running app has it, else as was chosen, else the default."""
    found = told(session, CURRENCY) or chosen(session).get("currency") or CompanySettings().currency
    return str(found)


def rate_at(session: Session, currency: str, day: date, *, base: str = "") -> FoundRate:
    """The last rate of a currency on or before a day, to ``base`` or to the company's currency.

    Rates that were entered the other way round count as well; of one day, those of the currency itself go
    first. Where there is neither, both may lead to a third currency, such as the euro: of several the first
    by code counts, and the earlier day. Raises ``RateMissingError``.
    """
    base = base or base_currency(session)
    if currency == base:
        return FoundRate(currency, base, day, Fraction(1))
    found = _direct(session, currency, base, day) or _across(session, currency, base, day)
    if found is None:
        raise RateMissingError(currency, base, day)
    return found


def _direct(session: Session, currency: str, base: str, day: date) -> FoundRate | None:
    there, back = (currency, base), (base, currency)
    query = sa.select(ExchangeRate.currency, ExchangeRate.day, *_QUOTED).where(
        sa.or_(*(_between(*pair) for pair in (there, back))), ExchangeRate.day <= day
    )
    first = sa.case((ExchangeRate.currency == currency, 0), else_=1)
    row = session.execute(query.order_by(ExchangeRate.day.desc(), first).limit(1)).first()
    if row is None:
        return None
    exact = worth(row.rate, row.units, row.quote)
    return FoundRate(currency, base, row.day, exact if row.currency == currency else 1 / exact)


def _across(session: Session, currency: str, base: str, day: date) -> FoundRate | None:
    shared = sa.select(ExchangeRate.base).where(
        ExchangeRate.currency.in_((currency, base)), ExchangeRate.day <= day
    )
    both = sa.func.count(ExchangeRate.currency.distinct()) == 2
    pivot = session.scalar(shared.group_by(ExchangeRate.base).having(both).order_by(ExchangeRate.base))
    if pivot is None:
        return None
    one, other = _direct(session, currency, pivot, day), _direct(session, base, pivot, day)
    assert one
    assert other
    exact = one.exact / other.exact
    if not 1 / Fraction(MAX_RATE) <= exact <= MAX_RATE:  # of figures that cannot be right
        return None
    return FoundRate(currency, base, min(one.day, other.day), exact)


_QUOTED: Final = (ExchangeRate.rate, ExchangeRate.units, ExchangeRate.quote)


def _between(currency: str, base: str) -> sa.ColumnElement[bool]:
    return sa.and_(ExchangeRate.currency == currency, ExchangeRate.base == base)


def worth(rate: Decimal, units: int, quote: Quote) -> Fraction:
    """One unit of the currency in the base: rate ÷ units, or units ÷ rate where it is written inversely."""
    written = Fraction(rate) / units
    return written if quote is Quote.DIRECT else 1 / written


def to_base(session: Session, amount: Decimal, currency: str, day: date) -> Decimal:
    """An amount in the company's currency. Raises as ``convert`` does."""
    return convert(session, amount, currency, base_currency(session), day)


def convert(session: Session, amount: Decimal, currency: str, into: str, day: date) -> Decimal:
    """An amount in another currency, by the rate between the two, as ``rate_at`` finds it.

    Raises ``RateMissingError``, and ``InvalidError`` for more than the database can hold.
    """
    return rounded(Fraction(amount) * rate_at(session, currency, day, base=into).exact, into)


def rounded(amount: Fraction, currency: str) -> Decimal:
    """An exact amount with the decimal places of a currency, half to even.

    Raises ``InvalidError`` for more than the database can hold.
    """
    places = min(currencies.digits(currency), 4)
    if abs(amount) > MAX_AMOUNT:
        text = _(
            "The amount is more than %(most)s in %(currency)s; write a smaller one, or correct the rate.",
            most=f"{MAX_AMOUNT:f}",
            currency=currency,
        )
        raise InvalidError([FieldError("amount", text, "too_large")])
    return from_units(round(amount * 10**places), 10**places)
