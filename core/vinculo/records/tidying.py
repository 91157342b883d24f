"""What the records room keeps only for a time: answers to repeat, deleted records, uploaded files."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from vinculo.db.base import now
from vinculo.events.models import Trash
from vinculo.records import import_runs
from vinculo.records.models import IdempotentAnswer
from vinculo.web.site import Site

JOB: Final = "records.tidy"
ANSWERS_KEPT: Final = timedelta(days=7)
TRASH_KEPT: Final = timedelta(days=30)


def tidy(site: Site) -> None:
    """Remove what is past its time. Running it twice does no harm."""
    at = now()
    with site.database.write() as session:
        session.execute(sa.delete(IdempotentAnswer).where(IdempotentAnswer.created_at < at - ANSWERS_KEPT))
        session.execute(sa.delete(Trash).where(Trash.deleted_at < at - TRASH_KEPT))
    import_runs.purge(site)
