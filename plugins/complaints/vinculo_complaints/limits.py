"""Within what working time one answers and solves, by severity; chosen on a page, or as usual."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo_complaints.models import Limit, Severity

LARGEST: Final = 100_000
REPEAT: Final = "repeat_days"
_MINUTES: Final = {  # of working time: until the first answer, until it is solved
    Severity.LOW: (960, 9600),
    Severity.NORMAL: (480, 4800),
    Severity.HIGH: (240, 1440),
    Severity.CRITICAL: (60, 480),
}
USUAL: Final[Mapping[str, int]] = {
    **{f"answer_{one}": _MINUTES[one][0] for one in Severity},
    **{f"solve_{one}": _MINUTES[one][1] for one in Severity},
    REPEAT: 90,
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
            session, actor=actor, action="changed", kind="complaint_limits", record_id=1,
            title=_("Clock of complaints"), changes=changed, at=now(),
        )  # fmt: skip
    return changed
