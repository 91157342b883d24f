"""What hooks return that works without being looked at: events, consents, outcomes, sending messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from vinculo.plugins.contributions import Text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from vinculo.events.models import Event
    from vinculo.web.site import Site


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who is told of what happens, in the order of the event log (``vinculo.audit.delivering``).

    ``wants(site, session)`` are the events that it asks for at the moment, as ``complaint.solved``: kind and
    action as the log has them. ``deliver(site, session, events)`` is given some of them; what it writes
    commits with the mark of how far it was told, so each event is told once; what it does elsewhere may be
    done again. What it raises takes all of it back: these events, and those after them, come again a minute
    later.
    ``name`` begins with that of the plugin.
    """

    name: str
    wants: Callable[[Site, Session], AbstractSet[str]]
    deliver: Callable[[Site, Session, Sequence[Event]], None]


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody said of marketing: they agree, or take that back. ``key`` is their address, folded."""

    key: str
    agreed: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class ConsentSource:
    """Where people say whether they want marketing.

    ``words(session, keys)`` are what these addresses said, or all, where ``keys`` is None. Of an address
    there may be several, and words of other sources: the last one counts.
    ``name`` begins with that of the plugin.
    """

    name: str
    words: Callable[[Session, Sequence[str] | None], Iterable[Word]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What clients do that somebody may have wished for: they buy, order, pay.

    It is told by records of a ``kind``: those that fulfil ``where``, conditions of their list as programs
    write them, each on the day in its field ``day``. The field ``amount`` is what one is worth in the
    currency of the company. ``name`` begins with that of the plugin.
    """

    name: str
    label: Text
    kind: str
    day: str
    amount: str
    where: Sequence[tuple[str, str]] = ()
    weight: int = 50


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes: the name, lines of address and numbers, and where to pay to as (label, value)."""

    name: str
    country: str = ""
    lines: Sequence[str] = ()
    pay: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Seller:
    """Tells who sells where nobody says: ``head(session, currency)``, in the current language.

    ``name`` begins with that of the plugin. None is said by who does not know.
    """

    name: str
    head: Callable[[Session, str], Letterhead | None]


@dataclass(frozen=True, slots=True)
class SmsGateway:
    """A way to send text messages; ``name`` is what settings call it.

    ``sending(site)`` is a context in which many are sent: it gives ``send(to, text, key, promise)``, which is
    to call ``promise()`` right before the gateway may have the message. ``send`` raises ``RefusedError``,
    ``LaterError`` and ``UnsureError`` of ``vinculo.mail``, with the same meaning.
    """

    name: str
    label: Text
    sending: Callable[[Site], AbstractContextManager[Callable[[str, str, str, Callable[[], object]], None]]]
