"""The book of jobs: what waits, runs, has ended and why; cancelling one, and trying one again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from dbos import DBOSClient, WorkflowStatus

from vinculo.errors import ConflictError, NotFoundError
from vinculo.i18n import gettext as _
from vinculo.jobs import store
from vinculo.jobs.progress import JobCancelledError, Tell

PAGE: Final = 50
EVERY_SECONDS: Final = 1.0  # how often a running job writes how far it is
DONE: Final = "done"  # what a job returns: it did its work …
MOVED: Final = "moved"  # … or it is put anew, for the next attempt or until its plugin is on


Put = Callable[[str, Mapping[str, Any]], str]


class State(StrEnum):
    """What has become of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    FAILED = "failed"  # for good, until somebody tries it again
    DONE = "done"
    CANCELLED = "cancelled"


_STATUSES: Final = {
    State.WAITING: ["ENQUEUED", "DELAYED"],
    State.RUNNING: ["PENDING"],
    State.FAILED: ["ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
    State.DONE: ["SUCCESS"],
    State.CANCELLED: ["CANCELLED"],
}
_STATES: Final = {status: state for state, statuses in _STATUSES.items() for status in statuses}
OVER: Final = (State.FAILED, State.CANCELLED)  # what can be tried again


@dataclass(frozen=True, slots=True)
class JobInfo:
    """One attempt at a job. Times are UTC; ``due_at`` is when one that waits runs at the earliest.

    ``parked``: it waits until a plugin that handles it is on. ``total`` is None where nobody knows it.
    """

    id: str
    name: str
    state: State
    attempt: int
    payload: dict[str, Any]
    put_at: datetime
    due_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    parked: bool
    done: int
    total: int | None
    reason: str


class Book:
    """What a process that need not run any jobs can see and do."""

    def __init__(self, client: DBOSClient, put: Put) -> None:
        self._client = client
        self._put = put

    def page(self, states: Sequence[State], number: int = 0) -> tuple[Sequence[JobInfo], bool]:
        """Jobs in these states, the last put first, and whether there are more."""
        statuses = [status for state in states or State for status in _STATUSES[state]]
        found = self._client.list_workflows(
            status=statuses, limit=PAGE + 1, offset=number * PAGE, sort_desc=True
        )
        return [_info(one) for one in found[:PAGE] if one.output != MOVED], len(found) > PAGE

    def get(self, job_id: str) -> JobInfo:
        """One job. Raises ``NotFoundError``."""
        found = self._client.list_workflows(workflow_ids=[job_id])
        if not found:
            text = _("There is no job %(id)s; what ended long ago is forgotten.", id=job_id[:80])
            raise NotFoundError(text)
        return _info(found[0])

    def cancel(self, job_id: str) -> JobInfo:
        """End a job. One that runs stops when it next reports how far it is. Raises ``ConflictError``."""
        job = self.get(job_id)
        if job.state not in (State.WAITING, State.RUNNING):
            raise ConflictError(_("This job is over already."), code="job_over")
        self._client.cancel_workflow(job_id)
        return job

    def retry(self, job_id: str) -> JobInfo:
        """Put a job that failed or was cancelled anew, under another id. Raises ``ConflictError``."""
        job = self.get(job_id)
        if job.state not in OVER:
            text = _("Only jobs that failed or were cancelled can be tried again.")
            raise ConflictError(text, code="job_not_over")
        anew = self._put(job.name, job.payload)
        self._client.delete_workflows([job_id])
        return self.get(anew)

    def teller(self, job_id: str) -> Tell:
        """What a running job tells how far it is: see ``vinculo.jobs.progress``."""
        due = 0.0

        def tell(done: int, total: int | None) -> None:
            nonlocal due
            if time.monotonic() < due and done != total:
                return
            due = time.monotonic() + EVERY_SECONDS
            (job,) = self._client.list_workflows(workflow_ids=[job_id], load_input=False, load_output=False)
            if job.status == "CANCELLED":
                raise JobCancelledError
            self._client.update_workflow_attributes(job_id, {"done": done, "total": total})

        return tell


def _info(found: WorkflowStatus) -> JobInfo:
    name, payload, attempt = _asked(found)
    told = found.attributes or {}
    return JobInfo(
        id=found.workflow_id,
        name=name,
        state=_STATES[found.status],
        attempt=attempt,
        payload=payload,
        put_at=_moment(found.created_at) or datetime.fromtimestamp(0, UTC),
        due_at=_moment(found.delay_until_epoch_ms) if found.status == "DELAYED" else None,
        started_at=_moment(found.dequeued_at),
        ended_at=_moment(found.completed_at),
        parked=found.queue_name == store.PARKED and found.status == "ENQUEUED",
        done=int(told.get("done") or 0),
        total=told.get("total"),
        reason=_reason(found),
    )


def _asked(found: WorkflowStatus) -> tuple[str, dict[str, Any], int]:
    """Name, payload and attempt; a tick of a schedule has a time and a name."""
    arguments: Sequence[Any] = found.input["args"] if found.input else ()
    if len(arguments) == 3:
        return arguments[0], arguments[1], arguments[2]
    return str(arguments[-1]) if arguments else found.name, {}, 1


def _reason(found: WorkflowStatus) -> str:
    if found.status == "MAX_RECOVERY_ATTEMPTS_EXCEEDED":
        return _("Each worker that ran it was killed; it is given up.")
    return "" if found.error is None else f"{getattr(found.error, 'name', '')}: {found.error}"


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
