"""Mail that came back: which message it was, and whether its address is gone for good."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import Final

import sqlalchemy as sa
from flufl.bounce import all_failures
from sqlalchemy.orm import Session

from vinculo.db.base import now
from vinculo.people.contacts import email
from vinculo_mailings.models import Bounce, Send, Step

LARGEST: Final = 2_000_000
_TOKEN: Final = re.compile(r"\+([0-9a-f]{32})@|<([0-9a-f]{32})@")
_ENDED: Final = ("5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10")  # of addresses; others may pass
HEADERS: Final = ("Delivered-To", "X-Original-To", "Envelope-To", "To")


@dataclass(frozen=True, slots=True)
class Report:
    """What a returned mail says of an address."""

    address: str
    hard: bool
    reason: str


def read(raw: bytes) -> tuple[str, list[Report]]:
    """The token of the message that came back ("" if it names none), and what is said of addresses."""
    message = message_from_bytes(raw[:LARGEST])
    told = [*_standard(message)]
    if not told:
        temporary, permanent = _guessed(message)
        found = [(one, True) for one in permanent] + [(one, False) for one in temporary - permanent]
        told = [Report(one.decode("ascii", "replace"), hard, "") for one, hard in found]
    return _token(message, raw), told


def _guessed(message: Message) -> tuple[set[bytes], set[bytes]]:
    """What programs say in ways of their own; their readers fail at what is no mail at all."""
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 -- whatever a stranger sent
        return set(), set()
    return set(temporary), set(permanent)


def _standard(message: Message) -> Iterator[Report]:
    """What a delivery status notification (RFC 3464) says."""
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status" or not part.is_multipart():
            continue
        for block in part.get_payload():
            assert isinstance(block, Message)
            address = str(block.get("Final-Recipient") or "").rpartition(";")[2].strip()
            if address and str(block.get("Action", "")).strip().lower() in ("failed", "delayed"):
                status, said = str(block.get("Status", "")).strip(), str(block.get("Diagnostic-Code", ""))
                yield Report(address, status in _ENDED, " ".join(f"{status} {said}".split())[:300])


def _token(message: Message, raw: bytes) -> str:
    """By the address that it came back to, else by the Message-ID of what it quotes."""
    for name in HEADERS:
        for value in message.get_all(name, []):
            if found := _TOKEN.search(str(value)):
                return found[1] or found[2]
    quoted = re.findall(rb"(?im)^Message-ID:\s*(<[0-9a-f]{32}@)", raw[:LARGEST])
    return quoted[-1].decode()[1:-1] if quoted else ""


def take(session: Session, raw: bytes) -> int:
    """Note what a returned mail says; how many addresses it speaks of that we wrote to."""
    token, told = read(raw)
    sent = session.scalar(sa.select(Send).where(Send.token == token)) if token else None
    if sent is None:
        return 0
    count = 0
    for one in told:
        if len(told) > 1 and _key(one.address) != sent.address_key:
            continue
        note(session, sent.address, sent.address_key, hard=one.hard, reason=one.reason)
        if sent.step in (Step.UNSURE, Step.SENDING):
            sent.step, sent.sent_at = Step.SENT, sent.promised_at or now()
        sent.bounced_at, sent.reason = now(), one.reason
        count += 1
    return count


def note(session: Session, address: str, key: str, *, hard: bool, reason: str) -> None:
    """Mark an address as one from which mail came back."""
    known = session.scalar(sa.select(Bounce).where(Bounce.address_key == key).with_for_update())
    if known is None:
        session.add(Bounce(address=address, address_key=key, hard=hard, reason=reason, last_at=now()))
        session.flush()
        return
    known.hard, known.times, known.reason, known.last_at = known.hard or hard, known.times + 1, reason, now()


def _key(address: str) -> str:
    try:
        return email(address)[1]
    except ValueError:
        return address.casefold()
