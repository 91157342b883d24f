"""A mail server that takes all there is: ``mailbox.py PORT FILE``; FILE gets the address of each mail."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """Writes an address down before the mail is taken: what is not there was not promised to anybody."""

    def __init__(self, path: str) -> None:
        self._file = Path(path).open("a", buffering=1, encoding="utf-8")  # noqa: SIM115 -- as long as the process

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self._file.write(f"{','.join(envelope.rcpt_tos)}\n")
        return "250 OK"


controller = Controller(Mailbox(sys.argv[2]), hostname="127.0.0.1", port=int(sys.argv[1]))
controller.start()
signal.sigwait({signal.SIGTERM, signal.SIGINT})
controller.stop()
