"""Channels, campaigns and events with what they cost, by what clients were touched, and web forms."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vinculo.db.base import Base, Customised, Record
from vinculo.db.personal import IDENTIFIER, NAME, NOT_PERSONAL, PERSONAL
from vinculo.db.types import BigId, Key

FOLLOW: Final = {"on_merge": "follow"}
PART: Final = {**FOLLOW, "on_erase": "delete"}


class Format(StrEnum):
    """What kind of event it is."""

    EXHIBITION = "exhibition"
    SEMINAR = "seminar"
    WEBINAR = "webinar"
    OTHER = "other"


class Part(StrEnum):
    """How far somebody has come with an event."""

    INVITED = "invited"
    REGISTERED = "registered"
    CAME = "came"
    ABSENT = "absent"


def _channel() -> Mapped[int | None]:
    key = sa.ForeignKey("marketing_channel.id", ondelete="SET NULL", info=FOLLOW)
    return mapped_column(BigId, key, index=True)


def _campaign() -> Mapped[int | None]:
    key = sa.ForeignKey("marketing_campaign.id", ondelete="SET NULL", info=FOLLOW)
    return mapped_column(BigId, key, index=True)


def _event() -> Mapped[int | None]:
    key = sa.ForeignKey("marketing_event.id", ondelete="SET NULL", info=FOLLOW)
    return mapped_column(BigId, key, index=True)


def _user() -> Mapped[int | None]:
    key = sa.ForeignKey("accounts_user.id", ondelete="SET NULL", info=FOLLOW)
    return mapped_column(BigId, key, index=True)


class Channel(Record):
    """A way by which clients hear of the company; one may be a part of another."""

    __tablename__ = "marketing_channel"

    name: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, unique=True, info=NOT_PERSONAL)
    parent_id: Mapped[int | None] = _channel()


class Expense(Base):
    """What a campaign or an event cost on a day, in the currency of the company."""

    __tablename__ = "marketing_cost"

    campaign_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("marketing_campaign.id", ondelete="CASCADE", info=FOLLOW), index=True
    )
    event_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("marketing_event.id", ondelete="CASCADE", info=FOLLOW), index=True
    )
    day: Mapped[date]
    amount: Mapped[Decimal]
    note: Mapped[str] = mapped_column(sa.String(300), default="", info=NOT_PERSONAL)


class Campaign(Customised, Record):
    """An effort in a channel for some time. ``code`` is what addresses of pages call it, as utm_campaign."""

    __tablename__ = "marketing_campaign"

    name: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, unique=True, info=NOT_PERSONAL)
    code: Mapped[str] = mapped_column(sa.String(100), default="", index=True, info=NOT_PERSONAL)
    channel_id: Mapped[int | None] = _channel()
    begins_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    budget: Mapped[Decimal | None]
    expected_clients: Mapped[int | None]
    expected_revenue: Mapped[Decimal | None]
    responsible_id: Mapped[int | None] = _user()
    note: Mapped[str] = mapped_column(sa.Text, default="", info=NOT_PERSONAL)

    costs: Mapped[list[Expense]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=Expense.id
    )


class Occasion(Customised, Record):
    """An exhibition, a seminar: something that people are invited to."""

    __tablename__ = "marketing_event"

    name: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, unique=True, info=NOT_PERSONAL)
    format: Mapped[Format]
    place: Mapped[str] = mapped_column(sa.String(300), default="", info=NOT_PERSONAL)
    begins_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    channel_id: Mapped[int | None] = _channel()
    campaign_id: Mapped[int | None] = _campaign()
    budget: Mapped[Decimal | None]
    responsible_id: Mapped[int | None] = _user()
    note: Mapped[str] = mapped_column(sa.Text, default="", info=NOT_PERSONAL)

    costs: Mapped[list[Expense]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=Expense.id
    )


class Attendance(Record):
    """Somebody who was invited to an event: a client, a person of it, or only a name."""

    __tablename__ = "marketing_participant"
    __table_args__ = (
        sa.Index(None, "event_id", "state"),
        sa.Index(None, "client_id", "state_at"),
        {"sqlite_autoincrement": True},
    )

    name: Mapped[str] = mapped_column(sa.String(200), info=NAME)
    event_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("marketing_event.id", ondelete="CASCADE", info=FOLLOW)
    )
    client_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=FOLLOW)
    )
    person_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("people_person.id", ondelete="SET NULL", info=PART), index=True
    )
    state: Mapped[Part]
    state_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)


class Touch(Record):
    """By what a client heard of the company, or came back to it.

    It is of the client itself, or of one of its records, which ``about_kind`` and ``about_id`` name.
    ``title`` says the channel and the rest in words; ``utm`` is what the address of a web form told.
    """

    __tablename__ = "marketing_touch"
    __table_args__ = (
        sa.Index(None, "client_id", "happened_at", "id"),
        sa.Index(None, "about_kind", "about_id"),
        sa.Index(None, "happened_at", "id"),
        {"sqlite_autoincrement": True},
    )

    title: Mapped[str] = mapped_column(sa.String(300), info=PERSONAL)
    client_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=FOLLOW)
    )
    about_kind: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    about_id: Mapped[int | None] = mapped_column(BigId)
    channel_id: Mapped[int | None] = _channel()
    campaign_id: Mapped[int | None] = _campaign()
    event_id: Mapped[int | None] = _event()
    source: Mapped[str] = mapped_column(sa.String(200), default="", info=PERSONAL)
    reason: Mapped[str] = mapped_column(sa.String(500), default="", info=PERSONAL)
    utm: Mapped[str] = mapped_column(sa.String(500), default="", info=PERSONAL)
    happened_at: Mapped[datetime]


class Ask(StrEnum):
    """What a web form may ask for, beside the name and the e-mail address."""

    COMPANY = "company"
    PHONE = "phone"
    MESSAGE = "message"


class Question(Base):
    """One more thing that a web form asks for; ``label`` is what it is called there."""

    __tablename__ = "marketing_question"

    form_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("marketing_form.id", ondelete="CASCADE", info=FOLLOW), index=True
    )
    ask: Mapped[Ask]
    label: Mapped[str] = mapped_column(sa.String(100), default="", info=NOT_PERSONAL)
    required: Mapped[bool]


class WebForm(Record):
    """A page without sign-in, at ``/f/<slug>``, on which strangers ask to be called back."""

    __tablename__ = "marketing_form"

    name: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, unique=True, info=NOT_PERSONAL)
    slug: Mapped[str] = mapped_column(sa.String(60), unique=True, info=NOT_PERSONAL)
    active: Mapped[bool]
    intro: Mapped[str] = mapped_column(sa.Text, default="", info=NOT_PERSONAL)
    consent: Mapped[str] = mapped_column(sa.Text, info=NOT_PERSONAL)
    thanks: Mapped[str] = mapped_column(sa.Text, default="", info=NOT_PERSONAL)
    channel_id: Mapped[int | None] = _channel()
    campaign_id: Mapped[int | None] = _campaign()
    event_id: Mapped[int | None] = _event()
    responsible_id: Mapped[int | None] = _user()
    makes_deal: Mapped[bool]

    questions: Mapped[list[Question]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=Question.id
    )


class FormRequest(Base):
    """What somebody typed into a web form, until they confirm it by the link in a mail.

    ``token_hash`` is that of the link, which is mailed and kept nowhere. ``origin`` is from where it came.
    """

    __tablename__ = "marketing_request"
    __table_args__ = (
        sa.Index(None, "email_key", "created_at"),
        sa.Index(None, "origin", "created_at"),
        {"sqlite_autoincrement": True},
    )

    form_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("marketing_form.id", ondelete="CASCADE", info=FOLLOW), index=True
    )
    email: Mapped[str] = mapped_column(sa.String(254), info=IDENTIFIER)
    email_key: Mapped[str] = mapped_column(Key, info=IDENTIFIER)
    said: Mapped[dict[str, Any]] = mapped_column(info=PERSONAL)
    consent: Mapped[str] = mapped_column(sa.Text, info=NOT_PERSONAL)
    utm: Mapped[str] = mapped_column(sa.String(500), default="", info=PERSONAL)
    origin: Mapped[str] = mapped_column(sa.String(64), info=PERSONAL)
    language: Mapped[str] = mapped_column(sa.String(16), info=NOT_PERSONAL)
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True, info=NOT_PERSONAL)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    confirmed_at: Mapped[datetime | None]
    client_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=FOLLOW), index=True
    )


class Consent(Record):
    """What a person agreed to, in the words that they saw, and whether they took it back."""

    __tablename__ = "marketing_consent"

    email: Mapped[str] = mapped_column(sa.String(254), info=IDENTIFIER)
    email_key: Mapped[str] = mapped_column(Key, index=True, info=IDENTIFIER)
    client_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=FOLLOW), index=True
    )
    person_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("people_person.id", ondelete="CASCADE", info=PART), index=True
    )
    text: Mapped[str] = mapped_column(sa.Text, info=NOT_PERSONAL)
    source: Mapped[str] = mapped_column(sa.String(200), default="", info=NOT_PERSONAL)
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
