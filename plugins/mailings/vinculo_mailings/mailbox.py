"""The job that reads a mailbox: mail that came back, and answers. Messages stay there as they are.

What one says is written in the transaction that notes how far the folder was read: whatever is killed when,
none is taken twice, and none is passed over.
"""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.db.base import now
from vinculo.web.site import Site
from vinculo_mailings import bounces
from vinculo_mailings.models import Mailbox
from vinculo_mailings.settings import MailingSettings

JOB: Final = "mailings.mailbox"
SECONDS: Final = 20.0
MOST: Final = 500  # messages at a time; the rest a minute later


class MailboxError(RuntimeError):
    """The server does not do what it is asked for."""


def read(site: Site) -> None:
    """Take what came into the mailbox, where there is one. What it raises is shown with the job."""
    settings = site.registry.settings_of("mailings", MailingSettings)
    if not settings.imap_host:
        return
    name = f"{settings.imap_user}@{settings.imap_host}/{settings.imap_folder}"
    with _opened(settings) as (server, validity):
        with site.database.write() as session:
            last = _place(session, name, validity).last
        for uid in _after(server, last):
            mail = bounces.read(_fetched(server, uid))
            with site.database.write() as session:
                place = _place(session, name, validity)
                if place.last < uid:  # else another job has it
                    bounces.take(session, mail)
                    place.last, place.read_at = uid, now()


def _place(session: Session, name: str, validity: int) -> Mailbox:
    """How far it was read, locked; where the server numbers anew, from the beginning."""
    place = session.scalar(sa.select(Mailbox).where(Mailbox.name == name).with_for_update())
    if place is None:
        place = Mailbox(name=name, validity=validity, last=0, read_at=now())
        session.add(place)
    if place.validity != validity:
        place.validity, place.last = validity, 0
    session.flush()
    return place


@contextmanager
def _opened(settings: MailingSettings) -> Iterator[tuple[imaplib.IMAP4, int]]:
    """The server with the folder open, which it does not change, and the validity of its numbers."""
    server = _connect(settings)
    try:
        server.login(settings.imap_user, settings.imap_password.get_secret_value())
        _done(server.select(f'"{settings.imap_folder}"', readonly=True))
        _name, found = server.response("UIDVALIDITY")
        yield server, int(found[0] or 0)
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            server.logout()


def _connect(settings: MailingSettings) -> imaplib.IMAP4:
    host, port = settings.imap_host, settings.imap_port
    if settings.imap_security == "tls":
        context = ssl.create_default_context()
        return imaplib.IMAP4_SSL(host, port, ssl_context=context, timeout=SECONDS)
    server = imaplib.IMAP4(host, port, timeout=SECONDS)
    if settings.imap_security == "starttls":
        server.starttls(ssl.create_default_context())
    return server


def _after(server: imaplib.IMAP4, last: int) -> list[int]:
    """The numbers of the messages that came since; a server names the last one in any case."""
    (found,) = _done(server.uid("SEARCH", f"UID {last + 1}:*"))
    numbers = sorted(int(one) for one in (found or b"").split())
    return [one for one in numbers if one > last][:MOST]


def _fetched(server: imaplib.IMAP4, uid: int) -> bytes:
    """A message, as much of it as is looked at; nothing of one that is gone meanwhile."""
    found = _done(server.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{bounces.LARGEST}>)"))
    return next((one[1] for one in found if isinstance(one, tuple)), b"")


def _done(answer: tuple[str, list[Any]]) -> list[Any]:
    if answer[0] != "OK":
        raise MailboxError(str(answer[1])[:300])
    return answer[1]
