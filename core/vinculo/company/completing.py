"""Completing documents that waited for a rate, in the background.

Running it again does no harm. Versions and history stay: what is filled in follows from the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.company import documents, rates
from vinculo.company.documents import BaseAmount
from vinculo.company.rates import FoundRate, RateMissingError
from vinculo.db.engine import Database
from vinculo.errors import InvalidError
from vinculo.records.kind import RecordKind
from vinculo.web.site import Site

JOB: Final = "company.base_amounts"
CHUNK: Final = 500  # documents in one transaction


def run(site: Site) -> None:
    """The job."""
    complete(site.database, site.registry.kinds)


def complete(database: Database, kinds: Mapping[str, RecordKind]) -> int:
    """Fill in what can be by the rates that are there now; how many documents that were."""
    done = 0
    for kind in kinds.values():
        if not issubclass(kind.model, BaseAmount):
            continue
        with database.read() as session:
            found = _known(session, kind)
        for one in found:
            last: int | None = 0
            while last is not None:
                with database.write() as session:
                    last, count = _some(session, kind, *one, last)
                done += count
    return done


def _waiting(kind: RecordKind) -> sa.ColumnElement[bool]:
    held = kind.table.c
    return sa.and_(held.base_amount.is_(None), held[kind.model.amount_of].is_not(None))  # type: ignore[attr-defined]


def _known(session: Session, kind: RecordKind) -> list[tuple[date, FoundRate]]:
    """The days and currencies of documents that wait and whose rate is there."""
    held = kind.table.c
    currency = held[kind.model.currency_of]  # type: ignore[attr-defined]
    query = sa.select(held.base_on, held.base_currency, currency).where(_waiting(kind))
    found = []
    for day, base, code in session.execute(query.where(held.base_on.is_not(None)).distinct()):
        try:
            found.append((day, rates.rate_at(session, code, day, base=base)))
        except RateMissingError:
            continue
    return found


def _some(
    session: Session, kind: RecordKind, day: date, rate: FoundRate, after: int
) -> tuple[int | None, int]:
    """Complete the next documents: the last one's id, None at the end, and how many there were."""
    table, model = kind.table, kind.model
    amount, currency = table.c[model.amount_of], table.c[model.currency_of]  # type: ignore[attr-defined]
    query = sa.select(table.c.id, amount).where(
        _waiting(kind), currency == rate.currency, table.c.base_currency == rate.base, table.c.base_on == day
    )
    query = query.where(table.c.id > after).order_by(table.c.id).limit(CHUNK).with_for_update()
    rows = session.execute(query).all()
    filled: list[dict[str, Any]] = []
    for row_id, value in rows:
        try:
            filled.append({"row": row_id, "worth": documents.worth(value, rate)})
        except InvalidError:  # more than can be held: it goes on waiting for another rate
            continue
    if filled:
        change = sa.update(table).where(table.c.id == sa.bindparam("row"))
        worth = {"base_amount": sa.bindparam("worth"), "base_rate": rate.rate, "base_rate_on": rate.day}
        session.connection().execute(change.values(worth), filled)
    return (rows[-1][0] if len(rows) == CHUNK else None), len(filled)
