"""Deleting with undo: the rows that the database deletes or detaches are kept, and can be put back.

What follows a record, what is detached and what forbids deleting is said by the foreign keys
themselves, so it holds for plugins that are off, too.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Scope
from vinculo.db import links, rows
from vinculo.db.base import now
from vinculo.db.links import Link
from vinculo.errors import ConflictError, NotFoundError
from vinculo.events import log
from vinculo.events.models import TimelineEntry, Trash
from vinculo.i18n import gettext as _
from vinculo.plugins import memory
from vinculo.plugins.models import State
from vinculo.records import access, conversion, formulas, search, service, similar, unique
from vinculo.records.followers import DERIVED, Followers
from vinculo.records.images import pieces
from vinculo.records.kind import RecordKind
from vinculo.records.merging import named
from vinculo.records.snapshots import snapshot


def delete(session: Session, kind: RecordKind, record: Any, *, actor: Actor) -> Trash:
    """Delete a record that was read with ``lock``, with all that follows it.

    Raises ``ForbiddenError``, or ``ConflictError`` naming what forbids it. The result's id takes it back:
    ``restore``.
    """
    (trash,) = delete_many(session, kind, [record], actor=actor)
    return trash


def delete_many(session: Session, kind: RecordKind, records: Sequence[Any], *, actor: Actor) -> list[Trash]:
    """The same with many records of a kind: each can be taken back alone. All of them go, or none."""
    for record in records:
        _check(session, kind, record, actor)
    titles = {record.id: kind.title_of(record) for record in records}
    going = _Going(session, titles)
    root = rows.reflect(session.connection(), kind.model.__tablename__)
    kept = _by_root(going.collect(root, {one: one for one in titles}, derived=False))
    found = []
    for record in records:
        trash = Trash(
            deleted_at=now(),
            actor_id=actor.user_id,
            kind=kind.name,
            record_id=record.id,
            title=titles[record.id][:300],
            rows=_once(kept.get(record.id, ())),
        )
        found.append(trash)
        _log(session, kind, record, actor)
    session.add_all(found)
    session.flush()
    for record in records:
        session.expunge(record)
    going.remove_unheld(kept.values())
    session.execute(sa.delete(kind.model).where(kind.model.id.in_(titles)))
    _hide(session, kind, [*titles])
    session.expire_all()
    kind.gone_or_back(session, records, actor)
    return found


def _log(session: Session, kind: RecordKind, record: Any, actor: Actor) -> None:
    log.write(
        session,
        actor=actor,
        action="deleted",
        kind=kind.name,
        record_id=record.id,
        title=kind.title_of(record),
        client_id=kind.client_of(record),
        changes={name: [value, None] for name, value in snapshot(kind, record).items() if value},
        version=record.version,
    )


def _hide(session: Session, kind: RecordKind, ids: Sequence[int]) -> None:
    search.remove(session, kind.name, ids)
    similar.remove(session, kind.name, ids)
    unique.remove(session, kind, ids)
    session.execute(
        sa.delete(TimelineEntry).where(TimelineEntry.kind == kind.name, TimelineEntry.record_id.in_(ids))
    )


def _check(session: Session, kind: RecordKind, record: Any, actor: Actor) -> None:
    access.require(session, kind, record, actor, "delete")
    if kind.deletable is not None:
        kind.deletable(session, record)


def get(session: Session, trash_id: int) -> Trash:
    """What was deleted. Raises ``NotFoundError`` when it has been put back already."""
    trash = session.get(Trash, trash_id, with_for_update=True) if trash_id < 2**63 else None
    if trash is None:
        raise _gone()
    return trash


def _gone() -> NotFoundError:
    return NotFoundError(_("This was put back already, or never deleted."))


def restore(session: Session, kind: RecordKind, trash: Trash, *, actor: Actor) -> Any:
    """Put a deleted record back with the same id and all its rows but those of a plugin purged since.

    Who may not delete all records finds only what they deleted themselves. Raises ``ConflictError`` when
    its place has been taken, e.g. its external id or a row it hangs on.
    """
    actor.require(kind.permission("delete"))
    if access.reach(kind, actor, "delete") is not Scope.ALL and trash.actor_id != actor.user_id:
        raise _gone()
    connection = session.connection()
    tables = sa.MetaData()
    try:
        for row in _with_a_place(session, trash.rows):
            table = rows.reflect(connection, row["table"], tables)
            values = {name: rows.decode(value) for name, value in row["values"].items() if name in table.c}
            if row["action"] == "delete":
                connection.execute(sa.insert(table).values(values))
            else:
                connection.execute(sa.update(table).where(table.c.id == values.pop("id")).values(values))
    except IntegrityError as error:
        raise ConflictError(
            _("%(title)s cannot be put back: what it needs has changed since.", title=trash.title),
            code="cannot_restore",
        ) from error
    session.delete(trash)
    record = _found(session, kind, trash, actor)
    log.write(
        session,
        actor=actor,
        action="restored",
        kind=kind.name,
        record_id=record.id,
        title=kind.title_of(record),
        client_id=kind.client_of(record),
        version=record.version,
    )
    _show(session, kind, record)
    kind.gone_or_back(session, [record], actor)
    return record


def _found(session: Session, kind: RecordKind, trash: Trash, actor: Actor) -> Any:
    """What was put back, by the definitions of custom fields as they are now."""
    conversion.mend(session, kind, [trash.record_id], trash.deleted_at)
    record = service.get(session, kind, trash.record_id, actor=actor)
    formulas.compute(kind.whole, record)
    session.flush()
    return record


def _show(session: Session, kind: RecordKind, record: Any) -> None:
    if kind.client == "id":  # a client's own search text and timeline came back as rows
        similar.index(session, kind, record, new=True)
        unique.index(session, kind, record, new=True)
    else:
        service.project(session, kind, record, new=True)


def _with_a_place(session: Session, kept: Sequence[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Without the rows of plugins purged since, and without what the kernel showed of them."""
    there = {*sa.inspect(session.connection()).get_table_names()}
    states = memory.remembered(session)
    purged = {
        kind for _name, state, about in states if state is State.PURGED for kind in about.get("kinds", ())
    }
    for row in kept:
        shown = row["table"] in DERIVED
        if row["table"] in there and not (shown and row["values"].get("kind") in purged):
            yield row


def _once(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without repetitions: a row may hang on a record in two ways."""
    found: dict[Any, dict[str, Any]] = {}
    for row in rows:
        found.setdefault((row["table"], row["values"]["id"], row["action"], *row["values"]), row)
    return list(found.values())


Owned = tuple[int, dict[str, Any]]  # the id of the record that is deleted, and a row that goes with it


def _by_root(kept: Iterable[Owned]) -> dict[int, list[dict[str, Any]]]:
    """A row that hangs on two of them goes with the first, as if they were deleted one after the other."""
    found: dict[int, list[dict[str, Any]]] = {}
    owner: dict[Any, int] = {}
    for root, row in kept:
        if owner.setdefault((row["table"], row["values"]["id"], row["action"]), root) == root:
            found.setdefault(root, []).append(row)
    return found


class _Going:
    """Finds what goes with records: the rows themselves, then what hangs on them, as they must be put back.

    ``titles`` are what the records are called. What is derived of them is not kept, but made anew.
    """

    def __init__(self, session: Session, titles: Mapping[int, str]) -> None:
        self._session, self._titles = session, titles
        self._followers = Followers(session)
        self._seen: set[tuple[str, int]] = set()

    def collect(self, table: sa.Table, roots: Mapping[int, int], *, derived: bool = True) -> Iterable[Owned]:
        """Rows of a table with all that follows them; ``roots`` says with which record each of them goes."""
        new = [one for one in roots if (table.name, one) not in self._seen]
        self._seen.update((table.name, one) for one in new)
        for ids in pieces(new):
            yield from self._hanging(table, {one: roots[one] for one in ids}, derived)

    def _hanging(self, table: sa.Table, roots: Mapping[int, int], derived: bool) -> Iterable[Owned]:
        connection = self._session.connection()
        for values in connection.execute(sa.select(table).where(table.c.id.in_(roots))).mappings():
            yield roots[values["id"]], _kept(table.name, "delete", {**values})
        for link in self._followers.of(table.name, derived=derived):
            query = sa.select(link.table.c.id, link.table.c[link.column]).where(link.of(roots))
            found = {row[0]: row[1] for row in connection.execute(query)}
            if not found:
                continue
            if link.on_delete == "CASCADE":
                yield from self.collect(link.table, {one: roots[of] for one, of in found.items()})
            elif link.on_delete == "SET NULL":
                for one, of in found.items():
                    yield roots[of], _kept(link.table.name, "detach", {"id": one, link.column: of})
            else:
                raise self._forbidden(link, [roots[of] for of in found.values()])

    def _forbidden(self, link: Link, roots: Sequence[int]) -> ConflictError:
        what = named(self._session, link.table.name, roots.count(roots[0]))
        text = _("“%(title)s” cannot be deleted because of %(what)s. Delete or change those first.")
        return ConflictError(text % {"title": self._titles[roots[0]], "what": what}, code="linked")

    def remove_unheld(self, kept: Iterable[Sequence[dict[str, Any]]]) -> None:
        """Delete what no key takes along."""
        going: dict[str, list[int]] = {}
        for row in itertools.chain.from_iterable(kept):
            if row["action"] == "delete" and row["table"] in self._followers.unheld:
                going.setdefault(row["table"], []).append(row["values"]["id"])
        for name, ids in going.items():
            table = links.table(self._session.connection(), name)
            for some in pieces(ids):
                self._session.execute(sa.delete(table).where(table.c.id.in_(some)))


def _kept(table: str, action: str, values: dict[str, Any]) -> dict[str, Any]:
    return {"table": table, "action": action, "values": rows.encode_row(values)}
