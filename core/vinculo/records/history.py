"""The history of a record: what each change did, and taking one back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.errors import ConflictError, NotFoundError
from vinculo.events.models import Event
from vinculo.i18n import format_datetime
from vinculo.i18n import gettext as _
from vinculo.records import access, service
from vinculo.records.cards import titles
from vinculo.records.fields import Field
from vinculo.records.kind import Collection, RecordKind
from vinculo.records.reading import Kinds, Reader
from vinculo.records.snapshots import UPDATES, plain, snapshot
from vinculo.records.snapshots import seen as seen_of
from vinculo.records.words import Words, action_label, source_label, words
from vinculo.web.context import Context
from vinculo.web.history_views import HistoryEntry

MOST: Final = 200
UNDONE: Final = "undone"


def events_of(session: Session, kind: RecordKind, record_id: int) -> Sequence[Event]:
    """The newest changes of a record; who only looked at it is not among them."""
    query = (
        sa.select(Event)
        .where(Event.kind == kind.name, Event.record_id == record_id, Event.version.is_not(None))
        .order_by(Event.id.desc())
        .limit(MOST)
    )
    return session.scalars(query).all()


def event_of(session: Session, kind: RecordKind, record_id: int, version: int) -> int:
    """The id of the change that made this version of a record; 0 for none."""
    query = sa.select(Event.id).where(Event.kind == kind.name, Event.record_id == record_id)
    return (session.scalar(query.where(Event.version == version)) if version < 2**31 else None) or 0


def entries(ctx: Context, kind: RecordKind, record: Any) -> list[HistoryEntry]:
    """The history as its page shows it."""
    events = events_of(ctx.session, kind, record.id)
    users = titles(ctx, {"user": {e.actor_id for e in events if e.actor_id is not None}})
    said = words(ctx, kind, [event.changes for event in events])
    seen = access.seen_by(kind, ctx.actor)
    may = access.permitted(ctx.session, kind, record.id, ctx.actor, ["update"])
    held = snapshot(seen, record) if may else None
    hidden = access.hidden(kind, ctx.actor)
    return [_entry(seen, record.id, event, users, said, held, hidden) for event in events]


def _entry(
    kind: RecordKind,
    record_id: int,
    event: Event,
    users: Mapping[tuple[str, int], str],
    said: Words,
    held: Mapping[str, Any] | None,
    hidden: AbstractSet[str],
) -> HistoryEntry:
    undo_url = fixed = ""
    if held is not None and is_reversible(kind, event):
        since = changed_since(kind, event, held)
        if since:
            fixed = _("Changed since: %(fields)s", fields=", ".join(map(said.label, since)))
        else:
            undo_url = f"{kind.url}/{record_id}/history/{event.id}/undo"
    return HistoryEntry(
        title=action_label(event.action),
        when=format_datetime(event.at),
        at=event.at.isoformat(),
        who=users.get(("user", event.actor_id or 0), _("Vinculo")),
        source=source_label(event.source, event.via),
        changes=said.changes(seen_of(event.changes, hidden)),
        undo_url=undo_url,
        fixed=fixed,
    )


def is_reversible(kind: RecordKind, event: Event) -> bool:
    """Whether an event set values that people may set; what followed from them follows anew."""
    rows = (c.name for c in kind.collections if not c.read_only)
    writable = {"external_id", *(f.name for f in kind.writable()), *rows}
    return event.action in UPDATES and bool(chosen := _chosen(kind, event)) and writable.issuperset(chosen)


def _chosen(kind: RecordKind, event: Event) -> dict[str, list[Any]]:
    """The changes of an event without those of fields that rules alone set."""
    follows = {field.name for field in kind.whole.fields if field.read_only}
    return {name: change for name, change in event.changes.items() if name not in follows}


def changed_since(kind: RecordKind, event: Event, held: Mapping[str, Any]) -> list[str]:
    """The fields that no longer hold what an event gave them."""
    changes = _chosen(kind, event)
    return [name for name in held if name in changes and plain(changes[name][1]) != plain(held[name])]


def undo(
    session: Session, kinds: Kinds, kind: RecordKind, record: Any, event_id: int, *, actor: Actor
) -> None:
    """Give a record that was read with ``lock`` the values that it had before a change; an event, too.

    Raises ``NotFoundError``, or ``ConflictError`` (changed_since, not_reversible).
    """
    event = session.get(Event, event_id) if event_id < 2**63 else None
    if event is None or (event.kind, event.record_id) != (kind.name, record.id):
        raise NotFoundError(_("There is no change %(id)s of this record.", id=event_id))
    if not is_reversible(access.seen_by(kind, actor), event):
        text = _("This cannot be taken back: only changes of values can. What was deleted can be put back.")
        raise ConflictError(text, code="not_reversible")
    held = snapshot(kind, record, ids=True)
    if since := changed_since(kind, event, held):
        labels = ", ".join(map(Words(kind, {}).label, since))
        text = _("This cannot be taken back, because it was changed again since: %(fields)s.", fields=labels)
        raise ConflictError(text, code="changed_since")
    values = Reader(session, kinds, actor=actor).json(kind, _before(kind, event, held), new=False)
    service.update(session, kind, record, values, actor=actor, action=UNDONE)


def _before(kind: RecordKind, event: Event, held: Mapping[str, Any]) -> dict[str, Any]:
    """The values to return to, as the API would be given them."""
    collections = {c.name: c for c in kind.collections}
    return {
        name: rows_to_return_to(collections[name], before or [], held[name])
        if name in collections
        else before
        for name, (before, _after) in _chosen(kind, event).items()
    }


def rows_to_return_to(
    collection: Collection, before: Sequence[Mapping[str, Any]], held: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Rows as the API would be given them; those that are gone come back as new ones."""
    there = {row["id"] for row in held}
    fields = [f for f in collection.fields if not f.read_only]
    found = []
    for row in before:
        values = {f.name: row.get(f.name) for f in fields if row.get(f.name) is not None or _may_be_null(f)}
        found.append({"id": row["id"], **values} if row.get("id") in there else values)
    return found


def _may_be_null(item: Field) -> bool:
    return item.nullable and not item.required
