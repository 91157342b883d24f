"""The frame of a page, and small parts that many pages have."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass


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
class Action:
    """A link or a button. With ``post`` it is a small form with a CSRF token, else a link."""

    label: str
    url: str
    icon: str = ""
    primary: bool = False
    danger: bool = False
    post: bool = False
    key: str = ""  # keyboard shortcut, e.g. "c" or "e"
    rare: bool = False  # on a card it stands in the menu


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

    ``more`` are entries of the foot that are folded: with all that an administrator has, it would be taller
    than all the rest. ``why`` is whether the user sees where each part comes from, None for those who may
    not; ``origins`` then begins with that of the page itself.
    """

    company: str
    user_name: str
    user_role: str
    menu: Sequence[MenuGroup]
    language: str
    theme: str  # "", light, dark
    csrf: str
    accent: str = "indigo"
    crumbs: Sequence[Crumb] = ()
    toasts: Sequence[Toast] = ()
    foot: Sequence[MenuLink] = ()
    more: Sequence[MenuLink] = ()
    why: bool | None = None
    origins: Sequence[Origin] = ()
    unread: int = 0  # notices
    logo: str = ""  # its address

    @property
    def frame(self) -> Hashable:
        """What the parts depend on that many pages have alike: sidebar, bottom bar, dialogs."""
        groups = tuple((group.label, *group.links) for group in self.menu)
        return (self.language, self.company, self.logo, groups, tuple(self.foot), tuple(self.more))


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found. ``title`` and ``hint`` are parts, each with whether it is what was typed.

    ``reason`` names what ``hint`` is of. Without ``url``, choosing it does ``act``: one of vinculo.js.
    """

    title: Sequence[tuple[str, bool]]
    url: str = ""
    reason: str = ""
    hint: Sequence[tuple[str, bool]] = ()
    icon: str = ""
    act: str = ""


@dataclass(frozen=True, slots=True)
class SearchGroup:
    """Search results of one kind of record. ``count`` says how many there are, as “12” or “1000+”."""

    label: str
    icon: str
    rows: Sequence[Hit]
    more_url: str = ""
    count: str = ""


@dataclass(frozen=True, slots=True)
class ResultTab:
    """The results of one kind, or of all."""

    label: str
    url: str
    count: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a long piece of work stands. ``total`` is None while it is not known."""

    done: int
    total: int | None
    rate: float  # per second
    seconds_left: int | None
    text: str = ""
    finished: bool = False
