"""Clients: the real businesses and persons one deals with, whatever their legal entities."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vinculo.db.base import Base, Customised, Record
from vinculo.db.personal import IDENTIFIER, NAME, NAME_KEY, NOT_PERSONAL, PERSONAL
from vinculo.db.types import BigId, Key
from vinculo.people.models import ContactPoint


class Stage(StrEnum):
    """How far the relationship has come."""

    POTENTIAL = "potential"
    ACTIVE = "active"
    PERMANENT = "permanent"
    LOST = "lost"


class OwnerPeriod(Base):
    """Who was responsible for a client from one day to another, both included.

    ``valid_from`` is null where it began before anybody counted, ``valid_to`` where it goes on.
    """

    __tablename__ = "clients_owner"

    client_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="CASCADE"), index=True
    )
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class Pin(Base):
    """A record whose entry stays on top of a client's timeline. No key leads to it: it is of any kind."""

    __tablename__ = "clients_pin"
    __table_args__ = (
        sa.UniqueConstraint("client_id", "kind", "record_id"),
        {"sqlite_autoincrement": True},
    )

    client_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info={"on_merge": "follow"})
    )
    kind: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)
    record_id: Mapped[int] = mapped_column(BigId)
    user_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL"), index=True
    )
    pinned_at: Mapped[datetime]


class Client(Customised, Record):
    """The centre of the product: everything else points to one of these."""

    __tablename__ = "clients_client"
    __table_args__ = (
        # With what tells whose they are: rows of others are passed over without being read.
        sa.Index(None, "name_key", "id", "responsible_id", "created_by_id"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "changed_at", "id"),
        sa.Index(None, "stage", "name_key", "id"),
        sa.Index(None, "responsible_id", "name_key", "id"),
        sa.Index(None, "parent_id", "name_key", "id"),
        # By whom a client is owned, as ``vinculo.records.access`` asks for it.
        sa.Index(
            "ix_clients_client_owner",
            sa.text("coalesce(responsible_id, created_by_id)"),
            sa.text("name_key"),
            sa.text("id"),
        ),
        {"sqlite_autoincrement": True},
    )

    name: Mapped[str] = mapped_column(sa.String(200), info=NAME)
    name_key: Mapped[str] = mapped_column(Key, info=NAME_KEY)
    stage: Mapped[Stage] = mapped_column(default=Stage.POTENTIAL)
    responsible_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL")
    )
    parent_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="SET NULL")
    )
    industry: Mapped[str] = mapped_column(sa.String(100), default="", info=PERSONAL)
    country: Mapped[str] = mapped_column(sa.String(2), default="", info=PERSONAL)
    website: Mapped[str] = mapped_column(sa.String(500), default="", info=IDENTIFIER)
    note: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)

    contact_points: Mapped[list[ContactPoint]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=ContactPoint.id
    )
    owners: Mapped[list[OwnerPeriod]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=OwnerPeriod.id
    )
