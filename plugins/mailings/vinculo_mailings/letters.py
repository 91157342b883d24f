"""A letter as it goes over the wire, signed where there is a key.

The library for messages takes ten times as long for the same bytes, half of all that sending takes.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr, formatdate, parseaddr

from vinculo.db.base import now
from vinculo_mailings import signing
from vinculo_mailings.settings import MailingSettings


@dataclass(frozen=True, slots=True)
class Said:
    """What a letter says."""

    subject: str
    text: str
    page: str


def compose(
    settings: MailingSettings, sender: str, *, to: str, token: str, said: Said, leave: str = ""
) -> bytes:
    """The letter; its Message-ID is the same however often it is handed over.

    ``leave`` is the address at which a program opts its reader out by one click (RFC 8058).
    """
    name, address = parseaddr(sender)
    boundary = f"=_{token}"
    head = {
        "From": formataddr((name, address)),
        "To": to,
        "Reply-To": formataddr(parseaddr(settings.reply_to)) if settings.reply_to else "",
        "Subject": _encoded("Subject", said.subject),
        "Date": formatdate(),
        "Message-ID": f"<{token}@{address.rpartition('@')[2] or 'vinculo'}>",
        "List-Unsubscribe": f"<{leave}>" if leave else "",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" if leave else "",
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="{boundary}"',
    }
    lines = [f"{key}: {value}\r\n" for key, value in head.items() if value]
    parts = [_part(boundary, kind, text) for kind, text in (("plain", said.text), ("html", said.page))]
    raw = "".join([*lines, "\r\n", *parts, f"--{boundary}--\r\n"]).encode("utf-8", "replace")
    if settings.dkim_domain and settings.dkim_key_file:
        signer = signing.open_signer(settings.dkim_domain, settings.dkim_selector, settings.dkim_key_file)
        return signer.sign(raw, int(now().timestamp()))
    return raw


def _part(boundary: str, kind: str, text: str) -> str:
    encoded = base64.encodebytes(text.encode("utf-8", "replace")).decode().replace("\n", "\r\n")
    return (
        f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n"
    )


def _encoded(name: str, text: str) -> str:
    """On one line, or folded; nothing in it begins another header."""
    plain = " ".join(text.split())
    if plain.isascii() and plain.isprintable():
        return plain
    return Header(plain, "utf-8", header_name=name).encode(linesep="\r\n")
