"""Background work: jobs that outlive the request, retries, schedules.

This package is light. ``vinculo.jobs.port`` holds ``Jobs`` and imports dbos (0.4 s): load it where
jobs are put or run, not where they are declared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

# What dbos adds to our database: a schema of its own on PostgreSQL, these tables on SQLite.
# Migrations leave them alone, and no table of ours or of a plugin may be called so.
DBOS_SCHEMA: Final = "dbos"
DBOS_TABLES: Final = frozenset(
    {
        "application_versions",
        "dbos_migrations",
        "notifications",
        "operation_outputs",
        "queues",
        "streams",
        "workflow_events",
        "workflow_events_history",
        "workflow_input",
        "workflow_output",
        "workflow_schedules",
        "workflow_status",
    }
)


PRIORITY: Final = 100


@dataclass(frozen=True, slots=True)
class JobHandler:
    """What runs when a job of a certain name is due.

    ``run`` must be idempotent. A job runs at least once: after a crash it starts again from the
    beginning, even if it had just finished, so let the data tell what is already done. It gets the
    payload as keyword arguments, after a journey through JSON: dates, decimals come as strings. It
    opens its own transactions, and any exception counts as a failed attempt.

    After a failure it is tried again ``retries`` times, ``backoff_seconds`` later, then twice as
    long later and so on; after that the job is kept as failed, until somebody tries it again.

    Of the jobs that are due those with the lowest ``priority`` run first. One that takes more than some
    seconds tells how far it is with ``vinculo.jobs.progress.report``, which also lets it be cancelled.
    """

    run: Callable[..., None]
    retries: int = 3
    backoff_seconds: float = 10.0
    priority: int = PRIORITY

    def delay_after(self, attempt: int) -> float:
        """Seconds to wait after the failed attempt of this number, the first being 1."""
        return self.backoff_seconds * 2.0 ** (attempt - 1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the handler called ``name`` runs by itself, without a payload.

    ``cron`` has five fields, or six with the seconds first, read in ``time_zone``. However many
    processes share the database, each tick runs once. Ticks missed while none was up are not made
    up for.
    """

    name: str
    cron: str
    time_zone: str = "UTC"
