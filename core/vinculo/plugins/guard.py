"""Watches what plugins do at run time: counts their errors, their time and their queries.

One for each process. A plugin that fails too often is handed out by ``failing`` to be quarantined; one
that takes too long in a part of somebody else's page counts as failing, again and again while it hangs.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from vinculo.containment import contained
from vinculo.i18n import gettext as _
from vinculo.plugins.faults import one_line
from vinculo.plugins.models import Cost

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Spent:
    """What one run of something took, what it called in turn left out."""

    plugin: str
    place: str
    limited: bool
    begun: float = field(default_factory=time.perf_counter)
    queries: int = 0
    within: float = 0.0  # seconds that nested runs took
    seconds: float = 0.0
    strikes: int = 0  # how many time budgets it has used up


class Guard:
    """Counts by plugin. ``budget`` errors within ``window`` seconds are too many."""

    def __init__(self, engine: sa.Engine, *, budget: int, window: float, patience: float) -> None:
        self.budget, self.window, self.patience = budget, window, patience
        self._errors: dict[str, deque[tuple[float, str]]] = {}
        self._costs: dict[tuple[str, str, date], list[int]] = {}
        self._running: dict[int, Spent] = {}
        self._lock = threading.Lock()
        self._local = threading.local()
        sa.event.listen(engine, "before_cursor_execute", self._count_query)

    @contextmanager
    def watch(self, plugin: str, place: str, *, limited: bool = False) -> Iterator[Spent]:
        """Count what runs within the block for a plugin; what it raises is counted and goes on.

        It goes on as an ``Exception``: ``SystemExit`` would end the server.
        ``limited``: it runs on a page of others, so it has to be done within the time budget.
        """
        stack = self._stack()
        spent = Spent(plugin, place, limited)
        stack.append(spent)
        self._running[id(spent)] = spent
        try:
            with contained():
                yield spent
        except Exception as error:
            self.count_error(plugin, f"{place}: {one_line(error)}")
            raise
        finally:
            stack.pop()
            del self._running[id(spent)]
            self._close(spent, stack)

    def count_error(self, plugin: str, what: str) -> None:
        """Count one error of a plugin."""
        with self._lock:
            found = self._errors.setdefault(plugin, deque(maxlen=self.budget))
            found.append((time.monotonic(), what))

    def strike_overdue(self) -> None:
        """Count an error for each time budget that a running part has used up."""
        now = time.perf_counter()
        for spent in list(self._running.values()):
            if spent.limited:
                self._strike(spent, now - spent.begun)

    def failing(self) -> Mapping[str, str]:
        """The plugins that have used up their error budget, with the reason; each is named once."""
        since = time.monotonic() - self.window
        with self._lock:
            found = {
                plugin: errors
                for plugin, errors in self._errors.items()
                if len(errors) == self.budget and errors[0][0] >= since
            }
            for plugin in found:
                del self._errors[plugin]
        return {plugin: self._reason(errors) for plugin, errors in found.items()}

    def forget(self, plugin: str) -> None:
        """Begin to count anew: it was switched."""
        with self._lock:
            self._errors.pop(plugin, None)

    def write_costs(self, session: Session) -> None:
        """Add what was counted since the last time to the table."""
        with self._lock:
            costs, self._costs = self._costs, {}
        for key in sorted(costs):
            _add_cost(session, key, costs[key])

    @property
    def has_costs(self) -> bool:
        """Whether there is something to write."""
        return bool(self._costs)

    def _close(self, spent: Spent, stack: list[Spent]) -> None:
        total = time.perf_counter() - spent.begun
        spent.seconds = total - spent.within
        if stack:
            stack[-1].within += total
        if spent.limited:
            self._strike(spent, total)
        key = (spent.plugin, spent.place[:200], datetime.now(UTC).date())
        with self._lock:
            row = self._costs.setdefault(key, [0, 0, 0])
            row[0] += 1
            row[1] += spent.queries
            row[2] += round(spent.seconds * 1_000_000)

    def _strike(self, spent: Spent, elapsed: float) -> None:
        strikes = int(elapsed / self.patience)
        if strikes > spent.strikes:
            logger.warning("%s of plugin %s has taken %.1f s", spent.place, spent.plugin, elapsed)
        for _strike in range(spent.strikes, strikes):
            self.count_error(spent.plugin, f"{spent.place}: {elapsed:.1f} s")
        spent.strikes = strikes

    def _reason(self, errors: deque[tuple[float, str]]) -> str:
        text = _("It failed %(n)s times within %(minutes)s minutes; the last time in %(what)s.")
        return text % {"n": len(errors), "minutes": round(self.window / 60), "what": errors[-1][1]}

    def _stack(self) -> list[Spent]:
        stack: list[Spent] | None = getattr(self._local, "stack", None)
        if stack is None:
            stack = self._local.stack = []
        return stack

    def _count_query(self, *_arguments: Any) -> None:
        stack = self._stack()
        if stack:
            stack[-1].queries += 1


def _add_cost(session: Session, key: tuple[str, str, date], row: list[int]) -> None:
    if _raise_cost(session, key, row):
        return
    plugin, place, day = key
    times, queries, microseconds = row
    cost = Cost(plugin=plugin, place=place, day=day, times=times, queries=queries, microseconds=microseconds)
    try:
        with session.begin_nested():
            session.add(cost)
    except IntegrityError:  # another process was first
        _raise_cost(session, key, row)


def _raise_cost(session: Session, key: tuple[str, str, date], row: list[int]) -> bool:
    plugin, place, day = key
    changed: Any = session.execute(
        sa.update(Cost)
        .where(Cost.plugin == plugin, Cost.place == place, Cost.day == day)
        .values(
            times=Cost.times + row[0],
            queries=Cost.queries + row[1],
            microseconds=Cost.microseconds + row[2],
        )
    )
    return bool(changed.rowcount)
