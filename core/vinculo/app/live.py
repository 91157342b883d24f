"""What a server runs: an app that follows the switches without a restart.

Each process looks at the table of plugins several times a second. When it has changed, the new app is
built beside the running one and takes its place between two requests; requests in flight end on the app
on which they began. If none can be built, the running one stays.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Collection, Hashable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from litestar import Litestar
from litestar.types import Message, Receive, Scope, Send
from sqlalchemy.exc import SQLAlchemyError

from vinculo.actor import Source, system
from vinculo.app.building import Host, assemble_sound, job_handlers, settle
from vinculo.app.composition import enabled
from vinculo.db.engine import Database
from vinculo.errors import VinculoError
from vinculo.plugins import switch
from vinculo.settings import FILE_VARIABLE, SAFE_VARIABLE, Settings, load
from vinculo.web.site import Site

logger = logging.getLogger(__name__)
LOOK_SECONDS: Final = 0.25
COSTS_SECONDS: Final = 20.0
READS_SECONDS: Final = 1.0


class Live:
    """An ASGI application. ``safe``: the kernel alone, whatever is on; ``work``: it runs jobs, too."""

    def __init__(
        self, settings: Settings, database: Database, *, work: bool = True, safe: bool = False
    ) -> None:
        self.host = Host.of(settings, database)
        self.work, self.safe = work, safe
        self._seen, self.app = self._build()
        self._lock = asyncio.Lock()
        self._watcher: asyncio.Task[None] | None = None
        self._costs_due = time.monotonic() + COSTS_SECONDS
        self._reads_due = time.monotonic() + READS_SECONDS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the app of this moment."""
        if scope["type"] == "lifespan":  # type: ignore[comparison-overlap]
            await self._live(receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and scope.get("vinculo_switched"):
                await self.refresh()  # whoever threw the switch sees what it did on the next page
            await send(message)

        await self.app(scope, receive, answer)

    async def refresh(self) -> None:
        """Take up what was switched meanwhile, if anything."""
        async with self._lock:
            try:
                if await asyncio.to_thread(self._signature) == self._seen:
                    return
                self._seen, self.app = await asyncio.to_thread(self._build)
                await asyncio.to_thread(self._take_up_jobs)
            except Exception:
                logger.exception("No app can be built of the plugins that are on; the running one stays.")
                self._seen = await asyncio.to_thread(self._signature)
                return
            settle()

    @property
    def _site(self) -> Site:
        site: Site = self.app.state.site
        return site

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        try:
            await asyncio.to_thread(self._start)
        except Exception as error:
            if not isinstance(error, VinculoError):  # those word themselves
                logger.exception("The server cannot start.")
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        self._watcher = asyncio.create_task(self._watch())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stop()
        await send({"type": "lifespan.shutdown.complete"})

    def _start(self) -> None:
        self.host.jobs.use(job_handlers(self._site))
        if self.work:
            self.host.jobs.start(schedules=self._site.registry.schedules)
        settle()

    async def _stop(self) -> None:
        assert self._watcher
        self._watcher.cancel()
        with suppress(asyncio.CancelledError):
            await self._watcher
        await asyncio.to_thread(self._write_costs)
        await asyncio.to_thread(self.host.reads.write)
        await asyncio.to_thread(self.host.jobs.stop)
        self._site.threads.shutdown(wait=False)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await asyncio.to_thread(self._look)
                await self.refresh()
            except SQLAlchemyError:
                logger.warning("The database cannot be used; trying again.", exc_info=True)

    def _look(self) -> None:
        """Quarantine what fails too often, and write down what was counted."""
        guard = self.host.guard
        guard.strike_overdue()
        for name, reason in guard.failing().items():
            if name in self._site.registry.plugins:
                logger.error("The plugin %s is set aside: %s", name, reason)
                self._site.switchboard.quarantine(name, reason, actor=system(Source.JOB))
        if time.monotonic() > self._reads_due:
            self._reads_due = time.monotonic() + READS_SECONDS
            self.host.reads.write()
        if time.monotonic() > self._costs_due:
            self._costs_due = time.monotonic() + COSTS_SECONDS
            self._write_costs()

    def _write_costs(self) -> None:
        if self.host.guard.has_costs:
            with self.host.database.write() as session:
                self.host.guard.write_costs(session)

    def _signature(self) -> Hashable:
        with self.host.database.read() as session:
            return switch.signature(session)

    def _build(self) -> tuple[Hashable, Litestar]:
        """The app of what is on now; a plugin with which none can be made is set aside."""
        seen = self._signature()  # first: what changes while it is built shows at the next look
        app = assemble_sound(self.host, self._wanted())
        site: Site = app.state.site
        for name, fault in site.registry.faults.items():
            logger.error("The plugin %s is set aside: %s", name, fault.message)
            if fault.own:
                site.switchboard.quarantine(name, fault.message, actor=system(Source.JOB))
        return seen, app

    def _wanted(self) -> Collection[str]:
        return () if self.safe else enabled(self.host.settings, self.host.database)

    def _take_up_jobs(self) -> None:
        self.host.jobs.use(job_handlers(self._site), self._site.registry.schedules)


def factory() -> Any:
    """What servers call in each process: the app of the configuration."""
    path = os.environ.get(FILE_VARIABLE)
    settings = load(Path(path) if path else None)
    database = Database(settings.database.url)
    return Live(settings, database, safe=bool(os.environ.get(SAFE_VARIABLE)))
