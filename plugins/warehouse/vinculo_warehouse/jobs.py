"""The job of each minute that reserves what was promised, and releases what no longer is."""

from __future__ import annotations

import logging
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source, system
from vinculo.errors import NotFoundError, VinculoError
from vinculo.events.models import Event
from vinculo.jobs import JobHandler, Schedule
from vinculo.plugins.contributions import Promise
from vinculo.plugins.registry import Registry
from vinculo.records import service
from vinculo.web.site import Site
from vinculo_warehouse import actions
from vinculo_warehouse.models import Cursor, Document, State
from vinculo_warehouse.records import document

JOB: Final = "warehouse.promises"
AT_ONCE: Final = 200
ACTOR: Final = system(Source.JOB)
logger = logging.getLogger(__name__)


def keep_promises(site: Site) -> None:
    """Go through the event log from where it was left, in one transaction with what is done for it."""
    with site.database.write() as session:
        while follow(session, site.registry):
            pass


def follow(session: Session, registry: Registry) -> bool:
    """Do what the next events ask for; whether there may be more. At first, only what is to come counts."""
    cursor = session.scalars(sa.select(Cursor).with_for_update()).first()
    if cursor is None:
        session.add(Cursor(event_id=session.scalar(sa.select(sa.func.max(Event.id))) or 0))
        session.flush()
        return False
    asked = sa.select(Event.id, Event.kind, Event.action, Event.record_id, Event.client_id)
    asked = asked.where(Event.id > cursor.event_id, Event.kind.in_([*registry.promises]))
    rows = session.execute(asked.order_by(Event.id).limit(AT_ONCE)).all()
    for row in rows:
        _act(session, registry, registry.promises[row.kind], row)
    last = rows[-1].id if len(rows) == AT_ONCE else session.scalar(sa.select(sa.func.max(Event.id))) or 0
    cursor.event_id = max(last, cursor.event_id)
    session.flush()
    return len(rows) == AT_ONCE


def _act(session: Session, registry: Registry, promise: Promise, event: Any) -> None:
    try:
        with session.begin_nested():
            if event.action in promise.made:
                promised(session, registry, promise, event.record_id, actor=ACTOR)
            elif event.action in (*promise.dropped, "deleted"):
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


HANDLERS: Final = {JOB: JobHandler(keep_promises)}
SCHEDULES: Final = (Schedule(JOB, "* * * * *"),)
