"""Changes of many records by a job, and asking for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.db.engine import Database
from vinculo.errors import VinculoError
from vinculo.i18n import gettext as _
from vinculo.i18n import use_locale
from vinculo.jobs import JobHandler
from vinculo.jobs.progress import JobCancelledError, report
from vinculo.records import bulk_changes
from vinculo.records.bulk_models import BulkChange
from vinculo.records.import_runs import AT_WORK, ActorOf
from vinculo.records.models import RunState
from vinculo.web.site import Site

JOB: Final = "records.bulk_change"


def start(site: Site, session: Session, bulk: BulkChange, *, actor: Actor) -> None:
    """Do it at once where it is short, else by a job."""
    if bulk.total <= bulk_changes.AT_ONCE:
        bulk_changes.work_here(session, site.registry.kinds, bulk, actor=actor)
    else:
        site.enqueue(session, JOB, bulk_id=bulk.id)


def job_handlers(actor_of: ActorOf) -> Mapping[str, JobHandler]:
    """The job; ``actor_of`` finds a user with the permissions of this moment."""

    def job(site: Site, *, bulk_id: int) -> None:
        execute(site, bulk_id, actor_of)

    return {JOB: JobHandler(job)}


def execute(site: Site, bulk_id: int, actor_of: ActorOf) -> None:
    """Do what was asked for, or what is left of it after a crash."""
    with site.database.read() as session:
        bulk = session.get(BulkChange, bulk_id)
        if bulk is None or bulk.state in (RunState.DONE, RunState.CANCELLED):
            return
        actor = actor_of(session, bulk.user_id).by(bulk.source)
    with use_locale(bulk.language, site.settings.company.time_zone):
        try:
            bulk_changes.work(site.database, site.registry.kinds, bulk_id, actor=actor, watch=report)
        except JobCancelledError:
            _stop(site.database, bulk_id, RunState.CANCELLED)
            raise
        except VinculoError as error:
            _stop(site.database, bulk_id, RunState.FAILED, error.message)
        except Exception:
            fault = _("Something went wrong here. It has been logged; it is tried again.")
            _stop(site.database, bulk_id, RunState.FAILED, fault)
            raise


def _stop(database: Database, bulk_id: int, state: RunState, fault: str = "") -> None:
    query = sa.update(BulkChange).where(BulkChange.id == bulk_id, BulkChange.state.in_(AT_WORK))
    with database.write() as session:
        session.execute(query.values(state=state, fault=fault, finished_at=now()))
