"""One of the figures that plugins know of records: the choice is there once all plugins have said theirs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from vinculo.i18n import gettext as _
from vinculo.records.fields.base import Field, Text
from vinculo.records.fields.choices import ChoiceField
from vinculo.records.fields.numbers import AmountField, IntegerField


class NoFigure(StrEnum):
    """What there is to choose where no plugin knows a figure."""


@dataclass(frozen=True, kw_only=True)
class FigureField(ChoiceField):
    """The name of a fact about records of the kind ``about`` whose value is a number.

    A stored name of a plugin that is off stays, and is shown as it is.
    """

    about: str
    enum: type[StrEnum] = NoFigure
    labels: Mapping[Any, Text] = dataclasses.field(default_factory=dict)

    def choosing(self, figures: Iterable[Field]) -> Self:
        """The field with these to choose from, but what is no number, or money of any currency."""
        labels = {one.name: one.label for one in figures if isinstance(one, AmountField | IntegerField)}
        made: Any = StrEnum("Figure", list(labels)) if labels else NoFigure
        return dataclasses.replace(self, enum=made, labels=labels)

    def json_type(self) -> Any:
        """The names; any text where there are none, for a schema knows no empty choice."""
        return self.enum if self.labels else str

    def read(self, value: Any) -> StrEnum:
        """Only the name of a figure."""
        if value in self.labels:
            return self.enum(value)
        raise ValueError(self._unknown(value))

    def _unknown(self, value: Any) -> str:
        if not self.labels:
            return _("“%(value)s” is no figure: no plugin that is on knows one.", value=value)
        text = _("“%(value)s” is no figure that a plugin knows now; choose one of: %(names)s.")
        return text % {"value": value, "names": ", ".join(self.labels)}
