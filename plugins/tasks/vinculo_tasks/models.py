"""Tasks, their types, and ready sets of steps."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vinculo.db.base import Base, Customised, Record
from vinculo.db.personal import NAME, NOT_PERSONAL, PERSONAL
from vinculo.db.types import BigId, Key

FOLLOW: Final = {"on_merge": "follow"}


class Icon(StrEnum):
    """How a type looks, by the names of the sprite."""

    CHECKLIST = "checklist"
    PHONE = "phone"
    MAIL = "mail"
    USERS = "users"
    MESSAGE = "message"
    PLACE = "map-pin"
    NOTES = "notes"
    MONEY = "currency-dollar"
    BOX = "box"


class Chaining(StrEnum):
    """What comes of the next type when a task is done."""

    NONE = "none"
    SUGGEST = "suggest"
    CREATE = "create"


class From(StrEnum):
    """What days are counted from."""

    DONE = "done"
    DUE = "due"


class State(StrEnum):
    """How far a task is."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class Priority(StrEnum):
    """How much depends on it."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Remind(StrEnum):
    """When to remind: of a task without a time, counted from nine in the morning of its day."""

    NEVER = "never"
    AT = "at"
    QUARTER = "quarter"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


class Repeat(StrEnum):
    """How often it is to be done again."""

    NEVER = "never"
    DAY = "day"
    WEEKDAY = "weekday"
    WEEK = "week"
    FORTNIGHT = "fortnight"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    RULE = "rule"  # as ``Task.rule`` says


class Whose(StrEnum):
    """Who is given a step of a plan."""

    PERSON = "person"  # the one whom the step names
    OWNER = "owner"  # whoever is responsible for the client
    APPLIER = "applier"


class TaskType(Record):
    """A kind of work: call, meeting, offer. ``next_type_id`` is what follows it."""

    __tablename__ = "tasks_type"

    name: Mapped[str] = mapped_column(sa.String(100), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, unique=True, info=NOT_PERSONAL)
    icon: Mapped[Icon]
    lead_days: Mapped[int | None]
    lead_working: Mapped[bool] = mapped_column(default=False)
    chaining: Mapped[Chaining]
    next_type_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("tasks_type.id", ondelete="SET NULL", info=FOLLOW), index=True
    )
    next_from: Mapped[From]


class CheckItem(Base):
    """A line of a task's checklist."""

    __tablename__ = "tasks_item"

    task_id: Mapped[int] = mapped_column(
        BigId,
        sa.ForeignKey("tasks_task.id", ondelete="CASCADE", info={**FOLLOW, "on_erase": "whole"}),
        index=True,
    )
    text: Mapped[str] = mapped_column(sa.String(300), info=NAME)
    done: Mapped[bool] = mapped_column(default=False)


class Task(Customised, Record):
    """Something to be done, alone or for a record: by a link, or by ``about_kind`` and ``about_id``.

    ``due_on`` and ``due_time`` are of the clock on the wall in ``zone``; ``due_at`` is the moment from which
    on it is late, the end of the day where no time is said. ``reminded_at``: the reminder of ``remind_at``
    was given. ``planned_on`` is the day off that was meant, where ``workdays`` moved it to a working day.
    ``follows_id`` is the task that was done before, of which this one is a consequence.
    """

    __tablename__ = "tasks_task"
    __table_args__ = (
        sa.Index(None, "client_id", "state", "due_on", "due_at"),  # with the day, or SQLite goes by that
        sa.Index(None, "counterparty_id"),
        sa.Index(None, "person_id"),
        sa.Index(None, "about_kind", "about_id"),
        sa.Index(None, "assignee_id", "state", "due_on"),
        sa.Index(None, "created_by_id", "state"),
        sa.Index(None, "state", "due_on", "id"),
        sa.Index(None, "type_id"),
        sa.Index(None, "follows_id"),
        sa.Index(
            "ix_tasks_task_to_remind",
            "remind_at",
            sqlite_where=sa.text("reminded_at is null"),
            postgresql_where=sa.text("reminded_at is null"),
        ),
        {"sqlite_autoincrement": True},
    )

    subject: Mapped[str] = mapped_column(sa.String(300), info=NAME)
    note: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)
    type_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("tasks_type.id", ondelete="SET NULL", info=FOLLOW)
    )
    client_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=FOLLOW)
    )
    counterparty_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("counterparties_counterparty.id", ondelete="SET NULL", info=FOLLOW)
    )
    person_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("people_person.id", ondelete="SET NULL", info=FOLLOW)
    )
    about_kind: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    about_id: Mapped[int | None] = mapped_column(BigId)
    assignee_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL", info=FOLLOW)
    )
    due_on: Mapped[date | None]
    workdays: Mapped[bool] = mapped_column(default=False)
    planned_on: Mapped[date | None]
    due_time: Mapped[str | None] = mapped_column(sa.String(5), info=NOT_PERSONAL)
    zone: Mapped[str] = mapped_column(sa.String(64), default="", info=NOT_PERSONAL)
    due_at: Mapped[datetime | None]
    remind: Mapped[Remind]
    remind_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    priority: Mapped[Priority]
    repeat: Mapped[Repeat]
    repeat_from: Mapped[From]
    rule: Mapped[str] = mapped_column(sa.String(200), default="", info=NOT_PERSONAL)
    state: Mapped[State]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL", info=FOLLOW)
    )
    result: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)
    follows_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("tasks_task.id", ondelete="SET NULL", info={**FOLLOW, "on_erase": "keep"})
    )

    items: Mapped[list[CheckItem]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=CheckItem.id
    )


class PlanStep(Base):
    """A step of a plan; ``days``, perhaps ``working`` ones, after its day, before it where negative."""

    __tablename__ = "tasks_step"

    plan_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("tasks_plan.id", ondelete="CASCADE", info=FOLLOW), index=True
    )
    subject: Mapped[str] = mapped_column(sa.String(300), info=NOT_PERSONAL)
    type_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("tasks_type.id", ondelete="SET NULL", info=FOLLOW), index=True
    )
    days: Mapped[int]
    working: Mapped[bool] = mapped_column(default=False)
    whose: Mapped[Whose]
    assignee_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL", info=FOLLOW), index=True
    )


class Plan(Record):
    """A ready set of steps."""

    __tablename__ = "tasks_plan"

    name: Mapped[str] = mapped_column(sa.String(100), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, unique=True, info=NOT_PERSONAL)
    note: Mapped[str] = mapped_column(sa.Text, default="", info=NOT_PERSONAL)

    steps: Mapped[list[PlanStep]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=PlanStep.id
    )


class Feed(Base):
    """The secret address of a user's calendar; only the hash of its token is kept."""

    __tablename__ = "tasks_feed"

    user_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="CASCADE", info=FOLLOW), unique=True
    )
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True, info=NOT_PERSONAL)
    created_at: Mapped[datetime]
