"""How long clients may be silent, and within what working time one answers: chosen on a page, or as usual."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.clients.models import Stage
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo_interactions.models import INCOMING, InteractionType, Limit, Priority

LARGEST: Final = 100_000
SILENCE: Final = {Stage.POTENTIAL: 30, Stage.ACTIVE: 60, Stage.PERMANENT: 90, Stage.LOST: 0}  # days; 0: never
ANSWER: Final = {  # minutes of working time, ordinary and urgent
    InteractionType.CALL_MISSED: (240, 60),
    InteractionType.EMAIL_IN: (480, 120),
    InteractionType.SMS_IN: (240, 60),
}


def silence_key(stage: Stage) -> str:
    """Under which the days of a stage are kept."""
    return f"silence_{stage.value}"


def answer_key(of: InteractionType, priority: Priority) -> str:
    """Under which the minutes for an answer are kept."""
    return f"answer_{of.value}_{priority.value}"


USUAL: Final[Mapping[str, int]] = {
    **{silence_key(stage): days for stage, days in SILENCE.items()},
    **{answer_key(of, one): ANSWER[of][one is Priority.HIGH] for of in sorted(INCOMING) for one in Priority},
}


def read(session: Session) -> Mapping[str, int]:
    """All of them as they hold now; 0 stands for none."""
    chosen = session.execute(sa.select(Limit.key, Limit.number))
    return {**USUAL, **{row.key: row.number for row in chosen if row.key in USUAL}}


def change(session: Session, values: Mapping[str, int], actor: Actor) -> Mapping[str, list[int]]:
    """Choose some; returns what changed, before and after. Raises ``InvalidError`` for what cannot be."""
    errors = [
        FieldError(key, _("Write a whole number from 0 to %(most)s.", most=LARGEST), "out_of_range")
        for key, value in values.items()
        if not 0 <= value <= LARGEST
    ]
    if errors:
        raise InvalidError(errors)
    before = read(session)
    changed = {key: [before[key], value] for key, value in values.items() if before[key] != value}
    for key, (_before, value) in changed.items():
        row = session.scalar(sa.select(Limit).where(Limit.key == key).with_for_update())
        if row is None:
            session.add(Limit(key=key, number=value))
        else:
            row.number = value
    if changed:
        log.write(
            session, actor=actor, action="changed", kind="interaction_limits", record_id=1,
            title=_("Response clock"), changes=changed, at=now(),
        )  # fmt: skip
    return changed
