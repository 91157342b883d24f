"""Taking a change of many records back: exactly, as far as nobody has changed them since."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.errors import VinculoError
from vinculo.events.models import Trash
from vinculo.i18n import gettext as _
from vinculo.records import access, reverting, service, trash
from vinculo.records.bulk_models import BulkAction, BulkChange, BulkItem, Outcome
from vinculo.records.kind import RecordKind
from vinculo.records.reading import Kinds


def take_back(
    session: Session,
    kinds: Kinds,
    kind: RecordKind,
    bulk: BulkChange,
    items: Sequence[BulkItem],
    *,
    actor: Actor,
) -> None:
    """Take some of it back; each of the items says what became of it."""
    if bulk.action is BulkAction.DELETE:
        for item in items:
            _put_back(session, kind, item, actor)
        return
    versions = {item.record_id: [item.given or 0] for item in items}
    done = reverting.take_back(session, kinds, kind, versions, actor=actor)
    reasons: dict[int, list[str]] = {}
    for clash in done.clashes:
        reasons.setdefault(clash.id, []).append(_said(kind, clash))
    query = sa.select(kind.table.c.id).where(kind.table.c.id.in_(versions))
    there = {*session.scalars(access.within(query, kind, actor, few=True))}
    for item in items:
        gone = [] if item.record_id in there else [_("It is gone.")]
        _settle(item, "; ".join(reasons.get(item.record_id, gone)))


def _said(kind: RecordKind, clash: reverting.Clash) -> str:
    label = next((str(field.label) for field in kind.fields if field.name == clash.part), "")
    return f"{label}: {clash.reason}" if label else clash.reason


def _put_back(session: Session, kind: RecordKind, item: BulkItem, actor: Actor) -> None:
    kept = session.get(Trash, item.given or 0, with_for_update=True)
    if kept is None:
        _settle(item, _("It was put back already, or has left the trash."))
        return
    outcome = service.attempt(session, kind, partial(trash.restore, session, kind, kept, actor=actor))
    _settle(item, outcome.message if isinstance(outcome, VinculoError) else "")


def _settle(item: BulkItem, reason: str) -> None:
    item.outcome, item.reason = Outcome.KEPT if reason else Outcome.UNDONE, reason
