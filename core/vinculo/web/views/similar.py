"""Two records side by side that may be one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from vinculo.web.views.cards import Badge
from vinculo.web.views.shell import Action

Text = str | Markup


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A value of both; ``same`` where they have it in common."""

    label: str
    first: Text
    second: Text
    same: bool


@dataclass(frozen=True, slots=True)
class PairView:
    """Two records: what they are called and where their cards are, what they hold, what can be done."""

    score: str
    reasons: Sequence[Badge]
    first: Action
    second: Action
    rows: Sequence[SideBySide]
    actions: Sequence[Action] = ()


@dataclass(frozen=True, slots=True)
class SimilarNotice:
    """That a record looks like others: links to them, each with its reasons."""

    title: str
    found: Sequence[tuple[Action, str, Sequence[Action]]]
