"""A database of each kind for the tests of the jobs room, and worker processes to kill."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vinculo.db.engine import Database

WORKER = Path(__file__).with_name("worker.py")


@pytest.fixture
def database(database_url) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Wait for a condition, with a limit; fail when it does not come true."""

    def wait(condition: Callable[[], object], seconds: float = 12) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.05)

    return wait


@pytest.fixture
def start_worker(database_url, tmp_path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a process that works on the jobs: ``start_worker(diary)``."""
    started = []

    def start(diary: Path) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, str(WORKER), database_url, str(diary)])
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
