"""What the reports on the process count: what was done on time, what was not, and what was won with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts.models import User
from vinculo.db.base import now
from vinculo.db.types import UtcDateTime
from vinculo_deals import evidence
from vinculo_deals.models import Deal, Pipeline, State, Strictness
from vinculo_deals.process_models import Duty
from vinculo_deals.reports import MOST, Which
from vinculo_deals.statistics import Kept, Share, compliance, share

_WHO: Final = sa.func.coalesce(sa.func.nullif(User.full_name, ""), User.login)
_SETTLED: Final = sa.func.coalesce(
    Duty.done_at, sa.case((Duty.approved_at.is_not(None), Duty.skipped_at)), type_=UtcDateTime()
)
_KEPT: Final = {  # the same as ``statistics.kept`` of what is due; a test compares them
    Kept.ON_TIME: Duty.due_at >= _SETTLED,
    Kept.LATE: Duty.due_at < _SETTLED,
    Kept.MISSING: _SETTLED.is_(None),
}
_BY: Final[Mapping[str, tuple[Any, Any]]] = {  # what tells groups apart, and what they are called
    "responsible": (Deal.responsible_id, _WHO),
    "stage": (Duty.stage_id, Duty.stage),
    "deal": (Deal.id, Deal.title),
    "step": (Duty.step_id, Duty.name),
}


@dataclass(frozen=True, slots=True)
class Group:
    """What was due of a manager, in a stage, in a deal or of a step, by weight; how many were not on time."""

    key: Any
    label: str
    deals: int
    weights: Mapping[Kept, int]
    late: int
    missing: int

    @property
    def due(self) -> int:
        """What all that was due weighs."""
        return sum(self.weights.values())

    @property
    def kept(self) -> float:
        """The share that was done on time."""
        return compliance(self.weights) or 0.0


def _due(query: sa.Select[Any], which: Which, *more: Any) -> sa.Select[Any]:
    """Required steps that were due, of deals that their reader sees; none of folders, none that are gone."""
    here = sa.or_(Duty.step_id.is_not(None), sa.not_(evidence.UNDONE))
    query = query.select_from(Duty).join(Deal, Deal.id == Duty.deal_id)
    query = query.join(Pipeline, Pipeline.id == Deal.pipeline_id)
    query = query.outerjoin(User, User.id == Deal.responsible_id)
    binding = (Pipeline.strictness != Strictness.FOLDER, Duty.required.is_(True), here)
    return query.where(*binding, Duty.due_at <= now(), *which.conditions(), *more)


def groups(session: Session, which: Which, by: str) -> list[Group]:
    """By anything of ``_BY``: those of which most was due first."""
    key, label = _BY[by]
    weights = [sa.func.sum(sa.case((met, Duty.weight), else_=0)) for met in _KEPT.values()]
    counts = [sa.func.sum(sa.case((_KEPT[one], 1), else_=0)) for one in (Kept.LATE, Kept.MISSING)]
    query = sa.select(key, sa.func.max(label), sa.func.count(Duty.deal_id.distinct()), *weights, *counts)
    rows = session.execute(
        _due(query, which).group_by(key).order_by(sa.func.sum(Duty.weight).desc(), key).limit(MOST)
    )
    return [
        Group(row[0], row[1] or "", row[2], dict(zip(_KEPT, map(int, row[3:6]), strict=True)), row[6], row[7])
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Failing:
    """A step that was done late (``settled`` says when) or not at all."""

    deal_id: int
    deal: str
    step: str
    stage: str
    who: str
    due_at: datetime
    settled: datetime | None
    reason: str


def failing(session: Session, which: Which, *, by: str = "", key: int | None = None) -> list[Failing]:
    """What was not done on time, what is missing first; of one group of ``_BY``, or of all."""
    columns = (
        Deal.id, Deal.title, Duty.name, Duty.stage, sa.func.coalesce(_WHO, ""), Duty.due_at, _SETTLED,
        Duty.reason,
    )  # fmt: skip
    more = [_BY[by][0].is_(None) if key is None else _BY[by][0] == key] if by in _BY else []
    query = _due(sa.select(*columns), which, sa.or_(_KEPT[Kept.LATE], _KEPT[Kept.MISSING]), *more)
    query = query.order_by(_SETTLED.is_not(None), Duty.due_at, Duty.id).limit(MOST)
    return [Failing(*row) for row in session.execute(query)]


@dataclass(frozen=True, slots=True)
class Effect:
    """How many of the closed deals were won in which a step was done, and in which it was not."""

    step_id: int
    step: str
    stage: str
    done: Share
    undone: Share

    @property
    def apart(self) -> bool:
        """Whether the intervals of the two lie apart."""
        return self.done.low > self.undone.high or self.undone.low > self.done.high


def effects(session: Session, which: Which) -> list[Effect]:
    """Of each step. A deal counts that was in its stage; what was skipped was not done."""
    done = sa.case((Duty.done_at.is_not(None), 1), else_=0)
    won = sa.func.sum(sa.case((Deal.state == State.WON, 1), else_=0))
    query = sa.select(
        Duty.step_id, done, sa.func.max(Duty.name), sa.func.max(Duty.stage), won, sa.func.count()
    )
    query = _closed(query, which).where(Duty.step_id.is_not(None))
    found: dict[int, dict[int, Any]] = {}
    for row in session.execute(query.group_by(Duty.step_id, done).order_by(Duty.step_id)):
        found.setdefault(row[0], {})[row[1]] = row
    return [_effect(number, rows) for number, rows in found.items()]


def _effect(number: int, rows: Mapping[int, Any]) -> Effect:
    shares = [share(rows[one][4], rows[one][5]) if one in rows else share(0, 0) for one in (1, 0)]
    name = next(iter(rows.values()))
    return Effect(number, name[2], name[3], *shares)


def _closed(query: sa.Select[Any], which: Which) -> sa.Select[Any]:
    query = query.select_from(Duty).join(Deal, Deal.id == Duty.deal_id)
    query = query.join(Pipeline, Pipeline.id == Deal.pipeline_id)
    binding = (Pipeline.strictness != Strictness.FOLDER, Deal.state != State.OPEN)
    return query.where(*binding, *which.conditions())


def closed(session: Session, which: Which, step_id: int, *, done: bool) -> Sequence[Any]:
    """(id, title, state, day of the end, responsible) of the deals behind one of these numbers."""
    met = Duty.done_at.is_not(None) if done else Duty.done_at.is_(None)
    query = sa.select(Deal.id, Deal.title, Deal.state, Deal.closed_on, sa.func.coalesce(_WHO, ""))
    query = _closed(query, which).outerjoin(User, User.id == Deal.responsible_id)
    query = query.where(Duty.step_id == step_id, met).order_by(Deal.closed_on.desc(), Deal.id)
    return session.execute(query.limit(MOST)).all()
