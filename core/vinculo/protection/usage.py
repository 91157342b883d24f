"""How much each user did on each day, counted from the event log and kept by day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.events.models import Event
from vinculo.protection.baselines import WINDOW, Usual, usual
from vinculo.protection.models import Measure, Usage
from vinculo.settings.sections import ProtectionSettings

EXPORTED: Final = ("exported", "export cut off")
# By no index: without statistics SQLite would ask for all events of an action, instead of those of a day.
_action: Final = Event.action.concat("")
Counts = Mapping[tuple[int, Measure], int]  # (user, measure) → how much

# Of a room beside this one.
_user_role: Final = sa.table("accounts_user_role", sa.column("user_id"), sa.column("role_id"))


def floors(settings: ProtectionSettings) -> Mapping[Measure, int]:
    """Up to which count of a day nothing is unusual."""
    return {
        Measure.CARDS: settings.cards_per_day,
        Measure.REVEALS: settings.reveals_per_day,
        Measure.ROWS: settings.export_rows_per_day,
    }


def day_of(at: datetime, time_zone: str) -> date:
    """The company's day."""
    return at.astimezone(ZoneInfo(time_zone)).date()


def uncounted(session: Session, today: date) -> Sequence[date]:
    """The days to count: from the last one that was begun, at most those of the window."""
    first = today - timedelta(days=WINDOW)
    last = session.scalar(sa.select(sa.func.max(Usage.day)))
    begin = max(first, min(last or first, today))
    return [begin + timedelta(days=n) for n in range((today - begin).days + 1)]


def count(session: Session, day: date, time_zone: str) -> Counts:
    """What everybody did on a day, as the event log tells it."""
    since, until = (_midnight(one, time_zone) for one in (day, day + timedelta(days=1)))
    during = (Event.at >= since, Event.at < until, Event.actor_id.is_not(None))
    found: dict[tuple[int, Measure], int] = {}
    for user_id, measure, number in (*_touches(session, during), *_rows(session, during)):
        found[user_id, measure] = found.get((user_id, measure), 0) + number
    return {key: number for key, number in found.items() if number > 0}


def _midnight(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)


def _touches(session: Session, during: Sequence[Any]) -> Iterator[tuple[int, Measure, int]]:
    cards = sa.and_(_action == "viewed", Event.kind == "client")
    query = (
        sa.select(
            Event.actor_id,
            sa.func.count(sa.distinct(sa.case((cards, Event.record_id)))),
            sa.func.count(sa.case((_action == "revealed", 1))),
        )
        .where(*during, sa.or_(cards, _action == "revealed"))
        .group_by(Event.actor_id)
    )
    rows: Sequence[Any] = session.execute(query).all()
    for user_id, viewed, revealed in rows:
        yield user_id, Measure.CARDS, viewed
        yield user_id, Measure.REVEALS, revealed


def _rows(session: Session, during: Sequence[Any]) -> Iterator[tuple[int, Measure, int]]:
    """Of an export that was cut off, what went out counts: its event tells both."""
    query = sa.select(Event.actor_id, Event.changes).where(*during, _action.in_(EXPORTED))
    for user_id, changes in session.execute(query):
        before, after = changes.get("rows", (None, 0))
        yield user_id, Measure.ROWS, (after or 0) - (before or 0)


def keep(session: Session, day: date, counts: Counts) -> None:
    """Write the counts of a day in the place of those that were there; what is long past is forgotten."""
    past = Usage.day < day - timedelta(days=2 * WINDOW)
    session.execute(sa.delete(Usage).where(sa.or_(Usage.day == day, past)))
    rows = [
        {"user_id": user_id, "measure": measure, "day": day, "count": number}
        for (user_id, measure), number in sorted(counts.items())
    ]
    if rows:
        session.execute(sa.insert(Usage), rows)


def before(session: Session, user_id: int, measure: Measure, day: date) -> Sequence[tuple[date, int]]:
    """A user's days in the window before a day; those without anything are not among them."""
    query = sa.select(Usage.day, Usage.count).where(
        Usage.user_id == user_id, Usage.measure == measure, *_within(day)
    )
    return [(row[0], row[1]) for row in session.execute(query.order_by(Usage.day))]


def usual_of(session: Session, user_id: int, measure: Measure, day: date, floor: int) -> Usual:
    """What is usual for a user before a day."""
    own = [number for _day, number in before(session, user_id, measure, day)]
    return usual(own, _of_colleagues(session, user_id, measure, day), floor=floor)


def _within(day: date) -> tuple[Any, ...]:
    return Usage.day >= day - timedelta(days=WINDOW), Usage.day < day


def _of_colleagues(session: Session, user_id: int, measure: Measure, day: date) -> Sequence[int]:
    """The days of those who have a role of the user's; of those without any, if the user has none."""
    own = session.scalars(sa.select(_user_role.c.role_id).where(_user_role.c.user_id == user_id)).all()
    same = sa.select(_user_role.c.user_id)
    is_colleague = (
        Usage.user_id.in_(same.where(_user_role.c.role_id.in_(own))) if own else Usage.user_id.not_in(same)
    )
    query = sa.select(Usage.count).where(
        Usage.measure == measure, *_within(day), Usage.user_id != user_id, is_colleague
    )
    return session.scalars(query).all()
