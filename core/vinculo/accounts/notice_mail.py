"""The job that mails notices to users who want that.

A mail is marked before the next one is handed over, and a worker that dies leaves what it had in hand to
others once its lease is over: none is lost. The one mail whose mark was lost in between is sent again, with
the same Message-ID, by which programs of mail drop the copy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo import mail
from vinculo.accounts.models import User
from vinculo.db.base import now
from vinculo.events.models import Mailing, Notice
from vinculo.i18n import gettext as _
from vinculo.i18n import use_locale
from vinculo.web.site import Site

JOB: Final = "accounts.mail_notices"
FRESH: Final = timedelta(days=1)  # what is older was seen on the page, or before there was a mail server
LEASE: Final = timedelta(minutes=2)  # within which a handful is sent by far
HANDFUL: Final = 50


@dataclass(frozen=True, slots=True)
class _Letter:
    notice_id: int
    to: str
    language: str
    time_zone: str
    label: str
    title: str
    text: str


def send_notices(site: Site) -> None:
    """Mail what waits, until nothing does; several workers may do so at once."""
    if not site.settings.mail.host:
        return
    while letters := _take(site):
        try:
            with mail.sending(site.settings.mail) as hand_over:
                for letter in letters:
                    _send(site, letter, hand_over)
        except OSError:  # those of SMTP, too
            _put_back(site, [one.notice_id for one in letters])
            raise


def _take(site: Site) -> Sequence[_Letter]:
    """Some of those that nobody has in hand; what needs no mail any more is done with."""
    with site.database.write() as session:
        _drop(session)
        free = sa.or_(Notice.mail_at.is_(None), Notice.mail_at < now() - LEASE)
        ids = sa.select(Notice.id).where(Notice.mailing == Mailing.WAITING, free).order_by(Notice.id)
        mine = session.scalars(ids.limit(HANDFUL).with_for_update(skip_locked=True)).all()
        session.execute(sa.update(Notice).where(Notice.id.in_(mine)).values(mail_at=now()))
        columns = (User.email, User.language, User.time_zone, Notice.label, Notice.title, Notice.text)
        query = sa.select(Notice.id, *columns).join(User, User.id == Notice.user_id)
        return [
            _Letter(*row) for row in session.execute(query.where(Notice.id.in_(mine)).order_by(Notice.id))
        ]


def _drop(session: Session) -> None:
    wanted = sa.select(User.id).where(User.active, User.email != "", User.notice_mail)
    vain = sa.or_(
        Notice.read_at.is_not(None),
        Notice.at < now() - FRESH,
        Notice.user_id.not_in(wanted.scalar_subquery()),
    )
    gone = sa.update(Notice).where(Notice.mailing == Mailing.WAITING, vain)
    session.execute(gone.values(mailing=Mailing.NONE))


def _send(site: Site, letter: _Letter, hand_over: Callable[[EmailMessage], object]) -> None:
    state = Mailing.SENT
    try:
        hand_over(_message(site, letter))
    except mail.RefusedError:
        state = Mailing.FAILED
    with site.database.write() as session:
        session.execute(sa.update(Notice).where(Notice.id == letter.notice_id).values(mailing=state))


def _put_back(site: Site, ids: Sequence[int]) -> None:
    with site.database.write() as session:
        mine = sa.update(Notice).where(Notice.id.in_(ids), Notice.mailing == Mailing.WAITING)
        session.execute(mine.values(mail_at=None))


def _message(site: Site, letter: _Letter) -> EmailMessage:
    settings = site.settings
    company = settings.company
    with use_locale(letter.language or company.language, letter.time_zone or company.time_zone):
        subject = f"{_(letter.label)}: {letter.title}"
    url = f"{settings.server.public_url}/notices" if settings.server.public_url else ""
    text = "\n\n".join(filter(None, (letter.text or letter.title, url))) + "\n"
    key = f"notice-{letter.notice_id}"
    return mail.message(settings.mail, to=letter.to, subject=subject, text=text, key=key)
