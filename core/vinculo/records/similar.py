"""Finding records that may be two of one, by what their kind is compared by (``vinculo.records.likeness``).

The keys by which records meet are written in the transaction that writes the record. A key that more than
``CROWD`` records share says nothing: a switchboard's number, a first name. Whoever asks is compared with
what they may read only, by fields that they see only.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from vinculo.actor import Actor
from vinculo.db import bulk
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records import access, likeness
from vinculo.records.kind import RecordKind
from vinculo.records.likeness import LIKELY, Likeness, Trait
from vinculo.records.models import MatchKey, SimilarPair

CROWD: Final = 20
COMPARED: Final = 50  # of those that share keys with a record, the ones that share most
SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Match:
    """A record that may be the same as another."""

    record: Any
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Compared:
    """Two records side by side."""

    first: Any
    second: Any
    likeness: Likeness


def index(session: Session, kind: RecordKind, record: Any, *, new: bool) -> None:
    """Bring the keys of a record up to date; flush first, so that it has an id."""
    if new:
        index_new(session, kind, [record])
    elif kind.whole.traits:
        _change(session, kind, record)


def index_new(session: Session, kind: RecordKind, records: Sequence[Any]) -> None:
    """Write the keys of many new records at once."""
    if not kind.whole.traits:
        return
    rows = [(kind.name, record.id, key) for record in records for key in sorted(_keys(kind, record))]
    bulk.insert(session.connection(), MatchKey.__table__, ("kind", "record_id", "key"), rows)


def _keys(kind: RecordKind, record: Any) -> set[int]:
    return likeness.keys(likeness.values(kind.whole.traits, record))


def _change(session: Session, kind: RecordKind, record: Any) -> None:
    wanted = _keys(kind, record)
    own = sa.select(MatchKey.key).where(MatchKey.kind == kind.name, MatchKey.record_id == record.id)
    present = set(session.scalars(own))
    if gone := present - wanted:
        session.execute(
            sa.delete(MatchKey).where(
                MatchKey.kind == kind.name, MatchKey.record_id == record.id, MatchKey.key.in_(gone)
            )
        )
    session.add_all(
        MatchKey(kind=kind.name, record_id=record.id, key=key) for key in sorted(wanted - present)
    )


def remove(session: Session, kind: str, ids: Sequence[int]) -> None:
    """Forget by what records meet others."""
    session.execute(sa.delete(MatchKey).where(MatchKey.kind == kind, MatchKey.record_id.in_(ids)))


def traits_seen(kind: RecordKind, actor: Actor) -> Sequence[Trait]:
    """What an actor may compare records by."""
    hidden = access.hidden(kind, actor)
    return [trait for trait in kind.whole.traits if trait.part not in hidden]


def like(
    session: Session, kind: RecordKind, record: Any, *, actor: Actor, but: Iterable[int] = ()
) -> list[Match]:
    """The records that may be the same as this one, be it only a draft; the likeliest first, five at most.

    Left out are those in ``but``, and those of which somebody said that they are others.
    """
    traits = traits_seen(kind, actor)
    values = likeness.values(traits, record)
    ids = meeting(session, kind, likeness.keys(values)) - {record.id, *but}
    if ids and record.id:
        ids -= _others(session, kind, record.id)
    found = []
    for other in session.scalars(loaded(kind, traits, ids, actor)) if ids else ():
        score = likeness.score(values, theirs := likeness.values(traits, other))
        if score >= LIKELY:
            found.append(Match(other, likeness.explain(values, theirs)))
    return sorted(found, key=lambda one: (-one.likeness.score, one.record.id))[:SHOWN]


def meeting(session: Session, kind: RecordKind, keys: Iterable[int]) -> set[int]:
    """Ids of the records that share most of the keys, crowded ones apart. One query."""
    found: Counter[int] = Counter()
    asked = sorted(keys)[:100]
    if not asked:
        return set()
    values = {f"key_{place}": key for place, key in enumerate(asked)}
    rows = session.execute(_sharing(len(asked)), {"kind": kind.name, **values}).all()
    sizes = Counter(row.key for row in rows)
    found.update(row.record_id for row in rows if sizes[row.key] <= CROWD)
    return {record_id for record_id, _count in found.most_common(COMPARED)}


@functools.lru_cache(100)
def _sharing(count: int) -> sa.CompoundSelect[Any]:
    """Who has so many keys, each with a limit of its own."""
    blocks = [
        sa.select(MatchKey.key, MatchKey.record_id)
        .where(MatchKey.kind == sa.bindparam("kind"), MatchKey.key == sa.bindparam(f"key_{place}"))
        .limit(CROWD + 1)
        .subquery()
        for place in range(count)
    ]
    return sa.union_all(*(sa.select(block) for block in blocks))


def _others(session: Session, kind: RecordKind, record_id: int) -> set[int]:
    pairs = sa.select(SimilarPair.first_id, SimilarPair.second_id).where(
        SimilarPair.kind == kind.name,
        sa.or_(SimilarPair.first_id == record_id, SimilarPair.second_id == record_id),
        SimilarPair.dismissed_at.is_not(None),
    )
    return {one for pair in session.execute(pairs) for one in pair}


def loaded(kind: RecordKind, traits: Sequence[Trait], ids: Iterable[int], actor: Actor) -> sa.Select[Any]:
    """Records that the actor reads, with all that they are compared by."""
    query = sa.select(kind.model).where(kind.model.id.in_(sorted(ids)))
    return access.within(query, kind, actor, few=True).options(*rows_of(kind, traits))


def rows_of(kind: RecordKind, traits: Sequence[Trait]) -> list[Any]:
    """Options that load the collections that traits compare."""
    owned = {collection.name for collection in kind.whole.collections}
    return [selectinload(getattr(kind.model, t.part)) for t in traits if t.part in owned]


def pairs(
    session: Session, kind: RecordKind, *, actor: Actor, limit: int, offset: int = 0, dismissed: bool = False
) -> Sequence[SimilarPair]:
    """The pairs that the last scan found, or those said to be different, of records that the actor reads."""
    first, second = kind.table.alias("first"), kind.table.alias("second")
    query = (
        sa.select(SimilarPair)
        .join(first, first.c.id == SimilarPair.first_id)
        .join(second, second.c.id == SimilarPair.second_id)
        .where(SimilarPair.kind == kind.name)
        .where(SimilarPair.dismissed_at.is_not(None) if dismissed else SimilarPair.dismissed_at.is_(None))
        .order_by(SimilarPair.score.desc(), SimilarPair.id)
        .limit(limit)
        .offset(offset)
    )
    for table in (first, second):
        condition = access.condition(kind, actor, table=table, few=True)
        query = query if condition is None else query.where(condition)
    return session.scalars(query).all()


def both(session: Session, kind: RecordKind, found: Sequence[SimilarPair], *, actor: Actor) -> list[Compared]:
    """Pairs with their records, as the actor sees them now; without those that are no longer alike."""
    traits = traits_seen(kind, actor)
    ids = {one for pair in found for one in (pair.first_id, pair.second_id)}
    records = {one.id: one for one in session.scalars(loaded(kind, traits, ids, actor))} if ids else {}
    seen = []
    for pair in found:
        if pair.first_id in records and pair.second_id in records:
            first, second = records[pair.first_id], records[pair.second_id]
            alike = likeness.explain(likeness.values(traits, first), likeness.values(traits, second))
            if alike.score >= LIKELY or pair.dismissed_at:
                seen.append(Compared(first, second, alike))
    return seen


def dismiss(session: Session, kind: RecordKind, one: Any, other: Any, *, actor: Actor) -> None:
    """Remember that two records are not the same; no scan shows them again. Raises ``InvalidError``."""
    for record in (one, other):
        access.require(session, kind, record, actor, "update")
    pair = _pair(session, kind, one.id, other.id)
    if pair is None:
        first, second = sorted((one.id, other.id))
        pair = SimilarPair(kind=kind.name, first_id=first, second_id=second, score=0, seen_at=now())
        session.add(pair)
    pair.dismissed_at, pair.dismissed_by_id = now(), actor.user_id
    session.flush()


def restore(session: Session, kind: RecordKind, one: Any, other: Any, *, actor: Actor) -> None:
    """Take that back."""
    for record in (one, other):
        access.require(session, kind, record, actor, "update")
    if pair := _pair(session, kind, one.id, other.id):
        pair.dismissed_at = pair.dismissed_by_id = None
        session.flush()


def _pair(session: Session, kind: RecordKind, one: int, other: int) -> SimilarPair | None:
    if one == other:
        text = _("Name two different records.")
        raise InvalidError([FieldError("ids", text)])
    first, second = sorted((one, other))
    query = sa.select(SimilarPair).where(
        SimilarPair.kind == kind.name, SimilarPair.first_id == first, SimilarPair.second_id == second
    )
    return session.scalar(query)
