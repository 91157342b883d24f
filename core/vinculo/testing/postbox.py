"""A mail server to test against, that keeps what it is given.

``postbox()`` runs one on a port of its own; ``letters`` are what programs of mail would get.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from vinculo.settings.sections import MailSettings

REFUSED = "nobody@"  # an address at which nobody lives


@dataclass
class Postbox:
    """What came in; ``port`` is where."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)

    @property
    def settings(self) -> MailSettings:
        """How to reach it."""
        return MailSettings(host="127.0.0.1", port=self.port, security="none", sender="crm@luz.example")

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Whether somebody lives there."""
        if address.startswith(REFUSED):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a message."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.letters.append(message_from_bytes(content, _class=EmailMessage, policy=policy.default))
        return "250 OK"


@contextmanager
def postbox() -> Iterator[Postbox]:
    """A server that runs as long as the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        box = Postbox(free.getsockname()[1])
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop(no_assert=True)
