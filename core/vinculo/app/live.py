"""What a server runs: an app that follows the switches without a restart.

The new app takes the place of the running one between two requests; requests in flight end on the app
on which they began.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from litestar.types import Message, Receive, Scope, Send

from vinculo.app.following import LOOK_SECONDS, Follower
from vinculo.db.engine import Database
from vinculo.errors import VinculoError
from vinculo.settings import FILE_VARIABLE, SAFE_VARIABLE, Settings, load

logger = logging.getLogger(__name__)


class Live:
    """An ASGI application. ``work``: it runs jobs, too; ``safe``: the kernel alone, without jobs."""

    def __init__(
        self, settings: Settings, database: Database, *, work: bool = True, safe: bool = False
    ) -> None:
        self._follower = Follower(settings, database, work=work, safe=safe)
        self._watcher: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the app of this moment."""
        if scope["type"] == "lifespan":  # type: ignore[comparison-overlap]
            await self._live(receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and scope.get("vinculo_switched"):
                # Whoever threw the switch sees what it did on the next page.
                await asyncio.to_thread(self._follower.look)
            await send(message)

        await self._follower.app(scope, receive, answer)

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        try:
            await asyncio.to_thread(self._follower.start)
        except Exception as error:
            if not isinstance(error, VinculoError):  # those word themselves
                logger.exception("The server cannot start.")
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        self._watcher = asyncio.create_task(self._watch())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._watcher.cancel()
        with suppress(asyncio.CancelledError):
            await self._watcher
        await asyncio.to_thread(self._follower.stop)
        await send({"type": "lifespan.shutdown.complete"})

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await asyncio.to_thread(self._follower.look)


def factory() -> Any:
    """What servers call in each process: the app of the configuration."""
    path = os.environ.get(FILE_VARIABLE)
    settings = load(Path(path) if path else None)
    database = Database(settings.database.url)
    safe = bool(os.environ.get(SAFE_VARIABLE))
    return Live(settings, database, work=settings.server.jobs, safe=safe)
