"""Whole numbers, and exact amounts and quantities."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final

import msgspec
from sqlalchemy.types import TypeEngine

from vinculo.db.types import Money, Rate, from_units
from vinculo.i18n import (
    current_language,
    format_number,
)
from vinculo.i18n import gettext as _
from vinculo.records.fields.base import ORDER, Field
from vinculo.web.views import Widget

MAX_AMOUNT: Final = Decimal(900_000_000_000_000)  # 1/10000 units fit a bigint
MAX_RATE: Final = Decimal(900_000_000)


@dataclass(frozen=True, kw_only=True)
class IntegerField(Field):
    """A whole number."""

    minimum: int = -(2**31)
    maximum: int = 2**31 - 1

    widget: ClassVar[Widget] = Widget.NUMBER
    operators: ClassVar[Sequence[str]] = ORDER
    numeric: ClassVar[bool] = True

    def json_type(self) -> Any:
        """A bounded integer."""
        return Annotated[int, msgspec.Meta(ge=self.minimum, le=self.maximum)]

    def read(self, value: Any) -> int:
        """Only an integer, not 1.0 and not true."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(_("Write it as a whole number."))
        if not self.minimum <= value <= self.maximum:
            raise ValueError(_between(value, self.minimum, self.maximum))
        return value

    def parse(self, text: str) -> int | None:
        """Digits, spaces between thousands allowed."""
        clean = re.sub(r"[\s\u00a0\u202f]", "", text)
        if not clean:
            return None
        if not re.fullmatch(r"[+-]?\d{1,18}", clean, re.ASCII):
            raise ValueError(_("“%(value)s” is not a whole number.", value=text))
        return self.read(int(clean))

    def show(self, value: Any) -> str:
        """With the separators of the language."""
        return "" if value is None else format_number(value)


@dataclass(frozen=True, kw_only=True)
class DurationField(IntegerField):
    """Seconds, shown as hours and minutes; in files and in the API they are seconds."""

    minimum: int = 0
    maximum: int = 2**53

    def show(self, value: Any) -> str:
        """To the minute."""
        if value is None:
            return ""
        return _("%(hours)s h %(minutes)s min", hours=value // 3600, minutes=value % 3600 // 60)


@dataclass(frozen=True, kw_only=True)
class AmountField(Field):
    """An exact amount or quantity with at most four decimal places; a string in the API."""

    minimum: Decimal = -MAX_AMOUNT
    maximum: Decimal = MAX_AMOUNT
    _pattern: ClassVar[re.Pattern[str]] = re.compile(
        r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?", re.ASCII | re.IGNORECASE
    )

    widget: ClassVar[Widget] = Widget.MONEY
    stored: ClassVar[TypeEngine[Any]] = Money()
    places: ClassVar[int] = 4
    operators: ClassVar[Sequence[str]] = ORDER
    numeric: ClassVar[bool] = True

    def json_type(self) -> Any:
        """A decimal in a string, so that no program rounds it."""
        return Annotated[str, msgspec.Meta(pattern=rf"^-?\d{{1,15}}(\.\d{{1,{self.places}}})?$")]

    def read(self, value: Any) -> Decimal:
        """A string, or an integer."""
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise TypeError(_("Write it as a string, e.g. “1234.50”."))
        return self._checked(str(value), str(value))

    def parse(self, text: str) -> Decimal | None:
        """As people of the current language write it, or with a decimal point."""
        clean = re.sub(r"[\s\u00a0\u202f]", "", text)
        if not clean:
            return None
        if current_language() != "en" and "," in clean:
            clean = clean.replace(".", "").replace(",", ".")
        elif re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", clean):
            clean = clean.replace(",", "")
        elif current_language() == "pt_BR" and re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+", clean):
            clean = _without_thousands(clean)
        return self._checked(clean, text)

    def _checked(self, clean: str, typed: str) -> Decimal:
        if not self._pattern.fullmatch(clean):
            raise ValueError(_("“%(value)s” is not a number.", value=typed[:100]))
        value = Decimal(clean)
        if not self.minimum <= value <= self.maximum:
            raise ValueError(_between(typed, self.minimum, self.maximum))
        exact = value.quantize(Decimal(1).scaleb(-self.places))
        if exact != value:
            raise ValueError(self._too_long(typed))
        scale = 10**self.places
        return from_units(int(exact * scale), scale)

    def _too_long(self, typed: str) -> str:
        return _("%(value)s has more than four decimal places; round it.", value=typed)

    def dump(self, value: Any) -> Any:
        """A string."""
        return None if value is None else str(value)

    def text(self, value: Any) -> str:
        """With a decimal point; never with three places, which could be thousands."""
        if value is None:
            return ""
        return f"{value:.4f}" if value.as_tuple().exponent == -3 else f"{value:f}"

    def show(self, value: Any) -> str:
        """With the separators of the language."""
        return "" if value is None else format_number(value)


@dataclass(frozen=True, kw_only=True)
class RateField(AmountField):
    """An exact factor with at most ten decimal places, such as the rate of a currency. It has no total."""

    maximum: Decimal = MAX_RATE
    total: bool = False
    stored: ClassVar[TypeEngine[Any]] = Rate()
    places: ClassVar[int] = 10

    def _too_long(self, typed: str) -> str:
        return _("%(value)s has more than ten decimal places; round it.", value=typed)


def _without_thousands(clean: str) -> str:
    if clean.count(".") == 1:
        whole, _point, rest = clean.partition(".")
        raise ValueError(
            _(
                "“%(value)s” can be read in two ways; write %(thousands)s or %(decimals)s.",
                value=clean,
                thousands=f"{whole}{rest}",
                decimals=f"{whole},{rest}",
            )
        )
    return clean.replace(".", "")


def _between(value: Any, minimum: Any, maximum: Any) -> str:
    return _("%(value)s is not between %(min)s and %(max)s.", value=value, min=minimum, max=maximum)
