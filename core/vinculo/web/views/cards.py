"""The card of a record and what is on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

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
