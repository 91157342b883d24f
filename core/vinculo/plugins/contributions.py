"""What hooks return: frozen dataclasses, one for each thing that a plugin can add."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from babel.support import LazyProxy
from markupsafe import Markup

if TYPE_CHECKING:
    from vinculo.web.context import Context

Text = str | LazyProxy


class Group(StrEnum):
    """The groups of the main menu, in their order. A group without entries does not appear."""

    WORK = "work"
    SALES = "sales"
    MARKETING = "marketing"
    SERVICE = "service"
    STOCK = "stock"
    MONEY = "money"
    ANALYTICS = "analytics"
    FOOT = "foot"


class Part(StrEnum):
    """What an app is made of, as plans list it and as “why is this here?” answers it."""

    ROUTES = "routes"
    MENU = "menu"
    PANELS = "panels"
    WIDGETS = "widgets"
    COLUMNS = "columns"
    TIMELINE = "timeline"
    SEARCH = "search"
    JOBS = "jobs"
    SCHEDULES = "schedules"
    PERMISSIONS = "permissions"
    EVENTS = "events"
    SETTINGS = "settings"
    COMMANDS = "commands"


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry of the main menu, shown to users who hold its permission.

    ``count(ctx)`` is how much of it waits for the user. It is asked every 15 seconds, and where it leads to.
    """

    label: Text
    url: str
    icon: str
    permission: str
    group: Group = Group.WORK
    weight: int = 50
    count: Callable[[Context], int] | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """Something that a role may be allowed; what is ``administrative`` only by name, never by ``*``."""

    name: str
    label: Text
    administrative: bool = False


@dataclass(frozen=True, slots=True)
class PanelContent:
    """What a panel shows: HTML that was rendered by the plugin's own template."""

    html: Markup
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """A box on the card of a kind of record.

    ``render(ctx, record_id)`` runs within the request's transaction and returns None to show nothing.
    ``side`` puts it under the attributes instead of in the main column.
    """

    name: str
    kind: str
    title: Text
    render: Callable[[Context, int], PanelContent | None]
    permission: str
    side: bool = False
    weight: int = 50


@dataclass(frozen=True, slots=True)
class Widget:
    """A box on the home page; ``render(ctx)`` returns None to show nothing."""

    name: str
    title: Text
    render: Callable[[Context], PanelContent | None]
    permission: str
    weight: int = 50


@dataclass(frozen=True, slots=True)
class DemoFile:
    """A file of the sample company, to be imported as records of a kind.

    ``mapping`` and ``match`` are those of an import; files of all plugins go in by (weight, kind).
    """

    kind: str
    path: Path
    match: Sequence[str] = ("external_id",)
    mapping: Mapping[str, str] | None = None
    weight: int = 50
