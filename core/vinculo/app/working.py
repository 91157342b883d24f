"""What a job worker runs: the jobs of the plugins that are on, without a server."""

from __future__ import annotations

import threading

from vinculo.app.following import LOOK_SECONDS, Follower
from vinculo.db.engine import Database
from vinculo.settings import Settings


def work(settings: Settings, database: Database, stop: threading.Event) -> None:
    """Run jobs, and follow the switches, until ``stop`` is set; then wait for the jobs that run."""
    follower = Follower(settings, database, work=True, safe=False)
    follower.start()
    try:
        while not stop.wait(LOOK_SECONDS):
            follower.look()
    finally:
        follower.stop()
