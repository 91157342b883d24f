"""Interactions with clients, and the people who took part in them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vinculo.db.base import Base, Customised, Record
from vinculo.db.personal import NAME, PERSONAL
from vinculo.db.types import BigId


class InteractionType(StrEnum):
    """How one was in touch. A note is what one wants to remember, without the client."""

    MEETING = "meeting"
    CALL_IN = "call_in"
    CALL_OUT = "call_out"
    SMS = "sms"
    EMAIL = "email"
    NOTE = "note"


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
    """A meeting, a call, a message or a note: what happened, what came of it and what is to follow."""

    __tablename__ = "interactions_interaction"
    __table_args__ = (
        sa.Index(None, "happened_at", "id"),
        sa.Index(None, "client_id", "happened_at", "id", "type"),  # the type, so that facts read no rows
        sa.Index(None, "counterparty_id", "happened_at"),
        sa.Index(None, "responsible_id", "happened_at", "id"),
        sa.Index(None, "responsible_id", "next_step_on"),
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

    participants: Mapped[list[Participant]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=Participant.id
    )
