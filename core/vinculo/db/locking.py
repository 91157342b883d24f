"""One migration of a database at a time, over a connection that waits as long as it takes; locks by name."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.db.engine import Database

BUSY_TIMEOUT_MS: Final = 120_000
LOCK_KEY: Final = 0x76696E63756C6F  # "vinculo": one lock in each PostgreSQL database
# A long migration is fine; one that waits for a lock makes everybody queue behind it, so it gives up.
PATIENCE: Final = (
    "set statement_timeout = 0",
    "set idle_in_transaction_session_timeout = 0",
    "set lock_timeout = '60s'",
)


@contextmanager
def migrating(database: Database) -> Iterator[sa.Connection]:
    """The only connection that migrates this database, among all processes; others wait their turn.

    However the process dies, the system frees the lock. On SQLite, foreign keys are off: with them on,
    rebuilding a table would delete the rows that refer to it. Check them before each commit.
    """
    patient = Database(database.url, busy_timeout_ms=BUSY_TIMEOUT_MS)
    sa.event.listen(patient.engine, "connect", _forget_foreign_keys if patient.is_sqlite else _be_patient)
    try:
        patient.ping()
        lock = _lock_folder if patient.is_sqlite else _lock_session
        with patient.write_engine.connect() as connection, lock(connection):
            yield connection
    finally:
        patient.close()


@contextmanager
def _lock_folder(connection: sa.Connection) -> Iterator[None]:
    """A transaction locks out others, too, but not between two histories, nor while dbos migrates.

    The folder and not the file: closing the database file, SQLite would lose its own locks on it.
    """
    assert connection.engine.url.database
    folder = os.open(Path(connection.engine.url.database).parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@contextmanager
def _lock_session(connection: sa.Connection) -> Iterator[None]:
    """The session's end frees it; the engine is closed thereafter."""
    with connection.begin():
        connection.execute(sa.text("set local lock_timeout = 0"))
        connection.execute(sa.select(sa.func.pg_advisory_lock(LOCK_KEY)))
    yield


def hold(session: Session, name: str) -> None:
    """Let nobody else hold this name until the transaction ends. On SQLite, who writes is alone anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(name, 0))))


def _forget_foreign_keys(connection: Any, record: Any) -> None:
    connection.execute("PRAGMA foreign_keys=OFF")


def _be_patient(connection: Any, record: Any) -> None:
    for statement in PATIENCE:
        connection.execute(statement)
    connection.commit()
