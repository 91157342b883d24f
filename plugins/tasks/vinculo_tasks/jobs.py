"""The job of each minute that reminds of tasks."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from vinculo.db.base import now
from vinculo.events import notices
from vinculo.events.models import Mailing
from vinculo.i18n import mark
from vinculo.web.site import Site
from vinculo_tasks.models import State, Task
from vinculo_tasks.records import task

JOB: Final = "tasks.remind"
AT_ONCE: Final = 500


def remind(site: Site) -> None:
    """Tell whom each open task waits for: the notice and the mark that it was given are one transaction.

    Rows that another worker has in hand are left to it.
    """
    while _some(site):
        pass


def _some(site: Site) -> int:
    due = (
        sa.select(Task.id, Task.subject, Task.note, Task.client_id, Task.assignee_id, Task.created_by_id)
        .where(Task.reminded_at.is_(None), Task.remind_at <= now(), Task.state == State.OPEN)
        .order_by(Task.remind_at, Task.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    with site.database.write() as session:
        found = session.execute(due).all()
        told = [row for row in found if row.assignee_id or row.created_by_id]
        notices.tell_many(session, [_notice(row) for row in told])
        marked = sa.update(Task).where(Task.id.in_([row.id for row in found]))
        session.execute(marked.values(reminded_at=now()).execution_options(synchronize_session=False))
    return len(found)


def _notice(row: sa.Row[*tuple[object, ...]]) -> dict[str, object]:
    one = row._mapping  # noqa: SLF001 -- SQLAlchemy names it so
    return {
        "user_id": one["assignee_id"] or one["created_by_id"],
        "label": mark("Reminder"),
        "title": one["subject"],
        "text": one["note"],
        "icon": "clock",
        "about_kind": task.name,
        "about_id": one["id"],
        "client_id": one["client_id"],
        "url": "",
        "mailing": Mailing.WAITING,
    }
