"""Computing formulas of all records of a kind anew, in the background, when one was changed.

Running it again does no harm, and neither does a crash: what is computed follows from the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from vinculo.db.engine import Database
from vinculo.jobs.progress import report
from vinculo.records import custom, formulas
from vinculo.records.kind import RecordKind
from vinculo.web.site import Site

JOB: Final = "records.formulas"
CHUNK: Final = 500  # records in one transaction


def run(site: Site, kind: str) -> None:
    """The job."""
    compute_all(site.database, site.registry.kinds, kind)


def compute_all(database: Database, kinds: Mapping[str, RecordKind], kind: str) -> None:
    """Compute all that has formulas, by the definitions as they are now; versions and history stay."""
    with database.read() as session:
        found = custom.extended(kinds, custom.every(session, kind)).get(kind)
        total = session.scalar(sa.select(sa.func.count()).select_from(found.table)) if found else 0
    if found is None or not formulas.computed(found):
        return
    done = 0
    last: int | None = 0
    while last is not None:
        last = _some(database, found, last)
        done = min(done + CHUNK, total or 0)
        report(done, total or 0)


def _some(database: Database, kind: RecordKind, after: int) -> int | None:
    """Compute the next records; the last one's id, None at the end."""
    table = kind.table
    with database.write() as session:
        query = sa.select(kind.model).where(kind.model.id > after).order_by(kind.model.id).limit(CHUNK)
        records: Sequence[Any] = session.scalars(query.with_for_update()).all()
        changed = []
        for record in records:
            before = record.custom
            formulas.compute(kind, record)
            if record.custom != before:
                changed.append({"row": record.id, "values": record.custom})
            session.expunge(record)
        if changed:
            held = sa.update(table).where(table.c.id == sa.bindparam("row"))
            session.connection().execute(
                held.values(custom=sa.bindparam("values", type_=table.c.custom.type)), changed
            )
        return records[-1].id if len(records) == CHUNK else None
