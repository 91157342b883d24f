"""A database of each kind for the tests of the jobs room, and worker processes to kill."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from vinculo.db.engine import Database

POSTGRES = Path("/usr/lib/postgresql/15/bin")
WORKER = Path(__file__).with_name("worker.py")


@pytest.fixture(scope="session")
def postgres_socket() -> Iterator[str]:
    if not POSTGRES.exists():
        pytest.skip("no PostgreSQL server here")
    with tempfile.TemporaryDirectory(prefix="vinculo-pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o777)
        data = f"{folder}/data"

        def run(*command: str) -> None:
            subprocess.run(
                ["runuser", "-u", "postgres", "--", *command], check=True, cwd="/", stdout=subprocess.DEVNULL
            )

        run(f"{POSTGRES}/initdb", "-D", data, "--auth=trust", "--locale=C.UTF-8", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        run(f"{POSTGRES}/pg_ctl", "-D", data, "-w", "-l", f"{data}/log", "-o", options, "start")
        try:
            yield folder
        finally:
            run(f"{POSTGRES}/pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/vinculo.db"
    socket = request.getfixturevalue("postgres_socket")
    name = f"jobs_{uuid.uuid4().hex[:8]}"
    admin = sa.create_engine(
        f"postgresql+psycopg://postgres@/postgres?host={socket}", isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(sa.text(f"create database {name}"))
    admin.dispose()
    return f"postgresql+psycopg://postgres@/{name}?host={socket}"


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
