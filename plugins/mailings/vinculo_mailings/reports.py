"""What mailings led to: what became of messages, and what their clients did within some days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.plugins.listening import Outcome
from vinculo.plugins.registry import Registry
from vinculo.records import access, outcomes
from vinculo.records.outcomes import Asked, Followed
from vinculo_mailings.models import Mailing, Send, Step
from vinculo_mailings.records import mailing, send

DID: Final = ("sent_at", "opened_at", "clicked_at", "answered_at", "opted_out_at", "bounced_at")
NEEDED: Final = {"sent_at", "mailing_id"}  # who does not see these has no report


@dataclass(frozen=True, slots=True)
class Which:
    """Who asks, for which messages, and for how many days what follows counts."""

    registry: Registry
    actor: Actor
    days: int
    conditions: Sequence[sa.ColumnElement[bool]] = ()

    @property
    def may(self) -> bool:
        """Whether they may know anything."""
        return self.actor.may(send.permission("read")) and not NEEDED & access.hidden(send, self.actor)

    @property
    def names(self) -> list[str]:
        """What became of messages, as far as they see it."""
        hidden = access.hidden(send, self.actor)
        return [name for name in DID if name not in hidden]

    def within(self, query: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
        """A query narrowed to those messages, as far as they may see them and their mailing."""
        query = query.join_from(Send, Mailing, Send.mailing_id == Mailing.id).where(*self.conditions)
        return access.within(access.within(query, mailing, self.actor), send, self.actor)

    def after(self, ids: Sequence[int]) -> Asked:
        """What to ask about what followed of mailings."""
        done = sa.select(Send.mailing_id.label("key"), Send.client_id, Send.sent_at.label("at"))
        done = done.where(Send.mailing_id.in_(ids), Send.step == Step.SENT, Send.client_id.is_not(None))
        return Asked(self.registry, self.actor, self.within(done), self.days)

    def outcomes(self) -> list[Outcome]:
        """What may follow, as far as they may know of it."""
        knows = self.may and access.hidden(send, self.actor).isdisjoint(("client_id", "step"))
        return self.after(()).known() if knows else []


@dataclass(slots=True)
class Result:
    """What a mailing led to: ``counts`` by what became of messages, ``outcomes`` by the name of each."""

    mailing_id: int
    name: str
    counts: Mapping[str, int]
    failed: int
    outcomes: dict[str, Followed] = field(default_factory=dict)


def results(session: Session, which: Which, *, limit: int) -> list[Result]:
    """Of each mailing of which there are such messages, the last one first."""
    names = which.names
    sent = send.table.c.sent_at.is_not(
        None
    )  # who refuses a message at once is told of among those that failed
    counts = [sa.func.count(sa.case((sent, send.table.c[name]))).label(name) for name in names]
    failed = sa.func.count(sa.case((Send.step == Step.FAILED, 1)))
    query = which.within(sa.select(Mailing.id, Mailing.name, failed.label("failed"), *counts))
    query = query.group_by(Mailing.id, Mailing.name).order_by(sa.func.max(Send.created_at).desc())
    found = [
        Result(row.id, row.name, {name: getattr(row, name) for name in names}, row.failed)
        for row in session.execute(query.limit(limit))
    ]
    after = which.after([one.mailing_id for one in found])
    for outcome in which.outcomes() if found else ():
        followed = after.counts(session, outcome)
        for one in found:
            one.outcomes[outcome.name] = followed.get(one.mailing_id, outcomes.NOTHING)
    return found
