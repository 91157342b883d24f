"""What holds for every complaint, by whatever door it comes, and what follows when its state changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source
from vinculo.clients.models import Client
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError
from vinculo.events import log, notices
from vinculo.i18n import gettext as _
from vinculo.i18n import mark
from vinculo.records.kind import RecordKind
from vinculo_complaints import clock
from vinculo_complaints.models import CLOSED, Action, Complaint, State, Stay, Topic

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2199, 1, 1, tzinfo=UTC)
SAID: Final = {  # what the log is told, by names that stay
    State.NEW: "opened",
    State.WORK: "taken",
    State.WAITING: "waiting",
    State.SOLVED: "solved",
    State.REJECTED: "rejected",
    State.REOPENED: "reopened",
}


def check(session: Session, one: Complaint, actor: Actor) -> None:
    """Refuse what cannot be, and fill in what follows: title, responsible, the clock."""
    if one.received_at is None:
        one.received_at = now()
    if errors := list(_faults(one, actor)):
        raise InvalidError(errors)
    if one.state is not State.SOLVED:
        one.satisfaction = None
    with session.no_autoflush:
        if one.id is None and one.responsible_id is None:
            one.responsible_id = session.scalar(
                sa.select(Client.responsible_id).where(Client.id == one.client_id)
            )
        if not one.subject:
            one.subject = _called(session, one)
        clock.settle(session, one)
        if one.id is None and actor.source is Source.IMPORT:  # what an import brings was known before
            clock.take_as_told(one)


def _called(session: Session, one: Complaint) -> str:
    topic = session.get(Topic, one.topic_id) if one.topic_id else None
    return ": ".join(filter(None, (topic.name if topic else "", one.product)))[:300] or _("Complaint")


def _faults(one: Complaint, actor: Actor) -> Iterator[FieldError]:
    for name in ("received_at", "answered_at", "closed_at"):
        at = getattr(one, name)
        if at is not None and not EARLIEST <= at < LATEST:
            yield FieldError(name, _("Nobody lives to see this day; correct the year."), "out_of_range")
    if actor.source is Source.IMPORT:  # what is long over cannot be asked for
        return
    known = sa.inspect(one).attrs
    for name in ("answered_at", "closed_at"):
        at = getattr(one, name)
        if at is not None and at < one.received_at and known[name].history.has_changes():
            text = _("This is before the complaint came in; correct one of the moments.")
            yield FieldError(name, text, "before_received")
    moved = one.id is None or known.state.history.has_changes()
    if moved and one.state in CLOSED and not one.result:
        yield FieldError("result", _("Say what came of it."), "required")
    if one.satisfaction and one.state is not State.SOLVED and known.satisfaction.history.has_changes():
        text = _("How content the client is can be said once it is solved.")
        yield FieldError("satisfaction", text, "not_solved")
    before = known.state.history.deleted
    if one.state is State.REOPENED and moved and (not before or before[0] not in CLOSED):
        text = _("Only what was solved or rejected is reopened; choose another state.")
        yield FieldError("state", text, "not_closed")


def follow(
    session: Session, kind: RecordKind, one: Complaint, changes: Mapping[str, Any], actor: Actor
) -> None:
    """Keep who changed the state when, tell the log by names that stay, and whoever is now responsible."""
    if "client_id" in changes:
        for part in (Stay, Action):
            mine = sa.update(part).where(part.complaint_id == one.id)
            session.execute(mine.values(client_id=one.client_id))
    if "state" in changes:
        first = changes["state"][0] is None
        at = one.received_at if first and actor.source is Source.IMPORT else now()
        stay = Stay(complaint_id=one.id, client_id=one.client_id, state=one.state, entered_at=at)
        stay.user_id = actor.user_id
        session.add(stay)
        log.write(
            session, actor=actor, action="opened" if first else SAID[one.state], kind=kind.name,
            record_id=one.id, title=one.subject, client_id=one.client_id, version=None,
        )  # fmt: skip
    _tell_responsible(session, kind, one, changes, actor)


def _tell_responsible(
    session: Session, kind: RecordKind, one: Complaint, changes: Mapping[str, Any], actor: Actor
) -> None:
    told = one.responsible_id if "responsible_id" in changes and one.state not in CLOSED else None
    if told is None or told == actor.user_id or actor.source in (Source.IMPORT, Source.CLI):
        return
    notices.tell(
        session, told, label=mark("A complaint for you"), title=one.subject, text="", icon=kind.icon,
        about=(kind.name, one.id), client_id=one.client_id,
    )  # fmt: skip
