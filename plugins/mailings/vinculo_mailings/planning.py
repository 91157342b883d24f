"""When mailings begin: by the clock or because something happened; what waits is put to work."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from dateutil.relativedelta import relativedelta
from sqlalchemy.orm import Session

from vinculo.actor import Source, system
from vinculo.db.base import now
from vinculo.errors import VinculoError
from vinculo.events import log, notices
from vinculo.events.models import Event
from vinculo.i18n import mark, use_locale
from vinculo.web.site import Site
from vinculo_mailings import audience, ledger, sending
from vinculo_mailings.models import Mailing, Plan, Run, Send, Stage, Step
from vinculo_mailings.settings import MailingSettings

DUE: Final = "mailings.due"
FRESH: Final = timedelta(days=1)  # what happened before is told to nobody any more
STEPS: Final = {
    Plan.DAY: relativedelta(days=1), Plan.WEEK: relativedelta(weeks=1), Plan.MONTH: relativedelta(months=1)
}  # fmt: skip
KIND: Final = "mailing"


def due(site: Site) -> None:
    """Each minute: begin what is due, take over from jobs that are gone, put to work what waits."""
    company = site.settings.company
    with site.database.read() as session:
        when = (Mailing.stage == Stage.ACTIVE, Mailing.next_at <= now())
        ids = session.scalars(sa.select(Mailing.id).where(*when).order_by(Mailing.id)).all()
    with use_locale(company.language, company.time_zone):
        for mailing_id in ids:
            _begin(site, mailing_id)
    with site.database.write() as session:
        ledger.settle(session, Send.taken_at < now() - ledger.LEASE)
        put_to_work(site, session)


def put_to_work(site: Site, session: Session) -> None:
    """A job for each run that has something to send and nobody at it, or room for one more connection."""
    free = sa.or_(Send.not_before.is_(None), Send.not_before <= now())
    waits = sa.exists().where(Send.run_id == Run.id, Send.step == Step.PENDING, free)
    query = sa.select(Run).join(Mailing, Mailing.id == Run.mailing_id).where(Run.done_at.is_(None))
    for run in session.scalars(query.where(Mailing.stage == Stage.ACTIVE)):
        if session.scalar(sa.select(waits.where(Run.id == run.id))):
            enqueue(site, session, run)
        else:
            ledger.close(session, run, session.get_one(Mailing, run.mailing_id))


def enqueue(site: Site, session: Session, run: Run, jobs: int = 1) -> None:
    """Put jobs that send a run; each has a name of its own, by which it knows what it had in hand."""
    for _job in range(jobs):
        site.enqueue(session, sending.JOB, run_id=run.id, worker=uuid.uuid4().hex)


def _begin(site: Site, mailing_id: int) -> None:
    """One run of the plan. What keeps it from beginning is said to its owner, and it pauses."""
    try:
        with site.database.write() as session:
            mailing = session.get(Mailing, mailing_id, with_for_update=True)
            if mailing and mailing.stage is Stage.ACTIVE and mailing.next_at and mailing.next_at <= now():
                run = begin(site, session, mailing, key=f"{mailing.next_at:%Y-%m-%dT%H:%M}")
                mailing.next_at = following(mailing, now())
                if run:
                    connections = site.registry.settings_of("mailings", MailingSettings).connections
                    enqueue(site, session, run, connections)
    except VinculoError as error:
        with site.database.write() as session:
            mailing = session.get_one(Mailing, mailing_id, with_for_update=True)
            mailing.stage, mailing.fault = Stage.PAUSED, error.message[:500]
            if mailing.owner_id:
                notices.tell(
                    session, mailing.owner_id, label=mark("A mailing could not begin"), title=mailing.name,
                    text=error.message, icon="mail", about=(KIND, mailing.id),
                )  # fmt: skip


def begin(
    site: Site, session: Session, mailing: Mailing, *, key: str, only: int | None = None, about: str = ""
) -> Run | None:
    """Write down who gets it this time; None if that was done before. Raises what the audience raises."""
    if session.scalar(sa.select(Run.id).where(Run.mailing_id == mailing.id, Run.key == key)):
        return None
    owner = site.actor_of(session, mailing.owner_id)
    run = Run(mailing_id=mailing.id, key=key, begun_at=now(), about=about[:300])
    session.add(run)
    session.flush()
    meant = audience.of(session, site.registry, mailing, owner, only=only)
    count = ledger.enter(session, mailing, run, meant)
    mailing.fault = ""
    log.write(
        session, actor=system(Source.JOB), action="begun", kind=KIND, record_id=mailing.id,
        title=mailing.name, version=None, changes={"messages": [None, count]},
    )  # fmt: skip
    return run


def following(mailing: Mailing, moment: datetime) -> datetime | None:
    """When it begins next, after a moment; ticks that were missed are not made up for."""
    step = STEPS.get(mailing.plan)
    if step is None or mailing.starts_at is None:
        return None
    count = 1
    at: datetime = mailing.starts_at + step
    while at <= moment:
        count += 1
        at = mailing.starts_at + step * count
    return at


# By event


def wanted(site: Site, session: Session) -> AbstractSet[str]:
    """The events for which something is sent at present."""
    active = (Mailing.stage == Stage.ACTIVE, Mailing.plan == Plan.EVENT)
    return set(session.scalars(sa.select(Mailing.event).where(*active)))


def happened(site: Site, session: Session, events: Sequence[Event]) -> None:
    """Begin what is sent for some events, to the client of each. Each event begins a mailing once."""
    active = (Mailing.stage == Stage.ACTIVE, Mailing.plan == Plan.EVENT)
    mailings = session.scalars(sa.select(Mailing).where(*active).order_by(Mailing.id)).all()
    company = site.settings.company
    with use_locale(company.language, company.time_zone):
        for event in events:
            for mailing in mailings:
                if mailing.event == f"{event.kind}.{event.action}":
                    _for_event(site, session, mailing, event)


def _for_event(site: Site, session: Session, mailing: Mailing, event: Event) -> None:
    if event.client_id is None or event.at < now() - FRESH:
        return
    try:
        run = begin(site, session, mailing, key=f"event {event.id}", only=event.client_id, about=event.title)
    except VinculoError as error:
        mailing.fault = error.message[:500]
        return
    if run:
        enqueue(site, session, run)
