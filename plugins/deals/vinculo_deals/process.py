"""The process of a deal: what its stages ask for, and when a move is refused.

Rules and steps bind where the pipeline prescribes its order. Going on to a later stage or to won needs all
that the stage left asks for; what is entered by going on, or lost, asks for its own. Going back is free,
and so is coming back from there within minutes: a move that is taken back was none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source, system
from vinculo.db import keeping
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError, VinculoError
from vinculo.events import log
from vinculo.i18n import current_time_zone
from vinculo.i18n import gettext as _
from vinculo.plugins.present import registry_of
from vinculo.plugins.registry import Registry
from vinculo.records import facts
from vinculo.records import query as queries
from vinculo.records.kind import RecordKind
from vinculo_deals import evidence, placing
from vinculo_deals.models import Deal, Pipeline, Stage, State, Strictness
from vinculo_deals.process_models import About, Duty, Passage, Rule, Step, Way

OVERRIDE: Final = "deals.process.override"
SLIP: Final = placing.SLIP
_PAST: Final = "deals_past"
_STEPS: Final = "deals_steps"


@contextmanager
def going_past(session: Session, reason: str) -> Iterator[None]:
    """While a deal is moved although something is not met, for a reason."""
    session.info[_PAST] = reason.strip()[:300]
    try:
        yield
    finally:
        session.info.pop(_PAST, None)


def follow(session: Session, kind: RecordKind, deal: Deal, changes: Mapping[str, Any], actor: Actor) -> None:
    """After a deal was written: note what is done by it; where it was moved, refuse it or go on.

    Raises ``InvalidError`` that names every step and rule which is not met.
    """
    if "stage_id" not in changes:
        evidence.settle_one(session, deal, deal.stage_id)
        return
    left_id = changes["stage_id"][0]
    left = None if left_id is None else session.get(Stage, left_id)
    entered = keeping.get_one(session, Stage, deal.stage_id)
    if left is not None:
        reached = changes.get("reached_id", [deal.reached_id])[0]
        base = left if left.state is State.OPEN else session.get(Stage, reached or 0) or left
        evidence.settle_one(session, deal, base.id)
        _check(session, kind, deal, base, entered, actor)
        _leave(session, deal, base, going_on=_goes_on(base, entered))
    elif actor.source is not Source.IMPORT or entered.state is State.OPEN:
        _check(session, kind, deal, None, entered, actor)
    enter(session, deal, entered)


# When a move is refused


def _goes_on(left: Stage, entered: Stage) -> bool:
    """Whether it leads on: to won, to a later stage, or into another pipeline."""
    if entered.state is State.LOST or left.state is not State.OPEN:
        return False
    apart = entered.pipeline_id != left.pipeline_id
    return apart or entered.state is State.WON or _order(entered) > _order(left)


def _order(stage: Stage) -> tuple[int, int]:
    return stage.position or 0, stage.id


def _check(
    session: Session, kind: RecordKind, deal: Deal, left: Stage | None, entered: Stage, actor: Actor
) -> None:
    faults = _faults(session, deal, left, entered, actor)
    if not faults or (left is not None and placing.came_back(session, deal)):
        return
    reason = session.info.get(_PAST, "")
    if not reason or not actor.may(OVERRIDE):
        raise InvalidError(faults, code="rules_unmet")
    unmet = [one.message for one in faults]
    passage = Passage(
        deal_id=deal.id, stage_left=left.name if left else "", stage_entered=entered.name, unmet=unmet,
        reason=reason, at=now(), user_id=actor.user_id,
    )  # fmt: skip
    session.add(passage)
    tell(session, kind, deal, "moved_past", {"reason": [None, reason], "unmet": [None, unmet]}, actor)


def _faults(
    session: Session, deal: Deal, left: Stage | None, entered: Stage, actor: Actor
) -> list[FieldError]:
    on = left is None or _goes_on(left, entered)
    found: list[FieldError] = []
    rules: list[Rule] = []
    if left is not None and on and _binds(session, left):
        missing = [one for one in duties(session, deal.id, left.id) if one.required and is_open(one)]
        text = _("“%(step)s” is not done yet; do it, or skip it with a reason.")
        found += [FieldError("stage_id", text % {"step": one.name}, "step_missing") for one in missing]
        rules += rules_of(session, left.id, Way.LEAVE)
    if (on or entered.state is State.LOST) and _binds(session, entered):
        rules += rules_of(session, entered.id, Way.ENTER)
    return [*found, *(_unmet(one) for one, met in hold(session, rules, deal, actor) if met is False)]


def _unmet(rule: Rule) -> FieldError:
    if rule.way is Way.LEAVE:
        text = _("The stage is left only once this is met: “%(rule)s”.")
    else:
        text = _("The stage is entered only once this is met: “%(rule)s”.")
    return FieldError("stage_id", text % {"rule": rule.name}, "rule_unmet")


def _binds(session: Session, stage: Stage) -> bool:
    return keeping.get_one(session, Pipeline, stage.pipeline_id).strictness is Strictness.PRESCRIBED


# Rules


def rules_of(session: Session, stage_id: int, way: Way | None = None) -> Sequence[Rule]:
    """The rules of a stage, or those for one way through it."""
    query = sa.select(Rule).where(Rule.stage_id == stage_id).order_by(Rule.way, Rule.id)
    return session.scalars(query if way is None else query.where(Rule.way == way)).all()


def pairs_of(rule: Rule) -> list[tuple[str, str]]:
    """Its conditions, as parameters of a list."""
    return [(str(name), str(value)) for name, value in rule.conditions]


def hold(session: Session, rules: Sequence[Rule], deal: Deal, actor: Actor) -> list[tuple[Rule, bool | None]]:
    """Whether a deal, as it is written, meets each rule, whoever may see what it asks for: one query.

    None where that cannot be told: it asks for a part of a plugin that is off, or for nothing at all.
    """
    registry, columns = registry_of(session), dict[int, Any]()
    for rule in rules:
        number = deal.id if rule.about is About.DEAL else deal.client_id or 0
        if registry is not None and (found := _met(session, registry, rule, number, actor)) is not None:
            columns[rule.id] = found.label(f"rule{rule.id}")
    row = session.execute(sa.select(*columns.values())).mappings().one() if columns else {}
    return [(rule, bool(row[f"rule{rule.id}"]) if rule.id in columns else None) for rule in rules]


def _met(
    session: Session, registry: Registry, rule: Rule, number: int, actor: Actor
) -> sa.ColumnElement[bool] | None:
    everything = system(Source.JOB)
    kind = facts.seen_by(registry, registry.kinds[rule.about], everything)
    try:
        asked = queries.parse(kind, pairs_of(rule), typed=True, me=actor.user_id or 0)
        met = [*queries.conditions(session, kind, asked, everything)]
    except VinculoError:
        return None
    return (
        sa.select(1).select_from(kind.table).where(kind.table.c.id == number, *met).exists() if met else None
    )


# What is to be done


def is_open(duty: Duty) -> bool:
    """Whether it is neither done nor skipped."""
    return duty.done_at is None and duty.skipped_at is None


def duties(session: Session, deal_id: int, stage_id: int | None = None) -> Sequence[Duty]:
    """What a deal has to do or has done, in the order of the steps; of steps that are gone what was done."""
    query = (
        sa.select(Duty)
        .outerjoin(Step, Step.id == Duty.step_id)
        .where(Duty.deal_id == deal_id, sa.or_(Duty.step_id.is_not(None), sa.not_(evidence.UNDONE)))
        .order_by(Duty.since, Step.position.is_(None), Step.position, Duty.id)
    )
    return session.scalars(query if stage_id is None else query.where(Duty.stage_id == stage_id)).all()


def enter(session: Session, deal: Deal, stage: Stage) -> None:
    """What is to be done in a stage that a deal has entered; what was done there before stays done."""
    steps = _steps(session, stage)
    if not steps:
        return
    query = sa.select(Duty).where(Duty.deal_id == deal.id, Duty.step_id.in_([one.id for one in steps]))
    held = {one.step_id: one for one in session.scalars(query)}
    moment = now()
    for step in steps:
        duty = held.get(step.id)
        if duty is None:
            session.add(Duty(**fresh(step, stage.name, deal.id, deal.stage_since, moment)))
        elif is_open(duty) and (duty.due_at is None or moment - SLIP <= duty.due_at <= moment):
            duty.due_at = due(moment, step.due_days)
    session.flush()
    evidence.settle_one(session, deal, stage.id)


def _steps(session: Session, stage: Stage) -> Sequence[Step]:
    """Asked once of each stage: thousands of deals of a file enter the same."""
    known: dict[int, Sequence[Step]] = session.info.setdefault(_STEPS, {})
    if stage.id not in known:
        pipeline = keeping.get_one(session, Pipeline, stage.pipeline_id)
        query = sa.select(Step).where(Step.stage_id == stage.id)
        folder = pipeline.strictness is Strictness.FOLDER
        known[stage.id] = () if folder else session.scalars(query.order_by(Step.position, Step.id)).all()
    return known[stage.id]


def forget(session: Session) -> None:
    """Ask anew which steps there are: one was changed."""
    session.info.pop(_STEPS, None)


def fresh(step: Step, stage: str, deal_id: int, since: datetime, moment: datetime) -> dict[str, Any]:
    """A duty as it begins. It is due so many days from now: what a file brings is not late at once."""
    return {
        "deal_id": deal_id, "step_id": step.id, "stage_id": step.stage_id, "stage": stage, "name": step.name,
        "required": step.required, "weight": step.weight, "evidence": step.evidence, "field": step.field,
        "since": since, "due_at": due(moment, step.due_days),
    }  # fmt: skip


def due(moment: datetime, days: int | None) -> datetime | None:
    """The end of the day that is so many days later, where the user is."""
    if days is None:
        return None
    zone = current_time_zone()
    day = moment.astimezone(zone).date() + timedelta(days=days + 1)
    return datetime.combine(day, time(), zone)


def _leave(session: Session, deal: Deal, stage: Stage, *, going_on: bool) -> None:
    """Who goes on should have done all by now; who goes back, or has lost, need do no more of it."""
    moment = now()
    late = Duty.due_at.is_(None) if going_on else sa.or_(Duty.due_at.is_(None), Duty.due_at > moment)
    mine = (Duty.deal_id == deal.id, Duty.stage_id == stage.id, evidence.OPEN, late)
    session.execute(sa.update(Duty).where(*mine).values(due_at=moment if going_on else None))


def tell(
    session: Session, kind: RecordKind, deal: Deal, action: str, changes: Mapping[str, Any], actor: Actor
) -> None:
    """Have the log tell it of the deal."""
    log.write(
        session, actor=actor, action=action, kind=kind.name, record_id=deal.id, title=deal.title,
        client_id=deal.client_id, changes=dict(changes), version=None,
    )  # fmt: skip
