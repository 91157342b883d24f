"""Steps of stages: what holds for them, and ticking, skipping and approving what they ask of a deal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db import keeping
from vinculo.db.base import now
from vinculo.errors import ConflictError, FieldError, ForbiddenError, InvalidError, NotFoundError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.plugins.registry import Registry
from vinculo.records import access, facts, view_uses
from vinculo.records import query as queries
from vinculo.records.kind import RecordKind
from vinculo_deals import evidence, process, tallies
from vinculo_deals.models import Deal, Pipeline, Stage, State, Strictness
from vinculo_deals.process_models import About, By, Duty, Rule, Step

APPROVE: Final = "deals.step.approve"
AT_ONCE: Final = 1000
Pairs = Sequence[tuple[str, str]]
LONGEST: Final = 4000  # of the conditions of a rule, as text
SAME: Final = ("name", "required", "weight", "evidence", "field")  # what open duties have of their step


# What holds for steps and rules


def check_step(session: Session, step: Step, actor: Actor) -> None:
    """It stays in its stage, in which deals are open. Raises ``InvalidError``."""
    _place(session, step)
    stage = keeping.get_one(session, Stage, step.stage_id)
    if step.id is not None and sa.inspect(step).attrs.stage_id.history.has_changes():
        text = _("A step stays in its stage; add another one there.")
        raise InvalidError([FieldError("stage_id", text, "stays")])
    if stage.state is not State.OPEN:
        text = _("“%(stage)s” closes deals: steps are for stages in which deals are open.", stage=stage.name)
        raise InvalidError([FieldError("stage_id", text, "closed_stage")])
    if step.evidence != By.FIELD:
        step.field = None
    elif not step.field:
        raise InvalidError([FieldError("field", _("Say which field shows it."), "required")])


def check_rule(session: Session, rule: Rule, actor: Actor) -> None:
    """Conditions about deals mean nothing for clients."""
    _place(session, rule)
    if rule.id is not None and rule.conditions and sa.inspect(rule).attrs.about.history.has_changes():
        text = _("The rule has conditions about something else: take them away first, or add another rule.")
        raise InvalidError([FieldError("about", text, "has_conditions")])


def _place(session: Session, one: Step | Rule) -> None:
    with session.no_autoflush:
        one.pipeline_id = keeping.get_one(session, Stage, one.stage_id).pipeline_id


def conditions_in(parameters: Pairs) -> list[tuple[str, str]]:
    """Those parameters of a list that are conditions."""
    steering = queries.CONTROLS | queries.LOOKS
    return [(n, v) for n, v in parameters if n not in steering and not n.startswith("_") and v.strip()]


def set_conditions(
    session: Session,
    registry: Registry,
    kind: RecordKind,
    rule: Rule,
    parameters: Pairs,
    *,
    actor: Actor,
    typed: bool = False,
) -> None:
    """Let a rule, read with a lock, go by conditions. Raises ``InvalidError`` and ``MalformedError``."""
    access.require(session, kind, rule, actor, "update")
    seen, pairs = facts.seen_by(registry, registry.kinds[rule.about], actor), conditions_in(parameters)
    me = actor.user_id or 0
    asked = queries.parse(seen, pairs, typed=typed, me=me)
    list(queries.conditions(session, seen, asked, actor))  # each can be asked
    kept = queries.settled(seen, pairs, typed=typed, me=me)
    if sum(len(n) + len(v) for n, v in kept) > LONGEST:
        text = _("The conditions are too long to be kept; use fewer values.")
        raise InvalidError([FieldError("conditions", text, "too_long")])
    before, rule.conditions = rule.conditions, [list(pair) for pair in kept]
    rule.changed_at, rule.changed_by_id = now(), actor.user_id
    session.flush()
    log.write(
        session, actor=actor, action="changed", kind=kind.name, record_id=rule.id, title=rule.name,
        changes={"conditions": [before, rule.conditions]}, version=rule.version,
    )  # fmt: skip


def using(session: Session, fields: view_uses.Fields) -> list[str]:
    """The steps and rules of stages that ask for any of these, in words."""
    rules = session.scalars(sa.select(Rule).order_by(Rule.id))
    steps = session.scalars(sa.select(Step).where(Step.evidence == By.FIELD).order_by(Step.id))
    shown = [
        _("Step of a stage: %(step)s", step=one.name)
        for one in steps
        if view_uses.uses(fields, About.DEAL, [(one.field or "", "")])
    ]
    return shown + [
        _("Rule of a stage: %(rule)s", rule=one.name)
        for one in rules
        if one.conditions and view_uses.uses(fields, one.about, process.pairs_of(one))
    ]


def step_written(session: Session, step: Step, changes: Mapping[str, Any], actor: Actor) -> None:
    """Deals that are in the stage have it to do, too; what is open is called and weighs as it does now."""
    process.forget(session)
    stage = keeping.get_one(session, Stage, step.stage_id)
    if "stage_id" in changes:
        ask(session, step, stage)
        return
    values = {name: getattr(step, name) for name in SAME}
    mine = sa.update(Duty).where(Duty.step_id == step.id, evidence.UNDONE)
    session.execute(mine.values(**values))
    tallies.stale_by(session, Duty.step_id == step.id)


def steps_gone(session: Session, steps: Sequence[Step], actor: Actor) -> None:
    """What reports add up is counted anew where a step went, or came back."""
    process.forget(session)
    ids = [one.id for one in steps]
    tallies.stale_by(session, sa.or_(Duty.step_id.is_(None), Duty.step_id.in_(ids)))


def pipeline_written(session: Session, pipeline: Pipeline, changes: Mapping[str, Any], actor: Actor) -> None:
    """What was a folder asks for its steps from now on."""
    if "stages" in changes:  # steps go with theirs
        tallies.stale_by(session, Duty.step_id.is_(None))
    was = changes.get("strictness", [None])[0]
    if was != Strictness.FOLDER:
        return
    process.forget(session)
    for step in session.scalars(sa.select(Step).where(Step.pipeline_id == pipeline.id)):
        ask(session, step, keeping.get_one(session, Stage, step.stage_id))


def ask(session: Session, step: Step, stage: Stage) -> None:
    """Have the deals of a stage do a step that they do not have yet."""
    if keeping.get_one(session, Pipeline, stage.pipeline_id).strictness is Strictness.FOLDER:
        return
    moment = now()
    theirs = sa.select(Duty.deal_id).where(Duty.step_id == step.id)
    query = sa.select(Deal.id, Deal.stage_since).where(Deal.stage_id == stage.id, Deal.id.not_in(theirs))
    for some in session.execute(query).partitions(AT_ONCE):
        rows = [process.fresh(step, stage.name, row.id, row.stage_since, moment) for row in some]
        session.execute(sa.insert(Duty), rows)
    tallies.stale_by(session, Duty.step_id == step.id)


# What people and programs do


def find(session: Session, deal: Deal, duty_id: int) -> Duty:
    """What a deal, read with a lock, has to do. Raises ``NotFoundError``."""
    found = session.scalar(sa.select(Duty).where(Duty.id == duty_id, Duty.deal_id == deal.id))
    if found is None:
        raise NotFoundError
    return found


def tick(session: Session, kind: RecordKind, deal: Deal, duty_id: int, *, actor: Actor) -> Duty:
    """Say that something is done. Raises ``ConflictError`` where something else shows that.

    What needs approval is done when somebody with the right says so; without it: ``ForbiddenError``.
    """
    duty = _undone(session, deal, duty_id)
    how = evidence.by(session, duty)
    if how == By.APPROVAL:
        _require_approval(actor)
    elif how != By.HAND:
        text = _("“%(step)s” is done once there is what shows it; until then it can be skipped.")
        raise ConflictError(text % {"step": duty.name}, code="needs_evidence")
    duty.done_at, duty.done_by_id = now(), actor.user_id
    return _told(session, kind, deal, duty, "step_done", actor)


def skip(session: Session, kind: RecordKind, deal: Deal, duty_id: int, *, reason: str, actor: Actor) -> Duty:
    """Go on without it, for a reason; it counts as done once that is approved."""
    duty = _undone(session, deal, duty_id)
    if not reason.strip():
        raise InvalidError([FieldError("reason", _("Say why it is skipped."), "required")])
    duty.skipped_at, duty.skipped_by_id, duty.reason = now(), actor.user_id, reason.strip()[:300]
    return _told(session, kind, deal, duty, "step_skipped", actor)


def approve(session: Session, kind: RecordKind, deal: Deal, duty_id: int, *, actor: Actor) -> Duty:
    """Approve that something was skipped, or what needs approval. Raises ``ForbiddenError``."""
    _require_approval(actor)
    duty = find(session, deal, duty_id)
    if duty.skipped_at is None:
        if duty.done_at is None and evidence.by(session, duty) == By.APPROVAL:
            return tick(session, kind, deal, duty_id, actor=actor)
        raise ConflictError(_("There is nothing to approve here; load the page anew."), code="not_skipped")
    if duty.approved_at is not None:
        raise _settled(duty)
    duty.approved_at, duty.approved_by_id = now(), actor.user_id
    return _told(session, kind, deal, duty, "step_approved", actor)


def reopen(session: Session, kind: RecordKind, deal: Deal, duty_id: int, *, actor: Actor) -> Duty:
    """Take back what was ticked or skipped; what was approved, only who may approve."""
    duty = find(session, deal, duty_id)
    if duty.step_id is None or process.is_open(duty):
        raise ConflictError(_("There is nothing to take back here; load the page anew."), code="step_open")
    if duty.approved_at is not None or (duty.done_at and duty.evidence == By.APPROVAL):
        _require_approval(actor)
    duty.done_at = duty.done_by_id = duty.skipped_at = duty.skipped_by_id = None
    duty.approved_at = duty.approved_by_id = None
    duty.reason = ""
    return _told(session, kind, deal, duty, "step_reopened", actor)


def _require_approval(actor: Actor) -> None:
    if not actor.may(APPROVE):
        text = _("Somebody with the permission %(permission)s approves this.", permission=APPROVE)
        raise ForbiddenError(text)


def _undone(session: Session, deal: Deal, duty_id: int) -> Duty:
    duty = find(session, deal, duty_id)
    if duty.step_id is None or not process.is_open(duty):
        raise _settled(duty)
    return duty


def _settled(duty: Duty) -> ConflictError:
    text = _("“%(step)s” was settled meanwhile; load the page anew.", step=duty.name)
    return ConflictError(text, code="step_settled")


def _told(session: Session, kind: RecordKind, deal: Deal, duty: Duty, action: str, actor: Actor) -> Duty:
    session.flush()
    tallies.stale(session, deal.id)
    changes: dict[str, Any] = {"step": [None, duty.name]}
    if duty.reason:
        changes["reason"] = [None, duty.reason]
    process.tell(session, kind, deal, action, changes, actor)
    return duty
