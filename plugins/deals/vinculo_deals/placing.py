"""Where a deal stands: its pipeline, its stage, and how far it has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.db import keeping
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo_deals.models import Deal, Pipeline, Stage, State, Strictness, Visit

SLIP: Final = timedelta(minutes=5)  # a move that is taken back sooner was none


def place(session: Session, deal: Deal, standard: Callable[[], Pipeline]) -> Stage:
    """Settle pipeline and stage, of which either may be missing; ``standard`` is for deals that say none.

    A stage says its pipeline. A deal that goes to another pipeline alone stands where it stood there: in the
    stage of the same name, else in the first of the same state. Raises ``InvalidError``.
    """
    stage = keeping.get(session, Stage, deal.stage_id)
    chosen = keeping.get(session, Pipeline, deal.pipeline_id)
    if stage is None:
        stage = _first((chosen or standard()).stages, State.OPEN)
    elif chosen is not None and chosen.id != stage.pipeline_id:
        if changed(deal, "pipeline_id") and not changed(deal, "stage_id") and deal.id is not None:
            stage = counterpart(chosen.stages, stage)
        elif changed(deal, "pipeline_id"):
            raise InvalidError([_foreign(stage, chosen)])
    deal.stage_id, deal.pipeline_id, deal.state = stage.id, stage.pipeline_id, stage.state
    _reach(session, deal, stage)
    return stage


def changed(deal: Deal, name: str) -> bool:
    """Whether a value differs from what the database holds; of a new deal, whether one was given."""
    history = sa.inspect(deal).attrs[name].history
    if deal.id is None:
        return getattr(deal, name) is not None
    return bool(history.has_changes())


def before(deal: Deal, name: str) -> Any:
    """What a value was; None for that of a new deal."""
    deleted = sa.inspect(deal).attrs[name].history.deleted
    return deleted[0] if deal.id is not None and deleted else None


def counterpart(stages: Sequence[Stage], stage: Stage) -> Stage:
    """The stage of the same name, else the first of the same state."""
    same = (one for one in stages if one.name_key == stage.name_key and one.state is stage.state)
    return next(same, None) or _first(stages, stage.state)


def came_back(session: Session, deal: Deal) -> bool:
    """Whether a deal that moves returns to where it was a moment ago: who comes back so soon had not left."""
    query = sa.select(Visit.stage_id, Visit.entered_at).where(Visit.deal_id == deal.id)
    with session.no_autoflush:
        last = session.execute(query.order_by(Visit.id.desc()).limit(2)).all()
    return len(last) == 2 and last[1].stage_id == deal.stage_id and now() - last[0].entered_at <= SLIP


def _first(stages: Sequence[Stage], state: State) -> Stage:
    return next(one for one in stages if one.state is state)


def _foreign(stage: Stage, pipeline: Pipeline) -> FieldError:
    names = ", ".join(one.name for one in pipeline.stages)
    text = _(
        "“%(stage)s” is no stage of “%(pipeline)s”; choose one of: %(names)s.",
        stage=stage.name,
        pipeline=pipeline.name,
        names=names,
    )
    return FieldError("stage_id", text, "other_pipeline")


def _reach(session: Session, deal: Deal, stage: Stage) -> None:
    """The furthest open stage is never behind the one that the deal is in."""
    reached = keeping.get(session, Stage, deal.reached_id)
    if reached is not None and reached.pipeline_id != stage.pipeline_id:
        reached = counterpart(keeping.get_one(session, Pipeline, stage.pipeline_id).stages, reached)
    if reached is not None and reached.state is not State.OPEN:
        reached = None
    if stage.state is State.OPEN and (reached is None or _order(stage) > _order(reached)):
        reached = stage
    deal.reached_id = reached.id if reached else None


def _order(stage: Stage) -> tuple[int, int]:
    return stage.position or 0, stage.id


def skipped(session: Session, deal: Deal, stage: Stage) -> FieldError | None:
    """What is wrong with a move in a pipeline that prescribes its order: back and to lost are free."""
    if deal.id is None or not changed(deal, "stage_id") or stage.state is State.LOST:
        return None
    pipeline = keeping.get_one(session, Pipeline, stage.pipeline_id)
    left = keeping.get(session, Stage, before(deal, "stage_id"))
    if pipeline.strictness is not Strictness.PRESCRIBED or left is None or left.pipeline_id != pipeline.id:
        return None
    opened = [one for one in pipeline.stages if one.state is State.OPEN]
    ids = [one.id for one in opened]
    at = ids.index(left.id if left.state is State.OPEN else deal.reached_id or ids[0])
    to = ids.index(stage.id) if stage.state is State.OPEN else len(ids)
    if to <= at + 1 or came_back(session, deal):
        return None
    text = _("Stages of this pipeline are not skipped; move it to “%(stage)s”.", stage=opened[at + 1].name)
    return FieldError("stage_id", text, "stage_skipped")
