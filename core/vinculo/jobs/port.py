"""Jobs over dbos: put in the caller's transaction, run at least once in any process that works.

dbos is one per process, and so is the worker: ``start()`` and ``stop()`` own it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from dbos import DBOS, ClientScheduleInput, EnqueueOptions, WorkflowHandle
from dbos import error as dbos_error
from sqlalchemy.orm import Session

from vinculo.errors import SchemaError
from vinculo.i18n import gettext as _
from vinculo.jobs import PRIORITY, JobHandler, Schedule, store
from vinculo.jobs.book import DONE, MOVED, Book
from vinculo.jobs.janitor import Janitor
from vinculo.jobs.progress import JobCancelledError, told_to
from vinculo.jobs.workers import new_worker_name

logger = logging.getLogger(__name__)

CONCURRENCY: Final = 4
POLL_SECONDS: Final = 0.5
JANITOR_SECONDS: Final = 5.0
STOP_SECONDS: Final = 30
STARTS: Final = 3  # a job that kills its worker this often is given up

RUN: Final = "vinculo.run"  # what dbos stores as the name of a job; the handler's name is an argument
TICK: Final = "vinculo.tick"

_one_worker = (
    threading.Lock()
)  # dbos keeps its state in module globals: a second worker would corrupt the first


class UnknownJobError(LookupError):
    """A job was put under a name that no enabled plugin handles."""


class InvalidScheduleError(ValueError):
    """A schedule that cannot be kept: unknown handler, cron expression or time zone."""


class WorkerRunningError(RuntimeError):
    """This process runs a worker already; it has to be stopped first."""


@dataclass(frozen=True, slots=True)
class _Job:
    """One attempt, as it travels through the queue."""

    name: str
    payload: Mapping[str, Any]
    attempt: int = 1


class Jobs:
    """The background jobs of one application.

    Making one touches no database, and putting jobs needs no ``start()``, so commands may put them,
    too. Handlers must be idempotent (see ``JobHandler``).
    """

    def __init__(self, engine: sa.Engine, handlers: Mapping[str, JobHandler]) -> None:
        self._url = engine.url
        self._handlers = dict(handlers)
        self._store = store.open_store(engine.url)
        self._client = store.open_client(self._store)
        self._janitor: Janitor | None = None
        self.book = Book(self._client, self._put_anew)

    def prepare(self) -> None:
        """Create or migrate the tables behind the jobs. For ``vinculo db upgrade`` only."""
        store.migrate(self._url)

    def use(self, handlers: Mapping[str, JobHandler], schedules: Sequence[Schedule] = ()) -> None:
        """Go on with other handlers and schedules: what runs ends on those it began with.

        A job that waits and has no handler any more is set aside until one is there again.
        """
        self._handlers = dict(handlers)
        if self._janitor:
            self._replace_schedules(schedules)

    def handles(self, name: str) -> bool:
        """Whether jobs of this name can be run at present."""
        return name in self._handlers

    def enqueue(
        self,
        tx: Session | sa.Connection,
        name: str,
        /,
        *,
        at: datetime | None = None,
        key: str | None = None,
        **payload: Any,
    ) -> str:
        """Put a job in the caller's transaction and return its id: it runs if that commits, or never.

        A second job with the same ``key`` is not put, also when the first is long done: a key is
        remembered for a week after that, and has to be unique among all jobs. With ``at`` the job
        waits until then. The payload must fit into JSON. On SQLite ``tx`` has to be a write session.
        """
        if name not in self._handlers:
            known = ", ".join(sorted(self._handlers)) or "none"
            raise UnknownJobError(f"There is no job {name!r}; declare a handler for it. Known: {known}.")
        if at is not None and at.tzinfo is None:
            raise ValueError(f"at={at!r} has no time zone; pass an aware datetime.")
        return self._put(tx, _Job(name, payload), at=at, key=key)

    def start(
        self,
        *,
        concurrency: int = CONCURRENCY,
        poll: float = POLL_SECONDS,
        schedules: Sequence[Schedule] = (),
        janitor: float = JANITOR_SECONDS,
    ) -> None:
        """Run jobs in threads of this process until ``stop()``; does nothing if it does so already.

        ``concurrency`` jobs run at a time in this process, of any number that may share the database.
        ``schedules`` replace those that are stored. Call it outside of an event loop's thread.
        """
        if self._janitor:
            return
        if not store.is_prepared(self._store):
            raise _not_prepared()
        if not _one_worker.acquire(blocking=False):
            raise WorkerRunningError("This process runs a job worker already; stop that one first.")
        try:
            self._launch(concurrency, poll, schedules, janitor)
        except BaseException:
            self._shut_down(timeout=0)
            raise

    def stop(self, timeout: int = STOP_SECONDS) -> None:
        """Take no more jobs and wait for the running ones; does nothing if not started.

        A job that takes longer than ``timeout`` seconds is left to another worker, which starts it again.
        """
        if self._janitor:
            self._shut_down(timeout)

    def _launch(self, concurrency: int, poll: float, schedules: Sequence[Schedule], janitor: float) -> None:
        worker = new_worker_name()
        self._janitor = Janitor(self._store, self._client, worker, self.handles)
        self._client.register_queue(store.QUEUE, worker_concurrency=concurrency, polling_interval_sec=poll)
        self._replace_schedules(schedules)
        _quieten()
        DBOS(
            config={
                "name": store.APPLICATION,
                "system_database_engine": self._store,
                "executor_id": worker,
                "application_version": store.VERSION,
                "serializer": store.SERIALIZER,
                "run_migrations": False,
                # Messages between jobs are not used. Listening for them would hold a connection, and a
                # stop() right after start() waited 10 s for it; the poller looks at memory only.
                "use_listen_notify": False,
                "notification_listener_polling_interval_sec": 0.2,
                "log_level": "CRITICAL",
            }
        )
        self._register_workflows()
        try:
            DBOS.launch()
        except dbos_error.DBOSInitializationError as error:
            raise _not_prepared() from error
        self._janitor.start(every=janitor)

    def _shut_down(self, timeout: int) -> None:
        if self._janitor:
            self._janitor.stop()
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=timeout)
        if self._janitor:
            self._janitor.release()
            self._janitor = None
        self._store.dispose()
        _one_worker.release()

    def _register_workflows(self) -> None:
        """Tell dbos the two functions that it stores by name."""

        @DBOS.workflow(name=RUN, max_recovery_attempts=STARTS - 1)
        def run(name: str, payload: dict[str, Any], attempt: int) -> str:
            return self._run(_Job(name, payload, attempt))

        @DBOS.workflow(name=TICK, max_recovery_attempts=STARTS - 1)
        def tick(_scheduled_at: object, name: str) -> str:
            return self._run(_Job(name, {})) if name in self._handlers else MOVED

    def _replace_schedules(self, schedules: Sequence[Schedule]) -> None:
        for schedule in schedules:
            self._apply_schedule(schedule)
        wanted = {schedule.name for schedule in schedules}
        for stored in self._client.list_schedules():
            if stored["schedule_name"] not in wanted:
                self._client.delete_schedule(stored["schedule_name"])

    def _apply_schedule(self, schedule: Schedule) -> None:
        if schedule.name not in self._handlers:
            raise InvalidScheduleError(
                f"The schedule {schedule.name!r} names no job; declare a handler for it."
            )
        stored: ClientScheduleInput = {
            "schedule_name": schedule.name,
            "workflow_name": TICK,
            "schedule": schedule.cron,
            "context": schedule.name,
            "queue_name": store.QUEUE,
            "cron_timezone": schedule.time_zone,
        }
        try:
            self._client.apply_schedules([stored])
        except dbos_error.DBOSException as error:
            raise InvalidScheduleError(f"The schedule of the job {schedule.name!r}: {error}") from error

    def _run(self, job: _Job) -> str:
        handler = self._handlers.get(job.name)
        if handler is None:
            self._park(job)
            return MOVED
        try:
            with told_to(self.book.teller(str(DBOS.workflow_id))):
                handler.run(**job.payload)
        except JobCancelledError:
            logger.info("The job %s was cancelled.", job.name)
        except Exception:
            if job.attempt > handler.retries:
                logger.exception("The job %s failed for good at attempt %d.", job.name, job.attempt)
                raise
            delay = handler.delay_after(job.attempt)
            logger.warning("The job %s failed; next attempt in %g s.", job.name, delay, exc_info=True)
            self._retry(job, delay)
            return MOVED
        return DONE

    def _retry(self, job: _Job, delay: float) -> None:
        """Put the next attempt, which waits in the database: a restart neither loses nor hastens it."""
        due = datetime.now(UTC) + timedelta(seconds=delay)
        following = replace(job, attempt=job.attempt + 1)
        with self._store.begin() as connection:
            self._put(connection, following, at=due, key=f"{DBOS.workflow_id}~{following.attempt}")

    def _put_anew(self, name: str, payload: Mapping[str, Any]) -> str:
        with self._store.begin() as connection:
            return self._put(connection, _Job(name, payload))

    def _park(self, job: _Job) -> None:
        """Set aside a job whose plugin is off; the janitor of a worker that has it on brings it back."""
        logger.info("The job %s waits until a plugin that handles it is on.", job.name)
        with self._store.begin() as connection:
            self._put(connection, job, key=f"{DBOS.workflow_id}~parked", queue=store.PARKED)

    def _put(
        self,
        tx: Session | sa.Connection,
        job: _Job,
        *,
        at: datetime | None = None,
        key: str | None = None,
        queue: str = store.QUEUE,
    ) -> str:
        handler = self._handlers.get(job.name)
        options: EnqueueOptions = {
            "workflow_name": RUN,
            "queue_name": queue,
            "app_version": store.VERSION,
            "priority": handler.priority if handler else PRIORITY,
        }
        if key is not None:
            options["workflow_id"] = key
        if at is not None:
            options["delay_seconds"] = max(0.0, (at - datetime.now(UTC)).total_seconds())
        handle: WorkflowHandle[None] = self._client.enqueue_in_transaction(
            tx, options, job.name, dict(job.payload), job.attempt
        )
        return handle.workflow_id


def _not_prepared() -> SchemaError:
    return SchemaError(_("The tables of the background jobs are missing or old. Run: vinculo db upgrade"))


def _quieten() -> None:
    """Keep dbos from writing to the console: what matters comes back as an exception or a status."""
    library = logging.getLogger("dbos")
    if not library.handlers:
        library.addHandler(logging.NullHandler())
