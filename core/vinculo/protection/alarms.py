"""Raising alarms about unusual days, listing alarms, and saying that one was seen to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.errors import ConflictError, FieldError, InvalidError, NotFoundError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.protection import usage
from vinculo.protection.models import Alarm, AlarmKind, AlarmState, Measure
from vinculo.protection.permissions import MANAGE_CANARIES

AGAIN: Final = 2  # an alarm of the day is raised anew at so many times its count
MOST: Final = 200
LONGEST: Final = 2000


def raise_unusual(
    session: Session, counts: usage.Counts, day: date, floors: Mapping[Measure, int], *, actor: Actor
) -> Sequence[Alarm]:
    """Raise an alarm for whoever did more than is usual on a day; once, and again at twice the count."""
    raised = []
    for (user_id, measure), number in sorted(counts.items()):
        if number > floors[measure] and (one := _judged(session, user_id, measure, day, number, floors)):
            session.add(one)
            session.flush()
            _log(session, one, "alarm raised", actor=actor)
            raised.append(one)
    return raised


def _judged(
    session: Session, user_id: int, measure: Measure, day: date, number: int, floors: Mapping[Measure, int]
) -> Alarm | None:
    kind = AlarmKind(measure.value)
    query = sa.select(sa.func.max(Alarm.count), sa.func.max(Alarm.step)).where(
        Alarm.user_id == user_id, Alarm.kind == kind, Alarm.day == day
    )
    last, step = session.execute(query).one()
    if last is not None and number < AGAIN * last:
        return None
    usual = usage.usual_of(session, user_id, measure, day, floors[measure])
    if not usual.is_exceeded(number):
        return None
    history = [[one.isoformat(), count] for one, count in usage.before(session, user_id, measure, day)]
    details = {**asdict(usual), "history": history}
    return Alarm(user_id=user_id, kind=kind, day=day, step=(step or 0) + 1, count=number, details=details)


def visible(actor: Actor) -> Sequence[Any]:
    """The alarms that somebody may see: those of canaries would tell which clients are some."""
    return () if actor.may(MANAGE_CANARIES) else (Alarm.kind != AlarmKind.CANARY,)


def page(
    session: Session, *, actor: Actor, state: AlarmState | None = None, before: int | None = None, limit: int
) -> Sequence[Alarm]:
    """Alarms, newest first."""
    query = sa.select(Alarm).where(*visible(actor)).order_by(Alarm.id.desc()).limit(limit)
    if state is not None:
        query = query.where(Alarm.state == state)
    if before is not None:
        query = query.where(Alarm.id < before)
    return session.scalars(query).all()


def waiting(session: Session, actor: Actor) -> int:
    """How many nobody has seen to."""
    query = sa.select(sa.func.count()).select_from(Alarm)
    return session.scalar(query.where(Alarm.state == AlarmState.NEW, *visible(actor))) or 0


def get(session: Session, alarm_id: int, *, actor: Actor, lock: bool = False) -> Alarm:
    """One alarm. Raises ``NotFoundError``, also for one that the actor may not see."""
    query = sa.select(Alarm).where(Alarm.id == alarm_id, *visible(actor))
    found = session.scalar(query.with_for_update() if lock else query) if alarm_id < 2**63 else None
    if found is None:
        raise NotFoundError(_("There is no alarm %(id)s.", id=alarm_id))
    return found


def acknowledge(
    session: Session, alarm_id: int, *, remark: str, actor: Actor, at: datetime | None = None
) -> Alarm:
    """Say that an alarm was seen to, and what came of it.

    Raises ``InvalidError`` for no remark, ``ConflictError`` if somebody has said so before.
    """
    alarm = get(session, alarm_id, actor=actor, lock=True)
    remark = remark.replace("\x00", "").strip()
    if not remark or len(remark) > LONGEST:
        text = _("Write what you found, in up to %(most)s characters.", most=LONGEST)
        raise InvalidError([FieldError("remark", text, "" if remark else "required")])
    if alarm.state is AlarmState.ACKNOWLEDGED:
        raise ConflictError(_("Somebody has acknowledged this alarm already."), code="acknowledged")
    alarm.state, alarm.settled_at, alarm.settled_by_id = AlarmState.ACKNOWLEDGED, at or now(), actor.user_id
    alarm.remark = remark
    _log(session, alarm, "alarm acknowledged", actor=actor)
    return alarm


def _log(session: Session, alarm: Alarm, action: str, *, actor: Actor) -> None:
    """By its number alone: not everybody who reads the log may know what an alarm is about."""
    log.write(
        session, actor=actor, action=action, kind="alarm", record_id=alarm.id, title="", version=None
    )  # fmt: skip
