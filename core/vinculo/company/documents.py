"""Documents with an amount in some currency, and what it was worth in the company's on their day.

That is taken once, when the document is written, and again only when its amount, currency or day change:
neither later rates nor another currency of the company alter what was. A document whose rate is not known is
kept without it, and completed once the rate is there (``vinculo.company.completing``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from vinculo.company import rates
from vinculo.company.rates import FoundRate, RateMissingError
from vinculo.db.personal import NOT_PERSONAL
from vinculo.db.types import Rate
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.records.fields import AmountField, CurrencyField, DateField, Field, RateField
from vinculo.web.views import Badge


class BaseAmount:
    """A mixin of records: what an amount is worth in the company's currency.

    ``amount_of`` and ``currency_of`` name the attributes with the amount and its currency. ``base_on`` is the
    day of the document, ``base_rate_on`` that of the rate, ``base_currency`` the company's currency then.
    ``base_amount`` is empty where there is no amount, or no rate yet.
    """

    amount_of: ClassVar[str] = "amount"
    currency_of: ClassVar[str] = "currency"

    base_amount: Mapped[Decimal | None] = mapped_column(sort_order=800)
    base_currency: Mapped[str] = mapped_column(sa.String(3), default="", sort_order=801, info=NOT_PERSONAL)
    base_rate: Mapped[Decimal | None] = mapped_column(Rate, sort_order=802)
    base_rate_on: Mapped[date | None] = mapped_column(sort_order=803)
    base_on: Mapped[date | None] = mapped_column(sort_order=804)


def is_foreign(document: BaseAmount) -> bool:
    """Whether its amount is in another currency than the company's."""
    return bool(getattr(document, document.currency_of) != document.base_currency)


_FOREIGN: Final[dict[str, Any]] = {"read_only": True, "on_card": is_foreign}
BASE_FIELDS: Final[Sequence[Field]] = (
    AmountField(
        name="base_amount",
        label=_l("In the company's currency"),
        help=_l("By the rate of the day; it stays when rates change later."),
        **_FOREIGN,
    ),
    CurrencyField(name="base_currency", label=_l("Company's currency then"), **_FOREIGN),
    RateField(name="base_rate", label=_l("Rate"), **_FOREIGN),
    DateField(name="base_rate_on", label=_l("Rate of"), **_FOREIGN),
)
"""The fields of a kind whose model is a ``BaseAmount``; nobody types them."""


def snapshot(session: Session, document: BaseAmount, *, on: date) -> None:
    """Take what the amount of a document is worth, unless it was taken of the same; to be called by rules.

    ``on`` is the day of the document. A document without a currency has that of the company. Without a rate
    it stays without an amount in the company's currency, and no error is raised.
    """
    amount, currency = document.amount_of, document.currency_of
    if not getattr(document, currency):
        setattr(document, currency, rates.base_currency(session))
    changed = document.base_on != on or any(_changed(document, name) for name in (amount, currency))
    if changed or not document.base_currency:
        take(session, document, on=on, base=rates.base_currency(session))
    elif waits(document):
        take(session, document, on=on, base=document.base_currency)


def take(session: Session, document: BaseAmount, *, on: date, base: str) -> None:
    """Take it, whatever was taken before."""
    amount: Decimal | None = getattr(document, document.amount_of)
    found: FoundRate | None = None
    if amount is not None:
        try:
            found = rates.rate_at(session, getattr(document, document.currency_of), on, base=base)
        except RateMissingError:
            found = None
    document.base_on, document.base_currency = on, base
    document.base_amount = worth(cast("Decimal", amount), found) if found else None
    document.base_rate, document.base_rate_on = (found.rate, found.day) if found else (None, None)


def worth(amount: Decimal, found: FoundRate) -> Decimal:
    """An amount by a rate; where the currencies are one, the amount itself, with all its places."""
    if found.currency == found.base:
        return amount
    return rates.rounded(Fraction(amount) * found.exact, found.base)


def waits(document: BaseAmount) -> bool:
    """Whether a document has an amount and no rate for it yet."""
    return document.base_amount is None and getattr(document, document.amount_of) is not None


def badges(document: BaseAmount) -> Sequence[Badge]:
    """Says on the card that the rate is missing."""
    if not waits(document):
        return ()
    return [Badge(_("No rate of %(currency)s yet", currency=getattr(document, document.currency_of)), "warn")]


def _changed(document: Any, name: str) -> bool:
    return bool(sa.inspect(document).attrs[name].history.has_changes())
