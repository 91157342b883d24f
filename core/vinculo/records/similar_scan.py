"""Looking through all records of a kind for those that may be two of one, in the background.

It walks along the index of keys, block by block, so that each record is compared with the few that share a
key with it. Running it again, or again from the beginning after a crash, does no harm.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Source, system
from vinculo.db.base import now
from vinculo.db.engine import Database
from vinculo.jobs.book import State
from vinculo.jobs.progress import report
from vinculo.records import likeness, similar
from vinculo.records.kind import RecordKind
from vinculo.records.likeness import LIKELY
from vinculo.records.models import MatchKey, SimilarPair
from vinculo.web.site import Site

JOB: Final = "records.duplicates"
PAGE: Final = 20_000  # keys read at a time
BATCH: Final = 500  # records or pairs looked at in one transaction
REMEMBERED: Final = 500_000  # pairs that are not compared again though they meet by another key

Pair = tuple[int, int]


def start(site: Site, session: Session, kind: RecordKind) -> bool:
    """Put a scan of one kind; False if one waits or runs already."""
    jobs, _more = site.jobs.page([State.WAITING, State.RUNNING])
    if any(job.name == JOB and job.payload.get("kind", kind.name) == kind.name for job in jobs):
        return False
    key = f"{JOB} {kind.name} {now():%Y-%m-%d %H:%M:%S}"  # two clicks at once are one
    site.enqueue(session, JOB, key=key, kind=kind.name)
    return True


def scan(site: Site, kind: str = "") -> None:
    """Scan one kind, or all that are compared by anything."""
    for one in site.registry.kinds.values():
        if one.traits and kind in ("", one.name):
            scan_kind(site.database, one)


def scan_kind(database: Database, kind: RecordKind) -> None:
    """Find all pairs of a kind; what was found before and is no longer alike is forgotten."""
    began = now()
    _complete_keys(database, kind)
    with database.read() as session:
        query = sa.select(sa.func.count()).select_from(MatchKey).where(MatchKey.kind == kind.name)
        total = session.scalar(query) or 0
    compared: set[Pair] = set()
    waiting: list[Pair] = []
    for done, pair in _meetings(database, kind):
        if pair not in compared:
            if len(compared) >= REMEMBERED:
                compared.clear()
            compared.add(pair)
            waiting.append(pair)
        if len(waiting) == BATCH:
            _judge(database, kind, waiting, began)
            waiting = []
            report(done, total)
    _judge(database, kind, waiting, began)
    with database.write() as session:
        session.execute(
            sa.delete(SimilarPair).where(
                SimilarPair.kind == kind.name,
                SimilarPair.dismissed_at.is_(None),
                SimilarPair.seen_at < began,
            )
        )
    report(total, total)


def _complete_keys(database: Database, kind: RecordKind) -> None:
    """Keys of records that were written past the services; none of records that are gone."""
    there = sa.select(1).where(kind.table.c.id == MatchKey.record_id)
    with database.write() as session:
        session.execute(sa.delete(MatchKey).where(MatchKey.kind == kind.name, ~sa.exists(there)))
    has = sa.select(1).where(MatchKey.kind == kind.name, MatchKey.record_id == kind.table.c.id)
    last = 0
    while True:
        with database.write() as session:
            query = (
                sa.select(kind.model)
                .where(kind.model.id > last, ~sa.exists(has.correlate(kind.table)))
                .order_by(kind.model.id)
                .limit(BATCH)
                .options(*similar.rows_of(kind, kind.traits))
            )
            records = session.scalars(query).all()
            similar.index_new(session, kind, records)
            last = records[-1].id if records else last
        if len(records) < BATCH:
            return


def _meetings(database: Database, kind: RecordKind) -> Iterator[tuple[int, Pair]]:
    """Pairs of records that share a key, with the number of keys read so far."""
    last, done = None, 0
    while True:
        query = sa.select(MatchKey.key, MatchKey.record_id).where(MatchKey.kind == kind.name)
        if last is not None:
            query = query.where(MatchKey.key > last)
        with database.read() as session:
            rows = session.execute(query.order_by(MatchKey.key, MatchKey.record_id).limit(PAGE)).all()
        blocks = [(key, [row.record_id for row in block]) for key, block in _by_key(rows)]
        if len(rows) == PAGE and len(blocks) > 1:
            blocks.pop()  # the next page has all of it; a block that fills a whole one is a crowd anyway
        for key, ids in blocks:
            last, done = key, done + len(ids)
            if len(ids) <= similar.CROWD:
                yield from ((done, pair) for pair in itertools.combinations(ids, 2))
        if len(rows) < PAGE:
            return


def _by_key(rows: Sequence[Any]) -> Iterator[tuple[int, Iterator[Any]]]:
    return itertools.groupby(rows, key=lambda row: row.key)


def _judge(database: Database, kind: RecordKind, pairs: Sequence[Pair], at: datetime) -> None:
    """Score pairs, and keep those that are likely one."""
    if not pairs:
        return
    with database.read() as session:
        ids = sorted({one for pair in pairs for one in pair})
        records = session.scalars(similar.loaded(kind, kind.traits, ids, system(Source.JOB)))
        values = {record.id: likeness.values(kind.traits, record) for record in records}
    scores = {
        pair: score
        for pair in pairs
        if pair[0] in values
        and pair[1] in values
        and (score := likeness.score(values[pair[0]], values[pair[1]])) >= LIKELY
    }
    if scores:
        _keep(database, kind, scores, at)


def _keep(database: Database, kind: RecordKind, scores: dict[Pair, int], at: datetime) -> None:
    with database.write() as session:
        query = sa.select(SimilarPair).where(
            SimilarPair.kind == kind.name, SimilarPair.first_id.in_({first for first, _other in scores})
        )
        known = {(one.first_id, one.second_id): one for one in session.scalars(query)}
        for pair, score in scores.items():
            if pair in known:
                known[pair].score, known[pair].seen_at = score, at
            else:
                session.add(
                    SimilarPair(kind=kind.name, first_id=pair[0], second_id=pair[1], score=score, seen_at=at)
                )
