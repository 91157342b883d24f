"""The job of each minute that looks after the response clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.clients.models import Client
from vinculo.db.base import now
from vinculo.events import notices
from vinculo.events.models import Mailing
from vinculo.i18n import mark
from vinculo.web.site import Site
from vinculo_interactions import clock
from vinculo_interactions.models import Answer, Interaction
from vinculo_interactions.records import ICONS, interaction

JOB: Final = "interactions.answers"
AT_ONCE: Final = 500


def watch(site: Site) -> None:
    """Settle what came another way, mark what is overdue, and tell of it: each once."""
    for condition in clock.unseen():
        while _some(site, condition) == AT_ONCE:
            pass
    while _tell(site) == AT_ONCE:
        pass


def _some(site: Site, condition: sa.ColumnElement[bool]) -> int:
    with site.database.write() as session:
        return clock.settle_where(session, condition, AT_ONCE)


def _tell(site: Site) -> int:
    """The notice and the mark that it was given are one transaction.

    Nobody is told of what was overdue already when it was entered. Rows that another worker has in hand are
    left to it.
    """
    with site.database.write() as session:
        found = session.scalars(
            sa.select(Interaction)
            .where(
                Interaction.answer.in_(clock.OPEN),
                Interaction.answer_due_at <= now(),
                Interaction.answer_told_at.is_(None),
            )
            .order_by(Interaction.answer_due_at, Interaction.id)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        ).all()
        clients = _clients(session, found)
        told = [one for one in found if one.answer_due_at and one.answer_due_at >= one.created_at]
        whom = {one.id: one.responsible_id or clients[one.client_id] for one in told}
        notices.tell_many(session, [_notice(one, user) for one in told if (user := whom[one.id])])
        table = interaction.table
        marked = sa.update(table).where(table.c.id.in_([one.id for one in found]))
        session.execute(marked.values(answer_told_at=now(), answer=Answer.OVERDUE))
    return len(found)


def _clients(session: Session, found: Sequence[Interaction]) -> dict[int, int | None]:
    query = sa.select(Client.id, Client.responsible_id).where(Client.id.in_({one.client_id for one in found}))
    return {row.id: row.responsible_id for row in session.execute(query)}


def _notice(one: Interaction, user_id: int) -> dict[str, object]:
    return {
        "user_id": user_id,
        "label": mark("Answer overdue"),
        "title": one.subject,
        "text": "",
        "icon": ICONS[one.type],
        "about_kind": interaction.name,
        "about_id": one.id,
        "client_id": one.client_id,
        "url": "",
        "mailing": Mailing.WAITING,
    }
