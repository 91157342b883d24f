"""Yes or no, one of several, a country, another record."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar

import msgspec
import sqlalchemy as sa
from markupsafe import Markup, escape
from sqlalchemy.types import TypeEngine

from vinculo.i18n import (
    current_language,
)
from vinculo.i18n import gettext as _
from vinculo.records import countries, currencies
from vinculo.records.countries import country_code, country_name
from vinculo.records.fields.base import Field, Text
from vinculo.web.views import Option, Widget


@dataclass(frozen=True, kw_only=True)
class YesNoField(Field):
    """Yes or no."""

    default: Any = False
    widget: ClassVar[Widget] = Widget.CHECKBOX
    stored: ClassVar[TypeEngine[Any]] = sa.Boolean()
    operators: ClassVar[Sequence[str]] = ("eq",)
    nullable: ClassVar[bool] = False
    _words: ClassVar[Mapping[str, bool]] = {
        **dict.fromkeys(("1", "true", "yes", "y", "on", "x", "sim", "s", "да", "д"), True),
        **dict.fromkeys(("", "0", "false", "no", "n", "off", "não", "nao", "нет", "н"), False),
    }

    @property
    def empty(self) -> bool:
        """No."""
        return False

    def json_type(self) -> Any:
        """A boolean."""
        return bool

    def read(self, value: Any) -> bool:
        """Only a boolean."""
        if not isinstance(value, bool):
            raise TypeError(_("Write it as true or false."))
        return value

    def parse(self, text: str) -> bool:
        """Yes and no in our languages."""
        try:
            return self._words[text.strip().lower()]
        except KeyError:
            raise ValueError(_("“%(value)s” is neither yes nor no.", value=text)) from None

    def text(self, value: Any) -> str:
        """What a ticked checkbox sends."""
        return "true" if value else ""

    def show(self, value: Any) -> str:
        """A word."""
        return _("Yes") if value else _("No")


@dataclass(frozen=True, kw_only=True)
class ChoiceField(Field):
    """One of the values of an enumeration, with a label for each; ``tones`` colour them as badges."""

    enum: type[StrEnum]
    labels: Mapping[Any, Text]
    tones: Mapping[Any, str] = dataclasses.field(default_factory=dict)

    widget: ClassVar[Widget] = Widget.SELECT

    def json_type(self) -> Any:
        """The enumeration."""
        return self.enum

    def read(self, value: Any) -> StrEnum:
        """Only a value of the enumeration."""
        try:
            return self.enum(value)
        except (ValueError, TypeError):
            allowed = ", ".join(member.value for member in self.enum)
            raise ValueError(
                _("“%(value)s” is none of the choices: %(choices)s.", value=value, choices=allowed)
            ) from None

    def parse(self, text: str) -> StrEnum | None:
        """A value, or its label in any case."""
        clean = text.strip()
        if not clean:
            return None
        for value, label in self.labels.items():
            if clean.casefold() in (value.casefold(), str(label).casefold()):
                return self.enum(value)
        return self.read(clean)

    def dump(self, value: Any) -> Any:
        """The value."""
        return None if value is None else str(value)

    def show(self, value: Any) -> str:
        """The label."""
        return "" if value is None else str(self.labels.get(value, value))

    def cell(self, value: Any) -> Any:
        """The value, which an import reads in every language."""
        return self.dump(value)

    def choices(self) -> Sequence[Option]:
        """All labels."""
        return [Option(value, str(label)) for value, label in self.labels.items()]


@dataclass(frozen=True, kw_only=True)
class CodeField(Field):
    """A code of a long list that everybody knows by name; "" where it is not known.

    New forms offer what the company has as its ``setting``, unless there is a default.
    """

    setting: ClassVar[str]
    widget: ClassVar[Widget] = Widget.SELECT
    nullable: ClassVar[bool] = False

    @property
    def empty(self) -> str:
        """Codes are never null."""
        return ""

    def names(self) -> Sequence[tuple[str, str]]:
        """All codes, with their names in the current language."""
        raise NotImplementedError

    def choices(self) -> Sequence[Option]:
        """All names."""
        return [Option(code, name) for code, name in self.names()]

    def options_html(self, selected: str) -> Markup:
        """The <option> tags of all: 250 of them are too many to draw for each request."""
        made: Any = type(self)
        tags = _tags(made, current_language())
        if not selected:
            return tags
        mark = f'value="{escape(selected)}"'
        return Markup(str(tags).replace(mark, f"{mark} selected", 1))  # noqa: S704 # nosec B704 # escaped when made


@dataclass(frozen=True, kw_only=True)
class CountryField(CodeField):
    """A country, stored as ISO 3166 alpha-2; "" where it is not known."""

    setting: ClassVar[str] = "country"

    def json_type(self) -> Any:
        """Two letters."""
        return Annotated[str, msgspec.Meta(pattern="^([A-Z]{2})?$")]

    def read(self, value: Any) -> str:
        """A code."""
        if not isinstance(value, str):
            raise TypeError(_("Write it as a string of two letters."))
        return self.parse(value)

    def parse(self, text: str) -> str:
        """A code, or a name in one of our languages."""
        clean = text.strip()
        return country_code(clean) if clean else ""

    def show(self, value: Any) -> str:
        """The name in the current language."""
        return country_name(value, current_language()) if value else ""

    def names(self) -> Sequence[tuple[str, str]]:
        """By name."""
        return countries.names(current_language())


@dataclass(frozen=True, kw_only=True)
class CurrencyField(CodeField):
    """A currency, stored as ISO 4217; "" where it is not known."""

    setting: ClassVar[str] = "currency"

    def json_type(self) -> Any:
        """Three letters."""
        return Annotated[str, msgspec.Meta(pattern="^([A-Z]{3})?$")]

    def read(self, value: Any) -> str:
        """A code."""
        if not isinstance(value, str):
            raise TypeError(_("Write it as a string of three letters."))
        return self.parse(value)

    def parse(self, text: str) -> str:
        """A code in any case, or a name in one of our languages."""
        clean = text.strip()
        return currencies.currency_code(clean) if clean else ""

    def names(self) -> Sequence[tuple[str, str]]:
        """By code, with the name behind it."""
        return currencies.names(current_language())


@dataclass(frozen=True, kw_only=True)
class LinkField(Field):
    """A link to another record; ``kind`` names its kind, the name of the field ends in ``_id``.

    ``within`` names a link beside it, which the other kind has, too: forms offer what belongs to the record
    behind that one, and ask for nothing where there is no such thing.
    """

    kind: str
    within: str = ""

    widget: ClassVar[Widget] = Widget.LINK

    @property
    def relation(self) -> str:
        """The name without ``_id``."""
        return self.name.removesuffix("_id")

    @property
    def lookup(self) -> str:
        """Where forms ask for suggestions."""
        return f"/lookup/{self.kind}?within={self.within}" if self.within else f"/lookup/{self.kind}"

    def holder(self, name: str) -> str:
        """The input of the link that this one, whose input is called ``name``, is within; "" for none."""
        return name.removesuffix(self.name) + self.within if self.within else ""

    def json_type(self) -> Any:
        """The id."""
        return Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]

    def read(self, value: Any) -> int:
        """An id; whether there is such a record is checked where the database is at hand."""
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 2**63:
            raise ValueError(_("Write the id of a record, a whole number from 1 up."))
        return value

    def parse(self, text: str) -> int | None:
        """An id as text; names are looked up where the database is at hand."""
        clean = text.strip()
        if not clean:
            return None
        if not re.fullmatch(r"\d{1,19}", clean, re.ASCII) or int(clean) >= 2**63:
            raise ValueError(_("“%(value)s” is not the id of a record.", value=text[:100]))
        return int(clean)


@functools.cache
def _tags(field: Any, language: str) -> Markup:
    tag = Markup('<option value="{}">{}</option>')
    return Markup("").join(tag.format(*one) for one in field(name="code", label="").names())
