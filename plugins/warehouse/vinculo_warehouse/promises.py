"""Reserving what was promised, and releasing what no longer is, as the event log tells it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source, system
from vinculo.errors import NotFoundError, VinculoError
from vinculo.events.models import Event
from vinculo.plugins.contributions import Promise
from vinculo.plugins.listening import Subscription
from vinculo.plugins.registry import Registry
from vinculo.records import service
from vinculo.web.site import Site
from vinculo_warehouse import actions
from vinculo_warehouse.models import Document, State
from vinculo_warehouse.records import document

NAME: Final = "warehouse.promises"
DELETED: Final = "deleted"
ACTOR: Final = system(Source.JOB)
logger = logging.getLogger(__name__)


def wanted(site: Site, session: Session) -> AbstractSet[str]:
    """What makes a promise of any kind, and what takes one back."""
    return {
        f"{one.kind}.{action}"
        for one in site.registry.promises.values()
        for action in (*one.made, *one.dropped, DELETED)
    }


def happened(site: Site, session: Session, events: Sequence[Event]) -> None:
    """Do what some events ask for; what cannot be reserved is logged, and keeps nothing else waiting."""
    for event in events:
        promise = site.registry.promises[event.kind]
        try:
            with session.begin_nested():
                if event.action in promise.made:
                    promised(session, site.registry, promise, event.record_id, actor=ACTOR)
                else:
                    dropped(session, (promise.kind, event.record_id), actor=ACTOR)
        except VinculoError as error:
            logger.warning("%s %s: goods are not reserved: %s", promise.kind, event.record_id, error.message)


def promised(
    session: Session, registry: Registry, promise: Promise, record_id: int, *, actor: Actor
) -> Document | None:
    """Reserve what a record promises, as far as it is there to be read."""
    kind = registry.kinds[promise.kind]
    try:
        record = service.get(session, kind, record_id, actor=actor)
    except NotFoundError:
        return None
    goods = promise.goods(session, record_id)
    source = (promise.kind, record_id)
    return actions.reserve(session, source, goods, client_id=kind.client_of(record), actor=actor)


def dropped(session: Session, source: tuple[str, int], *, actor: Actor) -> None:
    """Release what is reserved for a record."""
    found = actions.reservation_of(session, source)
    if found is not None and found.state is State.POSTED:
        held = service.get(session, document, found.id, actor=actor, lock=True)
        actions.release(session, held, actor=actor)


SUBSCRIPTIONS: Final = (Subscription(NAME, wanted, happened),)
