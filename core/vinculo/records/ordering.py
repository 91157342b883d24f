"""What orders a list, and what comes behind a row of it: pages by key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Key:
    """A column that orders a list."""

    column: sa.Column[Any]
    descending: bool
    nullable: bool

    def order(self, *, backwards: bool) -> Any:
        """As a part of ORDER BY."""
        descending = self.descending != backwards
        ordered = self.column.desc() if descending else self.column.asc()
        if not self.nullable:
            return ordered
        return ordered.nulls_first() if backwards else ordered.nulls_last()

    def after(self, value: Any, *, backwards: bool) -> sa.ColumnElement[bool]:
        """What comes behind a value."""
        descending = self.descending != backwards
        if value is None:
            return self.column.is_not(None) if backwards else sa.false()
        beyond = self.column < value if descending else self.column > value
        return sa.or_(beyond, self.column.is_(None)) if self.nullable and not backwards else beyond

    def same(self, value: Any) -> sa.ColumnElement[bool]:
        """What has the same."""
        same: sa.ColumnElement[bool] = self.column.is_(None) if value is None else self.column == value
        return same


def beyond(keys: Sequence[Key], position: Sequence[Any], *, backwards: bool) -> sa.ColumnElement[bool]:
    """What comes behind the row with these values."""
    if not any(key.nullable for key in keys):  # a row comparison uses the index as it is
        values = [sa.bindparam(None, v, type_=k.column.type) for k, v in zip(keys, position, strict=True)]
        left, right = sa.tuple_(*(key.column for key in keys)), sa.tuple_(*values)
        return left < right if keys[0].descending != backwards else left > right
    alternatives = []
    for index, key in enumerate(keys):
        earlier = [k.same(v) for k, v in zip(keys[:index], position, strict=False)]
        alternatives.append(sa.and_(*earlier, key.after(position[index], backwards=backwards)))
    return sa.or_(*alternatives)
