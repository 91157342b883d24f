"""What hangs on records that are to be merged, in words: what would move, lose its link, or forbid it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.links import Link, links_to
from vinculo.events.models import TimelineEntry
from vinculo.i18n import gettext as _
from vinculo.plugins import memory
from vinculo.records import access
from vinculo.records.kind import Collection, RecordKind
from vinculo.records.merging import UNTOLD, parent_column

Kinds = Mapping[str, RecordKind]


@dataclass(frozen=True, slots=True)
class Hanging:
    """Rows of one sort by the record they hang on. ``policy`` is what a merge does with them."""

    label: str
    plugin: str
    is_on: bool
    policy: str
    counts: Mapping[int, int]


def hanging(
    session: Session, kinds: Kinds, kind: RecordKind, ids: Sequence[int], *, actor: Actor
) -> list[Hanging]:
    """What hangs on these records, of plugins that are off too; of kinds only what the actor sees.

    The rows of the records' own collections are not among it.
    """
    policies, found = memory.merge_policies(session), []
    own = {collection.model.__tablename__ for collection in kind.collections}
    for link in links_to(session.connection(), kind.table.name):
        table = link.table.name
        label = _label(session, kinds, table)
        if table in own or table in UNTOLD or not label:
            continue
        column = link.table.c[link.column]
        query = sa.select(column, sa.func.count()).where(column.in_(ids)).group_by(column)
        counts = {row[0]: row[1] for row in session.execute(_visible(query, kinds, link, actor))}
        if counts:
            owner = memory.owner_of_table(session, table)
            policy = policies.get(f"{table}.{link.column}", "follow")
            title, is_on = (owner.title, owner.is_on) if owner else ("", True)
            found.append(Hanging(label, title, is_on, policy, counts))
    return sorted(found, key=lambda one: (one.plugin, one.label))


def _label(session: Session, kinds: Kinds, name: str) -> str:
    """What rows of a table are called; "" for those that nobody gets to see as such."""
    if name == TimelineEntry.__tablename__:
        return _("Entries of the timeline")
    for kind in kinds.values():
        if kind.table.name == name:
            return str(kind.label_plural)
    for kind, collection in _collections(kinds, name):
        return _("%(kind)s: %(rows)s", kind=kind.label_plural, rows=collection.label)
    for _plugin, _state, about in memory.remembered(session):
        for kind_name, of in about.get("tables", {}).items():
            if of == name:
                return str(about.get("kinds", {}).get(kind_name, of))
    return name if memory.owner_of_table(session, name) else ""


def _collections(kinds: Kinds, table: str) -> Iterator[tuple[RecordKind, Collection]]:
    for kind in kinds.values():
        yield from ((kind, one) for one in kind.collections if one.model.__tablename__ == table)


def _visible(query: sa.Select[int, int], kinds: Kinds, link: Link, actor: Actor) -> sa.Select[int, int]:
    """The rows that the actor would see elsewhere, as records, as rows of records or on the timeline."""
    table = link.table
    if table.name == TimelineEntry.__tablename__:
        return query.where(access.documents(kinds.values(), actor, table.c.kind, table.c.record_id))
    for kind in kinds.values():
        if kind.table.name == table.name:
            narrowed = access.condition(kind, actor, table=table)
            return query if narrowed is None else query.where(narrowed)
    parents = []
    for kind, collection in _collections(kinds, table.name):
        if collection.name not in access.hidden(kind, actor):
            column = table.c[parent_column(kind, collection)]
            ids = access.within(sa.select(kind.table.c.id), kind, actor)
            parents.append(column.in_(ids) if access.reach(kind, actor) else sa.false())
        else:
            parents.append(sa.false())
    return query.where(sa.or_(*parents)) if parents else query
