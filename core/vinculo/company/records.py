"""Exchange rates as a kind of record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.company import rates
from vinculo.company.models import ExchangeRate, Quote
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import format_date
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.records.fields import (
    ChoiceField,
    CurrencyField,
    DateField,
    IntegerField,
    RateField,
    TextField,
)
from vinculo.records.fields.numbers import MAX_RATE
from vinculo.records.kind import RecordKind

QUOTES: Final = {
    Quote.DIRECT: _l("Its price"),
    Quote.INVERSE: _l("What 1 of the base buys"),
}
_OWN_KEY: Final = re.compile(r"[A-Z]{3}-[A-Z]{3}-\d{4}-\d{2}-\d{2}")


def key(rate: ExchangeRate) -> str:
    """The external id of a rate, by which a file that brings it again finds it."""
    return f"{rate.currency}-{rate.base}-{rate.day}"


def check(session: Session, rate: ExchangeRate, actor: Actor) -> None:
    """Two currencies, one rate of a day, and none that leads beyond what can be held."""
    rate.base = rate.base or rates.base_currency(session)
    if rate.currency and rate.day and (rate.external_id is None or _OWN_KEY.fullmatch(rate.external_id)):
        rate.external_id = key(rate)
    if errors := [*_faults(session, rate)]:
        raise InvalidError(errors)


def _faults(session: Session, rate: ExchangeRate) -> Iterator[FieldError]:
    if not rate.currency:
        yield FieldError("currency", _("%(field)s is required.", field=_("Currency")), "required")
        return
    if rate.currency == rate.base:
        text = _("%(currency)s is the currency that the rate leads to; choose another.", currency=rate.base)
        yield FieldError("currency", text, "same_currency")
        return
    if not 1 / Fraction(MAX_RATE) <= rates.worth(rate.rate, rate.units, rate.quote) <= MAX_RATE:
        text = _(
            "A rate of %(rate)s for %(units)s cannot be right; check the figure, the units and how it is"
            " written.",
            rate=f"{rate.rate:f}",
            units=rate.units,
        )
        yield FieldError("rate", text, "out_of_range")
    same = sa.select(ExchangeRate.id).where(
        ExchangeRate.currency == rate.currency, ExchangeRate.base == rate.base, ExchangeRate.day == rate.day
    )
    if session.scalar(same.where(ExchangeRate.id != (rate.id or 0)).limit(1)) is not None:
        text = _(
            "There is a rate of %(currency)s to %(base)s of %(day)s already: change that one.",
            currency=rate.currency,
            base=rate.base,
            day=format_date(rate.day),
        )
        yield FieldError("day", text, "duplicate")


exchange_rate = RecordKind(
    name="exchange_rate",
    plural="rates",
    domain="company",
    model=ExchangeRate,
    label=_l("Exchange rate"),
    label_plural=_l("Exchange rates"),
    new_label=_l("Add exchange rate"),
    icon="currency-dollar",
    title="currency",
    fields=(
        CurrencyField(
            name="currency", label=_l("Currency"), required=True, default="", aliases=("code", "char code")
        ),
        DateField(
            name="day",
            label=_l("From day"),
            required=True,
            aliases=("date", "day", "time period"),
            help=_l("It holds until the day of the next rate."),
        ),
        RateField(name="rate", label=_l("Rate"), required=True, minimum=rates.LEAST, aliases=("value",)),
        IntegerField(
            name="units",
            label=_l("For so many units"),
            required=True,
            minimum=1,
            maximum=1_000_000,
            default=1,
            total=False,
            aliases=("nominal", "per"),
        ),
        ChoiceField(
            name="quote",
            label=_l("The rate is"),
            help=_l("Its price: 100 JPY = 53.17 RUB. What 1 of the base buys: 1 EUR = 1.08 USD."),
            enum=Quote,
            labels=QUOTES,
            required=True,
            default=Quote.DIRECT,
        ),
        CurrencyField(name="base", label=_l("Base currency"), help=_l("Empty: the company's.")),
        TextField(name="source", label=_l("Source"), max_length=200, help=_l("Who published it.")),
    ),
    columns=("currency", "base", "day", "rate", "units", "quote", "source"),
    sort="-day",
    rules=check,
    composed=True,
    menu=None,
    administrative=True,
    scoped=False,
    summary=_l(
        "What other currencies are worth, by day. Amounts in them are told in your own currency, too."
    ),
)
