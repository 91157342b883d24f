"""Templates, lists and who is on them, mailings, and the ledger of what was sent to whom."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.db.base import Base, Record
from vinculo.db.personal import IDENTIFIER, NOT_PERSONAL, PERSONAL
from vinculo.db.types import BigId, Key

FOLLOW: Final = {"on_merge": "follow"}
PART: Final = {**FOLLOW, "on_erase": "whole"}


class Medium(StrEnum):
    """By which way it reaches people."""

    EMAIL = "email"
    SMS = "sms"


class Purpose(StrEnum):
    """What a mailing is for. One of service is part of what was bought: nobody opts out of it."""

    MARKETING = "marketing"
    SERVICE = "service"


class Reach(StrEnum):
    """Which addresses of a client are written to."""

    FIRST = "first"
    ALL = "all"


class Plan(StrEnum):
    """When a mailing is sent."""

    ONCE = "once"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    EVENT = "event"


class Stage(StrEnum):
    """How far a mailing is."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    DONE = "done"


class Choice(StrEnum):
    """What somebody said about a list, or about all marketing."""

    SUBSCRIBED = "subscribed"
    OPTED_OUT = "opted_out"


class Step(StrEnum):
    """How far a message is. ``UNSURE``: it was being handed over when everything stopped."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNSURE = "unsure"


class Template(Record):
    """What is said, with variables. ``body`` is MJML or plain text, ``text`` the plain part."""

    __tablename__ = "mailings_template"

    name: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    channel: Mapped[Medium]
    subject: Mapped[str] = mapped_column(sa.String(300), default="", info=NOT_PERSONAL)
    body: Mapped[str] = mapped_column(sa.Text, info=NOT_PERSONAL)
    text: Mapped[str] = mapped_column(sa.Text, default="", info=NOT_PERSONAL)


class MailingList(Record):
    """What people can be on and leave. With ``needs_consent`` only who agreed is written to."""

    __tablename__ = "mailings_list"

    name: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, unique=True, info=NOT_PERSONAL)
    needs_consent: Mapped[bool] = mapped_column(default=False)
    description: Mapped[str] = mapped_column(sa.Text, default="", info=NOT_PERSONAL)


class Subscription(Record):
    """What an address said about a list; where there is no list, about all marketing."""

    __tablename__ = "mailings_subscription"
    __table_args__ = (
        sa.UniqueConstraint("address_key", "list_id"),
        sa.Index(None, "client_id", "choice"),
        sa.Index(None, "list_id", "choice"),
        {"sqlite_autoincrement": True},
    )

    address: Mapped[str] = mapped_column(sa.String(254), info=IDENTIFIER)
    address_key: Mapped[str] = mapped_column(Key, info=IDENTIFIER)
    list_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("mailings_list.id", ondelete="CASCADE", info=PART)
    )
    client_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="SET NULL", info=FOLLOW)
    )
    choice: Mapped[Choice]
    said_at: Mapped[datetime]
    source: Mapped[str] = mapped_column(sa.String(200), default="", info=NOT_PERSONAL)


class Bounce(Record):
    """An address from which mail came back; ``hard``: nobody lives there, so nothing is sent any more."""

    __tablename__ = "mailings_bounce"

    address: Mapped[str] = mapped_column(sa.String(254), info=IDENTIFIER)
    address_key: Mapped[str] = mapped_column(Key, unique=True, info=IDENTIFIER)
    hard: Mapped[bool]
    times: Mapped[int] = mapped_column(default=1)
    reason: Mapped[str] = mapped_column(sa.String(300), default="", info=PERSONAL)
    last_at: Mapped[datetime]


class Mailing(Record):
    """What is sent to whom, and when. ``rule`` are conditions of the list of clients, as [name, value]."""

    __tablename__ = "mailings_mailing"
    __table_args__ = (
        sa.Index(None, "stage", "next_at"),
        sa.Index(None, "template_id"),
        sa.Index(None, "list_id"),
        sa.Index(None, "owner_id"),
        {"sqlite_autoincrement": True},
    )

    name: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    template_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("mailings_template.id", ondelete="RESTRICT", info=FOLLOW)
    )
    purpose: Mapped[Purpose]
    list_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("mailings_list.id", ondelete="SET NULL", info=FOLLOW)
    )
    reach: Mapped[Reach]
    plan: Mapped[Plan]
    starts_at: Mapped[datetime | None]
    event: Mapped[str] = mapped_column(sa.String(100), default="", info=NOT_PERSONAL)
    rule: Mapped[list[Any]] = mapped_column(default=list, info=NOT_PERSONAL)
    hourly_cap: Mapped[int | None]
    opens: Mapped[bool] = mapped_column(default=False)
    clicks: Mapped[bool] = mapped_column(default=True)
    owner_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL", info=FOLLOW)
    )
    stage: Mapped[Stage] = mapped_column(default=Stage.DRAFT)
    next_at: Mapped[datetime | None]
    fault: Mapped[str] = mapped_column(sa.String(500), default="", info=NOT_PERSONAL)


class Run(Base):
    """One time that a mailing is sent: of its plan, or for an event. By its ``key`` none is begun twice.

    ``about`` is what the event was of, ``left_out`` how many were left out, by reason.
    """

    __tablename__ = "mailings_run"
    __table_args__ = (
        sa.UniqueConstraint("mailing_id", "key"),
        sa.Index(None, "done_at"),
        {"sqlite_autoincrement": True},
    )

    mailing_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("mailings_mailing.id", ondelete="CASCADE", info=PART)
    )
    key: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)
    begun_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    about: Mapped[str] = mapped_column(sa.String(300), default="", info=PERSONAL)
    left_out: Mapped[dict[str, Any]] = mapped_column(default=dict, info=NOT_PERSONAL)


class Send(Record):
    """A message to one address, by one run: the ledger. ``token`` names it in links and return addresses.

    ``worker`` is the job that has it in hand since ``taken_at``; from ``promised_at`` the server may have it.
    """

    __tablename__ = "mailings_send"
    __table_args__ = (
        sa.UniqueConstraint("run_id", "address_key"),
        sa.Index(None, "run_id", "step", "id"),
        sa.Index(None, "mailing_id", "step", "sent_at"),
        sa.Index(None, "client_id", "step", "sent_at"),
        sa.Index(None, "mailing_id", "promised_at"),
        sa.Index(None, "address_key"),
        sa.Index(None, "person_id"),
        sa.Index(None, "created_at", "id"),
        sa.Index(
            "ix_mailings_send_in_hand",
            "worker",
            sqlite_where=sa.text("step = 'sending'"),
            postgresql_where=sa.text("step = 'sending'"),
        ),
        {"sqlite_autoincrement": True},
    )

    title: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    mailing_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("mailings_mailing.id", ondelete="CASCADE", info=PART)
    )
    run_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("mailings_run.id", ondelete="CASCADE", info=PART)
    )
    client_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="SET NULL", info=FOLLOW)
    )
    person_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("people_person.id", ondelete="SET NULL", info=FOLLOW)
    )
    address: Mapped[str] = mapped_column(sa.String(254), info=IDENTIFIER)
    address_key: Mapped[str] = mapped_column(Key, info=IDENTIFIER)
    token: Mapped[str] = mapped_column(sa.String(32), unique=True, info=NOT_PERSONAL)
    step: Mapped[Step] = mapped_column(default=Step.PENDING)
    reason: Mapped[str] = mapped_column(sa.String(300), default="", info=PERSONAL)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    worker: Mapped[str] = mapped_column(sa.String(40), default="", info=NOT_PERSONAL)
    taken_at: Mapped[datetime | None]
    promised_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    clicked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    opted_out_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]


class Mailbox(Base):
    """How far a folder of a mailbox was read: up to the message of the number ``last``.

    Numbers hold as long as the server gives the folder the same ``validity``.
    """

    __tablename__ = "mailings_mailbox"

    name: Mapped[str] = mapped_column(sa.String(400), unique=True, info=NOT_PERSONAL)
    validity: Mapped[int] = mapped_column(sa.BigInteger)
    last: Mapped[int] = mapped_column(sa.BigInteger)
    read_at: Mapped[datetime]


class Click(Base):
    """A link of a message that was followed. ``client_id`` is the message's."""

    __tablename__ = "mailings_click"

    send_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("mailings_send.id", ondelete="CASCADE", info=PART), index=True
    )
    client_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="SET NULL", info=FOLLOW), index=True
    )
    url: Mapped[str] = mapped_column(sa.String(2000), info=PERSONAL)
    at: Mapped[datetime]
