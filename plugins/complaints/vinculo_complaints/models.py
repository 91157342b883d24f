"""Complaints, their topics and causes, what is done about them, and the limits of the clock."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vinculo.db.base import Base, Customised, Record
from vinculo.db.personal import NAME, NOT_PERSONAL, PERSONAL
from vinculo.db.types import BigId, Key

FOLLOW: Final = {"on_merge": "follow"}
PART: Final = {**FOLLOW, "on_erase": "whole"}


class State(StrEnum):
    """How far a complaint is. While it waits for the client, its clock stands still."""

    NEW = "new"
    WORK = "work"
    WAITING = "waiting"
    SOLVED = "solved"
    REJECTED = "rejected"
    REOPENED = "reopened"


CLOSED: Final = frozenset((State.SOLVED, State.REJECTED))
OPEN: Final = tuple(one for one in State if one not in CLOSED)


class Severity(StrEnum):
    """How bad it is; the limits of the clock go by it."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class Kind(StrEnum):
    """What may be done about a complaint, once somebody has approved it."""

    RETURN = "return"
    CREDIT_NOTE = "credit_note"
    REPLACEMENT = "replacement"


class Step(StrEnum):
    """How far an action is."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    DONE = "done"


class Topic(Record):
    """What complaints are about."""

    __tablename__ = "complaints_topic"

    name: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, unique=True, info=NOT_PERSONAL)


class Cause(Record):
    """Why complaints came about, as one finds out."""

    __tablename__ = "complaints_cause"

    name: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, unique=True, info=NOT_PERSONAL)


class Limit(Base):
    """A number that a company chose for its clock of complaints (``vinculo_complaints.limits``)."""

    __tablename__ = "complaints_limit"

    key: Mapped[str] = mapped_column(sa.String(60), unique=True, info=NOT_PERSONAL)
    number: Mapped[int]


class Stay(Base):
    """A complaint's stay in a state: when it came into it, and by whom. ``client_id`` is the complaint's."""

    __tablename__ = "complaints_stay"

    complaint_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("complaints_complaint.id", ondelete="CASCADE", info=PART), index=True
    )
    client_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=FOLLOW), index=True
    )
    state: Mapped[State]
    entered_at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL", info=FOLLOW), index=True
    )


class Action(Base):
    """What is to be done about a complaint: proposed by one, decided by another, then performed.

    ``made_kind`` and ``made_id`` name the record that a plugin made of it; without one a person says that
    it is done.
    """

    __tablename__ = "complaints_action"

    complaint_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("complaints_complaint.id", ondelete="CASCADE", info=PART), index=True
    )
    client_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=FOLLOW), index=True
    )
    kind: Mapped[Kind]
    note: Mapped[str] = mapped_column(sa.String(300), default="", info=PERSONAL)
    amount: Mapped[Decimal | None]
    step: Mapped[Step]
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL", info=FOLLOW), index=True
    )
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL", info=FOLLOW), index=True
    )
    done_at: Mapped[datetime | None]
    made_kind: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    made_id: Mapped[int | None] = mapped_column(BigId)


class Complaint(Customised, Record):
    """A complaint of a client, perhaps about a record that ``about_kind`` and ``about_id`` name.

    ``answer_seconds`` and ``solve_seconds`` are working time; ``paused_seconds``, that in which it waited for
    the client or was closed, is not in the second. ``waiting_since`` is when it began to wait.
    ``answer_told_at`` and ``told_at`` are when its responsible was told that it is overdue.
    """

    __tablename__ = "complaints_complaint"
    __table_args__ = (
        sa.Index("ix_complaints_complaint_facts", "client_id", "state", "received_at", "satisfaction"),
        sa.Index(None, "client_id", "topic_id", "received_at"),
        sa.Index(None, "counterparty_id"),
        sa.Index(None, "person_id"),
        sa.Index(None, "about_kind", "about_id"),
        sa.Index(None, "responsible_id", "state", "due_at"),
        sa.Index(None, "received_at", "id"),
        sa.Index(None, "cause_id"),
        sa.Index(None, "topic_id"),
        *(
            sa.Index(f"ix_complaints_complaint_{due}", due, sqlite_where=told, postgresql_where=told)
            for due, told in (
                ("answer_due_at", sa.text("answer_told_at is null")),
                ("due_at", sa.text("told_at is null")),
            )
        ),
        {"sqlite_autoincrement": True},
    )

    subject: Mapped[str] = mapped_column(sa.String(300), info=NAME)
    client_id: Mapped[int] = mapped_column(
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
    topic_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("complaints_topic.id", ondelete="SET NULL", info=FOLLOW)
    )
    cause_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("complaints_cause.id", ondelete="SET NULL", info=FOLLOW)
    )
    severity: Mapped[Severity]
    product: Mapped[str] = mapped_column(sa.String(200), default="", info=NOT_PERSONAL)
    channel: Mapped[str] = mapped_column(sa.String(100), default="", info=NOT_PERSONAL)
    text: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)
    responsible_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL", info=FOLLOW)
    )
    state: Mapped[State]
    result: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)
    satisfaction: Mapped[int | None]
    received_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answer_due_at: Mapped[datetime | None]
    answer_seconds: Mapped[int | None]
    due_at: Mapped[datetime | None]
    waiting_since: Mapped[datetime | None]
    paused_seconds: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None]
    solve_seconds: Mapped[int | None]
    answer_told_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]

    actions: Mapped[list[Action]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=Action.id
    )
    stays: Mapped[list[Stay]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=Stay.id
    )
