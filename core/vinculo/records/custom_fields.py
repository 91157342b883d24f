"""The fields of kinds that definitions of custom fields stand for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Final

import sqlalchemy as sa

from vinculo.db import custom
from vinculo.db.custom import Price
from vinculo.records.custom_links import CustomLink
from vinculo.records.custom_models import CustomField, CustomType
from vinculo.records.fields import (
    AmountField,
    ChoiceField,
    DateField,
    Field,
    PriceField,
    SeveralField,
    TextField,
    TimeField,
    UrlField,
    When,
    YesNoField,
)
from vinculo.records.formulas import TEXT
from vinculo.records.kind import RecordKind

Kinds = Mapping[str, RecordKind]
LONG: Final = 10_000
ORDERED: Final = "ordered"
LINKS: Final = (
    CustomType.CLIENT,
    CustomType.COUNTERPARTY,
    CustomType.PERSON,
    CustomType.USER,
    CustomType.FILE,
)
UNIQUE: Final = (CustomType.TEXT, CustomType.NUMBER, CustomType.DATE, CustomType.URL, *LINKS)
INDEXED: Final = (
    CustomType.TEXT,
    CustomType.NUMBER,
    CustomType.DATE,
    CustomType.TIME,
    CustomType.CHOICE,
    CustomType.MONEY,
    CustomType.URL,
    CustomType.FORMULA,
)
CHOICES: Final = (CustomType.CHOICE, CustomType.SEVERAL)


class _Kept(Field):
    """Reads a value of another type as none.

    There are such for a moment while the type of a field is changed, and in what is put back from before.
    """

    holds: ClassVar[tuple[type, ...]] = (str,)

    def _own(self, value: Any) -> Any:
        return value if isinstance(value, self.holds) else self.empty

    def dump(self, value: Any) -> Any:
        return super().dump(self._own(value))

    def text(self, value: Any) -> str:
        return super().text(self._own(value))

    def show(self, value: Any) -> str:
        return super().show(self._own(value))

    def cell(self, value: Any) -> Any:
        return super().cell(self._own(value))


class _Text(_Kept, TextField):
    @property
    def sort_attribute(self) -> str:
        """A part of the value, as built-in texts have a column for it."""
        return f"{self.name}:{ORDERED}"

    def held(self, column: sa.Column[Any], part: str = "") -> sa.ColumnElement[Any]:
        return custom.ordered(column, self.name) if part == ORDERED else super().held(column)


class _Result(_Text):
    max_length: int = TEXT


class _Url(_Kept, UrlField):
    pass


class _Number(_Kept, AmountField):
    holds = (Decimal,)


class _Date(_Kept, DateField):
    holds = (date,)


class _Time(_Kept, TimeField):
    pass


class _YesNo(_Kept, YesNoField):
    holds = (bool,)


class _Choice(_Kept, ChoiceField):
    pass


class _Several(_Kept, SeveralField):
    holds = (tuple, str)


class _Price(_Kept, PriceField):
    holds = (Price,)


def made(row: CustomField, kinds: Kinds) -> Field:
    """The field of a definition. Raises ``ValueError`` where it would refuse its own default."""
    field = replace(_bare(row, kinds), unique=row.unique, **_condition(row))
    return replace(field, default=field.parse(row.initial)) if row.initial else field


def _condition(row: CustomField) -> dict[str, Any]:
    """Where it counts; there alone it may be required."""
    if not row.shown_when:
        return {}
    when = When(row.shown_when["field"], tuple(row.shown_when["values"]), required=row.required)
    return {"required": False, "shown_when": when}


def _bare(row: CustomField, kinds: Kinds) -> Field:
    shared: dict[str, Any] = {
        "name": row.name,
        "label": row.label,
        "required": row.required and row.type not in (CustomType.YES_NO, CustomType.FORMULA),
        "help": row.help,
        "defined": row.type.value,
    }
    match row.type:
        case CustomType.TEXT:
            return _Text(**shared, searchable=True)
        case CustomType.LONG_TEXT:
            return _Text(**shared, multiline=True, max_length=LONG)
        case CustomType.URL:
            return _Url(**shared)
        case CustomType.MONEY:
            return _Price(**shared, currencies=tuple(row.options), schema=_schema(row))
        case CustomType.CHOICE | CustomType.SEVERAL:
            of = _Choice if row.type is CustomType.CHOICE else _Several
            return of(**shared, enum=_enum(row), labels={option: option for option in row.options})
        case linked if linked in LINKS:
            return CustomLink(**shared, kind=row.type.value, table=kinds[row.type].table)
        case CustomType.FORMULA:
            of_result = _RESULTS.get(row.result, _Number)
            return of_result(**shared, formula=row.formula, read_only=True)
        case plain:
            return _PLAIN[plain](**shared)


_PLAIN: Final[Mapping[CustomType, Callable[..., Field]]] = {
    CustomType.NUMBER: _Number,
    CustomType.DATE: _Date,
    CustomType.TIME: _Time,
    CustomType.YES_NO: _YesNo,
}


_RESULTS: Final[Mapping[str, Callable[..., Field]]] = {
    CustomType.NUMBER: _Number,
    CustomType.TEXT: _Result,
    CustomType.DATE: _Date,
    CustomType.YES_NO: _YesNo,
}
RESULTS: Final = tuple(_RESULTS)


def _enum(row: CustomField) -> type[StrEnum]:
    members = {f"option_{number}": option for number, option in enumerate(row.options)}
    made_of: Any = StrEnum  # a type checker takes no name that is computed
    found: type[StrEnum] = made_of(_schema(row), members)
    return found


def _schema(row: CustomField) -> str:
    """The name of its type in the API."""
    return f"{row.kind}_{row.name}".title().replace("_", "")
