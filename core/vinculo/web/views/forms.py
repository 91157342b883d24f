"""Forms and their fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from markupsafe import Markup

from vinculo.web.views.shell import Origin
from vinculo.web.views.similar import SimilarNotice

Text = str | Markup


class Widget(StrEnum):
    """How a form field is drawn."""

    TEXT = "text"
    TEXTAREA = "textarea"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    PRICE = "price"  # an amount, and a currency where there are several
    CHECKBOX = "checkbox"
    CHECKBOXES = "checkboxes"
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
class Option:
    """One choice of a select, or of suggestions, where a ``hint`` tells namesakes apart."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Hint:
    """What stands below an input while others are filled in: the fragment at ``url``.

    It is asked with what the inputs ``told`` hold, those of its own row before those of the form.
    """

    url: str
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a form, with what the user typed and what is wrong with it.

    ``name`` is that in the submitted form, e.g. ``contact_points-0-value``. A ``LINK`` shows ``display`` and
    submits the id in ``value``; its suggestions come from ``GET {lookup}?q=…``, an HTML fragment of options.
    One with a ``within`` is shown where the input of that name has something to choose from (``&of=``).
    ``STATIC`` shows ``display``. Of ``CHECKBOXES`` those of ``chosen`` are ticked. ``display`` of a ``PRICE``
    is its currency, submitted as ``name__currency``.
    """

    name: str
    label: str
    widget: Widget = Widget.TEXT
    value: str = ""
    display: str = ""
    options: Sequence[Option] = ()
    chosen: Sequence[str] = ()
    options_html: Text = ""  # the <option> tags of a long list, made ahead
    lookup: str = ""
    within: str = ""
    required: bool = False
    help: str = ""
    errors: Sequence[str] = ()
    max_length: int | None = None
    placeholder: str = ""
    autocomplete: str = ""
    autofocus: bool = False
    origin: Origin | None = None
    when: str = ""  # the input by which this one is shown: where it has one of ``when_values``
    when_values: Sequence[str] = ()
    hint: Hint | None = None


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
class FormSection:
    """A part of a form that a plugin adds, or the kernel for another kind; its names are its own.

    ``errors``, ``conflicts`` and ``taken`` are as those of a form. ``failed`` stands in its place. What is
    ``folded`` is opened by its title.
    """

    title: str
    inputs: Sequence[Input] = ()
    collections: Sequence[InputRows] = ()
    help: str = ""
    errors: Sequence[str] = ()
    conflicts: Sequence[Conflict] = ()
    taken: Sequence[str] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)
    failed: str = ""
    similar: SimilarNotice | None = None
    origin: Origin | None = None
    folded: bool = False


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
    sections: Sequence[FormSection] = ()
    multipart: bool = False
    hidden: Mapping[str, str] = field(default_factory=dict)
