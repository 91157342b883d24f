"""What the reports on speed, demand and repeated purchases ask: over the deals that their reader may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median, median_high, median_low
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts.models import User
from vinculo.actor import Actor
from vinculo.clients.models import Client
from vinculo.clients.records import client as client_kind
from vinculo.company import rates
from vinculo.db.portable import days_between
from vinculo.records import access
from vinculo.records.attribution import client_of
from vinculo.records.text import sort_key
from vinculo_deals import groups, statistics
from vinculo_deals.models import Deal, Demand, Line, LostReason, State
from vinculo_deals.records import deal
from vinculo_deals.reports import MOST, UNITS, Which
from vinculo_deals.statistics import Buyer, Speed, Wanted

_HUNDRED: Final = Decimal(100)
_BASE: Final[Any] = Deal.__table__.c.base_amount


def speeds(session: Session, which: Which, by: str) -> list[tuple[Any, str, Speed]]:
    """How fast groups bring money: the key and label of each, and of what was won in them the middle.

    Those with the most deals come first. What is won comes as one text for each group: so many rows take
    longer than all the rest.
    """
    parts = groups.WAYS[by].parts(which.links)
    is_won, units = Deal.state == State.WON, sa.type_coerce(_BASE, sa.BigInteger)
    days = days_between(Deal.started_on, Deal.closed_on)
    query = sa.select(
        parts.key,
        sa.func.max(parts.label),
        *(sa.func.sum(sa.case((Deal.state == state, 1), else_=0)) for state in State),
        *(_written(sa.case((is_won, one))) for one in (units, days)),
    )
    query = groups.joined(query.select_from(Deal), parts).where(*which.conditions()).group_by(parts.key)
    rows = session.execute(query.order_by(sa.func.count().desc(), parts.key).limit(MOST)).all()
    found = []
    for key, label, *counts, amounts, took in rows:
        many = dict(zip(State, counts, strict=True))
        rate = statistics.share(many[State.WON], many[State.WON] + many[State.LOST])
        middles = _middles(_read(took), _read(amounts))
        found.append((key, label or "", Speed(many[State.OPEN], rate, *middles)))
    return found


def _written(number: Any) -> Any:
    return sa.func.aggregate_strings(sa.cast(number, sa.String), " ")


def _read(numbers: str | None) -> list[int]:
    return [*map(int, (numbers or "").split())]


def _middles(days: Sequence[int], units: Sequence[int]) -> tuple[Decimal | None, float | None]:
    """Of amounts and of days; of an even number of amounts exactly between the two."""
    ends = (median_low(units) + median_high(units)) / Decimal(2 * UNITS) if units else None
    return ends, median(days) if days else None


# Demand


_KEYS: Final[Mapping[str, tuple[Any, Any]]] = {  # what groups go by, and what they are called
    "reason": (sa.func.coalesce(sa.func.nullif(Demand.unmet, ""), LostReason.name, ""),) * 2,
    "responsible": (Deal.responsible_id, groups.WHO),
    "product": (Demand.product, Demand.product),
}


def demand(session: Session, which: Which, by: str) -> Iterator[Wanted]:
    """What was asked for in deals that are closed, and what of it was sold, by the key of a group."""
    left = _sold(session, which)
    base = rates.base_currency(session)
    query = (
        sa.select(Demand.deal_id, Demand.product, Demand.quantity, Demand.price, Deal.currency,
                  Deal.base_rate, *_KEYS[by])
        .join(Deal, Deal.id == Demand.deal_id)
        .outerjoin(LostReason, LostReason.id == Deal.lost_reason_id)
        .outerjoin(User, User.id == Deal.responsible_id)
        .where(Deal.state != State.OPEN, *which.conditions())
        .order_by(Demand.deal_id, Demand.id)
    )  # fmt: skip
    rows: Iterable[Any] = session.execute(query)
    for deal_id, product, quantity, price, currency, rate, key, label in rows:
        offered = left.get((deal_id, sort_key(product)))
        worth = Decimal(1) if currency in ("", base) else rate
        each = price if price is not None else offered.price if offered else None
        if each is None or worth is None:
            continue
        asked = each * quantity * worth
        sold = offered.take(each * quantity) * worth if offered else Decimal(0)
        yield Wanted((key, label or ""), deal_id, asked, sold)


@dataclass(slots=True)
class _Offered:
    """What a won deal sold of a product: what is left of its value, and the price of the first line."""

    value: Decimal
    price: Decimal

    def take(self, value: Decimal) -> Decimal:
        """Count as much of it as there is."""
        taken = min(value, self.value)
        self.value -= taken
        return taken


def _sold(session: Session, which: Which) -> Mapping[tuple[int, str], _Offered]:
    """What was sold in won deals for which somebody said what was asked for."""
    asked = sa.select(Demand.deal_id)
    query = (
        sa.select(Line.deal_id, Line.product, Line.quantity, Line.price, Line.discount)
        .join(Deal, Deal.id == Line.deal_id)
        .where(Deal.state == State.WON, Line.price.is_not(None), Line.deal_id.in_(asked), *which.conditions())
        .order_by(Line.deal_id, Line.id)
    )
    found: dict[tuple[int, str], _Offered] = {}
    rows: Iterable[Any] = session.execute(query)
    for deal_id, product, quantity, price, discount in rows:
        one = found.setdefault((deal_id, sort_key(product)), _Offered(Decimal(0), price))
        one.value += price * quantity * (1 - discount / _HUNDRED)
    return found


# Purchases


def buyers(session: Session, which: Which, today: date) -> list[Buyer]:
    """Clients who bought on several days, those who wait the longest by their own gap first."""
    client = client_of(deal, deal.table, which.links).label("client")
    query = sa.select(client, Deal.closed_on).where(
        Deal.state == State.WON, Deal.closed_on.is_not(None), Deal.client_id.is_not(None),
        *which.conditions(),
    )  # fmt: skip
    days: dict[int, list[date]] = defaultdict(list)
    rows: Iterable[Any] = session.execute(query)
    for one, day in rows:
        days[one].append(day)
    found = (statistics.next_purchase(one, bought, today) for one, bought in days.items())
    return sorted((one for one in found if one), key=lambda one: (-one.waiting, one.client))


def clients(session: Session, ids: Sequence[int], actor: Actor) -> Mapping[int, tuple[str, int | None]]:
    """Names of clients, and who is responsible for each, of those that the actor sees."""
    query = sa.select(Client.id, Client.name, Client.responsible_id).where(Client.id.in_(ids))
    rows = session.execute(access.within(query, client_kind, actor, few=True))
    return {row.id: (row.name, row.responsible_id) for row in rows}
