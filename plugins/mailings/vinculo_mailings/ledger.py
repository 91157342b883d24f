"""The ledger of what is sent: each message to each address once, whatever is killed when.

A message that a job has in hand is ``sending``. It is marked as promised in a transaction that commits
before its last byte goes out, so what was not promised did not arrive, and what was is never sent again by
itself: where the answer of the server is lost with the job, the message is ``unsure`` until somebody
decides, or until it is opened, bounces, or a link in it is followed.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.db import bulk
from vinculo.db.base import now
from vinculo.events import timeline
from vinculo.i18n import mark
from vinculo.plugins.registry import Registry
from vinculo_mailings.audience import Blocks, Reason, Recipient
from vinculo_mailings.models import Mailing, Medium, Run, Send, Stage, Step

LEASE: Final = timedelta(minutes=15)  # after it a job is thought to be gone, though nobody saw it die
ALIVE: Final = timedelta(minutes=2)
HANDFUL: Final = 50
ATTEMPTS: Final = 5
LATER: Final = timedelta(minutes=10)
HOUR: Final = timedelta(hours=1)
KIND: Final = "mailing_send"
LABELS: Final = {Medium.EMAIL: mark("Mailing"), Medium.SMS: mark("Text message")}
ICONS: Final = {Medium.EMAIL: "mail", Medium.SMS: "message"}
table: Final = cast("sa.Table", Send.__table__)


def enter(session: Session, mailing: Mailing, run: Run, recipients: Iterable[Recipient]) -> int:
    """Write down who is to get a message, and how many are left out."""
    left: dict[str, int] = {}
    rows = []
    for one in recipients:
        if one.reason is not None:
            left[one.reason] = left.get(one.reason, 0) + 1
            continue
        rows.append({
            "title": mailing.name, "mailing_id": mailing.id, "run_id": run.id, "client_id": one.client_id,
            "person_id": one.person_id, "address": one.address, "address_key": one.key,
            "token": secrets.token_hex(16),
        })  # fmt: skip
    bulk.insert_named(session.connection(), table, rows)
    run.left_out = left
    return len(rows)


def settle(session: Session, condition: sa.ColumnElement[bool]) -> None:
    """Take back what jobs that are gone had in hand: what was not promised waits again."""
    held = sa.and_(Send.step == Step.SENDING, condition)
    change = sa.update(Send).execution_options(synchronize_session=False)
    session.execute(
        change.where(held, Send.promised_at.is_(None)).values(step=Step.PENDING, worker="", taken_at=None)
    )
    session.execute(change.where(held).values(step=Step.UNSURE, worker=""))


def others(session: Session, run_id: int, worker: str) -> int:
    """How many other jobs seem to be at work on a run."""
    alive = (Send.step == Step.SENDING, Send.taken_at > now() - ALIVE, Send.run_id == run_id)
    count = sa.select(sa.func.count(sa.distinct(Send.worker))).where(*alive, Send.worker != worker)
    return session.scalar(count) or 0


def take(
    session: Session, registry: Registry, mailing: Mailing, run_id: int, worker: str, *, cap: int
) -> Sequence[Send]:
    """Some that wait, for a job to send; none beyond what an hour may have (``cap`` is that of all mailings).

    The caller holds the mailing locked. Who has said no since the run was begun is left out here.
    """
    room = min(HANDFUL, *_room(session, mailing, cap))
    free = sa.or_(Send.not_before.is_(None), Send.not_before <= now())
    waiting = sa.select(Send).where(Send.run_id == run_id, Send.step == Step.PENDING, free)
    waiting = waiting.order_by(Send.id).limit(max(room, 0)).with_for_update(skip_locked=True)
    found = session.scalars(waiting).all() if room > 0 else []
    blocks = Blocks.read(session, registry, mailing, [one.address_key for one in found])
    for one in found:
        reason = blocks.reason(one.address_key)
        one.step, one.worker, one.taken_at = Step.SENDING, worker, now()
        if reason is not None and reason is not Reason.NO_CONSENT:
            one.step, one.reason, one.worker = Step.SKIPPED, reason, ""
    session.flush()
    return [one for one in found if one.step is Step.SENDING] or found[:0]


def _room(session: Session, mailing: Mailing, cap: int) -> list[int]:
    busy = sa.or_(Send.promised_at > now() - HOUR, Send.step == Step.SENDING)
    count = sa.select(sa.func.count()).select_from(Send).where(busy)
    found = [HANDFUL]
    if mailing.hourly_cap:
        found.append(mailing.hourly_cap - (session.scalar(count.where(Send.mailing_id == mailing.id)) or 0))
    if cap:
        found.append(cap - (session.scalar(count) or 0))
    return found


def write(session: Session, worker: str, outcomes: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    """Write what became of messages; what was settled as unsure meanwhile is known now."""
    for send_id, values in outcomes:
        mine = sa.update(table).where(table.c.id == send_id, table.c.step.in_((Step.SENDING, Step.UNSURE)))
        session.connection().execute(mine.values(**values, worker="", version=table.c.version + 1))


def promise(session: Session, worker: str, send_id: int, at: datetime) -> bool:
    """Mark that the server may have a message from now on; False if it is in other hands."""
    mine = sa.update(table).where(
        table.c.id == send_id, table.c.worker == worker, table.c.step == Step.SENDING
    )
    return session.connection().execute(mine.values(promised_at=at, taken_at=at)).rowcount == 1


def show(session: Session, channel: Medium, sent: Sequence[Mapping[str, Any]]) -> None:
    """Put messages that were sent on the timelines of their clients."""
    entries = [
        {
            "client_id": one["client_id"], "happened_at": one["at"], "domain": "mailings", "kind": KIND,
            "record_id": one["id"], "label": LABELS[channel], "title": one["title"], "text": "",
            "icon": ICONS[channel], "user_id": None,
        }
        for one in sent
        if one["client_id"] is not None
    ]  # fmt: skip
    timeline.put_new(session, entries)


def close(session: Session, run: Run, mailing: Mailing) -> bool:
    """End a run of which nothing waits any more, and with it a mailing that is sent once."""
    open_ = sa.select(Send.id).where(Send.run_id == run.id, Send.step.in_((Step.PENDING, Step.SENDING)))
    if run.done_at is not None or session.scalar(open_.limit(1)) is not None:
        return False
    run.done_at = now()
    if mailing.plan == "once" and mailing.stage is Stage.ACTIVE:
        mailing.stage = Stage.DONE
    return True


def counts(session: Session, mailing_id: int) -> dict[str, int]:
    """How many messages of a mailing are how far."""
    rows = sa.select(Send.step, sa.func.count()).where(Send.mailing_id == mailing_id).group_by(Send.step)
    return {str(step): count for step, count in session.execute(rows)}


def later(attempts: int) -> dict[str, Any]:
    """What becomes of a message that a server does not take now."""
    if attempts >= ATTEMPTS:
        return {"step": Step.FAILED}
    return {"step": Step.PENDING, "not_before": now() + LATER * attempts, "promised_at": None}
