"""Who is alive: a worker holds a lock for life, freed by the system however the process ends.

dbos takes up the jobs of a dead worker only when a worker of the same name returns. With these locks
any other worker can tell that the owner of a job is gone.
"""

from __future__ import annotations

import fcntl
import glob
import os
import socket
import uuid
from pathlib import Path
from typing import IO, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

# So that the server notices within a minute that the host of a worker is gone.
_KEEPALIVES = """
    select set_config('tcp_keepalives_idle', '30', false), set_config('tcp_keepalives_interval', '10', false),
           set_config('tcp_keepalives_count', '3', false)
"""
_TRY_LOCK = "select pg_try_advisory_lock(hashtextextended('vinculo.jobs:' || :worker, 0))"


class WorkerLock(Protocol):
    """A lock on a worker's name, held by this process."""

    def is_held(self) -> bool:
        """Whether the lock still stands; a restart of the database server ends it."""

    def release(self) -> None:
        """Give the lock back."""


def new_worker_name() -> str:
    """A name never used before: one process may start a worker more than once."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


def lock_worker(store: sa.Engine, worker: str) -> WorkerLock | None:
    """Take the lock of a worker, or None while a living process has it."""
    if store.dialect.name == "sqlite":
        assert store.url.database
        return _FileLock.take(Path(f"{store.url.database}.{worker}.lock"))
    return _SessionLock.take(store, worker)


def clear_stale_locks(store: sa.Engine) -> None:
    """Remove the lock files of workers that were killed; PostgreSQL clears up by itself."""
    if store.dialect.name != "sqlite":
        return
    assert store.url.database
    database = Path(store.url.database)
    for path in database.parent.glob(f"{glob.escape(database.name)}.*.lock"):
        lock = _FileLock.take(path)
        if lock:
            lock.release()


class _FileLock:
    """On SQLite all workers are on one host: a locked file beside the database."""

    def __init__(self, path: Path, file: IO[str]) -> None:
        self._path = path
        self._file = file

    @classmethod
    def take(cls, path: Path) -> _FileLock | None:
        file = path.open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return cls(path, file)

    def is_held(self) -> bool:
        return True

    def release(self) -> None:
        self._path.unlink(missing_ok=True)  # while locked: no other can be in the middle of its work
        self._file.close()


class _SessionLock:
    """On PostgreSQL a lock of the session: not to be had through a pooler that shares sessions."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    @classmethod
    def take(cls, store: sa.Engine, worker: str) -> _SessionLock | None:
        connection = store.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()  # so that close() ends the session, and the lock with it
        try:
            connection.execute(sa.text(_KEEPALIVES))
            taken = connection.scalar(sa.text(_TRY_LOCK), {"worker": worker})
        except SQLAlchemyError:
            connection.close()
            raise
        if taken:
            return cls(connection)
        connection.close()
        return None

    def is_held(self) -> bool:
        try:
            self._connection.execute(sa.text("select 1"))
        except SQLAlchemyError:
            return False
        return True

    def release(self) -> None:
        self._connection.close()
