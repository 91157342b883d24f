"""What the page of a merge draws: plain data, as in ``vinculo.web.views``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vinculo.web.views import Input, Line, Text


@dataclass(frozen=True, slots=True)
class MergeColumn:
    """One of the records; ``survives`` is the one whose address stays."""

    id: int
    title: str
    url: str
    hint: str
    survives: bool = False


@dataclass(frozen=True, slots=True)
class MergeCell:
    """The value of one record, which can be chosen."""

    id: int
    text: Text
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class MergeField:
    """A field in which the records differ."""

    name: str
    label: str
    cells: Sequence[MergeCell]


@dataclass(frozen=True, slots=True)
class MergeRows:
    """A collection, record by record: all rows stay, repeated ones once."""

    label: str
    cells: Sequence[Sequence[Line]]


@dataclass(frozen=True, slots=True)
class MergeHanging:
    """What hangs on the records, and what becomes of it. ``tone`` ∈ neutral, warn, bad."""

    label: str
    plugin: str
    note: str
    tone: str
    counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class MergePage:
    """Records side by side, and what a merge makes of them.

    ``same`` are the labels of the fields that need no choice.
    """

    title: str
    action: str
    cancel: str
    ids: str
    columns: Sequence[MergeColumn]
    fields: Sequence[MergeField]
    rows: Sequence[MergeRows]
    hanging: Sequence[MergeHanging]
    same: Sequence[str]
    other: Input | None = None  # one more record; None where there are as many as can be
    errors: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ClashLine:
    """A value that was changed after a merge; texts are "" where the user does not see them."""

    key: str
    label: str
    before: str
    merged: str
    present: str


@dataclass(frozen=True, slots=True)
class UnmergePage:
    """Taking one merge back: what was changed since, and what cannot come back."""

    title: str
    action: str
    cancel: str
    when: str
    clashes: Sequence[ClashLine]
    lost: Sequence[str]
    errors: Sequence[str] = ()
