"""The response clock: what came in waits for the first answer to the same client, in working time.

Each incoming interaction has a clock of its own, so that after an answer the next one is waited for anew.
What is known of it is stored with it: by the rules of the record itself, by ``follow`` where another one
answers it, by ``settle_anew`` where one is deleted or put back, by a job each minute for what none of these
has seen (imports, merged clients, talks that were planned).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source
from vinculo.clients.models import Client
from vinculo.company import calendars
from vinculo.company.working_time import WorkingTime
from vinculo.db.base import now
from vinculo_interactions import limits
from vinculo_interactions.models import INCOMING, Answer, Interaction, InteractionType

ANSWERING: Final = tuple(
    one for one in InteractionType if one not in INCOMING and one is not InteractionType.NOTE
)
DEPENDS: Final = ("type", "priority", "happened_at", "client_id", "responsible_id")
OPEN: Final = (Answer.WAITING, Answer.OVERDUE)
_TABLE: Final[sa.Table] = Interaction.__table__  # type: ignore[assignment]
_KEPT: Final = "interactions.clock"  # in a session: what does not change within a transaction


@dataclass(frozen=True, slots=True)
class Measures:
    """What answers are measured by, read once for a session."""

    calendars: calendars.Calendars
    limits: Mapping[str, int]


def measures(session: Session) -> Measures:
    """As they were when the session first asked."""
    if _KEPT not in session.info:
        session.info[_KEPT] = Measures(calendars.load(session), limits.NUMBERS.read(session))
    found: Measures = session.info[_KEPT]
    return found


def settle(session: Session, one: Interaction) -> None:
    """Say of an interaction that is being written what is known of its answer."""
    if one.type not in INCOMING or one.no_answer:
        for name, value in _nothing(one).items():
            setattr(one, name, value)
        return
    with session.no_autoflush:
        found = _answers(session, Interaction.client_id == one.client_id, one.happened_at, one.id)
        responsible = one.responsible_id or session.scalar(
            sa.select(Client.responsible_id).where(Client.id == one.client_id)
        )
        time = measures(session).calendars.of(user_id=responsible)
        if _is_measured_anew(one):
            target = measures(session).limits[limits.answer_key(one.type, one.priority)] or None
            one.answer_target = target
            one.answer_due_at = None if target is None else time.add(one.happened_at, target * 60)
        for name, value in _answered(time, one.happened_at, one.answer_due_at, found).items():
            setattr(one, name, value)


def follow(session: Session, one: Interaction, changes: Mapping[str, Any], actor: Actor) -> None:
    """Settle what an interaction answers, or answered before it was changed."""
    if actor.source is Source.IMPORT or not changes.keys() & {"type", "client_id", "happened_at"}:
        return  # the job looks after what files bring
    earlier = (
        Interaction.client_id == one.client_id,
        Interaction.happened_at <= one.happened_at,
        sa.or_(Interaction.answered_at.is_(None), Interaction.answered_at >= one.happened_at),
    )
    hit = sa.or_(Interaction.answer_id == one.id, sa.and_(*earlier))
    settle_where(session, sa.and_(Interaction.answer.is_not(None), Interaction.id != one.id, hit))


def settle_anew(session: Session, records: Sequence[Interaction], actor: Actor) -> None:
    """Settle what interactions answered that are gone, and what one answers that is back, itself included."""
    ids, clients = [one.id for one in records], {one.client_id for one in records}
    hit = sa.or_(Interaction.id.in_(ids), Interaction.answer_id.in_(ids), *unseen())
    settle_where(session, sa.and_(Interaction.client_id.in_(clients), Interaction.answer.is_not(None), hit))


def settle_where(session: Session, condition: sa.ColumnElement[bool], limit: int | None = None) -> int:
    """Settle stored ones; how many there were. Their versions stay: nobody changed them."""
    query = (
        sa.select(
            Interaction.id, Interaction.client_id, Interaction.happened_at, Interaction.answer_due_at,
            sa.func.coalesce(Interaction.responsible_id, Client.responsible_id).label("responsible"),
        )
        .join(Client, Client.id == Interaction.client_id)
        .where(Interaction.type.in_(INCOMING), Interaction.no_answer.is_(False), condition)
        .order_by(Interaction.id)
        .limit(limit)
    )  # fmt: skip
    rows = session.execute(query).all()
    for row in rows:
        found = _answers(session, Interaction.client_id == row.client_id, row.happened_at, row.id)
        time = measures(session).calendars.of(user_id=row.responsible)
        values = _answered(time, row.happened_at, row.answer_due_at, found)
        session.execute(sa.update(_TABLE).where(_TABLE.c.id == row.id).values(values))
    return len(rows)


def _answers(
    session: Session, theirs: sa.ColumnElement[bool], since: datetime, but: int | None
) -> tuple[int, datetime] | None:
    """(id, moment) of the first answer."""
    query = sa.select(Interaction.id, Interaction.happened_at).where(
        theirs,
        Interaction.type.in_(ANSWERING),
        Interaction.happened_at.between(since, now()),
        Interaction.id != (but or 0),
    )
    row = session.execute(query.order_by(Interaction.happened_at, Interaction.id).limit(1)).first()
    return None if row is None else (row.id, row.happened_at)


def _is_measured_anew(one: Interaction) -> bool:
    """Whether what its time depends on is new; otherwise it keeps the time that it was given."""
    known = sa.inspect(one).attrs
    return one.answer in (None, Answer.NEEDLESS) or any(known[name].history.has_changes() for name in DEPENDS)


def _answered(
    time: WorkingTime, since: datetime, due: datetime | None, found: tuple[int, datetime] | None
) -> dict[str, Any]:
    if found is None:
        late = due is not None and due <= now()
        state = Answer.OVERDUE if late else Answer.WAITING
        return {"answer": state, "answered_at": None, "answer_id": None, "answer_seconds": None}
    late = due is not None and found[1] > due
    return {
        "answer": Answer.LATE if late else Answer.ANSWERED,
        "answered_at": found[1],
        "answer_id": found[0],
        "answer_seconds": time.working_seconds(since, found[1]),
    }


def _nothing(one: Interaction) -> dict[str, Any]:
    state = Answer.NEEDLESS if one.type in INCOMING else None
    names = ("answer_target", "answer_due_at", "answered_at", "answer_id", "answer_seconds")
    return {"answer": state, **dict.fromkeys(names)}


def unseen() -> Sequence[sa.ColumnElement[bool]]:
    """What has not been seen where it happened: answers that are gone, and such as came another way."""
    other = _TABLE.alias()
    came = (
        sa.select(1)
        .where(
            other.c.client_id == Interaction.client_id,
            other.c.type.in_(ANSWERING),
            other.c.happened_at.between(Interaction.happened_at, now()),
        )
        .correlate_except(other)
        .exists()
    )
    gone = sa.and_(Interaction.answer.in_((Answer.ANSWERED, Answer.LATE)), Interaction.answer_id.is_(None))
    return gone, sa.and_(Interaction.answer.in_(OPEN), came)
