"""What every field does, and which comparisons a list offers for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import sqlalchemy as sa
from babel.support import LazyProxy
from sqlalchemy.types import TypeEngine

from vinculo.db import custom
from vinculo.web.views import Hint, Option, Widget

Text = str | LazyProxy

EQUALITY: Final = ("eq", "ne", "in", "empty")
SEVERAL: Final = ("any", "all", "none", "empty")  # of these, comma between
ORDER: Final = (*EQUALITY, "lt", "lte", "gt", "gte")
WORDS: Final = ("eq", "ne", "in", "contains", "starts", "empty")


@dataclass(frozen=True, slots=True)
class When:
    """A field counts where ``field``, another one of its record, has one of ``values``.

    Yes or no have the values “true” and “false”. It is ``required`` there and nowhere else.
    """

    field: str
    values: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class Field:
    """A named value of a record. ``name`` is the attribute of the model and the key in the API.

    ``aliases`` are further headers that an import recognises. ``searchable`` values are found by
    the search. ``default`` fills new forms; a function is called for it. ``read_only`` values are
    set by services, never typed. No two records have the
    same value of a ``unique`` one. What has a ``formula`` is computed (``vinculo.records.formulas``).
    ``stored`` is the type of its values in SQL where they are custom ones, and ``defined`` what such a field
    was defined as. Where ``total`` is False, sums of its values mean nothing. ``on_card`` says of a record
    whether its card shows the value, for one that may but repeat what stands there; None: always. ``tells``
    are the fields, as (kind, name), that one could learn from it: who does not see one of them neither sees
    nor writes this one, be it of a record or of its rows.
    """

    name: str
    label: Text
    required: bool = False
    help: Text = ""
    aliases: Sequence[str] = ()
    searchable: bool = False
    read_only: bool = False
    default: Any = None
    unique: bool = False
    formula: str = ""
    defined: str = ""
    shown_when: When | None = None
    total: bool = True
    on_card: Callable[[Any], bool] | None = None
    tells: Sequence[tuple[str, str]] = ()
    hint: Hint | None = None

    widget: ClassVar[Widget] = Widget.TEXT
    operators: ClassVar[Sequence[str]] = EQUALITY
    nullable: ClassVar[bool] = True
    numeric: ClassVar[bool] = False
    stored: ClassVar[TypeEngine[Any]] = sa.Text()

    @property
    def empty(self) -> Any:
        """What stands for “nothing”."""
        return None

    @property
    def initial(self) -> Any:
        """The default as it is now; None without one."""
        return self.default() if callable(self.default) else self.default

    @property
    def sort_attribute(self) -> str:
        """The model's attribute that the field is ordered by."""
        return self.name

    def held(self, column: sa.Column[Any], part: str = "") -> sa.ColumnElement[Any]:
        """Where it is a custom field: its value in SQL, out of the JSON column, or a part of it.

        The same object each time, since statements are kept by their columns.
        """
        return custom.expression(column, self.name, self.stored, self.empty)

    def json_type(self) -> Any:
        """The type in API schemas."""
        raise NotImplementedError

    def read(self, value: Any) -> Any:
        """A JSON value as the model's."""
        raise NotImplementedError

    def parse(self, text: str) -> Any:
        """The text of a form or a file as the model's value."""
        raise NotImplementedError

    def dump(self, value: Any) -> Any:
        """The model's value as JSON builtins."""
        return value

    def text(self, value: Any) -> str:
        """The model's value as it is typed into a form or written to CSV."""
        return "" if value is None else str(value)

    def show(self, value: Any) -> str:
        """The model's value as people read it."""
        return self.text(value)

    def cell(self, value: Any) -> Any:
        """The model's value as a typed cell of a spreadsheet."""
        return value

    def choices(self) -> Sequence[Option]:
        """What a select offers."""
        return ()
