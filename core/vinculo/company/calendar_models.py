"""When a company works: calendars of hours, the days that differ, and who works by them."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vinculo.db.base import Base, Record
from vinculo.db.personal import NOT_PERSONAL
from vinculo.db.types import BigId, Key


class WorkingCalendar(Record):
    """Weekly working hours in a zone, and by which public holidays they are shortened.

    The hours of a day are a text such as “09:00-13:00, 14:00-18:00” (``vinculo.company.hours``).
    """

    __tablename__ = "company_calendar"

    name: Mapped[str] = mapped_column(sa.String(100), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, unique=True, info=NOT_PERSONAL)
    time_zone: Mapped[str] = mapped_column(sa.String(64), info=NOT_PERSONAL)
    monday: Mapped[str] = mapped_column(sa.String(100), default="", info=NOT_PERSONAL)
    tuesday: Mapped[str] = mapped_column(sa.String(100), default="", info=NOT_PERSONAL)
    wednesday: Mapped[str] = mapped_column(sa.String(100), default="", info=NOT_PERSONAL)
    thursday: Mapped[str] = mapped_column(sa.String(100), default="", info=NOT_PERSONAL)
    friday: Mapped[str] = mapped_column(sa.String(100), default="", info=NOT_PERSONAL)
    saturday: Mapped[str] = mapped_column(sa.String(100), default="", info=NOT_PERSONAL)
    sunday: Mapped[str] = mapped_column(sa.String(100), default="", info=NOT_PERSONAL)
    country: Mapped[str] = mapped_column(sa.String(2), default="", info=NOT_PERSONAL)
    subdivision: Mapped[str] = mapped_column(sa.String(10), default="", info=NOT_PERSONAL)
    is_default: Mapped[bool] = mapped_column(default=False)

    days: Mapped[list[CalendarDay]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="CalendarDay.day"
    )
    users: Mapped[list[CalendarUser]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="CalendarUser.id"
    )
    departments: Mapped[list[CalendarDepartment]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="CalendarDepartment.id"
    )


class CalendarDay(Base):
    """A day that is unlike its week, a public holiday included; without hours it is a day off."""

    __tablename__ = "company_calendar_day"

    calendar_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("company_calendar.id", ondelete="CASCADE"), index=True
    )
    day: Mapped[date]
    hours: Mapped[str] = mapped_column(sa.String(100), default="", info=NOT_PERSONAL)
    reason: Mapped[str] = mapped_column(sa.String(200), default="", info=NOT_PERSONAL)


class CalendarUser(Base):
    """Somebody who works by a calendar of their own; that it is one alone, ``calendar_rules`` sees to.

    No constraint does: rows that replace others are written before those are deleted.
    """

    __tablename__ = "company_calendar_user"

    calendar_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("company_calendar.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="CASCADE"), index=True
    )


class CalendarDepartment(Base):
    """A department that works by a calendar of its own, with those below it that have none."""

    __tablename__ = "company_calendar_department"

    calendar_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("company_calendar.id", ondelete="CASCADE"), index=True
    )
    department_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("accounts_department.id", ondelete="CASCADE"), index=True
    )
