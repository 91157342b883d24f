"""What the page templates draw: plain data, made by handlers, read by Jinja macros.

Strings that come from users are escaped by the templates; a ``Markup`` is taken as it is.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from markupsafe import Markup

Text = str | Markup


class Widget(StrEnum):
    """How a form field is drawn."""

    TEXT = "text"
    TEXTAREA = "textarea"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    DATETIME = "datetime"
    CHECKBOX = "checkbox"
    SELECT = "select"
    LINK = "link"
    EMAIL = "email"
    TEL = "tel"
    URL = "url"
    PASSWORD = "password"  # noqa: S105 # nosec B105 # a kind of input
    FILE = "file"
    STATIC = "static"  # shown, not typed
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a part of a page comes from: a plugin, or the kernel, whose ``name`` is "".

    ``note`` is what the part cost.
    """

    name: str
    title: str
    version: str
    url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a form, with what the user typed and what is wrong with it.

    ``name`` is that in the submitted form, e.g. ``contact_points-0-value``. A ``LINK`` shows ``display`` and
    submits the id in ``value``; its suggestions come from ``GET {lookup}?q=…``, an HTML fragment of options.
    ``STATIC`` shows ``display``.
    """

    name: str
    label: str
    widget: Widget = Widget.TEXT
    value: str = ""
    display: str = ""
    options: Sequence[Option] = ()
    options_html: Text = ""  # the <option> tags of a long list, made ahead
    lookup: str = ""
    required: bool = False
    help: str = ""
    errors: Sequence[str] = ()
    max_length: int | None = None
    placeholder: str = ""
    autocomplete: str = ""
    autofocus: bool = False
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class InputRow:
    """One row of a repeatable section; ``key`` is its index in the field names."""

    key: str
    inputs: Sequence[Input]
    errors: Sequence[str] = ()
    removed: bool = False  # struck out: saving removes it


@dataclass(frozen=True, slots=True)
class InputRows:
    """A repeatable section, e.g. contact points. “Add” clones ``blank``, whose key is ``__key__``."""

    name: str
    label: str
    rows: Sequence[InputRow]
    blank: InputRow
    add_label: str
    help: str = ""
    errors: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """What two people changed differently. ``name`` is the input to choose for, "" where there is none."""

    name: str
    label: str
    original: str
    yours: str
    theirs: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A whole form. ``version`` guards against overwriting a newer state.

    After a stale save ``conflicts`` are to be chosen, and ``taken`` are the labels of what others changed.
    """

    action: str
    inputs: Sequence[Input]
    collections: Sequence[InputRows] = ()
    submit: str = ""
    cancel: str = ""
    version: int | None = None
    errors: Sequence[str] = ()
    conflicts: Sequence[Conflict] = ()
    taken: Sequence[str] = ()
    multipart: bool = False
    hidden: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Action:
    """A link or a button. With ``post`` it is a small form with a CSRF token, else a link."""

    label: str
    url: str
    icon: str = ""
    primary: bool = False
    danger: bool = False
    post: bool = False
    key: str = ""  # keyboard shortcut, e.g. "c" or "e"


@dataclass(frozen=True, slots=True)
class Badge:
    """A small coloured label. ``tone`` ∈ neutral, brand, ok, warn, bad."""

    label: str
    tone: str = "neutral"
    field: str = ""  # whose value it tells: who does not see that one does not see this


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


@dataclass(frozen=True, slots=True)
class Attribute:
    """A labelled value on a card."""

    label: str
    value: Text
    origin: Origin | None = None
    field: str = ""  # as of a badge


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a collection on a card. ``hint`` is muted; ``url`` may be ``tel:`` or ``mailto:``."""

    text: Text
    hint: Text = ""
    icon: str = ""
    icon_label: str = ""  # what the icon says to those who do not see it
    url: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A box on a card. ``html`` was rendered by whoever contributed it.

    ``side``: beside the attributes (left) instead of in the main column. ``failed``: it is a stub
    in the place of a panel that raised.
    """

    title: str
    html: Markup
    side: bool = False
    count: int | None = None
    actions: Sequence[Action] = ()
    failed: bool = False
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class CardPage:
    """A record with everything around it."""

    title: str
    kind_label: str
    list_title: str
    list_url: str
    icon: str = ""
    badges: Sequence[Badge] = ()
    facts: Sequence[Attribute] = ()  # figures in the header
    attributes: Sequence[Attribute] = ()
    panels: Sequence[Panel] = ()
    actions: Sequence[Action] = ()
    history_url: str = ""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One entry of a timeline. ``at`` is shown as ``when``; ``icon`` names a sprite symbol."""

    title: str
    when: str
    at: str  # ISO 8601, for <time datetime>
    icon: str
    url: str = ""
    text: str = ""
    who: str = ""
    label: str = ""  # e.g. "Call in"
    muted: bool = False


@dataclass(frozen=True, slots=True)
class MenuLink:
    """One entry of the sidebar."""

    label: str
    url: str
    icon: str
    current: bool = False
    count: int | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """A group of the sidebar; ``label`` is empty for the first."""

    label: str
    links: Sequence[MenuLink]


@dataclass(frozen=True, slots=True)
class Toast:
    """A message after something was done, perhaps with Undo."""

    text: str
    undo_url: str = ""
    tone: str = "ok"


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the breadcrumb."""

    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Shell:
    """What every page of a signed-in user shows around its content.

    ``why`` is whether the user sees where each part comes from, None for those who may not;
    ``origins`` then begins with that of the page itself.
    """

    company: str
    user_name: str
    user_role: str
    menu: Sequence[MenuGroup]
    language: str
    theme: str  # "", light, dark
    csrf: str
    crumbs: Sequence[Crumb] = ()
    toasts: Sequence[Toast] = ()
    foot: Sequence[MenuLink] = ()
    why: bool | None = None
    origins: Sequence[Origin] = ()

    @property
    def frame(self) -> Hashable:
        """What the parts depend on that many pages have alike: sidebar, bottom bar, dialogs."""
        groups = tuple((group.label, *group.links) for group in self.menu)
        return (self.language, self.company, groups, tuple(self.foot))


@dataclass(frozen=True, slots=True)
class SearchGroup:
    """Search results of one kind of record."""

    label: str
    icon: str
    rows: Sequence[tuple[str, str, str]]  # title, url, hint
    more_url: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a long piece of work stands. ``total`` is None while it is not known."""

    done: int
    total: int | None
    rate: float  # per second
    seconds_left: int | None
    text: str = ""
    finished: bool = False
