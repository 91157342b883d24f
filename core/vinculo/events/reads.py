"""What was looked at: noted in memory as it happens, written by one transaction a second.

Reading requests cannot write (SQLite has one writer, for whom they would wait). What was not written yet
when a process is killed is lost; a server that is stopped writes it (decision 0009).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Final

from vinculo.actor import Actor
from vinculo.db.engine import Database
from vinculo.events import chain, log

MOST: Final = 1000  # who notes more than that writes them himself, so that the memory stays bounded
SEARCHED: Final = "searched"
REFUSED: Final = "refused"


class Reads:
    """Views, searches and other reads of one process that wait to be written."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._waiting: list[dict[str, Any]] = []

    def view(self, actor: Actor, kind: str, record_id: int, title: str, client_id: int | None) -> None:
        """Somebody looked at a record."""
        self._note(
            log.entry(
                actor=actor, action="viewed", kind=kind, record_id=record_id, title=title, client_id=client_id
            )
        )

    def search(self, actor: Actor, kind: str, asked: str, rows: int) -> None:
        """Somebody searched, and was given so many rows; of a term that is being typed the last is kept."""
        self._note(
            log.entry(
                actor=actor,
                action=SEARCHED,
                kind=kind,
                record_id=0,
                title=asked,
                changes={"rows": [None, rows]},
            )
        )

    def refused(self, actor: Actor, asked: str, code: str) -> None:
        """Somebody asked for what they may not do: ``asked`` is method and route, ``code`` the error's."""
        self._note(
            log.entry(
                actor=actor,
                action=REFUSED,
                kind="request",
                record_id=0,
                title=asked,
                changes={"code": [None, code]},
            )
        )

    def write(self) -> None:
        """Write what waits, if anything does."""
        with self._lock:
            taken, self._waiting = self._waiting, []
        if not taken:
            return
        try:
            with self._database.write() as session:
                for entry in taken:
                    chain.wait(session, entry)
        except BaseException:
            with self._lock:
                self._waiting[:0] = taken
            raise

    def _note(self, entry: dict[str, Any]) -> None:
        with self._lock:
            last = self._waiting[-1] if self._waiting else None
            if last and _is_typed_on(last, entry):
                self._waiting.pop()
            self._waiting.append(entry)
            full = len(self._waiting) >= MOST
        if full:
            self.write()


def _is_typed_on(last: dict[str, Any], entry: dict[str, Any]) -> bool:
    """Whether a search is the one before with more or fewer letters."""
    same: Sequence[str] = ("action", "actor_id", "source", "via", "kind")
    if entry["action"] != SEARCHED or any(last[name] != entry[name] for name in same):
        return False
    one, other = last["title"], entry["title"]
    return bool(one) and bool(other) and (one.startswith(other) or other.startswith(one))
