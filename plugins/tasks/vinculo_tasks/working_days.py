"""Days of work, by the calendar of whoever is given a task."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session

from vinculo.company import public_holidays
from vinculo.company.calendars import Calendars, calendar_for
from vinculo.i18n import format_date
from vinculo.i18n import gettext as _
from vinculo_tasks.models import Task
from vinculo_tasks.repeats import every


def after(calendars: Calendars, user_id: int | None, day: date, count: int, *, working: bool) -> date:
    """So many days, or working days, after a day; before it for less than none."""
    if not working:
        return day + timedelta(days=count)
    return calendars.of(user_id=user_id).add_working_days(day, count)


def shift(session: Session, task: Task) -> None:
    """From a day off to the next working day; the day that was meant is kept, for repeats go by it."""
    if task.due_on is not None:
        meant = task.due_on
        task.due_on = calendar_for(session, user_id=task.assignee_id).add_working_days(meant, 0)
        task.planned_on = meant if meant != task.due_on else None


def following(session: Session, task: Task, since: date, today: date) -> date | None:
    """The next day of a task that is due each so many working days; None where its rule says something else.

    What was missed up to ``today`` is left out.
    """
    if (step := every(task.rule)) is None:
        return None
    time = calendar_for(session, user_id=task.assignee_id)
    day = time.add_working_days(since, step)
    while day < today:
        day = time.add_working_days(day, step)
    return day


def said(session: Session, task: Task) -> str:
    """That a task is due on a day off, and which one it is; "" on a working day."""
    if task.due_on is None:
        return ""
    time = calendar_for(session, user_id=task.assignee_id)
    if time.is_working_day(task.due_on):
        return ""
    holidays = public_holidays.named(time.country, time.subdivision, task.due_on.year)
    name = holidays.get(task.due_on, "")
    day = format_date(task.due_on)
    if name:
        return _("%(day)s is a day off: %(name)s.", day=day, name=name)
    return _("%(day)s is a day off.", day=day)
