"""A field of a kind by its name: those that a company adds can be chosen, too, while they are there."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from vinculo.records.fields.base import Field
from vinculo.records.fields.choices import ChoiceField


@dataclass(frozen=True, kw_only=True)
class PartField(ChoiceField):
    """One of the parts of the kind ``about`` that its own kind lists, or a custom field of it.

    The stored name of a field that is gone stays, and is shown as it is.
    """

    about: str

    def choosing(self, fields: Iterable[Field]) -> Self:
        """The field with these to choose from as well."""
        labels = {str(one): label for one, label in self.labels.items()}
        labels |= {one.name: one.label for one in fields}
        make: Any = StrEnum
        return dataclasses.replace(self, enum=make("Part", {name: name for name in labels}), labels=labels)

    def show(self, value: Any) -> str:
        """Its label."""
        return str(self.labels.get(value, value))
