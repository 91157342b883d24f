"""``vinculo serve``: pages and API."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from contextlib import suppress
from typing import Final

import click
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from vinculo.cli.lazy import N_
from vinculo.cli.runtime import Runtime, pass_runtime
from vinculo.errors import ConfigError, VinculoError
from vinculo.i18n import gettext as _
from vinculo.settings import FILE_VARIABLE, SAFE_VARIABLE

ARENAS: Final = 2
LARGE: Final = 128 * 1024  # bytes, which malloc raises by itself up to 32 MB unless it is told
_M_MMAP_THRESHOLD: Final = -3  # of malloc.h
_M_ARENA_MAX: Final = -8


@click.command()
@click.option("--workers", type=click.IntRange(1, 256), help=N_("Processes, instead of server.workers."))
@click.option("--host", help=N_("Address to listen at, instead of server.host."))
@click.option("--port", type=click.IntRange(1, 65535), help=N_("Port, instead of server.port."))
@click.option("--safe", is_flag=True, help=N_("The kernel alone, whatever plugins are on."))
@click.option("--upgrade", is_flag=True, help=N_("Run the missing migrations first."))
@pass_runtime
def serve(
    runtime: Runtime, workers: int | None, host: str | None, port: int | None, safe: bool, upgrade: bool
) -> None:
    """Serve the pages and the API.

    Refuses to start on a database whose schema is not that of this program. Plugins that are switched
    on or off meanwhile come and go without a restart.

    Example: vinculo serve --upgrade --port 9000
    """
    if upgrade:
        runtime.upgrade(safe=safe)
    runtime.require_current(safe=safe)
    if safe:
        os.environ[SAFE_VARIABLE] = "1"
    run_server(runtime, host=host, port=port, workers=workers)


def run_server(
    runtime: Runtime, *, host: str | None = None, port: int | None = None, workers: int | None = None
) -> None:
    """Serve until stopped; what is None is taken from the settings."""
    _share_memory()
    server = runtime.settings.server
    host, port, workers = host or server.host, port or server.port, workers or server.workers
    if runtime.settings.path:  # each process reads the settings anew
        os.environ[FILE_VARIABLE] = str(runtime.settings.path.resolve())
    config = uvicorn.Config(
        "vinculo.app:factory",
        factory=True,
        workers=workers,
        loop="uvloop" if os.name == "posix" else "asyncio",
        http="httptools",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=bool(server.trusted_proxies),
        forwarded_allow_ips=list(server.trusted_proxies),
    )
    with listen(host, port) as listening:
        click.echo(_("Vinculo serves %(address)s. Ctrl-C ends it.", address=address(host, port)), err=True)
        _serve(config, listening)


def _share_memory() -> None:
    """Let threads share what was freed: one by one, each keeps what its largest page took.

    What is large is given back to the system as soon as it is freed.
    """
    os.environ.setdefault("MALLOC_ARENA_MAX", str(ARENAS))  # for the processes of several workers
    os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", str(LARGE))
    if sys.platform == "linux":
        with suppress(AttributeError):  # musl has one arena anyway
            malloc = ctypes.CDLL(None)
            malloc.mallopt(_M_ARENA_MAX, int(os.environ["MALLOC_ARENA_MAX"]))
            malloc.mallopt(_M_MMAP_THRESHOLD, int(os.environ["MALLOC_MMAP_THRESHOLD_"]))


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, or an error that says what to choose instead."""
    try:
        family, kind, _protocol, _name, at = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        text = _("server.host = '%(host)s' is not an address of this machine: write e.g. 127.0.0.1")
        raise ConfigError(text % {"host": host}) from error
    listening = socket.socket(family, kind)
    if os.name == "posix":
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(at)
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise VinculoError(
            _(
                "Port %(port)s of %(host)s cannot be used: %(reason)s. Choose another with --port.",
                port=port,
                host=host,
                reason=error.strerror,
            )
        ) from error
    listening.set_inheritable(True)
    return listening


def address(host: str, port: int) -> str:
    """What to type into a browser."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 # nosec B104 # only shown
    return f"http://{shown}:{port}"


class PinnedWorkers(Multiprocess):
    """Processes that each keep to one CPU, where the system can do that.

    Threads that wander hand Python's lock from core to core: a process on SQLite loses half its
    throughput by it (measured).
    """

    def init_processes(self) -> None:
        """Start the processes and pin them, before they have threads that would go their own way."""
        super().init_processes()
        self._pin()

    def keep_subprocess_alive(self) -> None:
        """Pin those that took the place of a dead one."""
        before = [process.pid for process in self.processes]
        super().keep_subprocess_alive()
        if [process.pid for process in self.processes] != before:
            self._pin()

    def _pin(self) -> None:
        if not hasattr(os, "sched_setaffinity"):
            return
        cpus = sorted(os.sched_getaffinity(0))
        for index, process in enumerate(self.processes):
            if process.pid is not None and process.exitcode is None:
                os.sched_setaffinity(process.pid, {cpus[index % len(cpus)]})


def _serve(config: uvicorn.Config, listening: socket.socket) -> None:
    """Run in this process, or in several; fail as any command fails where the app cannot start."""
    if config.workers > 1:
        workers = PinnedWorkers(config, [listening])
        workers.run()
        failed = any(process.exitcode == STARTUP_FAILURE for process in workers.processes)
    else:
        server = uvicorn.Server(config)
        try:
            server.run(sockets=[listening])
        except SystemExit:  # what uvicorn raises where the factory fails
            server.started = False
        failed = not server.started
    if failed:
        raise VinculoError(_("The server did not start; the lines above say why."))
