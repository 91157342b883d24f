"""Calendars of working hours as a kind of record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.company import calendar_rules as rules
from vinculo.company.calendar_models import CalendarDay, CalendarDepartment, CalendarUser, WorkingCalendar
from vinculo.company.hours import HoursField
from vinculo.i18n import lazy_gettext as _l
from vinculo.records.fields import CountryField, DateField, LinkField, TextField, YesNoField
from vinculo.records.kind import Collection, RecordKind
from vinculo.web.views import Badge

WEEKDAYS: Final = {
    "monday": _l("Monday"), "tuesday": _l("Tuesday"), "wednesday": _l("Wednesday"),
    "thursday": _l("Thursday"), "friday": _l("Friday"), "saturday": _l("Saturday"), "sunday": _l("Sunday"),
}  # fmt: skip
USUAL: Final = "09:00-18:00"
HELP: Final = _l("E.g. 09:00-13:00, 14:00-18:00; empty for a day off.")


def badges(calendar: WorkingCalendar) -> Sequence[Badge]:
    """Which one is the company's."""
    return [Badge(str(_l("Company's calendar")), "brand", field="is_default")] if calendar.is_default else []


def written(session: Session, calendar: WorkingCalendar, changes: Mapping[str, Any], actor: Actor) -> None:
    """The company has one calendar."""
    if "is_default" in changes and calendar.is_default:
        rules.take_over(session, working_calendar, calendar, actor)


def _hours(name: str) -> HoursField:
    begins = "" if name in ("saturday", "sunday") else USUAL
    return HoursField(name=name, label=WEEKDAYS[name], help=HELP, default=begins)


working_calendar = RecordKind(
    name="working_calendar",
    plural="working-calendars",
    domain="company",
    model=WorkingCalendar,
    label=_l("Working time"),
    label_plural=_l("Working times"),
    new_label=_l("Add working time"),
    icon="clock",
    title="name",
    fields=(
        TextField(
            name="name", label=_l("Name"), required=True, max_length=100, key="name_key", searchable=True
        ),
        YesNoField(
            name="is_default",
            label=_l("Company's calendar"),
            help=_l("Holds for everybody who has no other, nor a department that has one."),
        ),
        TextField(
            name="time_zone",
            label=_l("Time zone"),
            required=True,
            max_length=64,
            default=rules.zone,
            help=_l("By name, e.g. America/Sao_Paulo: whose clock the hours are of."),
        ),
        *(_hours(name) for name in WEEKDAYS),
        CountryField(
            name="country",
            label=_l("Public holidays of"),
            help=_l("They are days off. Leave it empty for none."),
        ),
        TextField(
            name="subdivision",
            label=_l("Part of the country"),
            max_length=10,
            help=_l("Its code, where it has holidays of its own: SP for São Paulo, BY for Bavaria."),
        ),
    ),
    collections=(
        Collection(
            name="days",
            label=_l("Days that differ"),
            add_label=_l("Add a day"),
            model=CalendarDay,
            fields=(
                DateField(name="day", label=_l("Day"), required=True),
                HoursField(name="hours", label=_l("Hours"), help=HELP),
                TextField(name="reason", label=_l("Reason")),
            ),
            help=_l("They stand above the week and above public holidays."),
            same=("day",),
        ),
        Collection(
            name="departments",
            label=_l("Departments"),
            add_label=_l("Add a department"),
            model=CalendarDepartment,
            fields=(
                LinkField(name="department_id", label=_l("Department"), kind="department", required=True),
            ),
            help=_l("With those below them that have no other."),
            same=("department_id",),
        ),
        Collection(
            name="users",
            label=_l("Employees"),
            add_label=_l("Add an employee"),
            model=CalendarUser,
            fields=(LinkField(name="user_id", label=_l("User"), kind="user", required=True),),
            same=("user_id",),
        ),
    ),
    columns=("name", "time_zone", *WEEKDAYS, "country"),
    match=("external_id", "name"),
    keys=("name_key",),
    rules=rules.check,
    written=written,
    badges=badges,
    scoped=False,
    menu=None,
    administrative=True,
    summary=_l(
        "When you work: what is due on working days, and how fast one answers, is counted by it. Without any,"
        " every hour of every day counts."
    ),
)
