"""Tables and lists of records."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from vinculo.web.views.boards import Board
from vinculo.web.views.forms import Input, Option
from vinculo.web.views.shell import Action, MenuLink, Origin

Text = str | Markup


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. ``sort_url`` is empty where one cannot sort; ``sorted`` ∈ "", asc, desc.

    ``note`` says how its values are counted.
    """

    key: str
    label: str
    sort_url: str = ""
    sorted: str = ""
    numeric: bool = False
    origin: Origin | None = None
    note: str = ""


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
class RowGroup:
    """Rows of a table under a head. ``url`` lists all of them, ``fold_url`` folds or unfolds the group."""

    label: str
    count: int
    url: str
    fold_url: str
    unfolded: bool
    rows: Sequence[Row] = ()
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its rows."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    caption: str = ""
    groups: Sequence[RowGroup] = ()  # in the place of rows
    totals: Sequence[Sequence[str]] = ()  # for each column the lines below it
    totals_url: str = ""  # the list with them, where they are not shown


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter, with the list without it and, where it can be changed, the form for that."""

    label: str
    remove_url: str
    edit_url: str = ""


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A column that a list can show, in the order in which it does."""

    value: str
    label: str
    shown: bool


@dataclass(frozen=True, slots=True)
class ConditionForm:
    """A condition of a list that is being composed: sent with GET, it leads back to the list.

    ``hidden`` are the parameters of the list. ``picks`` are choices that are ticked or not. ``back`` is the
    list without what is being composed.
    """

    url: str
    label: str
    hidden: Sequence[tuple[str, str]]
    comparison: str
    comparisons: Sequence[Option]
    inputs: Sequence[Input] = ()
    picks: Sequence[tuple[Option, bool]] = ()
    errors: Sequence[str] = ()
    back: str = ""
    removable: bool = False


@dataclass(frozen=True, slots=True)
class GroupPart:
    """A condition of a group, or a group within it.

    ``edits`` are the parameters of a single condition, ``drops`` what takes the part away. ``path`` is that
    of the group that it is, and ``inside`` where one more condition is added to it.
    """

    label: str
    edits: str
    drops: str
    path: str = ""
    inside: str = ""


@dataclass(frozen=True, slots=True)
class GroupForm:
    """A group of conditions of a list: sent with GET, each of its buttons is a step.

    ``hidden`` are the parameters of the list, ``more`` is where one more part is added.
    """

    url: str
    label: str
    path: str
    hidden: Sequence[tuple[str, str]]
    way: str
    ways: Sequence[Option]
    parts: Sequence[GroupPart]
    more: str


@dataclass(frozen=True, slots=True)
class Empty:
    """What a page without rows says: why it is empty and the first step."""

    title: str
    text: str
    actions: Sequence[Action] = ()


@dataclass(frozen=True, slots=True)
class Tab:
    """A saved view of a list; ``shared`` with others. ``count`` of its records are told."""

    label: str
    url: str
    current: bool = False
    shared: bool = False
    count: int = 0


@dataclass(frozen=True, slots=True)
class Tabs:
    """The views of a list, what can be done now, and in a menu what can be done with the open one."""

    tabs: Sequence[Tab]
    actions: Sequence[Action] = ()
    menu: Sequence[Action] = ()
    changed: bool = False  # the list shows something else than the view says


@dataclass(frozen=True, slots=True)
class ListPage:
    """A list of records."""

    title: str
    url: str
    table: Table
    query: str = ""
    chips: Sequence[Chip] = ()
    fields: Sequence[Option] = ()  # by which it can be narrowed, one after the other
    new_group: str = ""  # the path of a group of conditions that is added
    has: Sequence[Option] = ()  # those of groups about what hangs on its records
    filters: Sequence[Input] = ()  # or, for short lists, all at once
    hidden: Sequence[tuple[str, str]] = ()  # its parameters, which its forms must keep
    primary: Action | None = None
    actions: Sequence[Action] = ()  # import, export …
    previous_url: str = ""
    next_url: str = ""
    empty: Empty | None = None
    columns: Sequence[ColumnChoice] = ()
    views: Tabs | None = None
    looks: Sequence[MenuLink] = ()  # as a table, as a board
    group_by: Sequence[MenuLink] = ()
    board: Board | None = None  # in the place of the table
    picked: Sequence[Action] = ()  # pages for the records that are ticked

    @property
    def toolbar(self) -> Hashable:
        """What its search, its filters and its menu of columns depend on, beside the language."""
        filters = tuple((item.name, item.value, item.display) for item in self.filters)
        parts = (tuple(self.hidden), tuple(self.fields), filters, tuple(self.columns), tuple(self.group_by))
        return (self.url, self.query, *parts)
