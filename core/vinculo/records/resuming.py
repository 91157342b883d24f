"""Work in the background that goes on where it was: imports, taking them back, changes of many records.

A row says what was asked for, by whom and how far it is; the work writes that in the transactions that do it,
so whatever ends it, it can be done again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.db.engine import PAUSE_SECONDS, Database
from vinculo.errors import VinculoError
from vinculo.i18n import gettext as _
from vinculo.i18n import use_locale
from vinculo.jobs import JobHandler
from vinculo.jobs.progress import JobCancelledError
from vinculo.records.importing import CHUNK_SECONDS
from vinculo.records.models import RunState
from vinculo.web.site import Site

logger = logging.getLogger(__name__)

ActorOf = Callable[[Session, int | None], Actor]
AT_WORK: Final = (RunState.WAITING, RunState.RUNNING)
OVER: Final = (RunState.DONE, RunState.CANCELLED)
FIRST_SIZE: Final = 20
SMALLEST_SIZE: Final = 5  # below which the work around a transaction takes longer than its records
LARGEST_SIZE: Final = 200


class TakenOverError(Exception):
    """Somebody has cancelled the work, or another worker was faster."""


@dataclass(frozen=True)
class Resumable:
    """A job whose row is found by ``key``, a column of its model, which has ``state`` and ``fault``.

    ``begin`` prepares the row; ``over`` is told where what was asked for turned out to be impossible.
    """

    job: str
    key: Any
    work: Callable[[Site, Any, Actor], None]
    begin: Callable[[Any], None] | None = None
    over: Callable[[Site, int], None] | None = None

    def handlers(self, actor_of: ActorOf) -> Mapping[str, JobHandler]:
        """The job; ``actor_of`` finds a user with the permissions of this moment."""

        def run(site: Site, **asked: int) -> None:
            (number,) = asked.values()
            self.execute(site, number, actor_of)

        return {self.job: JobHandler(run)}

    def execute(self, site: Site, number: int, actor_of: ActorOf) -> None:
        """Do what was asked for, or what is left of it after a crash.

        What cannot be done ends it, with the reason; other faults go on, so that it is tried again.
        """
        row = self._begun(site, number)
        if row is None:
            return
        with use_locale(row.language, site.settings.company.time_zone):
            try:
                with site.database.read() as session:
                    actor = actor_of(session, row.user_id)
                self.work(site, row, actor)
            except TakenOverError:
                logger.info("%s %s was cancelled, or goes on elsewhere.", self.job, number)
            except JobCancelledError:
                fault = _("It was cancelled. What was done is kept; tried again, it goes on behind that.")
                self._stop(site, number, fault)
                raise
            except VinculoError as error:
                self._stop(site, number, error.message)
                if self.over is not None:
                    self.over(site, number)
            except Exception:
                fault = _("Something went wrong here. It has been logged; it is tried again.")
                self._stop(site, number, fault)
                raise

    def _begun(self, site: Site, number: int) -> Any:
        with site.database.write() as session:
            row = session.scalar(sa.select(self.key.class_).where(self.key == number))
            if row is None or row.state in OVER:
                return None
            if self.begin is not None:
                self.begin(row)
            return row

    def _stop(self, site: Site, number: int, fault: str) -> None:
        model = self.key.class_
        stopped = sa.update(model).where(self.key == number, model.state.in_(AT_WORK))
        with site.database.write() as session:
            session.execute(stopped.values(state=RunState.FAILED, fault=fault, finished_at=now()))


def paced(database: Database, some: Callable[[int], bool]) -> None:
    """Do some in each transaction, so many that nobody waits long, until it says that was all."""
    size, more = FIRST_SIZE, True
    while more:
        began = time.perf_counter()
        more = some(size)
        ratio = CHUNK_SECONDS / max(time.perf_counter() - began, 0.001)
        size = round(min(max(size * ratio, SMALLEST_SIZE), LARGEST_SIZE))
        if more and database.is_sqlite:
            time.sleep(PAUSE_SECONDS)
