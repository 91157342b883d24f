"""Boards: records in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vinculo.web.views.forms import Option


@dataclass(frozen=True, slots=True)
class Tag:
    """A short value on a card; ``title`` says what it is."""

    text: str
    title: str = ""
    icon: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class BoardCard:
    """A record on a board, as it was in this ``version``; 0 where it may not be moved.

    ``edit_url`` is a form for browsers without JavaScript, and what boards open; "" where there is none.
    """

    id: int
    url: str
    title: str
    lines: Sequence[str] = ()
    figures: Sequence[Tag] = ()
    tags: Sequence[Tag] = ()
    people: Sequence[Tag] = ()
    version: int = 0
    edit_url: str = ""


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """The records with one value; ``value`` "" are those without. ``url`` lists them all."""

    value: str
    label: str
    count: int
    url: str
    tone: str = ""
    cards: Sequence[BoardCard] = ()
    more_url: str = ""
    new_url: str = ""
    total: str = ""  # what its figures add up to


@dataclass(frozen=True, slots=True)
class Board:
    """A board of one field. ``choices`` are the values that a card can be moved to, ``back`` is its page.

    ``move_url`` takes the new value of the card ``{id}``. ``quick``: the form of a card is more than that.
    """

    columns: Sequence[BoardColumn]
    field: str
    label: str
    choices: Sequence[Option]
    back: str
    move_url: str
    quick: bool = False
