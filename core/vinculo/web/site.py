"""What one app is made of: built once from settings and enabled plugins, never changed after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Protocol

import jinja2
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.engine import Database
from vinculo.events.reads import Reads
from vinculo.plugins.guard import Guard
from vinculo.plugins.plan import Action, Plan
from vinculo.plugins.registry import Registry
from vinculo.plugins.switch import Status
from vinculo.settings import Settings
from vinculo.transfer.archives import Archived, LastArchive, Restored
from vinculo.transfer.reading import TableSeal
from vinculo.web.identity import Identify

if TYPE_CHECKING:
    from vinculo.jobs.book import Book  # imports dbos, which takes long


class Enqueue(Protocol):
    """Puts a job in the caller's transaction; see ``vinculo.jobs.port``."""

    def __call__(self, tx: Session, name: str, /, **payload: Any) -> str:
        """The job's id."""


class ActorOf(Protocol):
    """Finds who acts in a job, with the rights of this moment."""

    def __call__(self, session: Session, user_id: int | None, /) -> Actor:
        """Raises ``ForbiddenError`` once nobody may act so."""


class Switchboard(Protocol):
    """Plans and throws switches of plugins; see ``vinculo.app.switchboard``."""

    def statuses(self, session: Session) -> Sequence[Status]:
        """All plugins."""

    def plan(self, action: Action, name: str) -> Plan:
        """What switching a plugin ``on`` or ``off`` would do."""

    def switch(self, action: Action, name: str, *, cascade: bool = False, actor: Actor) -> Plan:
        """Do it, in transactions of its own: call it outside of a write session."""

    def archive(self, name: str, *, actor: Actor) -> Archived:
        """Seal the rows of a plugin that is off in a file."""

    def purge(self, name: str, *, confirmation: str, actor: Actor) -> Sequence[TableSeal]:
        """Drop its tables, which that file holds; ``confirmation`` is the plugin's name, typed."""

    def restore(self, name: str, *, actor: Actor) -> Restored:
        """Bring its rows back from that file."""

    def restore_from(self, name: str, sent: IO[bytes], *, actor: Actor) -> Restored:
        """Bring its rows back from a file that somebody sent."""

    def last_archive(self, name: str) -> LastArchive | None:
        """Its last sealed file."""

    def rows(self, name: str) -> Mapping[str, int]:
        """How many rows each of its tables has."""

    def quarantine(self, name: str, reason: str, *, actor: Actor) -> None:
        """Set a plugin aside."""


@dataclass(frozen=True, slots=True)
class Site:
    """The parts that requests and jobs share. Handlers run in ``threads``, one for each connection.

    ``counts`` are those of menu entries, by address and user, with when they are to be counted anew.
    """

    settings: Settings
    database: Database
    registry: Registry
    identify: Identify
    templates: jinja2.Environment
    enqueue: Enqueue
    jobs: Book
    threads: ThreadPoolExecutor
    guard: Guard
    reads: Reads
    switchboard: Switchboard
    actor_of: ActorOf
    counts: dict[tuple[str, int | None], tuple[float, int | None]] = field(default_factory=dict)
