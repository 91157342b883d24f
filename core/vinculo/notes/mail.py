"""The job that mails users who were mentioned, once each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from vinculo import mail
from vinculo.accounts.models import User
from vinculo.db.base import now
from vinculo.i18n import gettext as _
from vinculo.i18n import use_locale
from vinculo.notes.models import Mention, Note
from vinculo.notes.records import note
from vinculo.web.site import Site

JOB: Final = "notes.mail_mentions"
FRESH: Final = timedelta(
    hours=1
)  # what is older was seen on the home page, or before there was a mail server
MOST: Final = 100


@dataclass(frozen=True, slots=True)
class _Letter:
    mention_id: int
    to: str
    language: str
    who: str
    text: str
    note_id: int


def send_mentions(site: Site) -> None:
    """Mail of each mention once: it is marked before its mail is handed over, rather none than two."""
    if not site.settings.mail.host:
        return
    with site.database.read() as session:
        letters = [*_letters(session)]
    for letter in letters:
        with site.database.write() as session:
            mine = sa.update(Mention).where(Mention.id == letter.mention_id, Mention.mailed_at.is_(None))
            claimed = session.execute(mine.values(mailed_at=now())).rowcount  # type: ignore[attr-defined]
        if claimed:
            _send(site, letter)


def _letters(session: Session) -> Iterator[_Letter]:
    """Of fresh mentions that were not seen yet, to active users with an address."""
    writer = aliased(User)
    query = (
        sa.select(Mention.id, User.email, User.language, writer.full_name, writer.login, Note.text, Note.id)
        .join(Note, Note.id == Mention.note_id)
        .join(User, User.id == Mention.user_id)
        .outerjoin(writer, writer.id == Note.created_by_id)
        .where(Mention.mailed_at.is_(None), Mention.seen_at.is_(None), Note.changed_at > now() - FRESH)
        .where(User.active, User.email != "")
    )
    for mention_id, to, language, full_name, login, text, note_id in session.execute(
        query.order_by(Mention.id).limit(MOST)
    ):
        yield _Letter(mention_id, to, language, full_name or login or "Vinculo", text, note_id)


def _send(site: Site, letter: _Letter) -> None:
    settings = site.settings
    with use_locale(letter.language or settings.company.language, settings.company.time_zone):
        subject = _("%(who)s mentioned you in a note", who=letter.who).replace("\n", " ")
        address = (
            f"{settings.server.public_url}{note.url}/{letter.note_id}" if settings.server.public_url else ""
        )
        text = "\n\n".join(filter(None, (letter.text, address))) + "\n"
    mail.send(settings.mail, to=letter.to, subject=subject, text=text)
