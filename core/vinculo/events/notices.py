"""Notices: what a user is told by anybody, in the transaction of what happened (decision 0025)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.db.base import now
from vinculo.events.models import Mailing, Notice

KEPT_READ: Final = timedelta(days=90)
KEPT: Final = timedelta(days=400)


def tell(
    session: Session,
    user_id: int,
    *,
    label: str,
    title: str,
    text: str = "",
    icon: str = "info-circle",
    about: tuple[str, int] | None = None,
    client_id: int | None = None,
    url: str = "",
    mail: bool = True,
) -> None:
    """Tell a user something, also by mail if they want such mail.

    ``label`` is English, marked with ``mark``: it is translated for its reader. ``about`` names the kind and
    id of the record it leads to, ``url`` a page where there is no record. The caller sees to it that the
    user may know what is said.
    """
    tell_many(
        session,
        [
            {
                "user_id": user_id,
                "label": label,
                "title": title,
                "text": text,
                "icon": icon,
                "about_kind": about[0] if about else "",
                "about_id": about[1] if about else None,
                "client_id": client_id,
                "url": url,
                "mailing": Mailing.WAITING if mail else Mailing.NONE,
            }
        ],
    )


def tell_many(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Tell much at once; rows have the columns of ``Notice``, the time is now."""
    if rows:
        at = now()
        made = [{**row, "at": at, "title": row["title"][:300]} for row in rows]
        session.connection().execute(sa.insert(Notice), made)


def unread(user_id: sa.ColumnElement[int]) -> sa.ScalarSelect[int]:
    """How many a user has not read, as a part of the statement that finds out who asks."""
    mine = (Notice.user_id == user_id, Notice.read_at.is_(None))
    return (
        sa.select(sa.func.count()).select_from(Notice).where(*mine).correlate_except(Notice).scalar_subquery()
    )


def count_unread(session: Session, user_id: int) -> int:
    """How many a user has not read."""
    return session.scalar(sa.select(unread(sa.literal(user_id)))) or 0


def of_user(session: Session, user_id: int, *, limit: int, before: int | None = None) -> Sequence[Notice]:
    """The newest first; ``before`` is the id of the last one seen."""
    query = sa.select(Notice).where(Notice.user_id == user_id)
    if before is not None:
        query = query.where(Notice.id < before)
    return session.scalars(query.order_by(Notice.id.desc()).limit(limit)).all()


def read(session: Session, user_id: int, notice_id: int | None = None, *, at: datetime) -> None:
    """Take one notice of a user for read, or all."""
    mine = sa.update(Notice).where(Notice.user_id == user_id, Notice.read_at.is_(None))
    session.execute((mine if notice_id is None else mine.where(Notice.id == notice_id)).values(read_at=at))


def prune(session: Session, at: datetime) -> None:
    """Forget what was read long ago, and what nobody will read any more."""
    old = sa.or_(Notice.read_at < at - KEPT_READ, Notice.at < at - KEPT)
    session.execute(sa.delete(Notice).where(old))
