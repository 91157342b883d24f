"""People, the roles they play at clients and counterparties, and how to reach anybody."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vinculo.db.base import Base, Customised, Record
from vinculo.db.personal import DELETE, IDENTIFIER, KEEP, NAME, NAME_KEY, NOT_PERSONAL, PERSONAL
from vinculo.db.types import BigId, Key

GOES: Final = {"on_erase": DELETE}
STAYS: Final = {"on_erase": KEEP}


class ContactType(StrEnum):
    """A way to reach somebody."""

    PHONE = "phone"
    EMAIL = "email"
    MESSENGER = "messenger"


class Purpose(StrEnum):
    """What a contact point is for."""

    WORK = "work"
    MOBILE = "mobile"
    PRIVATE = "private"
    BILLING = "billing"
    FAX = "fax"


class PersonAddressType(StrEnum):
    """What an address of a person is for."""

    HOME = "home"
    WORK = "work"
    POSTAL = "postal"


class ContactPoint(Base):
    """A phone, an e-mail address or a messenger of one client, counterparty or person.

    ``key`` is the value made comparable: E.164 for valid phone numbers, digits for others, folded
    addresses; matching and duplicate search use it.
    """

    __tablename__ = "people_contact_point"
    __table_args__ = (
        sa.CheckConstraint(
            "CASE WHEN client_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN counterparty_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN person_id IS NULL THEN 0 ELSE 1 END = 1",
            name="one_owner",
        ),
        {"sqlite_autoincrement": True},
    )

    client_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=GOES), index=True
    )
    counterparty_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("counterparties_counterparty.id", ondelete="CASCADE", info=GOES), index=True
    )
    person_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("people_person.id", ondelete="CASCADE", info=GOES), index=True
    )
    type: Mapped[ContactType]
    value: Mapped[str] = mapped_column(sa.String(254), info=IDENTIFIER)
    key: Mapped[str] = mapped_column(Key, index=True, info=IDENTIFIER)
    purpose: Mapped[Purpose | None]


class Postal:
    """A mixin: where something is, or mail is sent to."""

    street: Mapped[str] = mapped_column(sa.String(300), default="", info=PERSONAL)
    city: Mapped[str] = mapped_column(sa.String(100), default="", info=PERSONAL)
    region: Mapped[str] = mapped_column(sa.String(100), default="", info=PERSONAL)
    postal_code: Mapped[str] = mapped_column(sa.String(20), default="", info=PERSONAL)
    country: Mapped[str] = mapped_column(sa.String(2), default="", info=PERSONAL)


class PersonAddress(Postal, Base):
    """An address of a person."""

    __tablename__ = "people_address"

    person_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("people_person.id", ondelete="CASCADE", info=GOES), index=True
    )
    type: Mapped[PersonAddressType] = mapped_column(default=PersonAddressType.HOME)


class RoleType(Record):
    """A role that a person can play: decision-maker, user, payer, and what a company adds."""

    __tablename__ = "people_role_type"

    name: Mapped[str] = mapped_column(sa.String(100), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, unique=True, info=NOT_PERSONAL)


class Person(Customised, Record):
    """A human being, at any number of clients and counterparties."""

    __tablename__ = "people_person"
    __table_args__ = (
        sa.Index(None, "name_key", "id"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "changed_at", "id"),
        sa.Index(None, "created_by_id"),
        {"sqlite_autoincrement": True},
    )

    name: Mapped[str] = mapped_column(sa.String(200), info=NAME)
    name_key: Mapped[str] = mapped_column(Key, info=NAME_KEY)
    language: Mapped[str] = mapped_column(sa.String(16), default="", info=PERSONAL)
    birthday: Mapped[date | None] = mapped_column(info=PERSONAL)
    note: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)

    contact_points: Mapped[list[ContactPoint]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=ContactPoint.id
    )
    addresses: Mapped[list[PersonAddress]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=PersonAddress.id
    )
    roles: Mapped[list[PersonRole]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="PersonRole.id"
    )


class PersonRole(Base):
    """A person's place at one client or counterparty, with a title of its own, for a time."""

    __tablename__ = "people_role"
    __table_args__ = (
        sa.CheckConstraint("client_id IS NOT NULL OR counterparty_id IS NOT NULL", name="somewhere"),
        {"sqlite_autoincrement": True},
    )

    person_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("people_person.id", ondelete="CASCADE", info=GOES), index=True
    )
    client_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=STAYS), index=True
    )
    counterparty_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("counterparties_counterparty.id", ondelete="CASCADE", info=STAYS), index=True
    )
    role_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("people_role_type.id", ondelete="RESTRICT"), index=True
    )
    title: Mapped[str] = mapped_column(sa.String(200), default="", info=PERSONAL)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
