"""Evidence: that a record of one kind shows that something was done about records of another.

A talk with the client, a task that is done, a file. Who asks for it knows neither the kind nor its plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.plugins.registry import Registry
from vinculo.records import hanging
from vinculo.records.kind import RecordKind, Text


@dataclass(frozen=True, slots=True)
class Subject:
    """A record about which evidence is looked for, from a moment on; ``client_id`` is whose it is."""

    kind: str
    record_id: int
    client_id: int | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """When something was done, and by whom where that is known."""

    at: datetime
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a record of a kind shows, as ``RecordKind.evidence`` says it.

    ``found(session, subjects)`` answers for many of one kind at once: of each for which there is any, the
    first. It is asked on behalf of nobody, and tells when and by whom, no more.
    """

    label: Text
    found: Callable[[Session, Sequence[Subject]], Mapping[Subject, Found]]


def known(registry: Registry) -> Mapping[str, Evidence]:
    """What there is now, by the kinds that show it."""
    return {name: kind.evidence for name, kind in registry.kinds.items() if kind.evidence is not None}


def first(
    session: Session,
    subjects: Sequence[Subject],
    rows: sa.Select[*tuple[Any, ...]],
    by: Callable[[Subject], int | None],
) -> Mapping[Subject, Found]:
    """Of each subject the first of ``rows``: (key, moment, user). ``by`` is the key of a subject."""
    key, at, _who = rows.selected_columns
    wanted = {number for one in subjects if (number := by(one)) is not None}
    if not wanted:
        return {}
    since = min(one.since for one in subjects)
    found: dict[int | None, list[Found]] = {}
    for number, moment, who in session.execute(rows.where(key.in_(wanted), at >= since).order_by(at)):
        found.setdefault(number, []).append(Found(moment, who))
    told = ((one, _since(found.get(by(one), ()), one)) for one in subjects)
    return {one: moment for one, moment in told if moment is not None}


def _since(found: Sequence[Found], subject: Subject) -> Found | None:
    return next((one for one in found if one.at >= subject.since), None)


def hanging_on(
    session: Session, subjects: Sequence[Subject], kind: RecordKind, at: str, who: str, *more: Any
) -> Mapping[Subject, Found]:
    """The first record of a kind that hangs on each, as ``vinculo.records.hanging`` has it.

    ``at`` and ``who`` are its attributes with moment and user, ``more`` are further conditions.
    """
    if not subjects:
        return {}
    of = subjects[0].kind
    own = hanging.keys(kind).get(of)
    rows = sa.select(kind.column(own or "about_id"), kind.column(at), kind.column(who)).where(*more)
    rows = rows if own else rows.where(kind.column("about_kind") == of)
    return first(session, subjects, rows, lambda one: one.record_id)
