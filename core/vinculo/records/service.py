"""Creating, changing and deleting records of any kind; each change lands in log, search and timeline.

Services flush, the edge commits. Every change counts ``version`` up by one; the ORM's version check
turns a concurrent change into ``StaleVersionError`` instead of overwriting it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_dict
from sqlalchemy.orm.exc import StaleDataError

from vinculo.actor import Actor, Scope
from vinculo.db import custom
from vinculo.db.base import now
from vinculo.errors import (
    ConflictError,
    FieldError,
    InvalidError,
    MergedError,
    NotFoundError,
    StaleVersionError,
    VinculoError,
)
from vinculo.events import log, timeline
from vinculo.i18n import gettext as _
from vinculo.records import (
    access,
    catching_up,
    conflicts,
    custom_links,
    filling,
    formulas,
    search,
    similar,
    unique,
    visible,
)
from vinculo.records import custom as custom_fields
from vinculo.records.blanks import Blank
from vinculo.records.inserting import insert as insert_many
from vinculo.records.kind import RecordKind
from vinculo.records.models import Merge
from vinculo.records.reading import Values
from vinculo.records.snapshots import filled, plain, snapshot


def get(session: Session, kind: RecordKind, record_id: int, *, actor: Actor, lock: bool = False) -> Any:
    """One record with its collections. ``lock`` reads it for a change.

    Raises ``NotFoundError``, also for one that the actor may not read, or ``MergedError`` which says into
    which record it was merged.
    """
    query = _one(kind.model, access.condition(kind, actor, few=True), lock=lock)
    record = session.scalar(query, {"record": record_id}) if record_id < 2**63 else None
    if record is None:
        raise _missing(session, kind, record_id, actor)
    custom_links.settle(session, kind, record)
    return record


@lru_cache(10_000)
def _one(model: Any, seen: access.Condition | None, *, lock: bool) -> sa.Select[Any]:
    query = sa.select(model).where(model.id == sa.bindparam("record"), sa.true() if seen is None else seen)
    return query.with_for_update() if lock else query


def _missing(session: Session, kind: RecordKind, record_id: int, actor: Actor) -> NotFoundError:
    """That there is nothing, or where it went, for those who may know that."""
    merged = sa.select(Merge.new_id).join(kind.table, kind.table.c.id == Merge.new_id)
    merged = access.within(merged, kind, actor, few=True).where(
        Merge.kind == kind.name, Merge.old_id == record_id
    )
    new_id = session.scalar(merged) if record_id < 2**63 else None
    if new_id is None:
        return NotFoundError(_("There is no %(kind)s %(id)s.", kind=kind.label, id=record_id))
    text = _("%(kind)s %(id)s was merged into %(new_id)s.", kind=kind.label, id=record_id, new_id=new_id)
    return MergedError(text, new_id=new_id)


def create(session: Session, kind: RecordKind, values: Values, *, actor: Actor) -> Any:
    """Add a record. Raises ``InvalidError``, ``ForbiddenError`` or ``ConflictError`` for a taken external id.

    It belongs to the actor where nobody else is named and the actor's rights do not reach beyond some.
    """
    kind = kind.whole
    actor.require(kind.permission("create"))
    access.require_complete(kind, actor)
    custom_fields.require_current(session, kind, values.fields, new=True)
    record = _new(kind, actor)
    _own_nothing(kind, record)
    with session.no_autoflush:
        _apply(session, kind, record, values, actor)
        formulas.compute(kind, record)
    session.add(record)
    _flush(session, kind, record)
    access.require_new(session, kind, [record.id], actor, "create")
    _note_created(session, kind, record, actor)
    return record


def create_many(
    session: Session, kind: RecordKind, many: Sequence[Values], *, actor: Actor, late: bool = False
) -> list[Any]:
    """Add records in one go; in the place of one that does not fit stands its ``VinculoError``.

    Rules see the records that stand before theirs, unless the kind says that they look at their own alone:
    such records do not enter the session. If the database or what follows refuses one, all are added one by
    one. ``late``: search and likeness learn of them later (``vinculo.records.catching_up``).
    """
    kind = kind.whole
    try:
        with session.begin_nested():
            return _create_at_once(session, kind, many, actor, late=late)
    except (IntegrityError, DataError, VinculoError):  # or what follows refuses one
        return [
            attempt(session, kind, partial(create, session, kind, values, actor=actor)) for values in many
        ]


def attempt(session: Session, kind: RecordKind, change: Callable[[], Any]) -> Any:
    """Make a change that undoes itself if it fails: its result, or its ``VinculoError``."""
    try:
        with session.begin_nested():
            return change()
    except VinculoError as fault:
        return fault
    except IntegrityError as error:
        return conflict(kind, error, None)
    except DataError as error:
        reason = str(error.orig).partition("\n")[0]
        text = _("The database cannot hold these values: %(reason)s", reason=reason)
        return InvalidError([FieldError("", text)])


def _create_at_once(
    session: Session, kind: RecordKind, many: Sequence[Values], actor: Actor, *, late: bool
) -> list[Any]:
    access.require_complete(kind, actor)
    custom_fields.require_current(session, kind, {name for one in many for name in one.fields}, new=True)
    how = (session, kind, actor)
    make = partial(_apart, *how, Blank(kind, actor)) if kind.independent else partial(_entered, *how)
    outcomes: list[Any] = []
    for values in many:
        try:
            outcomes.append(make(values))
        except VinculoError as fault:
            outcomes.append(fault)
    made = [record for record in outcomes if not isinstance(record, VinculoError)]
    if kind.independent:
        insert_many(session, made)
    session.flush()
    access.require_new(session, kind, [record.id for record in made], actor, "create")
    changes = [_log_created(session, kind, record, actor) for record in made]
    if late:
        catching_up.note(session, kind, [record.id for record in made])
    else:
        search.index_new(session, kind, made)
        similar.index_new(session, kind, made)
    unique.index_new(session, kind, made)
    timeline.put_new(session, [entry for record in made if (entry := _entry(kind, record))])
    for record, new in zip(made, changes, strict=True):
        kind.written(session, record, new, actor)
    return outcomes


def _entered(session: Session, kind: RecordKind, actor: Actor, values: Values) -> Any:
    """A new record that is in the session."""
    record = _new(kind, actor)
    _own_nothing(kind, record)
    _apply(session, kind, record, values, actor)
    formulas.compute(kind, record)
    session.add(record)
    return record


def _apart(session: Session, kind: RecordKind, actor: Actor, blank: Blank, values: Values) -> Any:
    """One that is not."""
    access.require_writable(kind, _given(values), actor, new=True)
    record = blank.filled(values)
    _settle(session, kind, record, values, actor)
    formulas.compute(kind, record)
    return record


def update(
    session: Session,
    kind: RecordKind,
    record: Any,
    values: Values,
    *,
    actor: Actor,
    action: str = "changed",
) -> bool:
    """Change a record that was read with ``lock``; False if nothing differs.

    Values for an earlier ``values.version`` are put together with what was changed since; where both
    changed the same, ``StaleVersionError`` says what. ``action`` is what the log calls it. Raises
    ``ForbiddenError`` for what the actor may only read, and when the record would end up where the actor
    may change nothing.
    """
    kind = kind.whole
    access.require(session, kind, record, actor, "update")
    if values.version not in (None, record.version):
        values = conflicts.rebase(session, kind, record, values)
    custom_fields.require_current(session, kind, values.fields)
    before = snapshot(kind, record, ids=True)
    with session.no_autoflush:
        _apply(session, kind, record, values, actor)
        after = snapshot(kind, record, ids=True)
    changed = [name for name in after if plain(before[name]) != plain(after[name])]
    if not changed:
        return False
    formulas.compute(kind, record)
    record.changed_at = now()
    record.changed_by_id = actor.user_id
    _flush(session, kind, record)
    after = snapshot(kind, record, ids=True)  # new rows have their ids now
    changes = {name: [before[name], after[name]] for name in changed}
    if not _deciding(kind).isdisjoint(changes):
        access.require_new(session, kind, [record.id], actor, "update")
    _log(session, kind, record, actor=actor, action=action, changes=changes)
    project(session, kind, record, new=False)
    kind.written(session, record, changes, actor)
    return True


def _deciding(kind: RecordKind) -> frozenset[str]:
    """What decides whose a record is."""
    return frozenset({kind.owner, kind.client, *(c.name for c in kind.collections if kind.through)})


def _new(kind: RecordKind, actor: Actor) -> Any:
    record = kind.model()
    values = filling.start(kind.fields)
    own = {name: value for name, value in values.items() if not name.startswith(custom.PREFIX)}
    stamps: dict[str, Any] = dict.fromkeys(("created_at", "changed_at"), now())
    stamps |= dict.fromkeys(("created_by_id", "changed_by_id"), actor.user_id)
    # Nothing has changed yet, so the ORM need not be told of each.
    instance_dict(record).update(own, version=1, **stamps)
    for name in values.keys() - own.keys():
        setattr(record, name, values[name])
    if kind.owner and access.reach(kind, actor, "create") is not Scope.ALL:
        setattr(record, kind.owner, actor.user_id)
    return record


def _own_nothing(kind: RecordKind, record: Any) -> None:
    """Collections of a new record would be read from the database after it is flushed."""
    for collection in kind.collections:
        setattr(record, collection.name, [])


def draft(session: Session, kind: RecordKind, values: Values, *, actor: Actor) -> Any:
    """A record as the rules would have it, written nowhere; if they refuse it, as far as they came."""
    record = _new(kind, actor)
    with session.no_autoflush:
        filling.fill(kind, record, values)
        with suppress(VinculoError):
            _check(session, kind, record, actor)
    return record


def _apply(session: Session, kind: RecordKind, record: Any, values: Values, actor: Actor) -> None:
    access.require_writable(kind, _given(values), actor, new=record.id is None)
    filling.fill(kind, record, values)
    _settle(session, kind, record, values, actor)


def _given(values: Values) -> set[str]:
    return {*values.fields, *values.collections, *values.additions}


def _settle(session: Session, kind: RecordKind, record: Any, values: Values, actor: Actor) -> None:
    """Let the rules check and complete a record."""
    _check(session, kind, record, actor)
    visible.check(kind, record, _given(values))
    for collection in kind.collections:
        if collection.name in values.additions:
            filling.drop_repeated(session, collection, record)


def _check(session: Session, kind: RecordKind, record: Any, actor: Actor) -> None:
    if kind.rules is not None:
        kind.rules(session, record, actor)


def _flush(session: Session, kind: RecordKind, record: Any) -> None:
    title, expected, external_id = kind.title_of(record), record.version, record.external_id
    try:
        session.flush()
    except StaleDataError as error:
        raise StaleVersionError(title, expected=expected, current=expected + 1) from error
    except IntegrityError as error:
        raise conflict(kind, error, external_id) from error


def conflict(kind: RecordKind, error: IntegrityError, external_id: str | None) -> ConflictError:
    """What a broken database constraint means to a person."""
    text = str(error.orig)
    if "external_id" in text:
        return ConflictError(
            _(
                "Another %(kind)s has the external id “%(id)s” already; use another or change that record.",
                kind=kind.label,
                id=external_id,
            ),
            code="duplicate_external_id",
        )
    if "foreign key" in text.lower():
        return ConflictError(
            _("A record that this one points to, or that points to it, is in the way."), code="linked"
        )
    return ConflictError(
        _("Another %(kind)s has the same values where they must differ.", kind=kind.label), code="duplicate"
    )


def _note_created(session: Session, kind: RecordKind, record: Any, actor: Actor) -> None:
    changes = _log_created(session, kind, record, actor)
    project(session, kind, record, new=True)
    kind.written(session, record, changes, actor)


def _log_created(session: Session, kind: RecordKind, record: Any, actor: Actor) -> dict[str, Any]:
    changes = {name: [None, value] for name, value in filled(kind, record).items()}
    _log(session, kind, record, actor=actor, action="created", changes=changes)
    return changes


def _log(
    session: Session, kind: RecordKind, record: Any, *, actor: Actor, action: str, changes: dict[str, Any]
) -> None:
    log.write(
        session,
        actor=actor,
        action=action,
        kind=kind.name,
        record_id=record.id,
        title=kind.title_of(record),
        client_id=kind.client_of(record),
        changes=changes,
        version=record.version,
        at=record.changed_at,
    )


def project(session: Session, kind: RecordKind, record: Any, *, new: bool) -> None:
    """Bring search, timeline and what finds its doubles up to date with a record."""
    search.index(session, kind, record, new=new)
    similar.index(session, kind, record, new=new)
    unique.index(session, kind, record, new=new)
    if kind.moment is not None:
        timeline.put(session, kind=kind.name, record_id=record.id, new=new, entry=_entry(kind, record))


def _entry(kind: RecordKind, record: Any) -> dict[str, Any] | None:
    """How a record appears on the timeline of its client; None where it does not."""
    moment, client_id = kind.moment and kind.moment(record), kind.client_of(record)
    if moment is None or client_id is None:
        return None
    return {
        "client_id": client_id,
        "kind": kind.name,
        "record_id": record.id,
        "happened_at": moment.at,
        "domain": kind.domain,
        "label": moment.label,
        "title": moment.title[:300],
        "text": moment.text,
        "icon": moment.icon,
        "user_id": moment.user_id,
    }
