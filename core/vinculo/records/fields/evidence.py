"""What shows that something was done: the choice is there once all plugins have said what they show."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from vinculo.records.fields.base import Text
from vinculo.records.fields.choices import ChoiceField


@dataclass(frozen=True, kw_only=True)
class EvidenceField(ChoiceField):
    """What its own kind knows of, the ``default`` first, and what other kinds show, by their names.

    A stored name of a plugin that is off stays, and is shown as the default.
    """

    def choosing(self, shown: Mapping[str, Text]) -> Self:
        """The field with what kinds show, to choose from as well."""
        labels = {**{one.value: label for one, label in self.labels.items()}, **shown}
        make: Any = StrEnum
        made = make("Evidence", {name: name for name in labels})
        return dataclasses.replace(self, enum=made, labels=labels)

    def show(self, value: Any) -> str:
        """In words; of a plugin that is off as what counts meanwhile."""
        return str(self.labels.get(value, self.labels[self.default]))
