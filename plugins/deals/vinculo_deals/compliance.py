"""What the reports on the process count: what was done on time, what was not, and what was won with it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts.models import User
from vinculo.db.base import now
from vinculo_deals import evidence, tallies
from vinculo_deals.kept_models import Tally
from vinculo_deals.models import Deal, Pipeline, Stage, State, Strictness
from vinculo_deals.process_models import LATE, MISSING, SETTLED, Duty, Step
from vinculo_deals.reports import MOST, Which
from vinculo_deals.statistics import Kept, Share, compliance, share

_WHO: Final = sa.func.coalesce(sa.func.nullif(User.full_name, ""), User.login)
_FIRST: Final = {"stage": tallies.STAGE, "step": ""}  # of one deal a step is one word
_WORD: Final = re.compile(r"(\d+)\.(\d+):(\d+)([+~-])(\w*)")
BY: Final[Mapping[str, Any]] = {  # what tells groups apart
    "responsible": Deal.responsible_id,
    "stage": Duty.stage_id,
    "deal": Deal.id,
    "step": Duty.step_id,
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
    """By anything of ``BY``: those of which most was due first."""
    if by in ("stage", "step"):
        parts: dict[int | None, list[_Entry]] = defaultdict(list)
        for one in _entries(_words(session, which).get(None, {})):
            parts[one.stage if by == "stage" else one.step].append(one)
        found = [_group(key, entries, _FIRST[by] if key or by == "stage" else tallies.GONE)
                 for key, entries in parts.items()]  # fmt: skip
    else:
        words = _most(session, which) if by == "deal" else _words(session, which, BY[by])
        found = [_group(key, _entries(one)) for key, one in words.items()]
    first = sorted(found, key=lambda one: (-one.due, one.key is None, one.key))[:MOST]
    names = _names(session, by, [one.key for one in first])
    return [replace(one, label=names.get(one.key, "")) for one in first]


def whole(session: Session, which: Which) -> Group:
    """All of them as one."""
    return _group(None, _entries(_words(session, which).get(None, {})))


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a word of ``Tally.kept`` says of a step, and how often it stands there."""

    step: int | None
    stage: int | None
    weight: int
    verdict: Kept
    firsts: str
    count: int


def _found(which: Which) -> sa.Select[Any]:
    query: Any = sa.select(Tally.id).join(Deal, Deal.id == Tally.id)
    query = query.join(Pipeline, Pipeline.id == Deal.pipeline_id)
    binding: sa.Select[Any] = query.where(Pipeline.strictness != Strictness.FOLDER, *which.conditions())
    return binding


def _words(session: Session, which: Which, key: Any = None) -> Mapping[Any, Counter[str]]:
    """What was due, in words, for each key."""
    at, query = now(), _found(which)
    found = tallies.count(session, query.where(tallies.holds(at), Tally.due > 0), Tally.kept, key)
    for _deal, its, told in _anew(session, query, at, key):
        found[its].update(told.kept)
    return found


def _most(session: Session, which: Which) -> Mapping[int, Counter[str]]:
    """The same of the deals of which most was due."""
    at, query = now(), _found(which)
    first = query.where(tallies.holds(at), Tally.due > 0).order_by(Tally.due.desc(), Tally.id).limit(MOST)
    rows: Iterable[Any] = session.execute(first.with_only_columns(Tally.id, Tally.kept))
    found = {deal: Counter(words.split()) for deal, words in rows}
    anew = _anew(session, query, at, None)
    return found | {deal: Counter(told.kept) for deal, _key, told in anew if told.kept}


def _anew(
    session: Session, query: sa.Select[Any], at: datetime, key: Any
) -> Iterator[tuple[int, Any, tallies.Told]]:
    """What is counted now, as it was not yet, or no longer holds."""
    late = query.where(sa.not_(tallies.holds(at)))
    rows: Iterable[Any] = session.execute(late.with_only_columns(Tally.id, sa.null() if key is None else key))
    if keys := {deal: its for deal, its in rows}:  # noqa: C416 -- rows are no pairs to mypy
        for deal, told in tallies.told(session, late, at).items():
            yield deal, keys[deal], told


def _entries(words: Mapping[str, int]) -> Iterator[_Entry]:
    for word, count in words.items():
        step, stage, weight, verdict, firsts = _WORD.fullmatch(word).groups()  # type: ignore[union-attr]
        yield _Entry(int(step) or None, int(stage) or None, int(weight), tallies.OF[verdict], firsts, count)


def _group(key: Any, entries: Iterable[_Entry], first: str = tallies.DEAL) -> Group:
    """``first``: the letter of the words by which deals are counted, "" where each is of another one."""
    weights, counts, deals = dict.fromkeys(Kept, 0), dict.fromkeys(Kept, 0), 0
    for one in entries:
        weights[one.verdict] += one.weight * one.count
        counts[one.verdict] += one.count
        deals += one.count if first in one.firsts else 0
    return Group(key, "", deals, weights, counts[Kept.LATE], counts[Kept.MISSING])


def _names(session: Session, by: str, keys: Sequence[Any]) -> Mapping[Any, str]:
    number, name = {
        "responsible": (User.id, _WHO), "stage": (Stage.id, Stage.name), "deal": (Deal.id, Deal.title),
        "step": (Step.id, Step.name),
    }[by]  # fmt: skip
    query = sa.select(number, name).where(number.in_([one for one in keys if one is not None]))
    rows: Iterable[Any] = session.execute(query)
    return {row[0]: row[1] for row in rows}


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
    """What was not done on time, what is missing first; of one group of ``BY``, or of all."""
    columns = (
        Deal.id, Deal.title, Duty.name, Duty.stage, sa.func.coalesce(_WHO, ""), Duty.due_at, SETTLED,
        Duty.reason,
    )  # fmt: skip
    more = [BY[by].is_(None) if key is None else BY[by] == key] if by in BY else []
    found: list[Failing] = []
    for how in (MISSING, LATE):  # each has an index in this order
        query = _due(sa.select(*columns), which, how, *more).order_by(Duty.due_at, Duty.id)
        found += [Failing(*row) for row in session.execute(query.limit(MOST - len(found)))]
    return found


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
    won, at = sa.case((Deal.state == State.WON, 1), else_=0), now()
    query = _found(which).where(Deal.state != State.OPEN)
    held = query.where(tallies.holds(at), Tally.done != "")
    words = tallies.count(session, held, Tally.done, won)
    for _deal, its, told in _anew(session, query, at, won):
        words[its].update(told.done)
    steps = sa.select(Step.id, Step.name, Stage.name).join(Stage, Stage.id == Step.stage_id)
    found = [_effect(*row, words) for row in session.execute(steps.order_by(Step.id))]
    return [one for one in found if one.done.of or one.undone.of]


def _effect(number: int, step: str, stage: str, words: Mapping[int, Mapping[str, int]]) -> Effect:
    counts = [[words.get(won, Counter())[f"{number}{done}"] for won in (1, 0)] for done in "+-"]
    return Effect(number, step, stage, *(share(won, won + lost) for won, lost in counts))


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
