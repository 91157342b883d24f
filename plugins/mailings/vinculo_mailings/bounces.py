"""Mail that came back, and answers: which message of ours it is about, and what it says of its address."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
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

logger = logging.getLogger(__name__)
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it tells of each reader that fails

LARGEST: Final = 2_000_000
_TOKEN: Final = re.compile(r"\+([0-9a-f]{32})@|<([0-9a-f]{32})@")
_ENDED: Final = ("5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10")  # of addresses; others may pass
_VAGUE: Final = ("5.0.0", "")  # what servers say who know no better, such as Exim, of whatever they refuse
_NOBODY: Final = re.compile(
    r"\b5\.1\.(?:[01236]|10)\b|unrouteable address|(?:unknown|no such) (?:user|mailbox|local part)"
    r"|user unknown",
    re.IGNORECASE,
)
_THREAD: Final = ("In-Reply-To", "References")
HEADERS: Final = ("Delivered-To", "X-Original-To", "Envelope-To", "To", *_THREAD)


@dataclass(frozen=True, slots=True)
class Report:
    """What a returned mail says of an address."""

    address: str
    hard: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Mail:
    """What a mail is: ``token`` names the message of ours that it is about ("": none).

    ``reports`` are what it says of addresses; one that says nothing of any may be an answer.
    """

    token: str = ""
    reports: Sequence[Report] = ()
    answers: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """Of how many addresses that we wrote to a mail spoke, and how many messages it answers: one or none."""

    addresses: int = 0
    answers: int = 0


def read(raw: bytes) -> Mail:
    """What a mail is. One that cannot be read, whatever a stranger made of it, is none of ours."""
    try:
        return _read(raw[:LARGEST])
    except Exception:  # such as a RecursionError: parts within parts within parts
        logger.warning("A mail of %d bytes could not be read.", len(raw), exc_info=True)
        return Mail()


def _read(raw: bytes) -> Mail:
    message = message_from_bytes(raw)
    told = [*_standard(message)]
    by_somebody = any(message.get_all(name) for name in _THREAD)
    if not told and not by_somebody:
        temporary, permanent = _guessed(message)
        found = [(one, True) for one in permanent] + [(one, False) for one in temporary - permanent]
        told = [Report(one.decode("ascii", "replace"), hard, "") for one, hard in found]
    token = _token(message, raw)
    return Mail(token, told, bool(token) and not told and not _by_a_program(message))


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
            action = str(block.get("Action", "")).strip().lower()
            if address and action in ("failed", "delayed"):
                status, said = str(block.get("Status", "")).strip(), str(block.get("Diagnostic-Code", ""))
                vague = action == "failed" and status in _VAGUE
                hard = status in _ENDED or (vague and _is_gone(said or _in_words(message)))
                yield Report(address, hard, _clean(f"{status} {said}"))


def _is_gone(said: str) -> bool:
    return _NOBODY.search(said) is not None


def _in_words(message: Message) -> str:
    """What the notification says to people, in its first part."""
    first = next((one for one in message.walk() if one.get_content_type() == "text/plain"), message)
    raw = first.get_payload(decode=True)
    return raw[:10_000].decode("utf-8", "replace") if isinstance(raw, bytes) else ""


def _clean(text: str) -> str:
    """On one line, of what every database keeps."""
    shown = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(shown.split())[:300]


def _by_a_program(message: Message) -> bool:
    """Whether nobody wrote it: out of office, read, received."""
    said = str(message.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    bulk = str(message.get("Precedence", "")).strip().lower() in ("bulk", "junk", "list", "auto_reply")
    reports = message.get_content_type() == "multipart/report"
    return said != "no" or bulk or reports or "X-Autoreply" in message


def _token(message: Message, raw: bytes) -> str:
    """By the address that it came to or what it answers, else by the Message-ID of what it quotes."""
    for name in HEADERS:
        for value in message.get_all(name, []):
            if found := _TOKEN.findall(str(value)):
                return "".join(found[-1])
    quoted = re.findall(rb"(?im)^Message-ID:[ \t\r\n]{0,9}(<[0-9a-f]{32}@)", raw)
    return quoted[-1].decode()[1:-1] if quoted else ""


def take(session: Session, mail: Mail) -> Taken:
    """Note what a mail says of messages of ours."""
    query = sa.select(Send).where(Send.token == mail.token).with_for_update()
    sent = session.scalar(query) if mail.token else None
    if sent is None or not (mail.reports or mail.answers):
        return Taken()
    if sent.step in (Step.UNSURE, Step.SENDING):
        sent.step, sent.sent_at = Step.SENT, sent.promised_at or now()
    if mail.answers:
        sent.answered_at = sent.answered_at or now()
        return Taken(answers=1)
    count = 0
    for one in mail.reports:
        if len(mail.reports) > 1 and _key(one.address) != sent.address_key:
            continue
        note(session, sent.address, sent.address_key, hard=one.hard, reason=one.reason)
        sent.bounced_at, sent.reason = now(), one.reason
        count += 1
    return Taken(count)


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
