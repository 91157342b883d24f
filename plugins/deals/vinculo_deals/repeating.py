"""Clients who should have bought again are asked once for each last purchase, by a button or by the clock."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from math import ceil
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source, system
from vinculo.clients.models import Client
from vinculo.db.base import now
from vinculo.errors import NotFoundError
from vinculo.i18n import format_date, format_number
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import Approved
from vinculo.plugins.registry import Registry
from vinculo_deals import trade
from vinculo_deals.kept_models import FollowUp
from vinculo_deals.models import Deal, State
from vinculo_deals.reports import Which
from vinculo_deals.statistics import LATE, Buyer

REPEAT: Final = "repeat_purchase"
LATELY: Final = timedelta(days=7)  # those who are late for longer are left to people: no flood of tasks


def asked(session: Session, one: Buyer) -> tuple[str, int] | None:
    """The record, by its kind and id, by which a client is asked already."""
    mine = (FollowUp.client_id == one.client, FollowUp.last_on == one.last)
    row = session.execute(sa.select(FollowUp.kind, FollowUp.record_id).where(*mine).limit(1)).first()
    return (row.kind, row.record_id) if row is not None else None


def ask(
    session: Session, registry: Registry, one: Buyer, name: str, responsible: int | None, *, actor: Actor
) -> tuple[tuple[str, int], bool]:
    """Have a client asked to buy again; what is made of it, and whether it is new.

    Whoever asks at the same moment waits for the row of the client. Raises ``NotFoundError`` where nobody
    does such things.
    """
    performer = registry.performer(REPEAT)
    if performer is None:
        raise NotFoundError
    session.execute(sa.select(Client.id).where(Client.id == one.client).with_for_update())
    if (held := asked(session, one)) is not None:
        return held, False
    note = _(
        "Last purchase on %(last)s, usually every %(gap)s days; expected on %(due)s.",
        last=format_date(one.last), gap=format_number(Decimal(str(one.gap))), due=format_date(one.due),
    )  # fmt: skip
    title = _("Ask about the next purchase: %(client)s", client=name)[:300]
    wish = Approved(
        REPEAT, title, ("client", one.client), note, client_id=one.client,
        responsible_id=responsible or actor.user_id or _seller(session, one),
    )  # fmt: skip
    kind, made = performer.perform(session, wish, actor)
    session.add(FollowUp(client_id=one.client, last_on=one.last, kind=kind, record_id=made, made_at=now()))
    session.flush()
    return (kind, made), True


def _seller(session: Session, one: Buyer) -> int | None:
    """Who is responsible for the last purchase."""
    query = sa.select(Deal.responsible_id).where(
        Deal.client_id == one.client, Deal.state == State.WON, Deal.closed_on == one.last
    )
    return session.scalar(query.order_by(Deal.id.desc()).limit(1))


def late(session: Session, today: date) -> list[tuple[Buyer, str, int | None]]:
    """The clients who became late within a week and were not asked: with their name and responsible."""
    everything = Which(system(Source.JOB))
    found = [one for one in trade.buyers(session, everything, today) if _lately(one, today)]
    names = trade.clients(session, [one.client for one in found], everything.actor)
    fresh = [one for one in found if one.client in names and asked(session, one) is None]
    return [(one, *names[one.client]) for one in fresh]


def _lately(one: Buyer, today: date) -> bool:
    return one.is_late and one.last + timedelta(days=ceil(LATE * one.gap)) >= today - LATELY
