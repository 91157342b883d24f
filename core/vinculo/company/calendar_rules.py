"""What holds for every calendar of working hours, by whatever door it comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from zoneinfo import available_timezones

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.company import public_holidays
from vinculo.company.calendar_models import CalendarDepartment, CalendarUser, WorkingCalendar
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import current_time_zone
from vinculo.i18n import gettext as _
from vinculo.records import service
from vinculo.records.kind import RecordKind
from vinculo.records.reading import Values

WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def zone() -> str:
    """What a new calendar begins with."""
    return current_time_zone().key


def check(session: Session, calendar: WorkingCalendar, actor: Actor) -> None:
    """Refuse a zone or a part of a country that there is not, a week without hours, and two for one."""
    calendar.subdivision = calendar.subdivision.upper()
    errors = [*_own(calendar), *_days(calendar), *_taken(session, calendar)]
    if errors:
        raise InvalidError(errors)


def _own(calendar: WorkingCalendar) -> Iterator[FieldError]:
    if calendar.time_zone not in available_timezones():
        text = _("“%(value)s” is no time zone; write e.g. America/Sao_Paulo.", value=calendar.time_zone)
        yield FieldError("time_zone", text, "unknown_zone")
    if not any(getattr(calendar, day) for day in WEEK):
        yield FieldError("monday", _("Say the hours of one day at least."), "required")
    if calendar.country and not public_holidays.known(calendar.country):
        text = _(
            "The public holidays of %(value)s are not known: leave the country empty, and enter them as days"
            " that differ.",
            value=calendar.country,
        )
        yield FieldError("country", text, "unknown_country")
    elif calendar.subdivision and calendar.subdivision not in public_holidays.subdivisions(calendar.country):
        parts = ", ".join(public_holidays.subdivisions(calendar.country)) or _("none")
        text = _(
            "“%(value)s” is no part of this country with holidays of its own; there are: %(parts)s.",
            value=calendar.subdivision,
            parts=parts,
        )
        yield FieldError("subdivision", text, "unknown_subdivision")


def _days(calendar: WorkingCalendar) -> Iterator[FieldError]:
    seen = set()
    for index, one in enumerate(calendar.days):
        if one.day in seen:
            yield FieldError(f"days[{index}].day", _("This day is there twice; keep one of them."), "twice")
        seen.add(one.day)


def _taken(session: Session, calendar: WorkingCalendar) -> Iterator[FieldError]:
    """Whoever works by another calendar already."""
    lists: tuple[tuple[str, str, Any], ...] = (
        ("users", "user_id", CalendarUser),
        ("departments", "department_id", CalendarDepartment),
    )
    for name, link, model in lists:
        ids = [getattr(row, link) for row in getattr(calendar, name)]
        if not ids:
            continue
        with session.no_autoflush:
            others = sa.select(getattr(model, link), WorkingCalendar.name).join(
                WorkingCalendar, WorkingCalendar.id == model.calendar_id
            )
            others = others.where(getattr(model, link).in_(ids), WorkingCalendar.id != (calendar.id or 0))
            of = {row[0]: row[1] for row in session.execute(others)}
        for index, one in enumerate(ids):
            if one in of or one in ids[:index]:
                text = _(
                    "Already in the calendar “%(name)s”; take it out there first.",
                    name=of.get(one, calendar.name),
                )
                yield FieldError(f"{name}[{index}].{link}", text, "in_another_calendar")


def take_over(session: Session, kind: RecordKind, calendar: WorkingCalendar, actor: Actor) -> None:
    """This one is the company's now: the one before is no more."""
    others = sa.select(WorkingCalendar).where(
        WorkingCalendar.is_default.is_(True), WorkingCalendar.id != calendar.id
    )
    for other in session.scalars(others.with_for_update()).all():
        service.update(session, kind, other, Values({"is_default": False}), actor=actor)
