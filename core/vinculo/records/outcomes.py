"""What clients did once something was done for them: they bought, ordered, paid, as plugins tell by a hook.

Whoever does something for clients (writes, calls, invites) asks what followed within some days. A record
counts once for each key, from the day on which it was done, by the days of UTC; it counts for the client that
it stores, and only as far as its reader sees it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db import sums
from vinculo.db.portable import day_of, days_between
from vinculo.plugins.listening import Outcome
from vinculo.plugins.registry import Registry
from vinculo.records import access
from vinculo.records import query as queries
from vinculo.records.kind import RecordKind


@dataclass(frozen=True, slots=True)
class Followed:
    """How many records followed, and what they are worth in the company's currency; None: that is hidden."""

    count: int
    amount: Decimal | None


NOTHING: Final = Followed(0, None)


@dataclass(frozen=True, slots=True)
class Row:
    """A record that followed. Where it counts for several clients of one key, it is told of once."""

    record_id: int
    client_id: int
    day: date
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What was done, and who asks: ``done`` has the columns ``key``, ``client_id`` and ``at``, a moment.

    What follows counts until so many ``days`` later.
    """

    registry: Registry
    actor: Actor
    done: sa.Select[*tuple[Any, ...]]
    days: int

    def known(self) -> list[Outcome]:
        """The outcomes of which they may know, in their order."""
        told = (owned.item for owned in self.registry.outcomes)
        return sorted((one for one in told if self._sees(one)), key=lambda one: (one.weight, one.name))

    def counts(self, session: Session, outcome: Outcome) -> Mapping[Any, Followed]:
        """What followed, by key; a key that nothing followed is not there."""
        rows = self._rows(session, outcome).subquery()
        query = sa.select(rows.c.key, sa.func.count(), *sums.parts(rows.c.amount)).group_by(rows.c.key)
        hidden = self._hides_amount(outcome)
        return {
            key: Followed(count, None if hidden else sums.whole(large, small))
            for key, count, large, small in session.execute(query)
        }

    def rows(self, session: Session, outcome: Outcome, key: Any, *, limit: int) -> Sequence[Row]:
        """What followed of one key, the last day first."""
        rows = self._rows(session, outcome).subquery()
        query = sa.select(rows.c.id, rows.c.client_id, rows.c.day, rows.c.amount).where(rows.c.key == key)
        found = session.execute(query.order_by(rows.c.day.desc(), rows.c.id.desc()).limit(limit))
        return [Row(*row) for row in found]

    def _rows(self, session: Session, outcome: Outcome) -> sa.Select[*tuple[Any, ...]]:
        kind, done = self._kind(outcome), self.done.subquery()
        client, day = (kind.table.c[kind.column(one).name] for one in (kind.client, outcome.day))
        amount: Any = sa.null() if self._hides_amount(outcome) else kind.column(outcome.amount)
        first = day_of(done.c.at)
        asked = queries.parse(kind, outcome.where, typed=True)
        query = (
            sa.select(
                done.c.key, kind.table.c.id, client.label("client_id"), day.label("day"),
                amount.label("amount"),
            )
            .join_from(kind.table, done, done.c.client_id == client)
            .where(day >= first, days_between(first, day) <= self.days)
            .where(*queries.conditions(session, kind, asked, self.actor))
        )  # fmt: skip
        return access.within(query, kind, self.actor).distinct()

    def _kind(self, outcome: Outcome) -> RecordKind:
        return self.registry.kinds[outcome.kind]

    def _sees(self, outcome: Outcome) -> bool:
        kind = self.registry.kinds.get(outcome.kind)
        if kind is None or not self.actor.may(kind.permission("read")):
            return False
        needed = {kind.client, outcome.day, *(queries.split(name)[0] for name, _value in outcome.where)}
        return access.hidden(kind, self.actor).isdisjoint(needed)

    def _hides_amount(self, outcome: Outcome) -> bool:
        """Who does not see an amount does not learn it in the company's currency."""
        own = outcome.amount.removeprefix("base_")
        return not access.hidden(self._kind(outcome), self.actor).isdisjoint((outcome.amount, own))
