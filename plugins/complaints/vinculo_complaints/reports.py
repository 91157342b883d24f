"""What the reports count: one query each, over the complaints that their reader may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts.models import User
from vinculo.actor import Actor
from vinculo.clients.models import Client
from vinculo.counterparties.models import Counterparty
from vinculo.i18n import current_time_zone
from vinculo.plugins.registry import Registry
from vinculo.records import access
from vinculo.records import query as queries
from vinculo.records.condition_tree import Filter
from vinculo.records.narrowing import Narrowed
from vinculo_complaints.models import CLOSED, Cause, Complaint, Topic
from vinculo_complaints.records import complaint
from vinculo_complaints.statistics import Case

MOST: Final = 500  # groups of a report, those with the most complaints


@dataclass(frozen=True, slots=True)
class Which:
    """Whose complaints, that came in on which days and fulfil what; None says nothing."""

    actor: Actor
    narrowed: Narrowed
    since: date | None = None
    until: date | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """The same as SQL, narrowed to what the actor may read."""
        seen = access.condition(complaint, self.actor)
        found = [*self.narrowed.conditions(), *([] if seen is None else [seen])]
        if self.since is not None:
            found.append(Complaint.received_at >= start_of(self.since))
        if self.until is not None:
            found.append(Complaint.received_at < start_of(self.until + timedelta(days=1)))
        return found


def start_of(day: date) -> datetime:
    """The moment at which a day begins where the user is."""
    return datetime.combine(day, time(), current_time_zone())


@dataclass(frozen=True, slots=True)
class Group:
    """The complaints of a group, by what became of them. ``satisfaction`` is None where nobody said it."""

    key: Any
    label: str
    count: int
    closed: int
    in_time: int
    satisfaction: float | None


_WHO: Final = sa.func.coalesce(sa.func.nullif(User.full_name, ""), User.login)
_BY: Final[Mapping[str, tuple[Any, Any, tuple[Any, Any] | None]]] = {  # key, label, what is joined by what
    "cause": (Complaint.cause_id, Cause.name, (Cause, Cause.id == Complaint.cause_id)),
    "topic": (Complaint.topic_id, Topic.name, (Topic, Topic.id == Complaint.topic_id)),
    "product": (Complaint.product, Complaint.product, None),
    "channel": (Complaint.channel, Complaint.channel, None),
    "responsible": (Complaint.responsible_id, _WHO, (User, User.id == Complaint.responsible_id)),
    "counterparty": (
        Complaint.counterparty_id,
        Counterparty.legal_name,
        (Counterparty, Counterparty.id == Complaint.counterparty_id),
    ),
}
FIELDS: Final = {  # what one must see to have a report by it, and by which a list shows its rows
    "cause": "cause_id", "topic": "topic_id", "product": "product", "channel": "channel",
    "responsible": "responsible_id", "client": "client_id", "counterparty": "counterparty_id",
}  # fmt: skip


def groups(session: Session, which: Which, by: str) -> list[Group]:
    """Complaints in groups, those with the most complaints first."""
    key, label, joined = _by_client(which) if by == "client" else _BY[by]
    closed = Complaint.state.in_(CLOSED)
    in_time = sa.and_(closed, sa.or_(Complaint.due_at.is_(None), Complaint.closed_at <= Complaint.due_at))
    counted = (sa.func.sum(sa.case((one, 1), else_=0)) for one in (closed, in_time))
    query = sa.select(
        key, sa.func.max(label), sa.func.count(), *counted, sa.func.avg(Complaint.satisfaction)
    ).select_from(Complaint)
    if joined is not None:
        query = query.outerjoin(*joined)
    query = query.where(*which.conditions()).group_by(key)
    rows = session.execute(query.order_by(sa.func.count().desc(), key).limit(MOST))
    return [
        Group(row[0], row[1] or "", row[2], row[3], row[4], None if row[5] is None else float(row[5]))
        for row in rows
    ]


def _by_client(which: Which) -> tuple[Any, Any, tuple[Any, Any]]:
    """The client for whom a complaint counts."""
    key = which.narrowed.client()
    return key, Client.name, (Client, Client.id == key)


def cases(session: Session, which: Which) -> Sequence[Case]:
    """Those with a topic."""
    query = sa.select(Complaint.id, which.narrowed.client(), Complaint.topic_id, Complaint.received_at)
    rows = session.execute(query.where(Complaint.topic_id.is_not(None), *which.conditions()))
    return [Case(row[0], row[1], row[2] or 0, row[3]) for row in rows]


def topics(session: Session) -> Mapping[int, str]:
    """The names of topics."""
    return {row.id: row.name for row in session.execute(sa.select(Topic.id, Topic.name))}


def orders(session: Session, registry: Registry, which: Which) -> int | None:
    """How many orders, or deals where there are none, were sold, as far as the actor sees them.

    None without either, without seeing that, or where the report is narrowed by what they do not know.
    """
    sold = sorted((one for one in registry.promises.values() if one.sold), key=lambda one: one.weight)
    if not sold or not which.actor.may(registry.kinds[sold[0].kind].permission("read")):
        return None
    whole, day = registry.kinds[sold[0].kind], sold[0].sold_on
    kind = access.seen_by(whole, which.actor)
    if not all(queries.find_field(kind, name) for name in ("state", day)):
        return None
    bounds = (("gte", which.since), ("lte", which.until))
    days = [Filter(day, operator, bound) for operator, bound in bounds if bound is not None]
    narrowed = which.narrowed.elsewhere(whole)
    if narrowed is None:
        return None
    kind, same = narrowed
    states = Filter("state", "in", tuple(sold[0].sold))
    asked = replace(same, filters=[states, *days, *same.filters])
    return queries.count(session, kind, asked, actor=which.actor, action="read")
