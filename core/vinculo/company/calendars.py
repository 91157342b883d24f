"""By which working time somebody works: read once, in few queries, as values to count with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts.models import Department, Membership
from vinculo.company.calendar_models import CalendarDay, CalendarDepartment, CalendarUser, WorkingCalendar
from vinculo.company.calendar_rules import WEEK
from vinculo.company.hours import spans
from vinculo.company.working_time import ALWAYS, Span, WorkingTime


@dataclass(frozen=True, slots=True)
class Calendars:
    """All working times of a company, and who works by which.

    What was read stays as it was: load anew for each request or job.
    """

    times: Mapping[int, WorkingTime] = field(default_factory=dict)
    default: int | None = None
    users: Mapping[int, int] = field(default_factory=dict)
    departments: Mapping[int, int] = field(default_factory=dict)
    memberships: Mapping[int, int] = field(default_factory=dict)
    parents: Mapping[int, int | None] = field(default_factory=dict)

    def of(
        self, *, user_id: int | None = None, department_id: int | None = None, calendar_id: int | None = None
    ) -> WorkingTime:
        """The user's own, else ``calendar_id``, else the department's, else the company's, else all hours.

        ``calendar_id`` is what something else names, such as an outlet. Without a department it is the
        user's; one that has no calendar has that of the next one above it.
        """
        own = self.users.get(user_id or 0)
        if department_id is None:
            department_id = self.memberships.get(user_id or 0)
        for one in (own, calendar_id, self._of_department(department_id), self.default):
            if one is not None and one in self.times:
                return self.times[one]
        return ALWAYS

    def _of_department(self, department_id: int | None) -> int | None:
        while department_id is not None and department_id not in self.departments:
            department_id = self.parents.get(department_id)
        return None if department_id is None else self.departments[department_id]


def load(session: Session) -> Calendars:
    """All of them: one query where there are none, five or less where there are."""
    rows = session.scalars(sa.select(WorkingCalendar).order_by(WorkingCalendar.id)).all()
    if not rows:
        return Calendars()
    days: dict[int, dict[date, Sequence[Span]]] = {}
    differing = sa.select(CalendarDay.calendar_id, CalendarDay.day, CalendarDay.hours)
    for calendar_id, day, hours in session.execute(differing):
        days.setdefault(calendar_id, {})[day] = spans(hours)
    times = {row.id: _time(row, days.get(row.id, {})) for row in rows}
    default = next((row.id for row in rows if row.is_default), None)
    users = _pairs(session, CalendarUser.user_id, CalendarUser.calendar_id)
    departments = _pairs(session, CalendarDepartment.department_id, CalendarDepartment.calendar_id)
    if not departments:
        return Calendars(times, default, users)
    members = _pairs(session, Membership.user_id, Membership.department_id)
    above = sa.select(Department.id, Department.parent_id)
    parents = {row.id: row.parent_id for row in session.execute(above)}
    return Calendars(times, default, users, departments, members, parents)


def calendar_for(
    session: Session,
    *,
    user_id: int | None = None,
    department_id: int | None = None,
    calendar_id: int | None = None,
) -> WorkingTime:
    """The working time of one; see ``Calendars.of``. For many ``load`` once."""
    return load(session).of(user_id=user_id, department_id=department_id, calendar_id=calendar_id)


def time_of(calendar: WorkingCalendar) -> WorkingTime:
    """A calendar as a value."""
    return _time(calendar, {one.day: spans(one.hours) for one in calendar.days})


def _time(row: WorkingCalendar, days: Mapping[date, Sequence[Span]]) -> WorkingTime:
    week = [spans(getattr(row, day)) for day in WEEK]
    return WorkingTime(ZoneInfo(row.time_zone), week, row.country, row.subdivision, days)


def _pairs(
    session: Session, key: sa.SQLColumnExpression[int], value: sa.SQLColumnExpression[int]
) -> dict[int, int]:
    return {row[0]: row[1] for row in session.execute(sa.select(key, value))}
