"""Amounts of money that say in which currency they are."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from vinculo.db import custom
from vinculo.db.custom import Price, Priced
from vinculo.db.types import Money
from vinculo.i18n import gettext as _
from vinculo.records.fields.base import ORDER, Field
from vinculo.records.fields.numbers import AmountField
from vinculo.web.views import Option, Widget

AMOUNT: Final = "amount"
CURRENCY: Final = "currency"
_AMOUNT: Final = AmountField(name=AMOUNT, label="")
_CODE: Final = re.compile(r"(?P<first>[A-Za-z]{3})?\s*(?P<amount>.*?)\s*(?P<last>[A-Za-z]{3})?", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class PriceField(Field):
    """An exact amount in one of ``currencies``, the first where none is said.

    Amounts are compared with those of the same currency only. Its parts are columns too, so that SQL can sum
    them: ``kind.column("x_price:amount")`` and ``kind.column("x_price:currency")``.
    """

    currencies: tuple[str, ...]
    schema: str  # the name of its type in the API

    widget: ClassVar[Widget] = Widget.PRICE
    operators: ClassVar[Sequence[str]] = tuple(one for one in ORDER if one != "in")
    numeric: ClassVar[bool] = True
    stored: ClassVar[TypeEngine[Any]] = Priced()

    @property
    def sort_attribute(self) -> str:
        """By amount."""
        return f"{self.name}:{AMOUNT}"

    def held(self, column: sa.Column[Any], part: str = "") -> sa.ColumnElement[Any]:
        """The whole price, or its ``amount`` or ``currency``."""
        if part == AMOUNT:
            return custom.expression(column, self.name, Money(), None)
        if part == CURRENCY:
            currency: sa.ColumnElement[Any] = _currency(column, self.name)
            return currency
        return super().held(column)

    def beyond(
        self, column: sa.Column[Any], compare: Callable[[Any, Any], Any], value: Price
    ) -> sa.ColumnElement[bool]:
        """Whether amounts of the value's currency are above or below its amount."""
        same = self.held(column, CURRENCY) == value.currency
        return sa.and_(same, compare(self.held(column, AMOUNT), value.amount))

    def json_type(self) -> Any:
        """An object of both."""
        return _object(self.schema, self.currencies)

    def read(self, value: Any) -> Price:
        """Only an object of both."""
        if not isinstance(value, dict) or {*value} != {AMOUNT, CURRENCY}:
            raise TypeError(_("Write it as an object, e.g. {“amount”: “12.50”, “currency”: “EUR”}."))
        return Price(_AMOUNT.read(value[AMOUNT]), self._known(value[CURRENCY]))

    def parse(self, text: str, *, typed: bool = False) -> Price | None:
        """An amount as ``AmountField`` reads it (``typed``: as the API does), a currency before or after."""
        clean = text.strip()
        if not clean:
            return None
        number, code = self.split(clean)
        amount = _AMOUNT.read(number) if typed else _AMOUNT.parse(number)
        if amount is None:
            raise ValueError(_("“%(value)s” is not a number.", value=clean[:100]))
        return Price(amount, self._known(code.upper() or self.currencies[0]))

    def split(self, text: str) -> tuple[str, str]:
        """The amount and the currency of a text, as they are written; "" for what is not there."""
        found = _CODE.fullmatch(text.strip()[:100])
        assert found is not None
        return found[AMOUNT], found["last"] or found["first"] or ""

    def _known(self, code: Any) -> str:
        if code not in self.currencies:
            allowed = ", ".join(self.currencies)
            text = _("“%(value)s” is none of the currencies: %(currencies)s.")
            raise ValueError(text % {"value": str(code)[:20], "currencies": allowed})
        return str(code)

    def dump(self, value: Any) -> Any:
        """An object."""
        return None if value is None else {AMOUNT: _AMOUNT.dump(value.amount), CURRENCY: value.currency}

    def text(self, value: Any) -> str:
        """Amount and currency."""
        return "" if value is None else f"{_AMOUNT.text(value.amount)} {value.currency}"

    def show(self, value: Any) -> str:
        """With the separators of the language."""
        return "" if value is None else f"{_AMOUNT.show(value.amount)} {value.currency}"

    def cell(self, value: Any) -> Any:
        """A number where there is one currency, else a text."""
        return value.amount if value is not None and len(self.currencies) == 1 else self.text(value)

    def choices(self) -> Sequence[Option]:
        """The currencies."""
        return [Option(code, code) for code in self.currencies]


@functools.cache
def _object(name: str, currencies: tuple[str, ...]) -> type[msgspec.Struct]:
    code = Annotated[str, msgspec.Meta(pattern=f"^({'|'.join(currencies)})$")]
    parts = [(AMOUNT, _AMOUNT.json_type()), (CURRENCY, code)]
    return msgspec.defstruct(name, parts, forbid_unknown_fields=True)


@functools.cache
def _currency(column: Any, name: str) -> Any:
    return custom.At(column, name, custom.CURRENCY)
