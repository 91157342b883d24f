"""Taking an import back: what it made is deleted, what it changed gets the values that it had before.

The event log tells what each change was. A value goes back if it is still what the import made of it; a
record that the import made goes if nobody has changed it since and nothing else hangs on it. All other is
a clash: it stays as it is, unless the caller says otherwise (decision 0018).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.links import Link
from vinculo.errors import VinculoError
from vinculo.events.models import Event
from vinculo.i18n import gettext as _
from vinculo.records import access, service, trash
from vinculo.records.followers import Followers
from vinculo.records.history import UNDONE
from vinculo.records.import_chunk import loader
from vinculo.records.kind import RecordKind
from vinculo.records.merging import named
from vinculo.records.models import ImportChange
from vinculo.records.reading import Kinds, Reader
from vinculo.records.rewinding import Rewind, Told
from vinculo.records.snapshots import plain, snapshot

EVERYTHING: Final = "*"  # in the place of keys
USERS: Final = "accounts_user"
FIRST: Final = 1  # the version of a record that was just made


@dataclass(frozen=True, slots=True)
class Clash:
    """What is left as it is. ``part`` is "" for the whole record, else a field, or a row of a collection.

    ``before``, ``imported`` and ``present`` are JSON builtins, None where the whole record is meant.
    ``reason`` says why, in words. ``title`` is "" for those who may not read the record.
    """

    kind: str
    id: int
    title: str
    part: str
    reason: str
    before: Any = None
    imported: Any = None
    present: Any = None

    @property
    def key(self) -> str:
        """By which it is chosen to be taken back all the same."""
        return key(self.kind, self.id, self.part)


def key(kind: str, record_id: int, part: str) -> str:
    """What names a clash."""
    return f"{kind}:{record_id}:{part}"


@dataclass(slots=True)
class Batch:
    """What is done to some records: how many changes are dealt with, and how many records by outcome."""

    changes: int = 0
    deleted: int = 0
    restored: int = 0
    lost: int = 0
    clashes: list[Clash] = field(default_factory=list)


@dataclass(slots=True)
class _Doing:
    """The records of one kind that are looked at."""

    session: Session
    kinds: Kinds
    kind: RecordKind
    actor: Actor
    overwrite: Collection[str]
    done: Batch
    dry: bool = False

    def clash(self, record: Any, reason: str, told: Told | None = None) -> None:
        about = self.kind.name, record.id, self.kind.title_of(record)
        values = (told.part, reason, told.before, told.imported, told.present) if told else ("", reason)
        self.done.clashes.append(Clash(*about, *values))

    def chosen(self, record_id: int, part: str = "") -> bool:
        whole = key(self.kind.name, record_id, "")
        return not {EVERYTHING, whole, key(self.kind.name, record_id, part)}.isdisjoint(self.overwrite)


def take_back(
    session: Session,
    kinds: Kinds,
    kind: RecordKind,
    versions: Mapping[int, Sequence[int]],
    *,
    actor: Actor,
    overwrite: Collection[str] = (),
    dry: bool = False,
) -> Batch:
    """Take changes back: of each record, by its id, those that gave it these versions. It raises nothing.

    With ``overwrite``, keys of clashes or ``EVERYTHING``, these go back all the same, and nothing else.
    With ``dry`` it only says what clashes.
    """
    do = _Doing(session, kinds, kind, actor, overwrite, Batch(sum(map(len, versions.values()))), dry)
    records = {one.id: one for one in session.scalars(loader(kind, versions, lock=not dry))}
    seen = _readable(do, records)
    do.done.lost += len(versions.keys() - records.keys())
    for one in records.keys() - seen:
        do.done.clashes.append(Clash(kind.name, one, "", "", _("You may not see this record.")))
    made = {one: records[one] for one in seen if FIRST in versions[one]}
    changed = {one: records[one] for one in seen if FIRST not in versions[one]}
    newer = {one: record for one, record in made.items() if record.version != max(versions[one])}
    events = _events(do, {**changed, **newer}, versions)
    _restore(do, changed, events)
    edited = {one for one, record in newer.items() if not _is_as_left(kind, record, events.get(one, ()))}
    _delete(do, made, edited)
    return do.done


def clashes(
    session: Session, kinds: Kinds, kind: RecordKind, versions: Mapping[int, Sequence[int]], *, actor: Actor
) -> Sequence[Clash]:
    """What of changes would not go back, as it stands now; of a record of which all would: that it was kept.

    Nothing is changed.
    """
    found = take_back(session, kinds, kind, versions, actor=actor, dry=True).clashes
    rest = versions.keys() - {clash.id for clash in found}
    query = sa.select(kind.model).where(kind.model.id.in_(rest))
    records = session.scalars(access.within(query, kind, actor, few=True))
    return [*found, *(Clash(kind.name, one.id, kind.title_of(one), "", _("refused")) for one in records)]


def _readable(do: _Doing, records: Mapping[int, Any]) -> set[int]:
    query = sa.select(do.kind.table.c.id).where(do.kind.table.c.id.in_(records))
    return {*do.session.scalars(access.within(query, do.kind, do.actor, few=True))}


def _events(
    do: _Doing, records: Mapping[int, Any], versions: Mapping[int, Sequence[int]]
) -> Mapping[int, Sequence[Any]]:
    """The events behind the changes, the newest first; without those that were emptied since."""
    query = sa.select(Event.record_id, Event.version, Event.changes)
    query = query.where(Event.kind == do.kind.name, Event.record_id.in_(records), Event.version >= FIRST)
    found: dict[int, list[Any]] = {}
    for event in do.session.execute(query.order_by(Event.id.desc())) if records else ():
        if event.version in versions[event.record_id] and event.changes:
            found.setdefault(event.record_id, []).append(event)
    return found


def _is_as_left(kind: RecordKind, record: Any, events: Sequence[Any]) -> bool:
    """Whether a record holds what the import gave it: whoever changed it has taken that back."""
    left: dict[str, Any] = {}
    for event in reversed(events):
        left.update({name: after for name, (_before, after) in event.changes.items()})
    held = snapshot(kind, record).items()
    return all((plain(left.get(name)) or None) == (value or None) for name, value in held)


def _restore(do: _Doing, records: Mapping[int, Any], events: Mapping[int, Sequence[Any]]) -> None:
    for one, record in sorted(records.items(), reverse=True):
        told = [event.changes for event in events.get(one, ())]
        rewind = Rewind(do.kind, record, told, partial(do.chosen, one) if do.overwrite else None)
        for clash in rewind.clashes:
            do.clash(record, _("changed since"), clash)
        if not told:
            do.done.lost += 1
        elif rewind.values and not do.dry:
            _write(do, record, rewind.values)


def _write(do: _Doing, record: Any, values: Mapping[str, Any]) -> None:
    def change() -> bool:
        read = Reader(do.session, do.kinds, actor=do.actor).json(do.kind, values, new=False)
        return service.update(do.session, do.kind, record, read, actor=do.actor, action=UNDONE)

    outcome = service.attempt(do.session, do.kind, change)
    if isinstance(outcome, VinculoError):
        do.clash(record, outcome.message)
    else:
        do.done.restored += 1


def _delete(do: _Doing, records: Mapping[int, Any], edited: Collection[int]) -> None:
    hanging = _hanging(do, [*records])
    going = []
    for one, record in sorted(records.items(), reverse=True):
        if do.chosen(one):
            going.append(record)
        elif one in edited:
            do.clash(record, _("changed since"))
        elif one in hanging:
            do.clash(record, _("other records hang on it: %(what)s", what=hanging[one]))
        else:
            going.append(record)
    if not going or do.dry:
        return
    outcome = service.attempt(do.session, do.kind, lambda: _trash(do, going))
    if isinstance(outcome, VinculoError):
        for record in going:
            _delete_alone(do, record.id)
    else:
        do.done.deleted += len(going)


def _delete_alone(do: _Doing, record_id: int) -> None:
    record = do.session.scalars(loader(do.kind, [record_id])).one()
    outcome = service.attempt(do.session, do.kind, lambda: _trash(do, [record]))
    if isinstance(outcome, VinculoError):
        do.clash(do.session.scalars(loader(do.kind, [record_id])).one(), outcome.message)
    else:
        do.done.deleted += 1


def _trash(do: _Doing, records: Sequence[Any]) -> int:
    return len(trash.delete_many(do.session, do.kind, records, actor=do.actor))


def _hanging(do: _Doing, ids: Sequence[int]) -> Mapping[int, str]:
    """What other records have to do with these, in words."""
    found: dict[int, list[str]] = {}
    for link in Followers(do.session).of(do.kind.table.name, derived=False) if ids else ():
        if not _tells_of_others(do.kind, link):
            continue
        column = link.table.c[link.column]
        query = sa.select(column, sa.func.count()).where(link.of(ids)).group_by(column)
        for one, count in do.session.execute(query):
            found.setdefault(one, []).append(_called(do, link.table.name, count))
    return {one: ", ".join(what) for one, what in found.items()}


def _called(do: _Doing, table: str, count: int) -> str:
    """Rows in words, by the kind of record that they are or belong to: people for their roles."""
    for kind in do.kinds.values():
        own = {collection.model.__tablename__ for collection in kind.collections}
        if table in {kind.table.name, *own}:
            return f"{kind.label_plural}: {count}"
    return named(do.session, table, count)


def _tells_of_others(kind: RecordKind, link: Link) -> bool:
    """Whether rows behind a key are records, or belong to some, and not to this kind's own."""
    if link.table.name in {collection.model.__tablename__ for collection in kind.collections}:
        return False
    others = {one.column.table.name for one in link.table.foreign_keys} - {kind.table.name, USERS}
    return "version" in link.table.c or bool(others)


def settle(session: Session, run_id: int, kind: str, versions: Collection[int], done: Batch) -> None:
    """Take away the changes of these records that are dealt with; those of the others are kept."""
    of_kind = sa.and_(ImportChange.run_id == run_id, ImportChange.kind == kind)
    left = {clash.id for clash in done.clashes}
    gone = of_kind & ImportChange.record_id.in_(set(versions) - left)
    session.execute(sa.delete(ImportChange).where(gone))
    session.execute(
        sa.update(ImportChange).where(of_kind, ImportChange.record_id.in_(left)).values(kept=True)
    )


def waiting(
    session: Session, run_id: int, *, most: int, kept: bool = False
) -> Iterator[tuple[str, Mapping[int, Sequence[int]]]]:
    """The next records of a run, by kind: at most so many, the last made first; none if all is done."""
    mine = sa.and_(ImportChange.run_id == run_id, ImportChange.kept.is_(kept))
    kinds = sa.select(ImportChange.kind).where(mine).group_by(ImportChange.kind)
    for kind in session.scalars(kinds.order_by(sa.func.min(ImportChange.id).desc())).all():
        of_kind = sa.and_(mine, ImportChange.kind == kind)
        ids = sa.select(ImportChange.record_id).where(of_kind).distinct()
        some = session.scalars(ids.order_by(ImportChange.record_id.desc()).limit(most)).all()
        query = sa.select(ImportChange.record_id, ImportChange.version)
        versions: dict[int, list[int]] = {}
        for row in session.execute(query.where(of_kind, ImportChange.record_id.in_(some))):
            versions.setdefault(row.record_id, []).append(row.version)
        yield kind, versions
