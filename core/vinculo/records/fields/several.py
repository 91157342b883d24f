"""Several of the values of an enumeration."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from vinculo.db.custom import Several, joined
from vinculo.i18n import gettext as _
from vinculo.records.fields.base import SEVERAL
from vinculo.records.fields.choices import ChoiceField
from vinculo.web.views import Widget

_BETWEEN: Final = re.compile(r"[,\n]")


@dataclass(frozen=True, kw_only=True)
class SeveralField(ChoiceField):
    """Any number of the values of an enumeration, in its order; none of them holds a comma."""

    widget: ClassVar[Widget] = Widget.CHECKBOXES
    operators: ClassVar[Sequence[str]] = SEVERAL
    nullable: ClassVar[bool] = False
    stored: ClassVar[TypeEngine[Any]] = Several()

    @property
    def empty(self) -> Any:
        """None of them."""
        return ()

    def json_type(self) -> Any:
        """A list of the enumeration."""
        return Annotated[list[self.enum], msgspec.Meta(max_length=len(self.enum))]  # type: ignore[name-defined]

    def read(self, value: Any) -> Any:
        """Only a list of values of the enumeration."""
        if not isinstance(value, list):
            raise TypeError(_("Write it as a list of strings."))
        return self._ordered({super(SeveralField, self).read(one).value for one in value})

    def parse(self, text: str) -> Any:
        """Values or labels, with commas or line breaks between."""
        parts = (part.strip() for part in _BETWEEN.split(text))
        return self._ordered({self.one(part) for part in parts if part})

    def options_in(self, text: str) -> Sequence[str]:
        """Which options a text names, whatever else it holds."""
        return [part.strip() for part in _BETWEEN.split(text)]

    def one(self, text: str) -> str:
        """A single value, or its label in any case."""
        found = super().parse(text)
        if found is None:
            raise ValueError(_("a value is missing; use [empty] to find records without one."))
        return found.value

    def holding(
        self, asked: sa.ColumnElement[Any], operator: str, values: Sequence[str]
    ) -> sa.ColumnElement[bool]:
        """Whether ``any``, ``all`` or ``none`` of some values are among those of a column."""
        text = sa.type_coerce(asked, sa.Text)
        each = [text.contains(joined((value,)), autoescape=True) for value in values]
        if operator == "all":
            return sa.and_(*each)
        return sa.or_(*each) if operator == "any" else ~sa.or_(*each)

    def _ordered(self, chosen: set[str]) -> tuple[str, ...]:
        return tuple(member.value for member in self.enum if member.value in chosen)

    def dump(self, value: Any) -> Any:
        """A list."""
        return list(value or ())

    def text(self, value: Any) -> str:
        """With commas between."""
        return ", ".join([value] if isinstance(value, str) else value or ())

    def show(self, value: Any) -> str:
        """The labels."""
        return ", ".join(super(SeveralField, self).show(one) for one in self.dump(_as_many(value)))

    def cell(self, value: Any) -> Any:
        """A text, which an import reads."""
        return self.text(value)


def _as_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value
