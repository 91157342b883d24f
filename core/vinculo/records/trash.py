"""Deleting with undo: the rows that the database deletes or detaches are kept, and can be put back.

What follows a record, what is detached and what forbids deleting is said by the foreign keys
themselves, so it holds for plugins that are off, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Scope
from vinculo.db import rows
from vinculo.db.base import now
from vinculo.db.links import links_to
from vinculo.errors import ConflictError, NotFoundError
from vinculo.events import log
from vinculo.events.models import SearchDocument, TimelineEntry, Trash
from vinculo.i18n import gettext as _
from vinculo.plugins import memory
from vinculo.plugins.models import State
from vinculo.records import access, search, service
from vinculo.records.kind import RecordKind
from vinculo.records.merging import named
from vinculo.records.snapshots import snapshot

CHUNK: Final = 1000  # databases bound the number of values in a statement


def delete(session: Session, kind: RecordKind, record: Any, *, actor: Actor) -> Trash:
    """Delete a record that was read with ``lock``, with all that follows it.

    Raises ``ForbiddenError``, or ``ConflictError`` naming what forbids it. The result's id takes it back:
    ``restore``.
    """
    _check(session, kind, record, actor)
    title, client_id, record_id = kind.title_of(record), kind.client_of(record), record.id
    connection = session.connection()
    root = rows.reflect(connection, kind.model.__tablename__)
    kept = _once(_collect(session, root, [record_id], title))
    trash = Trash(
        deleted_at=now(),
        actor_id=actor.user_id,
        kind=kind.name,
        record_id=record_id,
        title=title[:300],
        rows=kept,
    )
    session.add(trash)
    log.write(
        session,
        actor=actor,
        action="deleted",
        kind=kind.name,
        record_id=record_id,
        title=title,
        client_id=client_id,
        changes={name: [value, None] for name, value in snapshot(kind, record).items() if value},
        version=record.version,
    )
    session.flush()
    session.expunge(record)
    session.execute(sa.delete(kind.model).where(kind.model.id == record_id))
    search.remove(session, kind.name, record_id)
    session.execute(
        sa.delete(TimelineEntry).where(TimelineEntry.kind == kind.name, TimelineEntry.record_id == record_id)
    )
    session.expire_all()
    return trash


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
    record = service.get(session, kind, trash.record_id, actor=actor)
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
    if kind.client != "id":  # a client's own search text and timeline came back as rows
        service.project(session, kind, record, new=True)
    return record


def _with_a_place(session: Session, kept: Sequence[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Without the rows of plugins purged since, and without what the kernel showed of them."""
    there = {*sa.inspect(session.connection()).get_table_names()}
    states = memory.remembered(session)
    purged = {
        kind for _name, state, about in states if state is State.PURGED for kind in about.get("kinds", ())
    }
    for row in kept:
        shown = row["table"] in (TimelineEntry.__tablename__, SearchDocument.__tablename__)
        if row["table"] in there and not (shown and row["values"].get("kind") in purged):
            yield row


def _once(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without repetitions: a row may hang on a record in two ways."""
    found: dict[Any, dict[str, Any]] = {}
    for row in rows:
        found.setdefault((row["table"], row["values"]["id"], row["action"], *row["values"]), row)
    return list(found.values())


def _collect(session: Session, table: sa.Table, ids: list[int], title: str) -> Iterable[dict[str, Any]]:
    """The rows themselves, then what hangs on them: parents first, as they must be put back."""
    for start in range(0, len(ids), CHUNK):
        yield from _hanging(session, table, ids[start : start + CHUNK], title)


def _hanging(session: Session, table: sa.Table, ids: list[int], title: str) -> Iterable[dict[str, Any]]:
    connection = session.connection()
    for values in connection.execute(sa.select(table).where(table.c.id.in_(ids))).mappings():
        yield _kept(table.name, "delete", {**values})
    for link in links_to(connection, table.name):
        column = link.table.c[link.column]
        found = connection.execute(sa.select(link.table.c.id, column).where(column.in_(ids))).all()
        if not found:
            continue
        if link.on_delete == "CASCADE":
            yield from _collect(session, link.table, [row.id for row in found], title)
        elif link.on_delete == "SET NULL":
            for row in found:
                yield _kept(link.table.name, "detach", {"id": row.id, link.column: row[1]})
        else:
            what = named(session, link.table.name, len(found))
            text = _("“%(title)s” cannot be deleted because of %(what)s. Delete or change those first.")
            raise ConflictError(text % {"title": title, "what": what}, code="linked")


def _kept(table: str, action: str, values: dict[str, Any]) -> dict[str, Any]:
    return {"table": table, "action": action, "values": rows.encode_row(values)}
