"""The job of each minute that tells who is responsible what is overdue: the answer, the solution."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from vinculo.db.base import now
from vinculo.events import notices
from vinculo.events.models import Mailing
from vinculo.i18n import mark
from vinculo.jobs import JobHandler, Schedule
from vinculo.web.site import Site
from vinculo_complaints.models import OPEN, Complaint
from vinculo_complaints.records import complaint

JOB: Final = "complaints.overdue"
AT_ONCE: Final = 500
LATE: Final = (  # what is overdue when, whether it was told, and what rows are still to be told of
    (mark("Answer overdue"), Complaint.answer_due_at, Complaint.answer_told_at, Complaint.answered_at),
    (mark("Complaint overdue"), Complaint.due_at, Complaint.told_at, Complaint.closed_at),
)


def tell(site: Site) -> None:
    """Each once: the notice and the mark that it was given are one transaction.

    While a complaint waits for the client its clock stands still. Rows that another worker has in hand are
    left to it.
    """
    for label, due, told, done in LATE:
        while _some(site, label, due, told, done) == AT_ONCE:
            pass


def _some(site: Site, label: str, due: Any, told: Any, done: Any) -> int:
    at = now()
    late = (
        sa.select(Complaint.id, Complaint.subject, Complaint.client_id, Complaint.responsible_id)
        .where(told.is_(None), due <= at, done.is_(None), Complaint.waiting_since.is_(None))
        .where(Complaint.state.in_(OPEN), Complaint.responsible_id.is_not(None))
        .order_by(due, Complaint.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    with site.database.write() as session:
        found = session.execute(late).all()
        notices.tell_many(session, [_notice(label, row) for row in found])
        marked = sa.update(Complaint).where(Complaint.id.in_([row.id for row in found]))
        session.execute(marked.values({told: at}).execution_options(synchronize_session=False))
    return len(found)


def _notice(label: str, row: Any) -> dict[str, object]:
    return {
        "user_id": row.responsible_id, "label": label, "title": row.subject, "text": "",
        "icon": complaint.icon, "about_kind": complaint.name, "about_id": row.id,
        "client_id": row.client_id, "url": "", "mailing": Mailing.WAITING,
    }  # fmt: skip


HANDLERS: Final = {JOB: JobHandler(tell)}
SCHEDULES: Final = (Schedule(JOB, "* * * * *"),)
