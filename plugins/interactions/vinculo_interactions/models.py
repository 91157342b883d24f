"""Interactions with clients, and the people who took part in them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vinculo.db.base import Base, Customised, Record
from vinculo.db.personal import NAME, NOT_PERSONAL, PERSONAL
from vinculo.db.types import BigId


class InteractionType(StrEnum):
    """How one was in touch. A note is what one wants to remember, without the client.

    ``EMAIL`` and ``SMS`` are such as were sent.
    """

    MEETING = "meeting"
    CALL_IN = "call_in"
    CALL_OUT = "call_out"
    SMS = "sms"
    EMAIL = "email"
    NOTE = "note"
    CALL_MISSED = "call_missed"
    EMAIL_IN = "email_in"
    SMS_IN = "sms_in"


INCOMING: Final = frozenset((InteractionType.CALL_MISSED, InteractionType.EMAIL_IN, InteractionType.SMS_IN))
NO_CONTACT: Final = (InteractionType.NOTE, InteractionType.CALL_MISSED)  # nobody spoke with the client


class Priority(StrEnum):
    """How soon what came in is to be answered."""

    NORMAL = "normal"
    HIGH = "high"


class Answer(StrEnum):
    """What became of what came in. Once it is late it stays so."""

    WAITING = "waiting"
    OVERDUE = "overdue"
    ANSWERED = "answered"
    LATE = "late"
    NEEDLESS = "needless"


class Limit(Base):
    """A number that a company chose for its response clock (``vinculo_interactions.limits``)."""

    __tablename__ = "interactions_limit"

    key: Mapped[str] = mapped_column(sa.String(60), unique=True, info=NOT_PERSONAL)
    number: Mapped[int]


class Participant(Base):
    """A person who took part. ``client_id`` is the interaction's: rows of a client can be told by it."""

    __tablename__ = "interactions_participant"

    interaction_id: Mapped[int] = mapped_column(
        BigId,
        sa.ForeignKey(
            "interactions_interaction.id",
            ondelete="CASCADE",
            info={"on_merge": "follow", "on_erase": "whole"},
        ),
        index=True,
    )
    client_id: Mapped[int] = mapped_column(
        BigId,
        sa.ForeignKey("clients_client.id", ondelete="CASCADE", info={"on_merge": "follow"}),
        index=True,
    )
    person_id: Mapped[int] = mapped_column(
        BigId,
        sa.ForeignKey("people_person.id", ondelete="CASCADE", info={"on_merge": "follow"}),
        index=True,
    )


class Interaction(Customised, Record):
    """A meeting, a call, a message or a note: what happened, what came of it and what is to follow.

    Of what came in, ``answer_id`` is the first interaction that answers it, ``answer_seconds`` the working
    time until then, ``answer_target`` the minutes allowed; ``answer_told_at``: it was told to be overdue.
    """

    __tablename__ = "interactions_interaction"
    __table_args__ = (
        sa.Index(None, "happened_at", "id"),
        sa.Index(None, "client_id", "happened_at", "id", "type"),  # the type, so that facts read no rows
        sa.Index(None, "counterparty_id", "happened_at"),
        sa.Index(None, "responsible_id", "happened_at", "id"),
        sa.Index(None, "responsible_id", "next_step_on"),
        sa.Index(None, "client_id", "answer"),
        sa.Index(None, "answer", "answer_due_at"),
        sa.Index(None, "answer_id"),
        {"sqlite_autoincrement": True},
    )

    client_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info={"on_merge": "follow"})
    )
    responsible_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL", info={"on_merge": "follow"})
    )
    counterparty_id: Mapped[int | None] = mapped_column(
        BigId,
        sa.ForeignKey("counterparties_counterparty.id", ondelete="SET NULL", info={"on_merge": "follow"}),
    )
    type: Mapped[InteractionType]
    subject: Mapped[str] = mapped_column(sa.String(300), info=NAME)
    happened_at: Mapped[datetime]
    duration_minutes: Mapped[int | None]
    outcome: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)
    next_step: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)
    next_step_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)
    priority: Mapped[Priority] = mapped_column(default=Priority.NORMAL)
    no_answer: Mapped[bool] = mapped_column(default=False)
    answer: Mapped[Answer | None]
    answer_target: Mapped[int | None]
    answer_due_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answer_seconds: Mapped[int | None] = mapped_column(BigId)
    answer_id: Mapped[int | None] = mapped_column(
        BigId,
        sa.ForeignKey(
            "interactions_interaction.id",
            ondelete="SET NULL",
            info={"on_merge": "follow", "on_erase": "keep"},
        ),
    )
    answer_told_at: Mapped[datetime | None]

    participants: Mapped[list[Participant]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=Participant.id
    )
