"""What holds for pipelines and their stages, and the one that is there from the start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext
from vinculo.records import service
from vinculo.records.kind import RecordKind
from vinculo.records.reading import RowValues, Values
from vinculo.records.text import sort_key
from vinculo_deals.models import Deal, LostReason, Pipeline, Stage, State, Strictness

APART: Final = 10  # positions leave room between them
_SORTED: Final = (State.OPEN, State.WON, State.LOST)


def standard(session: Session, kind: RecordKind, reason: RecordKind, actor: Actor) -> Pipeline:
    """The first pipeline, for deals that name none; made where there is none at all.

    ``kind`` is that of pipelines; ``reason`` that of reasons for losing, of which there is a first set then.
    """
    found = session.scalar(sa.select(Pipeline).order_by(Pipeline.id).limit(1))
    if found is not None:
        return found
    rights = replace(actor, is_administrator=True)  # the company's, on behalf of whoever adds the first deal
    made: Pipeline = service.create(session, kind, usual(), actor=rights)
    if session.scalar(sa.select(sa.func.count()).select_from(LostReason)) == 0:
        for name in (
            _("Price"),
            _("A competitor"),
            _("No budget"),
            _("No answer"),
            _("Not needed after all"),
        ):
            service.create(session, reason, Values({"name": name}), actor=rights)
    return made


def usual() -> Values:
    """A pipeline that fits most companies, in the language of who asks."""
    stages: list[tuple[str, State, int | None, int | None]] = [
        (_("Interest"), State.OPEN, 10, 14),
        (_("Needs are clear"), State.OPEN, 30, 21),
        (_("Offer"), State.OPEN, 50, 21),
        (_("Negotiation"), State.OPEN, 75, 14),
        (_("Closed won"), State.WON, 100, None),
        (_("Closed lost"), State.LOST, 0, None),
    ]
    names = ("name", "state", "probability", "rot_days")
    rows = [RowValues(dict(zip(names, stage, strict=True))) for stage in stages]
    return Values({"name": _("Sales"), "strictness": Strictness.MANUAL}, collections={"stages": rows})


def check(session: Session, pipeline: Pipeline, actor: Actor) -> None:
    """Order the stages; refuse what deals cannot end in, and what would leave deals without a stage."""
    if errors := [*_faults(pipeline), *_in_use(session, pipeline)]:
        raise InvalidError(errors)
    last = max((stage.position or 0 for stage in pipeline.stages), default=0)
    for stage in pipeline.stages:
        stage.path_key = sort_key(f"{pipeline.name}: {stage.name}")
        if stage.state is not State.OPEN:
            stage.probability = 100 if stage.state is State.WON else 0
            stage.rot_days = None
        if stage.position is None:
            last += 1
            stage.position = last
    ordered = sorted(pipeline.stages, key=lambda one: (_SORTED.index(one.state), one.position or 0))
    for number, stage in enumerate(ordered, start=1):
        stage.position = number * APART


def _faults(pipeline: Pipeline) -> Iterator[FieldError]:
    states = {stage.state for stage in pipeline.stages}
    for state, text in (
        (State.OPEN, _("Add a stage in which deals are open.")),
        (State.WON, _("Add a stage for deals that are won.")),
        (State.LOST, _("Add a stage for deals that are lost.")),
    ):
        if state not in states:
            yield FieldError("stages", text, "state_missing")
    known: set[str] = set()
    for index, stage in enumerate(pipeline.stages):
        if (key := sort_key(stage.name)) in known:
            text = _("There is a stage “%(name)s” already; call this one something else.", name=stage.name)
            yield FieldError(f"stages[{index}].name", text, "duplicate")
        known.add(key)


def _in_use(session: Session, pipeline: Pipeline) -> Iterator[FieldError]:
    """Stages that hold deals stay, and stay what they are."""
    if pipeline.id is None:
        return
    count = sa.select(Deal.stage_id, sa.func.count()).where(Deal.pipeline_id == pipeline.id)
    held = {row[0]: row[1] for row in session.execute(count.group_by(Deal.stage_id))}
    table: Any = Stage.__table__
    query = sa.select(table.c.id, table.c.name, table.c.state).where(table.c.pipeline_id == pipeline.id)
    now = {stage.id: stage for stage in pipeline.stages}
    for stage_id, name, state in session.execute(query).all():
        if stage_id not in held:
            continue
        deals = held[stage_id]
        if stage_id not in now:
            text = ngettext(
                "“%(name)s” holds %(n)s deal; move it to another stage first.",
                "“%(name)s” holds %(n)s deals; move them to another stage first.",
                deals,
                name=name,
            )
            yield FieldError("stages", text, "stage_in_use")
        elif now[stage_id].state is not state:
            text = ngettext(
                "“%(name)s” holds %(n)s deal, which would open or close; add a stage instead.",
                "“%(name)s” holds %(n)s deals, which would open or close; add a stage instead.",
                deals,
                name=name,
            )
            yield FieldError("stages", text, "stage_in_use")


def refuse_used(session: Session, pipeline: Pipeline) -> None:
    """A pipeline with deals stays."""
    deals = session.scalar(sa.select(sa.func.count()).where(Deal.pipeline_id == pipeline.id)) or 0
    if deals:
        text = ngettext(
            "“%(name)s” has %(n)s deal; move it to another pipeline first.",
            "“%(name)s” has %(n)s deals; move them to another pipeline first.",
            deals,
            name=pipeline.name,
        )
        raise ConflictError(text, code="pipeline_in_use")
