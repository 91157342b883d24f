"""``vinculo worker``: background jobs, without pages."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import click

from vinculo.app.working import work
from vinculo.cli.runtime import Runtime, pass_runtime
from vinculo.i18n import gettext as _


@click.command()
@pass_runtime
def worker(runtime: Runtime) -> None:
    """Run background jobs beside the servers, and nothing else.

    Any number may run, on any number of hosts; each job is done by one of them. Plugins that are switched
    on or off meanwhile come and go without a restart. With server.jobs = false the servers leave all jobs
    to these workers.

    Example: vinculo worker
    """
    runtime.require_current()
    stop = _until_told()
    click.echo(_("Vinculo works on the jobs. Ctrl-C ends it."), err=True)
    work(runtime.settings, runtime.database, stop)


def _until_told() -> threading.Event:
    """Set by Ctrl-C and by SIGTERM; told twice, the process ends at once."""
    stop = threading.Event()

    def end(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    return stop
