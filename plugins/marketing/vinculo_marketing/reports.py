"""What channels, campaigns and events brought: new clients, and sales credited to what touched the client."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from vinculo.actor import Actor
from vinculo.i18n import current_time_zone
from vinculo.records import access
from vinculo.records.kind import Gain, RecordKind
from vinculo_marketing.models import Campaign, Channel, Expense, Occasion, Touch
from vinculo_marketing.records import campaign, event, touch
from vinculo_marketing.statistics import Model, credited

FEW: Final = 500  # clients whose touches are asked for by their ids
Key = int | None
COLUMNS: Final[Mapping[str, Any]] = {
    "channels": Touch.channel_id, "campaigns": Touch.campaign_id, "events": Touch.event_id,
}  # fmt: skip
_NAMED: Final[Mapping[str, Any]] = {"campaigns": Campaign, "events": Occasion}


@dataclass(frozen=True, slots=True)
class Which:
    """For whom it is counted, by what, and of which days; None says nothing.

    ``clients`` are the ids of those that count, None: of all.
    """

    actor: Actor
    by: str
    model: Model = Model.FIRST
    since: date | None = None
    until: date | None = None
    clients: sa.Select[int] | None = None

    @property
    def costing(self) -> bool:
        """Whether costs are told."""
        return self.clients is None and sees_costs(self.actor)

    def during(self, at: Any) -> list[sa.ColumnElement[bool]]:
        """Whether a moment is within these days, where the user is."""
        found = []
        if self.since is not None:
            found.append(at >= _start_of(self.since))
        if self.until is not None:
            found.append(at < _start_of(self.until + timedelta(days=1)))
        return found


@dataclass(slots=True)
class Effect:
    """What one of them brought: ``clients`` are (client, day), ``gains`` have the share that is credited."""

    clients: list[tuple[int, date]] = field(default_factory=list)
    gains: list[tuple[RecordKind, Gain, Fraction]] = field(default_factory=list)
    cost: Decimal = Decimal(0)

    @property
    def sales(self) -> Fraction:
        """How many sales, each as far as it is credited."""
        return sum((share for _of, _gain, share in self.gains), Fraction(0))

    @property
    def revenue(self) -> Fraction:
        """What these brought, as far as that is known."""
        return sum((Fraction(gain.amount or 0) * share for _of, gain, share in self.gains), Fraction(0))

    @property
    def earned(self) -> Fraction:
        """The gross profit; where nothing tells it, the revenue."""
        return sum((_earned(gain) * share for _of, gain, share in self.gains), Fraction(0))


def _earned(gain: Gain) -> Fraction:
    return Fraction((gain.amount if gain.profit is None else gain.profit) or 0)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), current_time_zone())


def effects(session: Session, which: Which, kinds: Sequence[RecordKind]) -> dict[Key, Effect]:
    """What each brought; under None what no touch, or none of that sort, is to be thanked for."""
    found: defaultdict[Key, Effect] = defaultdict(Effect)
    for client_id, key, day in new_clients(session, which):
        found[key].clients.append((client_id, day))
    gains = _gains(session, which, kinds)
    journeys = _journeys(session, which, {gain.client_id for _of, gain in gains})
    for kind, gain in gains:
        credits_ = credited(journeys.get(gain.client_id, ()), gain.day, which.model) or {None: Fraction(1)}
        for key, share in credits_.items():
            found[key].gains.append((kind, gain, share))
    for key, cost in costs(session, which).items():
        found[key].cost = cost
    return dict(found)


def _gains(session: Session, which: Which, kinds: Sequence[RecordKind]) -> list[tuple[RecordKind, Gain]]:
    those = None if which.clients is None else set(session.scalars(which.clients))
    return [
        (kind, gain)
        for kind in kinds
        if kind.gains is not None
        for gain in kind.gains(session, kind, which.actor, which.since, which.until) or ()
        if those is None or gain.client_id in those
    ]


def new_clients(session: Session, which: Which) -> list[tuple[int, Key, date]]:
    """(client, by what, day) of those whose first touch of all is within the days."""
    place = sa.func.row_number().over(partition_by=Touch.client_id, order_by=(Touch.happened_at, Touch.id))
    query = sa.select(
        Touch.client_id, COLUMNS[which.by].label("key"), Touch.happened_at, place.label("place")
    )
    firsts = access.within(query.where(Touch.client_id.is_not(None)), touch, which.actor).subquery()
    asked = sa.select(firsts.c.client_id, firsts.c.key, firsts.c.happened_at).where(
        firsts.c.place == 1, *which.during(firsts.c.happened_at)
    )
    if which.clients is not None:
        asked = asked.where(firsts.c.client_id.in_(which.clients))
    zone = current_time_zone()
    return [(row[0], row[1], row[2].astimezone(zone).date()) for row in session.execute(asked)]


def _journeys(session: Session, which: Which, clients: set[int]) -> Mapping[int, list[tuple[date, Key]]]:
    """(day, by what) of each touch of these clients, the first one first."""
    query = sa.select(Touch.client_id, Touch.happened_at, COLUMNS[which.by])
    query = access.within(query, touch, which.actor)
    query = query.where(Touch.client_id.in_(clients) if len(clients) <= FEW else Touch.client_id.is_not(None))
    zone = current_time_zone()
    found: defaultdict[int, list[tuple[date, Key]]] = defaultdict(list)
    for client_id, at, key in session.execute(query.order_by(Touch.happened_at, Touch.id)):
        found[client_id].append((at.astimezone(zone).date(), key))
    return found


def costs(session: Session, which: Which) -> Mapping[Key, Decimal]:
    """What each cost; what an event cost is so for its campaign and its channel, too.

    Nothing where it is counted for some clients: what was spent is not spent on each.
    """
    if not which.costing:
        return {}
    above = aliased(Campaign)
    key = {
        "events": Expense.event_id,
        "campaigns": sa.func.coalesce(Expense.campaign_id, Occasion.campaign_id),
        "channels": sa.func.coalesce(Campaign.channel_id, Occasion.channel_id, above.channel_id),
    }[which.by]
    query = (
        sa.select(key, sa.func.sum(Expense.amount))
        .select_from(Expense)
        .outerjoin(Campaign, Campaign.id == Expense.campaign_id)
        .outerjoin(Occasion, Occasion.id == Expense.event_id)
        .outerjoin(above, above.id == Occasion.campaign_id)
    )
    if which.since is not None:
        query = query.where(Expense.day >= which.since)
    if which.until is not None:
        query = query.where(Expense.day <= which.until)
    return {row[0]: row[1] for row in session.execute(query.group_by(key))}


def sees_costs(actor: Actor) -> bool:
    """Whether somebody may see what campaigns and events cost."""
    return all(
        actor.may(kind.permission("read")) and "costs" not in access.hidden(kind, actor)
        for kind in (campaign, event)
    )


def names(session: Session, by: str) -> Mapping[int, str]:
    """What they are called; a channel with those that it is a part of in front."""
    if by != "channels":
        model = _NAMED[by]
        return {row.id: row.name for row in session.execute(sa.select(model.id, model.name))}
    rows = {row.id: row for row in session.execute(sa.select(Channel.id, Channel.name, Channel.parent_id))}

    def path(record_id: int, deep: int = 0) -> str:
        row = rows[record_id]
        above = row.parent_id if row.parent_id in rows and deep < len(rows) else None
        return f"{path(above, deep + 1)} / {row.name}" if above else str(row.name)

    return {record_id: path(record_id) for record_id in rows}
