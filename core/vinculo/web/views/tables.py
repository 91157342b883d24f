"""Tables and lists of records."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from vinculo.web.views.forms import Input, Option
from vinculo.web.views.shell import Action, Origin

Text = str | Markup


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. ``sort_url`` is empty where one cannot sort; ``sorted`` ∈ "", asc, desc."""

    key: str
    label: str
    sort_url: str = ""
    sorted: str = ""
    numeric: bool = False
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its first cell is the link to ``url``.

    ``html`` are its cells drawn ahead, for long tables: a template takes 3 µs a cell to escape them.
    """

    id: int
    url: str
    cells: Sequence[Text] = ()
    html: Text = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its rows."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter, with the address of the list without it."""

    label: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class Empty:
    """What a page without rows says: why it is empty and the first step."""

    title: str
    text: str
    actions: Sequence[Action] = ()


@dataclass(frozen=True, slots=True)
class ListPage:
    """A list of records."""

    title: str
    url: str
    table: Table
    query: str = ""
    chips: Sequence[Chip] = ()
    filters: Sequence[Input] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)  # what the filter form must keep, e.g. sort
    primary: Action | None = None
    actions: Sequence[Action] = ()  # import, export …
    previous_url: str = ""
    next_url: str = ""
    empty: Empty | None = None
    all_columns: Sequence[Option] = ()
    shown_columns: Sequence[str] = ()

    @property
    def toolbar(self) -> Hashable:
        """What its search, its filters and its menu of columns depend on, beside the language."""
        filters = tuple((item.name, item.value, item.display) for item in self.filters)
        return (self.url, self.query, tuple(self.hidden.items()), filters, tuple(self.shown_columns))
