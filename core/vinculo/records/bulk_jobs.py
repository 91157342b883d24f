"""Changes of many records by a job, and asking for them."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.jobs.progress import report
from vinculo.records import bulk_changes
from vinculo.records.bulk_models import BulkChange
from vinculo.records.resuming import Resumable
from vinculo.web.site import Site

JOB: Final = "records.bulk_change"


def start(site: Site, session: Session, bulk: BulkChange, *, actor: Actor) -> None:
    """Do it at once where it is short, else by a job."""
    if bulk.total <= bulk_changes.AT_ONCE:
        bulk_changes.work_here(session, site.registry.kinds, bulk, actor=actor)
    else:
        site.enqueue(session, JOB, bulk_id=bulk.id)


def _work(site: Site, bulk: BulkChange, actor: Actor) -> None:
    kinds = site.registry.kinds
    bulk_changes.work(site.database, kinds, bulk.id, actor=actor.by(bulk.source), watch=report)


_job: Final = Resumable(JOB, BulkChange.id, _work)
job_handlers, execute = _job.handlers, _job.execute
