"""The janitor of a running worker: jobs of the dead, jobs that wait for their plugin, jobs long done."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from dbos import DBOS, DBOSClient
from dbos import error as dbos_error
from sqlalchemy.exc import SQLAlchemyError

from vinculo.jobs import store
from vinculo.jobs.workers import WorkerLock, clear_stale_locks, lock_worker

logger = logging.getLogger(__name__)

SWEEP_SECONDS: Final = 600.0
BATCH: Final = 500
KEPT: Final = {
    "SUCCESS": timedelta(days=7),
    "CANCELLED": timedelta(days=7),
    "ERROR": timedelta(days=90),
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": timedelta(days=90),
}


class Janitor:
    """Holds the lock of this process's worker, and looks around every few seconds in a thread.

    Every worker has one and they may meet at the same job: each step leaves alone what another did first.
    """

    def __init__(
        self, engine: sa.Engine, client: DBOSClient, worker: str, handles: Callable[[str], bool]
    ) -> None:
        self._engine = engine
        self._client = client
        self._worker = worker
        self._handles = handles
        self._lock: WorkerLock | None = lock_worker(engine, worker)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._next_sweep = 0.0

    def start(self, every: float) -> None:
        """Begin to look around."""
        self._thread = threading.Thread(
            target=self._look_around, args=(every,), name="vinculo-jobs-janitor", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End, without giving the lock back: jobs of this worker may still be running."""
        self._stop.set()
        if self._thread:
            self._thread.join()

    def release(self) -> None:
        """Declare the worker dead: what it left unfinished is for others to take."""
        if self._lock:
            self._lock.release()
            self._lock = None

    def _look_around(self, every: float) -> None:
        """At once, too: a worker that was killed and started again goes on with what it had in hand."""
        while not self._stop.is_set():
            try:
                self._keep_lock()
                self._adopt_orphans()
                self._unpark()
                self._sweep()
            except (SQLAlchemyError, dbos_error.DBOSException, OSError):
                logger.warning("The jobs could not be looked after; trying again.", exc_info=True)
            self._stop.wait(every)

    def _keep_lock(self) -> None:
        if self._lock and self._lock.is_held():
            return
        self.release()
        self._lock = lock_worker(self._engine, self._worker)

    def _adopt_orphans(self) -> None:
        """Put the jobs of dead workers back into the queue."""
        running = self._client.list_workflows(status="PENDING", load_input=False, load_output=False)
        for worker in {job.executor_id for job in running if job.executor_id} - {self._worker}:
            lock = lock_worker(self._engine, worker)
            if lock is None:
                continue
            try:
                # Internal to dbos, but the public resume_workflows() forgets how often a job was
                # started: one that kills its worker each time would go round for ever.
                adopted = DBOS._recover_pending_workflows([worker])  # noqa: SLF001
                logger.warning("Worker %s is gone; %d of its jobs start again.", worker, len(adopted))
            finally:
                lock.release()

    def _unpark(self) -> None:
        """Put jobs whose plugin is on again back into the queue."""
        parked = self._client.list_workflows(
            queue_name=store.PARKED, status="ENQUEUED", load_output=False, limit=BATCH
        )
        due = [job.workflow_id for job in parked if job.input and self._handles(job.input["args"][0])]
        if due:
            self._client.resume_workflows(due, queue_name=store.QUEUE)

    def _sweep(self) -> None:
        """Forget jobs that ended long ago, and workers without jobs that were killed."""
        if time.monotonic() < self._next_sweep:
            return
        clear_stale_locks(self._engine)
        for status, kept in KEPT.items():
            self._forget(status, before=datetime.now(UTC) - kept)
        self._next_sweep = time.monotonic() + SWEEP_SECONDS

    def _forget(self, status: str, *, before: datetime) -> None:
        while not self._stop.is_set():
            ended = self._client.list_workflows(
                status=status,
                completed_before=before.isoformat(),
                limit=BATCH,
                load_input=False,
                load_output=False,
            )
            if not ended:
                return
            self._client.delete_workflows([job.workflow_id for job in ended])
