"""The job that tells subscriptions what happened (decision 0032).

The event log is the outbox: its ids ascend in the order in which transactions were committed, without a gap
that could be filled later. So a subscription needs to remember one number.
"""

from __future__ import annotations

import logging
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.events import chain, log
from vinculo.events.models import Event, Listener
from vinculo.plugins.calling import Owned
from vinculo.plugins.listening import Subscription
from vinculo.web.site import Site

logger = logging.getLogger(__name__)
JOB: Final = "audit.deliver"
AT_ONCE: Final = 100


def deliver(site: Site) -> None:
    """Tell each what it was not told yet. One that fails keeps no other waiting."""
    for owned in site.registry.subscriptions:
        try:
            with site.guard.watch(owned.plugin, f"subscription:{owned.item.name}"), log.through(owned.plugin):
                while _some(site, owned) == AT_ONCE:
                    pass
        except Exception:
            logger.exception("subscription %s of plugin %s failed", owned.item.name, owned.plugin)


def _some(site: Site, owned: Owned[Subscription]) -> int:
    """The mark and what a subscription writes are one transaction; two workers wait for each other."""
    with site.database.write() as session:
        end, _digest = chain.head(session)
        mine = sa.select(Listener).where(Listener.name == owned.item.name).with_for_update()
        listener = session.scalar(mine)
        if listener is None:
            session.add(Listener(name=owned.item.name, event_id=end))
            return 0
        found = _events(site, session, owned.item, listener.event_id, end)
        if found:
            owned.item.deliver(site, session, found)
        listener.event_id = found[-1].id if len(found) == AT_ONCE else max(end, listener.event_id)
        return len(found)


def _events(site: Site, session: Session, asked: Subscription, after: int, end: int) -> list[Event]:
    wanted = asked.wants(site, session)
    if not wanted or after >= end:
        return []
    actions = {one.partition(".")[2] for one in wanted}
    query = sa.select(Event).where(Event.action.in_(actions), Event.id > after, Event.id <= end)
    query = query.where(sa.or_(*(_is(one) for one in sorted(wanted))))
    return list(session.scalars(query.order_by(Event.id).limit(AT_ONCE)))


def _is(name: str) -> sa.ColumnElement[bool]:
    kind, _dot, action = name.partition(".")
    return sa.and_(Event.kind == kind, Event.action == action)
