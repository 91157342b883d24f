"""Sending a mail, to be called by jobs: servers may take their time."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final

from vinculo.settings.sections import MailSettings

SECONDS: Final = 20.0


def send(settings: MailSettings, *, to: str, subject: str, text: str) -> None:
    """Hand one mail over to the server. What it raises is for the job to be tried again."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.sender, to, subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="vinculo")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    with _connect(settings) as server:
        if settings.user:
            server.login(settings.user, settings.password.get_secret_value())
        server.send_message(message)


def _connect(settings: MailSettings) -> smtplib.SMTP:
    if settings.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=SECONDS, context=context)
    server = smtplib.SMTP(settings.host, settings.port, timeout=SECONDS)
    if settings.security == "starttls":
        server.starttls(context=ssl.create_default_context())
    return server
