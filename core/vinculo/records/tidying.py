"""What the records room keeps only for a time: answers to repeat, what was deleted or merged, files."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from vinculo.db.base import now
from vinculo.events.models import Trash
from vinculo.records import catching_up, import_runs
from vinculo.records.bulk_models import BulkChange
from vinculo.records.models import IdempotentAnswer, ImportChange, ImportRun, ImportWaiting, MergeUndo
from vinculo.web.site import Site

JOB: Final = "records.tidy"
CATCH_UP: Final = "records.catch_up"
LEFT: Final = timedelta(minutes=10)  # after it nobody seems to come back to what is late
ANSWERS_KEPT: Final = timedelta(days=7)
TRASH_KEPT: Final = timedelta(days=30)
MERGES_KEPT: Final = timedelta(days=30)  # so long a merge can be taken back
IMPORTS_KEPT: Final = timedelta(days=30)  # and an import
BULK_KEPT: Final = timedelta(days=30)  # and a change of many records


def tidy(site: Site) -> None:
    """Remove what is past its time. Running it twice does no harm."""
    at = now()
    with site.database.write() as session:
        session.execute(sa.delete(IdempotentAnswer).where(IdempotentAnswer.created_at < at - ANSWERS_KEPT))
        session.execute(sa.delete(Trash).where(Trash.deleted_at < at - TRASH_KEPT))
        session.execute(sa.delete(MergeUndo).where(MergeUndo.at < at - MERGES_KEPT))
        session.execute(sa.delete(BulkChange).where(BulkChange.created_at < at - BULK_KEPT))
        old = sa.select(ImportRun.id).where(ImportRun.created_at < at - IMPORTS_KEPT)
        for model in (ImportChange, ImportWaiting):
            session.execute(sa.delete(model).where(model.run_id.in_(old)))
    import_runs.purge(site)


def catch_up(site: Site) -> None:
    """Make known to search and likeness what imports left that ended early."""
    catching_up.catch_up(site.database, site.registry.kinds, before=now() - LEFT)
