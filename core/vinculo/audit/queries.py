"""Looking things up in the event log: newest first, page after page by the id of the last row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.errors import FieldError, InvalidError, MalformedError, NotFoundError
from vinculo.events.models import Event
from vinculo.i18n import current_time_zone
from vinculo.i18n import gettext as _
from vinculo.records.text import whole_number

PAGE: Final = 50
MOST: Final = 500
NUMBERS: Final = ("actor_id", "record_id", "client_id", "before", "limit")
TEXTS: Final = ("kind", "action", "source")
DAYS: Final = ("from", "to")
NAMES: Final = (*NUMBERS, *TEXTS, *DAYS)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which events: every condition that is given must hold. ``before`` is the id of the last one seen."""

    actor_id: int | None = None
    record_id: int | None = None
    client_id: int | None = None
    kind: str | None = None
    action: str | None = None
    source: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    before: int | None = None
    limit: int = PAGE


def parse(parameters: Iterable[tuple[str, str]]) -> Asked:
    """Read the parameters of an address or of a command; ``from`` and ``to`` are days, both included.

    Raises ``MalformedError`` for a parameter that there is not, ``InvalidError`` for values that do not fit.
    """
    given = {name: text.strip() for name, text in parameters if text.strip()}
    unknown = next((name for name in given if name not in NAMES), None)
    if unknown is not None:
        text = _("There is no parameter %(name)s; one can filter by: %(names)s.")
        names = ", ".join(NAMES)
        raise MalformedError(text % {"name": unknown[:100], "names": names}, code="unknown_parameter")
    errors: list[FieldError] = []
    numbers = {name: _number(name, given[name], errors) for name in NUMBERS if name in given}
    since, until = (_day(name, given.get(name, ""), errors) for name in DAYS)
    if errors:
        raise InvalidError(errors)
    if until is not None:
        until += dt.timedelta(days=1)
    texts = {name: given[name][:100] for name in TEXTS if name in given}
    return Asked(since=since, until=until, **texts, **numbers)  # type: ignore[arg-type]


def _number(name: str, text: str, errors: list[FieldError]) -> int | None:
    number = whole_number(text)
    if number is None or number >= 2**63 or (name == "limit" and not 1 <= number <= MOST):
        top = MOST if name == "limit" else 2**63 - 1
        errors.append(FieldError(name, _("%(field)s is a whole number up to %(top)s.", field=name, top=top)))
    return number


def _day(name: str, text: str, errors: list[FieldError]) -> dt.datetime | None:
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text)
        return dt.datetime.combine(day, dt.time(), current_time_zone()).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        errors.append(FieldError(name, _("%(field)s: write the day as 2026-12-31.", field=name)))
        return None


def page(session: Session, asked: Asked) -> tuple[Sequence[Event], int | None]:
    """Events, newest first, and what to ask for as ``before`` to go on; None at the end."""
    query = sa.select(Event).order_by(Event.id.desc()).limit(asked.limit + 1)
    found = session.scalars(query.where(*_conditions(asked))).all()
    more = len(found) > asked.limit
    return found[: asked.limit], found[asked.limit - 1].id if more else None


def every(session: Session, asked: Asked) -> Iterable[Sequence[Event]]:
    """All events of these conditions, page by page."""
    asked = replace(asked, limit=MOST)
    before: int | None = None
    while True:
        events, before = page(session, replace(asked, before=before))
        yield events
        session.expunge_all()
        if before is None:
            return


def get(session: Session, event_id: int) -> Event:
    """One event. Raises ``NotFoundError``."""
    event = session.get(Event, event_id) if event_id < 2**63 else None
    if event is None:
        raise NotFoundError(_("There is no event %(id)s.", id=event_id))
    return event


def _conditions(asked: Asked) -> list[sa.ColumnElement[bool]]:
    equal: Mapping[Any, Any] = {
        Event.actor_id: asked.actor_id,
        Event.record_id: asked.record_id,
        Event.client_id: asked.client_id,
        Event.kind: asked.kind,
        Event.action: asked.action,
        sa.cast(Event.source, sa.String): asked.source,
    }
    found = [column == value for column, value in equal.items() if value is not None]
    if asked.since is not None:
        found.append(Event.at >= asked.since)
    if asked.until is not None:
        found.append(Event.at < asked.until)
    if asked.before is not None:
        found.append(Event.id < asked.before)
    return found
