"""What the sample company has seen: four quiet weeks, a canary, and a morning that raised an alarm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source, system
from vinculo.db.base import now
from vinculo.events import chain, log
from vinculo.protection import alarms, canaries, usage
from vinculo.protection.baselines import WINDOW
from vinculo.protection.models import Measure, Usage
from vinculo.settings import Settings

CURIOUS: Final = "daniel"
LOOKED_AT: Final = 184
TENTHS: Final = (8, 12)  # of what is usual for one, on the least and on the busiest day

# Of rooms above and beside this one.
_client: Final = sa.table("clients_client", *map(sa.column, ("id", "name")))
_user: Final = sa.table("accounts_user", *map(sa.column, ("id", "login", "full_name")))


def fill(session: Session, settings: Settings, seed: int) -> None:
    """Let users have looked at clients as people do, and one of them at far too many today."""
    time_zone = settings.company.time_zone
    today = usage.day_of(now(), time_zone)
    users = session.execute(sa.select(_user).order_by(_user.c.id)).all()
    clients = session.execute(sa.select(_client).order_by(_client.c.id)).all()
    _quiet_weeks(session, users, today, Random(seed))  # noqa: S311 # nosec B311 # the same company each time
    for user in users:
        if user.login == CURIOUS:
            _morning(session, user, clients[:LOOKED_AT])
    canaries.add(session, clients[-1].id, actor=system(Source.CLI))
    chain.append(session)
    counts = usage.count(session, today, time_zone)
    usage.keep(session, today, counts)
    floors = usage.floors(settings.protection)
    alarms.raise_unusual(session, counts, today, floors, actor=system(Source.JOB))


def _quiet_weeks(session: Session, users: Sequence[Any], today: date, rng: Random) -> None:
    days = [today - timedelta(days=number) for number in range(WINDOW, 0, -1)]
    for user in users:
        usually = rng.randint(12, 40)
        session.add_all(
            Usage(user_id=user.id, measure=Measure.CARDS, day=day, count=usually * rng.randint(*TENTHS) // 10)
            for day in days
            if day.weekday() < 5
        )


def _morning(session: Session, user: Any, clients: Sequence[Any]) -> None:
    actor = Actor(user.id, user.full_name, Source.PAGE)
    for client in clients:
        log.write(
            session,
            actor=actor,
            action="viewed",
            kind="client",
            record_id=client.id,
            title=client.name,
            client_id=client.id,
            version=None,
        )
