"""Sending a mail, to be called by jobs: servers may take their time."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from functools import partial
from typing import Final

from vinculo.settings.sections import MailSettings

SECONDS: Final = 20.0
TEMPORARY: Final = 400
PERMANENT: Final = 500  # codes from here on say that it is of no use to try again
CLOSING: Final = 421
UNKNOWN: Final = (550, 551, 553)  # what may say that nobody lives there …
_OTHER: Final = re.compile(r"\b5\.[2-7]\.\d")  # … unless a reason says that it is something else
_DOTS: Final = re.compile(rb"^\.", re.MULTILINE)


class RefusedError(Exception):
    """The server takes no mail for this address, now or later. ``unknown``: nobody lives there."""

    unknown = False


class LaterError(Exception):
    """The server does not take this mail now."""


class UnsureError(Exception):
    """The server had the whole mail and did not answer: it was taken, or it was not."""


@dataclass(slots=True)
class Courier:
    """What hands over many mails one after the other, so that one knows of each how far it came.

    Servers take only so many by one connection: where one is closed, the next mail opens another.
    """

    settings: MailSettings
    opened: ExitStack
    server: smtplib.SMTP
    used: bool = False  # a mail was begun by this connection

    def carry(self, raw: bytes, *, sender: str, to: str, promise: Callable[[], object]) -> None:
        """Hand over one. ``promise`` is called when only the end of it is left: the server has none before.

        It is called again where the connection broke after it and another one is tried. Raises
        ``RefusedError``, ``LaterError``, ``UnsureError``, and ``OSError`` where the server is gone and the
        mail is not there. After those two, and when ``promise`` raises, use another courier.
        """
        told = (_ascii(sender), _ascii(to))
        try:
            self._carry(raw, told, promise)
        except OSError:
            if not self.used:
                raise
            self.server.close()
            self.server, self.used = _open(self.opened, self.settings), False
            self._carry(raw, told, promise)

    def _carry(self, raw: bytes, told: tuple[str, str], promise: Callable[[], object]) -> None:
        sender, to = told
        try:
            self._told(self.server.mail(sender), "MAIL")
            self.used = True
            self._told(self.server.rcpt(to), "RCPT")
            self._told(self.server.docmd("DATA"), "DATA")
        except (RefusedError, LaterError):
            self.server.rset()
            raise
        try:
            self.server.send(_DOTS.sub(b"..", raw))
            promise()
        except BaseException:
            self.server.close()  # without its end a mail is none
            raise
        try:
            self.server.send(b".\r\n")
            answer = self.server.getreply()
        except OSError as error:
            raise UnsureError(str(error)) from error
        self._told(answer, "END")

    def _told(self, answer: tuple[int, bytes], step: str) -> None:
        code, text = answer
        said = f"{code} {text.decode(errors='replace')}"[:300]
        if code == CLOSING:
            raise smtplib.SMTPServerDisconnected(said)
        if code >= PERMANENT:
            refused = RefusedError(said)
            refused.unknown = step == "RCPT" and code in UNKNOWN and not _OTHER.search(said)
            raise refused
        if code >= TEMPORARY:
            raise LaterError(said)


def send(settings: MailSettings, *, to: str, subject: str, text: str) -> None:
    """Hand one mail over to the server. What it raises is for the job to be tried again."""
    with sending(settings) as hand_over:
        hand_over(_message(settings, to, subject, text))


@contextmanager
def sending(settings: MailSettings) -> Iterator[Callable[[EmailMessage], object]]:
    """One connection for many messages: what hands one over, or raises ``RefusedError``."""
    with _signed_in(settings) as server:
        yield partial(_hand_over, server)


@contextmanager
def courier(settings: MailSettings) -> Iterator[Courier]:
    """For many mails that were made elsewhere."""
    with ExitStack() as opened:
        yield Courier(settings, opened, _open(opened, settings))


def _open(opened: ExitStack, settings: MailSettings) -> smtplib.SMTP:
    """A connection in place of the one there was."""
    opened.close()
    server = opened.enter_context(_signed_in(settings))
    server.ehlo_or_helo_if_needed()
    if server.sock:  # else the end of each mail waits 40 ms for a receipt of what was sent before
        server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return server


@contextmanager
def _signed_in(settings: MailSettings) -> Iterator[smtplib.SMTP]:
    with _connect(settings) as server:
        if settings.user:
            server.login(settings.user, settings.password.get_secret_value())
        yield server


def _ascii(address: str) -> str:
    """An address as every server takes it. Raises ``RefusedError`` for a name that none can be told."""
    name, _at, host = address.rpartition("@")
    try:
        name.encode("ascii")
        return f"{name}@{host.encode('idna').decode()}"
    except UnicodeError as error:
        raise RefusedError(address) from error


def _hand_over(server: smtplib.SMTP, made: EmailMessage) -> None:
    try:
        server.send_message(made)
    except smtplib.SMTPRecipientsRefused as refused:
        if all(code >= PERMANENT for code, _reason in refused.recipients.values()):
            raise RefusedError from refused
        raise


def message(settings: MailSettings, *, to: str, subject: str, text: str, key: str) -> EmailMessage:
    """A mail of which there may be copies: those of one ``key`` have the same Message-ID."""
    made = _message(settings, to, subject, text)
    domain = settings.sender.rpartition("@")[2].strip("> ") or "vinculo"
    made.replace_header("Message-ID", f"<{key}@{domain}>")
    return made


def _message(settings: MailSettings, to: str, subject: str, text: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = settings.sender, to, " ".join(subject.split())
    made["Date"], made["Message-ID"] = formatdate(), make_msgid(domain="vinculo")
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(text)
    return made


def _connect(settings: MailSettings) -> smtplib.SMTP:
    if settings.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=SECONDS, context=context)
    server = smtplib.SMTP(settings.host, settings.port, timeout=SECONDS)
    if settings.security == "starttls":
        server.starttls(context=ssl.create_default_context())
    return server
