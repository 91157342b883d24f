"""Sending a mail, to be called by jobs: servers may take their time."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from functools import partial
from typing import Final

from vinculo.settings.sections import MailSettings

SECONDS: Final = 20.0
PERMANENT: Final = 500  # codes from here on say that it is of no use to try again


class RefusedError(Exception):
    """The server takes no mail for this address, now or later."""


def send(settings: MailSettings, *, to: str, subject: str, text: str) -> None:
    """Hand one mail over to the server. What it raises is for the job to be tried again."""
    with sending(settings) as hand_over:
        hand_over(_message(settings, to, subject, text))


@contextmanager
def sending(settings: MailSettings) -> Iterator[Callable[[EmailMessage], object]]:
    """One connection for many messages: what hands one over, or raises ``RefusedError``."""
    with _connect(settings) as server:
        if settings.user:
            server.login(settings.user, settings.password.get_secret_value())
        yield partial(_hand_over, server)


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
