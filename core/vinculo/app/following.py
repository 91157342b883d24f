"""What follows the switches in a process that runs: web processes and job workers do it alike.

It looks at the table of plugins, at the fields that the company added and at the settings it chose, several
times a second. When plugins or fields have changed, the new app is built beside the running one and takes its
place; what is under way ends on the app on which it began. If none can be built, the running one stays.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Hashable
from typing import Final, NamedTuple

from litestar import Litestar
from sqlalchemy.exc import SQLAlchemyError

from vinculo.actor import Source, system
from vinculo.app.building import Host, assemble_sound, go_by_company, job_handlers, settle
from vinculo.app.composition import enabled
from vinculo.company import service as company
from vinculo.db.engine import Database
from vinculo.plugins import present, switch
from vinculo.plugins.faults import one_line
from vinculo.records import custom
from vinculo.settings import Settings
from vinculo.web.site import Site

logger = logging.getLogger(__name__)
LOOK_SECONDS: Final = 0.25
COSTS_SECONDS: Final = 20.0
READS_SECONDS: Final = 1.0
SETTLE_SECONDS: Final = 2.0  # after a switch, when nobody waits for the new app any more


class Seen(NamedTuple):
    """What changes with the plugins and fields that an app is made of, and with what it goes by."""

    made_of: Hashable
    goes_by: Hashable


class Follower:
    """The app of this moment, and the jobs of this process if it is to ``work``.

    ``safe``: the kernel alone, whatever is on, and no jobs: those of plugins, and their schedules, are
    left as they are. Every method may be called from any thread.
    """

    def __init__(self, settings: Settings, database: Database, *, work: bool, safe: bool) -> None:
        self.host = Host.of(settings, database)
        self.work, self.safe = work and not safe, safe
        self._lock = threading.Lock()
        self._seen, self.app = self._build()
        self._costs_due = time.monotonic() + COSTS_SECONDS
        self._reads_due = time.monotonic() + READS_SECONDS
        self._settle_due: float | None = None

    @property
    def site(self) -> Site:
        """What the requests and jobs of the app share."""
        site: Site = self.app.state.site
        return site

    def start(self) -> None:
        """Take up the jobs. Raises ``SchemaError`` where their tables are missing."""
        self.host.jobs.use(job_handlers(self.site))
        if self.work:
            self.host.jobs.start(schedules=self.site.registry.schedules)
        settle()

    def stop(self) -> None:
        """Write down what was counted and read, and wait for the jobs that run."""
        self._write_costs()
        self.host.reads.write()
        self.host.jobs.stop()
        self.site.threads.shutdown(wait=False)

    def look(self) -> None:
        """Set aside what fails too often, write down what was counted, take up what was switched.

        What the database keeps from being done is done at the next look.
        """
        try:
            self._look()
        except SQLAlchemyError as error:
            logger.warning("The switches of plugins cannot be looked at; trying again: %s", one_line(error))

    def _look(self) -> None:
        guard = self.host.guard
        guard.strike_overdue()
        for name, reason in guard.failing().items():
            if name in self.site.registry.plugins:
                self._set_aside(self.site, name, reason)
        if time.monotonic() > self._reads_due:
            self._reads_due = time.monotonic() + READS_SECONDS
            self.host.reads.write()
        if time.monotonic() > self._costs_due:
            self._costs_due = time.monotonic() + COSTS_SECONDS
            self._write_costs()
        if self._settle_due is not None and time.monotonic() > self._settle_due:
            self._settle_due = None
            settle()
        self.refresh()

    def refresh(self) -> None:
        """Take up what was switched meanwhile, if anything. Raises ``SQLAlchemyError``; try again then."""
        with self._lock:
            seen = self._signature()
            if seen == self._seen:
                return
            if seen.made_of == self._seen.made_of:
                go_by_company(self.app, self.host)
                self.host.jobs.use(job_handlers(self.site), self.site.registry.schedules)
                self._seen = seen
                return
            try:
                self._seen, self.app = self._build()
                self.host.jobs.use(job_handlers(self.site), self.site.registry.schedules)
            except SQLAlchemyError:
                raise  # the next look tries again
            except Exception:
                logger.exception("No app can be built of the plugins that are on; the running one stays.")
                self._seen = self._signature()
                return
            self._settle_due = time.monotonic() + SETTLE_SECONDS

    def _build(self) -> tuple[Seen, Litestar]:
        """The app of what is on now; a plugin with which none can be made is set aside."""
        seen = self._signature()  # first: what changes while it is built shows at the next look
        app = assemble_sound(self.host, self._wanted())
        site: Site = app.state.site
        present.tell(self.host.database, site.registry)
        for name, fault in site.registry.faults.items():
            if fault.own:
                self._set_aside(site, name, fault.message)
            else:
                logger.error("The plugin %s is left out: %s", name, fault.message)
        return seen, app

    def _set_aside(self, site: Site, name: str, reason: str) -> None:
        logger.error("The plugin %s is set aside: %s", name, reason)
        site.switchboard.quarantine(name, reason, actor=system(Source.JOB))

    def _wanted(self) -> Collection[str]:
        return () if self.safe else enabled(self.host.settings, self.host.database)

    def _signature(self) -> Seen:
        with self.host.database.read() as session:
            made_of = switch.signature(session), custom.signature(session)
            return Seen(made_of, company.signature(session))

    def _write_costs(self) -> None:
        if self.host.guard.has_costs:
            with self.host.database.write() as session:
                self.host.guard.write_costs(session)
