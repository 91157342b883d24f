"""What is done about a complaint: proposed, decided by somebody with the right, carried out."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.errors import ConflictError, FieldError, InvalidError, NotFoundError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import Approved, Performer
from vinculo.records.kind import RecordKind
from vinculo_complaints.models import Action, Complaint, Kind, Step
from vinculo_complaints.records import KINDS

APPROVE: Final = "complaints.action.approve"
Find = Callable[[str], Performer | None]


def read_amount(read: Callable[[str], Decimal | None], text: str) -> Decimal | None:
    """An amount as it was sent. Raises ``InvalidError``."""
    try:
        return read(text)
    except ValueError as error:
        raise InvalidError([FieldError("amount", str(error), "invalid")]) from error


def propose(
    session: Session, kind: RecordKind, of: Complaint, what: Kind, *,
    note: str = "", amount: Decimal | None = None, actor: Actor,
) -> Action:  # fmt: skip
    """Propose something for a complaint that was read with ``lock``."""
    made = Action(
        complaint_id=of.id, client_id=of.client_id, kind=what, note=note, amount=amount,
        step=Step.PROPOSED, proposed_at=now(),
        proposed_by_id=actor.user_id,
    )  # fmt: skip
    session.add(made)
    session.flush()
    _tell(session, kind, of, made, actor)
    return made


def approve(
    session: Session, kind: RecordKind, of: Complaint, action_id: int, *, find: Find, actor: Actor
) -> Action:
    """Approve what was proposed, and have it carried out by whoever does that.

    ``find`` says who performs a kind of action. Raises ``ConflictError`` where it was
    decided already, ``ForbiddenError`` without the right; what the performer raises goes on.
    """
    one = _decided(of, action_id, Step.APPROVED, actor)
    performer = find(one.kind)
    if performer is not None:
        asked = Approved(
            action=one.kind, title=f"{KINDS[one.kind]}: {of.subject}"[:300],
            about=(kind.name, of.id), note=one.note, amount=one.amount,
            client_id=of.client_id, responsible_id=of.responsible_id,
        )  # fmt: skip
        one.made_kind, one.made_id = performer.perform(session, asked, actor)
    _tell(session, kind, of, one, actor)
    return one


def refuse(session: Session, kind: RecordKind, of: Complaint, action_id: int, *, actor: Actor) -> Action:
    """Decide against what was proposed. Raises as ``approve`` does."""
    one = _decided(of, action_id, Step.REFUSED, actor)
    _tell(session, kind, of, one, actor)
    return one


def done(session: Session, kind: RecordKind, of: Complaint, action_id: int, *, actor: Actor) -> Action:
    """Say of what was approved that it is carried out. Raises ``ConflictError`` for anything else."""
    one = _step(of, action_id, Step.APPROVED)
    one.step, one.done_at = Step.DONE, now()
    _tell(session, kind, of, one, actor)
    return one


def _decided(of: Complaint, action_id: int, step: Step, actor: Actor) -> Action:
    actor.require(APPROVE)
    one = _step(of, action_id, Step.PROPOSED)
    one.step, one.decided_at, one.decided_by_id = step, now(), actor.user_id
    return one


def _step(of: Complaint, action_id: int, step: Step) -> Action:
    found = next((one for one in of.actions if one.id == action_id), None)
    if found is None:
        raise NotFoundError
    if found.step is not step:
        raise ConflictError(_("This was decided meanwhile; load the page anew."), code="action_decided")
    return found


def _tell(session: Session, kind: RecordKind, of: Complaint, one: Action, actor: Actor) -> None:
    log.write(
        session, actor=actor, action=f"action_{one.step}", kind=kind.name, record_id=of.id, title=of.subject,
        client_id=of.client_id, changes={"action": [None, one.kind.value]}, version=None,
    )  # fmt: skip
