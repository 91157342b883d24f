"""By what a record was touched: it says so itself, or inherits it from what it hangs on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.records import access
from vinculo.records.kind import RecordKind
from vinculo_marketing.models import Touch
from vinculo_marketing.records import touch

Kinds = Mapping[str, RecordKind]
Place = tuple[RecordKind, int]
DEEPEST: Final = 4


@dataclass(frozen=True, slots=True)
class Source:
    """A touch, and the kind of the record that says it; ``own``: it is the very record that was asked for."""

    touch: Touch
    kind: RecordKind
    own: bool


def above(
    session: Session, kinds: Kinds, kind: RecordKind, value: Callable[[str], Any], deep: int = DEEPEST
) -> Iterator[Place]:
    """What a record hangs on, the nearest first, its client last. ``value(name)`` is an attribute of it.

    Ids only: whether anybody may see what is there is asked where it is shown.
    """
    nearest = [(str(value("about_kind") or ""), value("about_id"))]
    nearest += [(link.kind, value(link.name)) for link in kind.links()]
    for name, record_id in nearest:
        found = kinds.get(name)
        if found is None or not record_id or not found.client or found.client == "id" or not deep:
            continue
        yield found, record_id
        if (record := session.get(found.model, record_id)) is not None:
            yield from above(session, kinds, found, partial(attribute, record), deep - 1)
    if kind.client != "id" and (client_id := value(kind.client)):
        yield kinds["client"], client_id


def attribute(record: Any, name: str) -> Any:
    """What a record has by a name; None for what it has not."""
    return getattr(record, name, None)


def source_of(session: Session, places: Sequence[Place], *, actor: Actor, own: bool = True) -> Source | None:
    """The source that the first of these places has to say, as far as the actor sees it.

    A client says its first touch, of itself or of any of its records; others say their own first one.
    ``own``: the first place is the record that is asked about.
    """
    if not places or not actor.may(touch.permission("read")):
        return None
    query = access.within(sa.select(Touch), touch, actor, few=True).where(sa.or_(*map(at, places)))
    rows = session.scalars(query.order_by(Touch.happened_at, Touch.id)).all()
    for number, (kind, record_id) in enumerate(places):
        for one in rows:
            if _is_at(one, kind, record_id):
                return Source(one, kind, own=own and number == 0)
    return None


def own_of(session: Session, kind: RecordKind, record_id: int, *, actor: Actor) -> Touch | None:
    """What a record says itself: its first touch, of a client its first one that no other record has."""
    place = sa.and_(Touch.about_kind == "", at((kind, record_id))) if kind.client == "id" else None
    query = access.within(sa.select(Touch), touch, actor, few=True)
    query = query.where(at((kind, record_id)) if place is None else place)
    return session.scalars(query.order_by(Touch.happened_at, Touch.id).limit(1)).first()


def at(place: Place) -> sa.ColumnElement[bool]:
    """Whether a touch is of the record there; of a client's records it is the client's, too."""
    kind, record_id = place
    if kind.client == "id":
        return Touch.client_id == record_id
    return sa.and_(Touch.about_kind == kind.name, Touch.about_id == record_id)


def _is_at(one: Touch, kind: RecordKind, record_id: int) -> bool:
    if kind.client == "id":
        return one.client_id == record_id
    return (one.about_kind, one.about_id) == (kind.name, record_id)
