"""Exports that somebody else has to approve: asked for, approved or declined, withdrawn. Flushes only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.errors import ConflictError, FieldError, ForbiddenError, InvalidError, NotFoundError
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Permission
from vinculo.records import releasing
from vinculo.records.models import Export, ExportState
from vinculo.records.releasing import NeedsApprovalError, QuotaError, Rules, Wanted
from vinculo.records.watermark import number_of

APPROVE: Final = "exports.request.approve"
PERMISSIONS: Final = (Permission(APPROVE, _l("Approve exports"), administrative=True),)
MOST_WAITING: Final = 10
LONGEST_TEXT: Final = 1000
SHOWN: Final = 200
OPEN: Final = (ExportState.WAITING, ExportState.APPROVED)


def ask(session: Session, wanted: Wanted, rows: int, *, reason: str, rules: Rules, at: dt.datetime) -> Export:
    """Ask for an export that is beyond the actor's limits.

    Raises ``ConflictError`` for one that is not, or if too many of the actor's wait already.
    """
    actor = wanted.actor
    actor.require(wanted.kind.permission("export"))
    with suppress(NeedsApprovalError, QuotaError):
        releasing.check(session, rows, actor=actor, rules=rules, at=at)
        raise ConflictError(_("You may export this without approval."), code="not_needed")
    reason = _text("reason", reason)
    if not reason:
        raise InvalidError([FieldError("reason", _("Say what you need the rows for."), "required")])
    waiting = sa.select(sa.func.count()).where(Export.user_id == actor.user_id, Export.state.in_(OPEN[:1]))
    if (session.scalar(waiting) or 0) >= MOST_WAITING:
        text = _("%(n)s exports of yours wait already. Withdraw one first.", n=MOST_WAITING)
        raise ConflictError(text, code="too_many")
    export = wanted.row(ExportState.WAITING, rows, at)
    export.reason = reason
    session.add(export)
    session.flush()
    changes = {"rows": [None, rows], "reason": [None, reason]}
    releasing.note(session, export, "export asked for", changes, actor=actor)
    return export


def decide(
    session: Session, export_id: int, *, approve: bool, remark: str, actor: Actor, at: dt.datetime
) -> Export:
    """Approve or decline an export that waits; nobody does so for themselves."""
    actor.require(APPROVE)
    export = get(session, export_id, actor=actor, lock=True)
    if export.user_id == actor.user_id:
        text = _("You asked for this yourself: somebody else has to approve it.")
        raise ForbiddenError(text, code="own_request")
    _require_waiting(export)
    export.state = ExportState.APPROVED if approve else ExportState.DECLINED
    export.decided_at, export.decided_by_id, export.remark = at, actor.user_id, _text("remark", remark)
    session.flush()
    changes: dict[str, Any] = {"rows": [None, export.rows], "asked_by": [None, export.user_name]}
    if export.remark:
        changes["remark"] = [None, export.remark]
    action = "export approved" if approve else "export declined"
    releasing.note(session, export, action, changes, actor=actor)
    return export


def withdraw(session: Session, export_id: int, *, actor: Actor) -> Export:
    """Take back what the actor asked for and nobody decided."""
    export = get(session, export_id, actor=actor, lock=True)
    if export.user_id != actor.user_id:
        raise ForbiddenError(_("Somebody else asked for this."), code="not_own")
    _require_waiting(export)
    _withdraw([export], session, actor)
    return export


def withdraw_all(session: Session, user_id: int, *, actor: Actor) -> int:
    """Take back all that a user asked for and has not fetched; how many there were."""
    theirs = sa.select(Export).where(Export.user_id == user_id, Export.state.in_(OPEN))
    found = session.scalars(theirs.with_for_update()).all()
    _withdraw(found, session, actor)
    return len(found)


def open_of(session: Session, user_id: int) -> int:
    """How many exports of a user wait or may be fetched."""
    theirs = sa.select(sa.func.count()).where(Export.user_id == user_id, Export.state.in_(OPEN))
    return session.scalar(theirs) or 0


def _withdraw(exports: Iterable[Export], session: Session, actor: Actor) -> None:
    for export in exports:
        export.state = ExportState.WITHDRAWN
        releasing.note(session, export, "export withdrawn", {}, actor=actor)
    session.flush()


def get(session: Session, export_id: int, *, actor: Actor, lock: bool = False) -> Export:
    """One export; others' only for those who approve them. Raises ``NotFoundError``."""
    query = sa.select(Export).where(Export.id == export_id)
    if lock:
        query = query.with_for_update()
    found = session.scalar(query) if export_id < 2**63 else None
    if found is None or not (found.user_id == actor.user_id or actor.may(APPROVE)):
        raise NotFoundError(_("There is no export %(number)s.", number=number_of(export_id)))
    return found


def own(session: Session, actor: Actor) -> Sequence[Export]:
    """The last exports of the actor, newest first."""
    query = sa.select(Export).where(Export.user_id == actor.user_id)
    return session.scalars(query.order_by(Export.id.desc()).limit(SHOWN)).all()


def asked(session: Session) -> Sequence[Export]:
    """What waits for approval, oldest first, then what was decided lately."""
    waiting = sa.select(Export).where(Export.state == ExportState.WAITING).order_by(Export.id)
    decided = sa.select(Export).where(Export.reason != "", Export.state != ExportState.WAITING)
    decided = decided.order_by(Export.id.desc()).limit(SHOWN // 4)
    return [*session.scalars(waiting.limit(SHOWN)), *session.scalars(decided)]


def waiting(session: Session, actor: Actor) -> int:
    """How many exports of others wait for approval."""
    query = sa.select(sa.func.count()).where(
        Export.state == ExportState.WAITING, Export.user_id.is_distinct_from(actor.user_id)
    )
    return session.scalar(query) or 0


def _require_waiting(export: Export) -> None:
    if export.state is not ExportState.WAITING:
        text = _("The export %(number)s does not wait any more.", number=number_of(export.id))
        raise ConflictError(text, code="decided")


def _text(field: str, text: str) -> str:
    text = text.strip().replace("\x00", "")
    if len(text) > LONGEST_TEXT:
        fault = _("At most %(n)s characters; these are %(length)s.", n=LONGEST_TEXT, length=len(text))
        raise InvalidError([FieldError(field, fault, "too_long")])
    return text
