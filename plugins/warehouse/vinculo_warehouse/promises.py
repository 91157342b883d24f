"""Reserving what was promised, and releasing what no longer is, as the event log tells it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source, system
from vinculo.errors import ConflictError, NotFoundError, VinculoError
from vinculo.events.models import Event
from vinculo.i18n import gettext as _
from vinculo.plugins.listening import Subscription
from vinculo.plugins.promising import Goods, Promise, family
from vinculo.plugins.registry import Registry
from vinculo.records import service
from vinculo.records.text import sort_key
from vinculo.web.site import Site
from vinculo_warehouse import actions, queries, reserving
from vinculo_warehouse.models import Document, Item, State
from vinculo_warehouse.records import document

NAME: Final = "warehouse.promises"
DELETED: Final = "deleted"
SMALLEST: Final = Decimal("0.0001")
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
    """Reserve what a record promises, as far as it is there to be read.

    What was reserved for the record that it was made of is released; what another promises in its place is
    not reserved twice, and what was shipped of the same promise not again.
    """
    kind = registry.kinds[promise.kind]
    try:
        record = service.get(session, kind, record_id, actor=actor)
    except NotFoundError:
        return None
    source = (promise.kind, record_id)
    if any(one.taken and one.taken(session, *source) for one in registry.promises.values()):
        return None
    if promise.origin is not None and (origin := promise.origin(session, record_id)) is not None:
        dropped(session, origin, actor=actor)
    goods = queries.matching(session, promise.goods(session, record_id))
    goods = [(item, _counted(session, registry, item, one)) for item, one in goods]
    shipped = reserving.shipped(session, family(registry.promises, session, source))
    return actions.reserve(
        session, source, goods, shipped=shipped, client_id=kind.client_of(record), actor=actor
    )


def _counted(session: Session, registry: Registry, item: Item, goods: Goods) -> Goods:
    """Goods in the unit of their item. Raises ``ConflictError`` where the catalog does not say how many."""
    kind, product_id = goods.product or (item.product_kind, item.product_id)
    pricer = registry.pricer
    same = sort_key(goods.unit) == sort_key(item.unit)
    if same or product_id is None or pricer is None or pricer.kind != kind:
        return goods
    ratio = pricer.ratio(session, product_id, goods.unit, item.unit)
    if ratio is None:
        text = _(
            "“%(unit)s” of “%(item)s” cannot be counted in %(own)s. Say on the product how many are in it.",
            unit=goods.unit, item=item.name, own=item.unit,
        )  # fmt: skip
        raise ConflictError(text, code="units_apart")
    exact = Fraction(goods.quantity) * ratio
    quantity = (Decimal(exact.numerator) / exact.denominator).quantize(SMALLEST)
    return replace(goods, quantity=quantity, unit=item.unit)


def dropped(session: Session, source: tuple[str, int], *, actor: Actor) -> None:
    """Release what is reserved for a record."""
    found = actions.reservation_of(session, source)
    if found is not None and found.state is State.POSTED:
        held = service.get(session, document, found.id, actor=actor, lock=True)
        actions.release(session, held, actor=actor)


SUBSCRIPTIONS: Final = (Subscription(NAME, wanted, happened),)
