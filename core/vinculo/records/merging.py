"""Merging records: everything that points to one of them points to the survivor afterwards.

What points where is asked of the database itself, and what is to become of it was remembered when the
plugin was switched on, so it holds for plugins that are off or whose package is gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.db.links import Link, about_any, links_to
from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.events import log
from vinculo.events.models import SearchDocument, TimelineEntry
from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext
from vinculo.plugins import memory
from vinculo.records import access, formulas, search, service, similar, unique, uniting
from vinculo.records.custom_models import UniqueKey
from vinculo.records.fields import LinkField
from vinculo.records.images import Images
from vinculo.records.kind import Collection, RecordKind
from vinculo.records.models import MatchKey, Merge, MergeUndo
from vinculo.records.reading import Values
from vinculo.records.snapshots import snapshot

MOST: Final = 20
UNTOLD: Final = (
    "protection_canary"  # its rows move like all others, and nobody is to learn that there are any
)


@dataclass(slots=True)
class Outcome:
    """What a merge did, as rows by ``table.column``.

    ``dropped`` are rows that the survivor had already, so that they could not be there twice. ``undo_id`` is
    the number by which the merge is taken back (``vinculo.records.unmerging``).
    """

    moved: dict[str, int] = field(default_factory=dict)
    detached: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    undo_id: int = 0


def merge(
    session: Session,
    kind: RecordKind,
    survivor_id: int,
    other_ids: Sequence[int],
    *,
    actor: Actor,
    fields: Mapping[str, int] | None = None,
) -> Outcome:
    """Merge up to 20 records into one; the others are gone then, and links to them lead to it.

    ``fields`` says from which of the records the survivor takes a value, its external id included; it keeps
    its own in all others. It gets the rows of all, those that repeat another left out. Raises
    ``NotFoundError``, ``ForbiddenError``, ``InvalidError`` for a wrong choice or where the survivor would
    break the rules of its kind, or ``ConflictError`` naming the plugin that forbids it; nothing has changed
    then.
    """
    survivor, records = _locked(session, kind, survivor_id, other_ids, actor)
    chosen = _chosen(kind, {survivor_id: survivor, **records}, fields or {}, actor)
    own = {row.id for collection in kind.collections for row in getattr(survivor, collection.name)}
    before = {one: snapshot(kind, record) for one, record in records.items()}
    names = {one: kind.title_of(record) for one, record in records.items()}
    session.flush()
    images = _images(session, kind, survivor_id, [*records])
    outcome = _repoint(session, kind, survivor, [*records], images)
    _remove(session, kind, records)
    _remember(session, kind, survivor_id, [*records], actor)
    session.expire_all()
    survivor = service.get(session, kind, survivor_id, actor=actor, lock=True)
    _unite(kind, survivor, own, outcome, images)
    _complete(session, kind, survivor, chosen, actor)
    for one in records:
        _log(session, kind, survivor, names[one], before[one], actor)
    outcome.undo_id = _keep(session, kind, survivor, names, images, actor)
    return outcome


def _images(session: Session, kind: RecordKind, survivor_id: int, others: Sequence[int]) -> Images:
    """All that the merge may change, as it is before. Rows that it drops are kept when it does so."""
    images = Images(session)
    images.keep(kind.table.name, "id", [survivor_id, *others])
    for link in links_to(session.connection(), kind.table.name):
        images.watch(link.table.name, link.column, survivor_id)
        images.keep(link.table.name, link.column, others)
    for table in about_any(session.connection()):
        images.keep(table.name, "about_id", others, about_kind=kind.name)
    for owned in sa.inspect(kind.model).relationships:  # what the rules of a kind may change with it
        for column in owned.remote_side:
            images.keep(str(column.table), column.name, [survivor_id])
    for derived in (SearchDocument, TimelineEntry, MatchKey, UniqueKey):
        images.keep(derived.__tablename__, "record_id", others, kind=kind.name)
    images.keep(Merge.__tablename__, "new_id", others, kind=kind.name)
    images.watch(Merge.__tablename__, "new_id", survivor_id)
    return images


def _keep(
    session: Session,
    kind: RecordKind,
    survivor: Any,
    names: Mapping[int, str],
    images: Images,
    actor: Actor,
) -> int:
    """Keep what is needed to take the merge back; the number of that."""
    session.flush()
    kept = MergeUndo(
        actor_id=actor.user_id,
        kind=kind.name,
        record_id=survivor.id,
        title=kind.title_of(survivor)[:300],
        others=[[one, name] for one, name in names.items()],
        rows=images.changed(),
    )
    session.add(kept)
    session.flush()
    return kept.id


def _remove(session: Session, kind: RecordKind, records: Mapping[int, Any]) -> None:
    for record in records.values():
        session.expunge(record)
    session.execute(sa.delete(kind.model).where(kind.model.id.in_([*records])))
    search.remove(session, kind.name, [*records])
    similar.remove(session, kind.name, [*records])
    unique.remove(session, kind, [*records])
    own = TimelineEntry.kind == kind.name, TimelineEntry.record_id.in_([*records])
    session.execute(sa.delete(TimelineEntry).where(*own))


def _complete(session: Session, kind: RecordKind, survivor: Any, chosen: Values, actor: Actor) -> None:
    """Give the survivor what was chosen, only now: what is unique was another's until here."""
    if chosen.fields or chosen.has_external_id:
        service.update(session, kind, survivor, chosen, actor=actor)
    elif kind.rules is not None:
        kind.rules(session, survivor, actor)
    formulas.compute(kind.whole, survivor)
    survivor.changed_at, survivor.changed_by_id = now(), actor.user_id
    session.flush()
    service.project(session, kind, survivor, new=False)


def preview(
    session: Session,
    kind: RecordKind,
    survivor_id: int,
    other_ids: Sequence[int],
    *,
    actor: Actor,
    fields: Mapping[str, int] | None = None,
) -> Outcome:
    """What a merge would do, found by doing it and taking it back; it raises what the merge would raise.

    What the session has loaded is read anew afterwards.
    """
    attempt = session.begin_nested()
    try:
        return merge(session, kind, survivor_id, other_ids, actor=actor, fields=fields)
    finally:
        attempt.rollback()
        session.expire_all()


def survivor_of(session: Session, kind: str, old_id: int) -> int | None:
    """The record into which another was merged; merges of merges are followed when they are made."""
    query = sa.select(Merge.new_id).where(Merge.kind == kind, Merge.old_id == old_id)
    return session.scalar(query) if old_id < 2**63 else None


def _check(survivor_id: int, other_ids: Sequence[int]) -> None:
    if survivor_id in other_ids:
        text = _("A record cannot be merged into itself; leave %(id)s out of ids.", id=survivor_id)
        raise InvalidError([FieldError("ids", text)])
    if not 1 <= len(set(other_ids)) < MOST:
        text = _("Name 1 to %(most)s other records to merge.", most=MOST - 1)
        raise InvalidError([FieldError("ids", text)])


def _locked(
    session: Session, kind: RecordKind, survivor_id: int, other_ids: Sequence[int], actor: Actor
) -> tuple[Any, dict[int, Any]]:
    """The survivor and the others by id, where the actor may merge them."""
    _check(survivor_id, other_ids)
    records = {
        one: service.get(session, kind, one, actor=actor, lock=True)
        for one in sorted({survivor_id, *other_ids})
    }
    survivor = records.pop(survivor_id)
    access.require(session, kind, survivor, actor, "update")
    for record in records.values():
        access.require(session, kind, record, actor, "delete")
    return survivor, records


def _chosen(kind: RecordKind, records: Mapping[int, Any], fields: Mapping[str, int], actor: Actor) -> Values:
    """What the survivor takes. Fields that the actor does not see are like none at all."""
    known = {one.name: one for one in access.seen_by(kind, actor).writable()}
    errors, chosen = [], Values()
    for name, record_id in fields.items():
        if name not in known and name != "external_id":
            text = _("There is no field “%(name)s” to choose; leave it out.", name=name)
            errors.append(FieldError(f"fields.{name}", text))
        elif record_id not in records:
            text = _("Record %(id)s is not among those to be merged; name one of them.", id=record_id)
            errors.append(FieldError(f"fields.{name}", text))
        elif name == "external_id":
            chosen.external_id, chosen.has_external_id = records[record_id].external_id, True
        else:
            value = getattr(records[record_id], name)
            field = known[name]
            own = isinstance(field, LinkField) and field.kind == kind.name and value in records
            chosen.fields[name] = None if own else value  # a link among the merged would lead to itself
    if errors:
        raise InvalidError(errors)
    return chosen


def _repoint(
    session: Session, kind: RecordKind, survivor: Any, others: Sequence[int], images: Images
) -> Outcome:
    connection = session.connection()
    policies = memory.merge_policies(session)
    found = [
        (link, policy)
        for link in links_to(connection, kind.model.__tablename__)
        if (policy := policies.get(f"{link.table.name}.{link.column}", "follow"))
    ]
    for link, policy in found:
        if policy == "forbid":
            _refuse(session, kind, link, others, survivor)
    outcome = Outcome()
    for link, policy in found:
        column, key = link.table.c[link.column], f"{link.table.name}.{link.column}"
        if policy == "detach" and column.nullable:
            detach = sa.update(link.table).where(column.in_(others)).values({link.column: None})
            _count(outcome.detached, key, connection.execute(detach).rowcount)
        else:
            _follow(connection, link, others, survivor.id, outcome, images)
    for table in about_any(connection):
        said = sa.and_(table.c.about_kind == kind.name, table.c.about_id.in_(others))
        rows = connection.execute(sa.update(table).where(said).values(about_id=survivor.id)).rowcount
        _count(outcome.moved, f"{table.name}.about_id", rows)
    return outcome


def _refuse(session: Session, kind: RecordKind, link: Link, others: Sequence[int], survivor: Any) -> None:
    count = session.connection().scalar(
        sa.select(sa.func.count()).select_from(link.table).where(link.table.c[link.column].in_(others))
    )
    if count:
        text = _("Nothing can be merged into “%(title)s” because of %(what)s. Delete or change those first.")
        what = named(session, link.table.name, count)
        raise ConflictError(text % {"title": kind.title_of(survivor), "what": what}, code="linked")


def named(session: Session, table: str, count: int) -> str:
    """Rows of a table in words, with the plugin that they are from."""
    owner = memory.owner_of_table(session, table)
    if owner is None:
        return ngettext("%(n)s row of %(table)s", "%(n)s rows of %(table)s", count, table=table)
    values = {"plugin": owner.title, "table": table}
    if owner.is_on:
        return ngettext(
            "%(n)s row of %(plugin)s (%(table)s)", "%(n)s rows of %(plugin)s (%(table)s)", count, **values
        )
    return ngettext(
        "%(n)s row of %(plugin)s, which is off (%(table)s)",
        "%(n)s rows of %(plugin)s, which is off (%(table)s)",
        count,
        **values,
    )


def _follow(
    connection: sa.Connection,
    link: Link,
    others: Sequence[int],
    survivor_id: int,
    outcome: Outcome,
    images: Images,
) -> None:
    """Point rows to the survivor; where it has the same row already, that one stays."""
    table, column, key = link.table, link.table.c[link.column], f"{link.table.name}.{link.column}"
    change = sa.update(table).values({link.column: survivor_id})
    try:
        with connection.begin_nested():
            _count(outcome.moved, key, connection.execute(change.where(column.in_(others))).rowcount)
    except IntegrityError:
        for row_id in connection.scalars(sa.select(table.c.id).where(column.in_(others))).all():
            try:
                with connection.begin_nested():
                    connection.execute(change.where(table.c.id == row_id))
                _count(outcome.moved, key, 1)
            except IntegrityError:
                images.drop(table.name, row_id)
                _count(outcome.dropped, key, 1)
    if table.name == link_target(link):  # a parent, say: nobody is his own
        own = sa.update(table).where(table.c.id == survivor_id, column == survivor_id)
        connection.execute(own.values({link.column: None}))


def _unite(kind: RecordKind, survivor: Any, own: set[int], outcome: Outcome, images: Images) -> None:
    for collection, row in uniting.unite(kind, survivor, own):
        key = f"{collection.model.__tablename__}.{parent_column(kind, collection)}"
        if row.id not in own:
            outcome.moved[key] -= 1
            if not outcome.moved[key]:
                del outcome.moved[key]
        _count(outcome.dropped, key, 1)
        images.keep_all(collection.model.__tablename__, [row.id])


def parent_column(kind: RecordKind, collection: Collection) -> str:
    """The column by which the rows of a collection hang on their record."""
    (column,) = sa.inspect(kind.model).relationships[collection.name].remote_side
    return str(column.key)


def link_target(link: Link) -> str:
    """The table that a foreign key points to."""
    (key,) = link.table.c[link.column].foreign_keys
    return key.column.table.name


def _count(into: dict[str, int], key: str, rows: int) -> None:
    if rows and not key.startswith(f"{UNTOLD}."):
        into[key] = into.get(key, 0) + rows


def _remember(session: Session, kind: RecordKind, new_id: int, others: Sequence[int], actor: Actor) -> None:
    earlier = sa.update(Merge).where(Merge.kind == kind.name, Merge.new_id.in_(others))
    session.execute(earlier.values(new_id=new_id))
    session.add_all(
        Merge(kind=kind.name, old_id=one, new_id=new_id, actor_id=actor.user_id) for one in others
    )


def _log(
    session: Session, kind: RecordKind, survivor: Any, title: str, before: Mapping[str, Any], actor: Actor
) -> None:
    log.write(
        session,
        actor=actor,
        action="merged",
        kind=kind.name,
        record_id=survivor.id,
        title=title,
        client_id=kind.client_of(survivor),
        changes={name: [value, None] for name, value in before.items() if value},
        version=survivor.version,
    )
