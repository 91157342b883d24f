"""The card of a record and what is on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from vinculo.web.views.heads import NO_HEAD, CardHead
from vinculo.web.views.shell import Action, Origin

Text = str | Markup


@dataclass(frozen=True, slots=True)
class Badge:
    """A small coloured label. ``tone`` ∈ neutral, brand, ok, warn, bad."""

    label: str
    tone: str = "neutral"
    field: str = ""  # whose value it tells: who does not see that one does not see this


@dataclass(frozen=True, slots=True)
class Attribute:
    """A labelled value on a card. ``edit_url`` is of the form that changes it in place, "" for none."""

    label: str
    value: Text
    origin: Origin | None = None
    field: str = ""  # as of a badge
    edit_url: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a collection on a card. ``hint`` is muted; ``url`` may be ``tel:`` or ``mailto:``."""

    text: Text
    hint: Text = ""
    icon: str = ""
    icon_label: str = ""  # what the icon says to those who do not see it
    url: str = ""


@dataclass(frozen=True, slots=True)
class TiedRow:
    """A row on a card that ties its record to another for a time: a counterparty, a person in a role.

    ``edit_url`` and ``end_url`` are of forms that open in place, "" where the user may not; ``move_url`` of
    a page. ``more`` stands below.
    """

    part: str  # unlike those of all other rows on the card
    name: str
    url: str
    hint: str = ""
    more: Markup = field(default_factory=Markup)
    past: bool = False
    edit_url: str = ""
    end_url: str = ""
    move_url: str = ""


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
    field: str = ""  # the collection that it shows
    edit_url: str = ""  # as of an attribute
    name: str = ""


@dataclass(frozen=True, slots=True)
class CardTab:
    """A panel of the main column where there are several: one is ``current``, the others are hidden."""

    name: str
    url: str
    panel: Panel
    current: bool = False


@dataclass(frozen=True, slots=True)
class CardPage:
    """A record with everything around it."""

    title: str
    kind_label: str
    list_title: str
    list_url: str
    title_field: str = ""
    title_edit: str = ""  # as of an attribute
    icon: str = ""
    badges: Sequence[Badge] = ()
    facts: Sequence[Attribute] = ()  # figures in the header
    attributes: Sequence[Attribute] = ()
    unfilled: Sequence[Attribute] = ()  # what could be filled in
    panels: Sequence[Panel] = ()
    tabs: Sequence[CardTab] = ()  # of the panels that are not at the side; none where there is but one
    details_url: str = ""
    at_details: bool = False  # on a narrow screen, the side is shown in the place of the tab that is open
    actions: Sequence[Action] = ()
    history_url: str = ""
    head: CardHead = NO_HEAD


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One entry of a timeline. ``at`` is shown as ``when``; ``icon`` names a sprite symbol."""

    title: Text
    when: str
    at: str  # ISO 8601, for <time datetime>
    icon: str
    url: str = ""
    text: Text = ""
    who: str = ""
    label: str = ""  # e.g. "Call in"
    muted: bool = False
    pinned: str = ""  # that it is, and by whom
    pin: Mapping[str, str] | None = None  # what is sent to pin it, or to take it down; None: one may not
