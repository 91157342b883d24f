"""What the pages of histories draw: plain data, as in ``views``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """One changed field in a history; of a collection ``rows`` are those that changed."""

    label: str
    before: str
    after: str
    rows: Sequence[RowChange] = ()


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that came, went or changed. ``tone`` ∈ added, removed, changed; ``text`` is the row in words."""

    tone: str
    text: str
    changes: Sequence[Change] = ()


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change of a record; ``undo_url`` takes it back, or ``fixed`` says why it cannot be."""

    title: str
    when: str
    at: str
    who: str
    source: str
    changes: Sequence[Change] = ()
    undo_url: str = ""
    fixed: str = ""
