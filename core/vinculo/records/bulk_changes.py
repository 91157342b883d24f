"""Changing or deleting many records at once, each by the rules and rights of a change of it alone.

Which records are meant is settled when it is asked for. Each has its own line in its history; what cannot be
changed is listed with the reason, and the others are. It can be taken back for a time, as an import can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.db.engine import Database
from vinculo.errors import ConflictError, FieldError, InvalidError, NotFoundError, VinculoError
from vinculo.i18n import current_language
from vinculo.i18n import gettext as _
from vinculo.records import access, bulk_undo, service, trash
from vinculo.records import query as queries
from vinculo.records.bulk_models import BulkAction, BulkChange, BulkItem, Outcome
from vinculo.records.import_chunk import loader
from vinculo.records.kind import RecordKind
from vinculo.records.models import RunState
from vinculo.records.query import Query
from vinculo.records.reading import Kinds, Reader
from vinculo.records.resuming import AT_WORK, LARGEST_SIZE, paced

PAGE: Final = 50
AT_ONCE: Final = 100  # so many are changed by the request itself; of more, a job does it

Watch = Callable[[int, int], None]
Counts = Mapping[Outcome, int]


def begin(
    session: Session,
    kinds: Kinds,
    kind: RecordKind,
    query: Query,
    *,
    action: BulkAction,
    actor: Actor,
    values: Mapping[str, Any] | None = None,
) -> BulkChange:
    """Note what is to be done to all that a list shows and the actor may change, or delete.

    ``kind`` is as the actor sees it, ``values`` are as the API is given them. Raises ``ForbiddenError``,
    ``InvalidError``, or ``ConflictError`` where there are no such records.
    """
    actor.require(kind.permission(action))
    if action is BulkAction.UPDATE:
        check(session, kinds, kind, values or {}, actor)
    bulk = BulkChange(
        kind=kind.name,
        action=action,
        values=dict(values or {}),
        source=actor.source,
        language=current_language(),
        user_id=actor.user_id,
        state=RunState.WAITING,
    )
    session.add(bulk)
    session.flush()
    _name_records(session, kind, query, bulk, actor)
    bulk.total = _count(session, bulk, Outcome.WAITING)
    if not bulk.total:
        raise ConflictError(_("The list has no records that you may change so."), code="nothing_to_change")
    return bulk


def check(session: Session, kinds: Kinds, kind: RecordKind, values: Mapping[str, Any], actor: Actor) -> None:
    """Raise ``InvalidError`` or ``ForbiddenError`` for values that no record could be given."""
    access.require_writable(kind, values, actor)
    known = {field.name: field for field in kind.writable()}
    names = ", ".join(known)
    errors = [
        FieldError(
            name, _("There is no field %(name)s; one can set: %(names)s.", name=name[:100], names=names)
        )
        for name in values
        if name not in known and name not in access.hidden(kind, actor)
    ]
    if not values:
        errors = [FieldError("values", _("Say which fields get which values."), "required")]
    if errors:
        raise InvalidError(errors)
    Reader(session, kinds, actor=actor).json(kind, dict(values), new=False)


def _name_records(session: Session, kind: RecordKind, query: Query, bulk: BulkChange, actor: Actor) -> None:
    table = BulkItem.__table__
    row = [
        sa.literal(bulk.id),
        kind.table.c.id,
        sa.literal(Outcome.WAITING, table.c.outcome.type),
        sa.literal(""),
    ]
    asked = access.within(sa.select(*row).select_from(kind.table), kind, actor, bulk.action)
    asked = asked.where(*queries.conditions(session, kind, query, actor)).order_by(kind.table.c.id)
    columns = ["bulk_id", "record_id", "outcome", "reason"]
    session.execute(sa.insert(BulkItem).from_select(columns, asked, include_defaults=False))


def _count(session: Session, bulk: BulkChange, outcome: Outcome) -> int:
    return counts(session, bulk).get(outcome, 0)


def counts(session: Session, bulk: BulkChange) -> Counts:
    """How many records there are of each outcome."""
    query = sa.select(BulkItem.outcome, sa.func.count()).where(BulkItem.bulk_id == bulk.id)
    return {row[0]: row[1] for row in session.execute(query.group_by(BulkItem.outcome))}


def get(session: Session, bulk_id: int, *, actor: Actor, lock: bool = False) -> BulkChange:
    """One of the actor's own, or for administrators any. Raises ``NotFoundError``."""
    query = sa.select(BulkChange).where(BulkChange.id == bulk_id)
    bulk = session.scalar(query.with_for_update() if lock else query) if bulk_id < 2**63 else None
    if bulk is None or not (bulk.user_id == actor.user_id or actor.is_administrator):
        raise NotFoundError(_("There is no such change of several records; old ones are forgotten."))
    return bulk


def listed(
    session: Session, kinds: Kinds, *, actor: Actor, page: int = 0
) -> tuple[list[tuple[BulkChange, Counts]], bool]:
    """Those of kinds that the actor may change so, the latest first, and whether there are more.

    Users see their own, administrators all.
    """
    able = [
        sa.and_(BulkChange.action == action, BulkChange.kind.in_(names))
        for action in BulkAction
        if (names := [name for name, kind in kinds.items() if actor.may(kind.permission(action))])
    ]
    query = sa.select(BulkChange).where(sa.or_(sa.false(), *able)).order_by(BulkChange.id.desc())
    if not actor.is_administrator:
        query = query.where(BulkChange.user_id == actor.user_id)
    found = session.scalars(query.limit(PAGE + 1).offset(page * PAGE)).all()
    told: dict[int, dict[Outcome, int]] = {one.id: {} for one in found[:PAGE]}
    counted = sa.select(BulkItem.bulk_id, BulkItem.outcome, sa.func.count()).where(BulkItem.bulk_id.in_(told))
    for number, outcome, count in session.execute(counted.group_by(BulkItem.bulk_id, BulkItem.outcome)):
        told[number][outcome] = count
    return [(one, told[one.id]) for one in found[:PAGE]], len(found) > PAGE


def left_alone(session: Session, bulk: BulkChange, *, most: int) -> Sequence[BulkItem]:
    """The records that could not be changed, or not be changed back, with the reasons."""
    outcomes = (Outcome.REFUSED, Outcome.KEPT)
    query = sa.select(BulkItem).where(BulkItem.bulk_id == bulk.id, BulkItem.outcome.in_(outcomes))
    return session.scalars(query.order_by(BulkItem.id).limit(most)).all()


def undo(session: Session, bulk: BulkChange, kind: RecordKind, *, actor: Actor) -> None:
    """Note that it is to be taken back, what was left alone before included.

    Raises ``ForbiddenError``, or ``ConflictError`` if there is nothing to take back.
    """
    actor.require(kind.permission(bulk.action))
    if bulk.state in AT_WORK:
        raise ConflictError(_("It is still at work; cancel it first."), code="bulk_at_work")
    back = (Outcome.DONE, Outcome.KEPT)
    query = sa.update(BulkItem).where(BulkItem.bulk_id == bulk.id, BulkItem.outcome.in_(back))
    session.execute(query.values(outcome=Outcome.DONE, reason=""))
    total = _count(session, bulk, Outcome.DONE)
    if not total:
        raise ConflictError(_("There is nothing to take back."), code="nothing_to_revert")
    bulk.undoing, bulk.state, bulk.fault, bulk.finished_at = True, RunState.WAITING, "", None
    bulk.done, bulk.total = 0, total
    bulk.language, bulk.user_id, bulk.source = current_language(), actor.user_id, actor.source
    session.flush()


def cancel(session: Session, bulk: BulkChange) -> None:
    """Stop it; what was done so far is kept. Raises ``ConflictError``."""
    if bulk.state not in AT_WORK:
        raise ConflictError(_("It is over already."), code="bulk_over")
    bulk.state, bulk.finished_at = RunState.CANCELLED, now()


def work_here(session: Session, kinds: Kinds, bulk: BulkChange, *, actor: Actor) -> None:
    """Do all of it in the transaction of the caller."""
    while step(session, kinds, bulk, LARGEST_SIZE, actor):
        pass


def work(database: Database, kinds: Kinds, bulk_id: int, *, actor: Actor, watch: Watch) -> None:
    """Do record after record, some in each transaction, until all is done or somebody cancels it."""

    def some(size: int) -> bool:
        with database.write() as session:
            query = sa.select(BulkChange).where(BulkChange.id == bulk_id).with_for_update()
            bulk = session.scalars(query).one()
            more = bulk.state is not RunState.CANCELLED and step(session, kinds, bulk, size, actor)
            done, total = bulk.done, bulk.total
        watch(done, total)
        return more

    paced(database, some)


def step(session: Session, kinds: Kinds, bulk: BulkChange, size: int, actor: Actor) -> bool:
    """Some more of it; False if there is nothing left."""
    asked = Outcome.DONE if bulk.undoing else Outcome.WAITING
    order = BulkItem.id.desc() if bulk.undoing else BulkItem.id
    query = sa.select(BulkItem).where(BulkItem.bulk_id == bulk.id, BulkItem.outcome == asked)
    items = session.scalars(query.order_by(order).limit(size)).all()
    kind = kinds.get(bulk.kind)
    if not items or kind is None:
        bulk.state, bulk.finished_at = RunState.DONE if kind else RunState.FAILED, now()
        bulk.fault = "" if kind else _("The plugin with “%(kind)s” is off.", kind=bulk.kind)
        return False
    bulk.state, bulk.fault, bulk.finished_at = RunState.RUNNING, "", None
    if bulk.undoing:
        bulk_undo.take_back(session, kinds, kind, bulk, items, actor=actor)
    elif bulk.action is BulkAction.UPDATE:
        _update(session, kinds, kind, bulk.values, items, actor)
    else:
        _delete(session, kind, items, actor)
    bulk.done += len(items)
    session.flush()
    return True


def _update(
    session: Session,
    kinds: Kinds,
    kind: RecordKind,
    values: Mapping[str, Any],
    items: Sequence[BulkItem],
    actor: Actor,
) -> None:
    reader = Reader(session, kinds, actor=actor)
    records = {one.id: one for one in session.scalars(loader(kind, [item.record_id for item in items]))}
    for item in items:
        record = records.get(item.record_id)
        if record is None:
            _refuse(item, _("It is gone."))
            continue

        def change(record: Any = record) -> bool:
            read = reader.json(kind, dict(values), new=False)
            return service.update(session, kind, record, read, actor=actor)

        outcome = service.attempt(session, kind, change)
        if isinstance(outcome, VinculoError):
            _refuse(item, told(outcome))
        else:
            item.outcome = Outcome.DONE if outcome else Outcome.UNCHANGED
            item.given = record.version if outcome else None


def _delete(session: Session, kind: RecordKind, items: Sequence[BulkItem], actor: Actor) -> None:
    """All at once where that goes, else one by one."""
    ids = [item.record_id for item in items]
    outcome = service.attempt(session, kind, partial(_trash, session, kind, ids, actor))
    for item in items:
        one = outcome
        if isinstance(outcome, VinculoError):
            one = service.attempt(session, kind, partial(_trash, session, kind, [item.record_id], actor))
        if isinstance(one, VinculoError):
            _refuse(item, told(one))
        elif item.record_id in one:
            item.outcome, item.given = Outcome.DONE, one[item.record_id]
        else:
            _refuse(item, _("It is gone."))


def _trash(session: Session, kind: RecordKind, ids: Sequence[int], actor: Actor) -> Mapping[int, int]:
    """Record → what takes its deletion back."""
    records = session.scalars(loader(kind, ids)).all()
    kept = trash.delete_many(session, kind, records, actor=actor) if records else []
    return {one.record_id: one.id for one in kept}


def _refuse(item: BulkItem, reason: str) -> None:
    item.outcome, item.reason = Outcome.REFUSED, reason


def told(error: VinculoError) -> str:
    """Why a record was refused."""
    faults = [one.message for one in error.errors] if isinstance(error, InvalidError) else []
    return " ".join(faults) or error.message
