"""Pipelines with their stages, deals with what belongs to them, and the history of their stages."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vinculo.company.documents import BaseAmount
from vinculo.db.base import Base, Customised, Record
from vinculo.db.personal import NAME, NOT_PERSONAL, PERSONAL
from vinculo.db.types import BigId, Key
from vinculo_deals import kept_models, process_models  # noqa: F401 -- tables are looked for here

FOLLOW: Final = {"on_merge": "follow"}
WHOLE: Final = {**FOLLOW, "on_erase": "whole"}
APART: Final = {**FOLLOW, "on_erase": "delete"}


class State(StrEnum):
    """What a stage, and a deal in it, comes down to."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class Strictness(StrEnum):
    """How far a pipeline binds: not at all, by its stages, or by their order."""

    FOLDER = "folder"  # stages sort, and nothing is ever stuck in one
    MANUAL = "manual"
    PRESCRIBED = "prescribed"  # none is skipped


class Offer(StrEnum):
    """How far a quotation is; one that a newer version took the place of is replaced."""

    DRAFT = "draft"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    REPLACED = "replaced"


class Language(StrEnum):
    """The language of a document."""

    EN = "en"
    PT_BR = "pt_BR"
    RU = "ru"


class Part(StrEnum):
    """What somebody at the client is in a deal."""

    DECIDES = "decides"
    PAYS = "pays"
    USES = "uses"
    ADVISES = "advises"
    OPPOSES = "opposes"
    CONTACT = "contact"


class Stage(Record):
    """A step of a pipeline. ``position`` orders them; ``probability`` is in percent.

    ``path_key`` is the name with that of the pipeline, by which files can tell two of one name apart.
    """

    __tablename__ = "deals_stage"

    pipeline_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("deals_pipeline.id", ondelete="CASCADE", info=WHOLE), index=True
    )
    name: Mapped[str] = mapped_column(sa.String(100), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, info=NOT_PERSONAL)
    path_key: Mapped[str] = mapped_column(Key, index=True, info=NOT_PERSONAL)
    state: Mapped[State]
    position: Mapped[int | None]
    probability: Mapped[int | None]
    rot_days: Mapped[int | None]
    guidance: Mapped[str] = mapped_column(sa.Text, default="", info=NOT_PERSONAL)


class Pipeline(Record):
    """The stages that deals of one kind go through."""

    __tablename__ = "deals_pipeline"

    name: Mapped[str] = mapped_column(sa.String(100), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, unique=True, info=NOT_PERSONAL)
    strictness: Mapped[Strictness]

    stages: Mapped[list[Stage]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=(Stage.position, Stage.id)
    )


class LostReason(Record):
    """Why deals are lost, as a company counts it."""

    __tablename__ = "deals_lost_reason"

    name: Mapped[str] = mapped_column(sa.String(100), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, unique=True, info=NOT_PERSONAL)


def _deal() -> Mapped[int]:
    return mapped_column(BigId, sa.ForeignKey("deals_deal.id", ondelete="CASCADE", info=WHOLE), index=True)


class Line(Base):
    """What is offered; ``discount`` in percent, the price for one of the ``quantity``.

    ``product_id`` and ``variant_id`` are of the plugin that says what is sold, which may be off: no key can
    hold them.
    ``price_why`` is where the price comes from, empty for one that was typed.
    """

    __tablename__ = "deals_line"

    deal_id: Mapped[int] = _deal()
    product: Mapped[str] = mapped_column(sa.String(300), info=NOT_PERSONAL)
    product_id: Mapped[int | None] = mapped_column(BigId)
    variant_id: Mapped[int | None] = mapped_column(BigId)
    quantity: Mapped[Decimal]
    unit: Mapped[str] = mapped_column(sa.String(30), default="", info=NOT_PERSONAL)
    price: Mapped[Decimal | None]
    price_why: Mapped[str] = mapped_column(sa.String(300), default="", info=NOT_PERSONAL)
    discount: Mapped[Decimal]


class Demand(Base):
    """What the client asked for at first; ``unmet`` is why it is not offered, or not as much of it."""

    __tablename__ = "deals_demand"

    deal_id: Mapped[int] = _deal()
    product: Mapped[str] = mapped_column(sa.String(300), info=NOT_PERSONAL)
    quantity: Mapped[Decimal]
    price: Mapped[Decimal | None]
    unmet: Mapped[str] = mapped_column(sa.String(300), default="", info=NOT_PERSONAL)


class DealPerson(Base):
    """Somebody of the client, with the part they play."""

    __tablename__ = "deals_person"

    deal_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("deals_deal.id", ondelete="CASCADE", info=FOLLOW), index=True
    )
    person_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("people_person.id", ondelete="CASCADE", info=APART), index=True
    )
    part: Mapped[Part]


class Member(Base):
    """A colleague who works on a deal; ``share`` of it in percent."""

    __tablename__ = "deals_member"

    deal_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("deals_deal.id", ondelete="CASCADE", info=FOLLOW), index=True
    )
    user_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="CASCADE", info=APART), index=True
    )
    share: Mapped[Decimal]


class Visit(Base):
    """A stay of a deal in a stage, open while ``left_at`` is empty; ``amount`` is what it was on entry.

    ``days``, from day to day in UTC, are known once it has ended: reports count millions of them.
    ``stage`` keeps the name, also once the stage is gone.
    """

    __tablename__ = "deals_visit"
    __table_args__ = (
        sa.Index(None, "deal_id", "entered_at"),
        sa.Index(None, "stage_id", "days"),
        {"sqlite_autoincrement": True},
    )

    deal_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("deals_deal.id", ondelete="CASCADE", info=FOLLOW)
    )
    stage_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("deals_stage.id", ondelete="SET NULL", info=FOLLOW)
    )
    stage: Mapped[str] = mapped_column(sa.String(100), info=NOT_PERSONAL)
    state: Mapped[State]
    entered_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    days: Mapped[int | None]
    amount: Mapped[Decimal | None]
    user_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL", info=FOLLOW), index=True
    )


class Deal(BaseAmount, Customised, Record):
    """Something that may be sold to a client; nothing but its title need be known.

    ``state`` is that of its stage. ``reached_id`` is the open stage it came furthest to; ``stage_since`` is
    when it entered the one it is in. ``chance`` is how likely it is to be won, in percent, or was before it
    closed; ``probability`` overrides it. ``skipped`` and ``returns`` are as ``walk`` counts them, the
    former empty where a file brought the deal.
    """

    __tablename__ = "deals_deal"
    __table_args__ = (
        sa.Index(None, "client_id", "state", "closed_on"),
        sa.Index(None, "counterparty_id"),
        sa.Index(None, "pipeline_id", "stage_id", "base_amount"),
        sa.Index(None, "pipeline_id", "stage_id", "stage_since", "id"),
        sa.Index("ix_deals_deal_funnel", "pipeline_id", "reached_id", "state", "started_on", "base_amount"),
        sa.Index(None, "stage_id"),
        sa.Index(None, "stage_since", "id"),
        sa.Index(None, "reached_id"),
        sa.Index(None, "lost_reason_id"),
        sa.Index(None, "responsible_id", "state"),
        sa.Index(None, "state", "expected_on"),
        sa.Index(None, "state", "closed_on"),
        {"sqlite_autoincrement": True},
    )

    title: Mapped[str] = mapped_column(sa.String(300), info=NAME)
    client_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=FOLLOW)
    )
    counterparty_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("counterparties_counterparty.id", ondelete="SET NULL", info=FOLLOW)
    )
    pipeline_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("deals_pipeline.id", ondelete="RESTRICT", info={"on_merge": "forbid"})
    )
    stage_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("deals_stage.id", ondelete="RESTRICT", info={"on_merge": "forbid"})
    )
    reached_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("deals_stage.id", ondelete="SET NULL", info=FOLLOW)
    )
    state: Mapped[State]
    stage_since: Mapped[datetime]
    amount: Mapped[Decimal | None]
    currency: Mapped[str] = mapped_column(sa.String(3), default="", info=NOT_PERSONAL)
    probability: Mapped[int | None]
    chance: Mapped[int | None]
    skipped: Mapped[int | None]
    returns: Mapped[int | None]
    started_on: Mapped[date | None]
    expected_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    responsible_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL", info=FOLLOW)
    )
    next_step: Mapped[str] = mapped_column(sa.String(300), default="", info=PERSONAL)
    next_step_on: Mapped[date | None]
    lost_reason_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("deals_lost_reason.id", ondelete="SET NULL", info=FOLLOW)
    )
    source: Mapped[str] = mapped_column(sa.String(100), default="", info=NOT_PERSONAL)
    competitors: Mapped[str] = mapped_column(sa.String(300), default="", info=NOT_PERSONAL)
    note: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)

    lines: Mapped[list[Line]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=Line.id
    )
    demand: Mapped[list[Demand]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=Demand.id
    )
    people: Mapped[list[DealPerson]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=DealPerson.id
    )
    team: Mapped[list[Member]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=Member.id
    )


class Limit(Base):
    """A number that a company chose for its quotations (``vinculo_deals.limits``)."""

    __tablename__ = "deals_limit"

    key: Mapped[str] = mapped_column(sa.String(60), unique=True, info=NOT_PERSONAL)
    number: Mapped[int]


class QuotationLine(Base):
    """What a quotation offers; ``discount`` and ``tax_rate`` in percent, the price without tax."""

    __tablename__ = "deals_quotation_line"

    quotation_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("deals_quotation.id", ondelete="CASCADE", info=WHOLE), index=True
    )
    product: Mapped[str] = mapped_column(sa.String(300), info=NOT_PERSONAL)
    product_id: Mapped[int | None] = mapped_column(BigId)
    variant_id: Mapped[int | None] = mapped_column(BigId)
    quantity: Mapped[Decimal]
    unit: Mapped[str] = mapped_column(sa.String(30), default="", info=NOT_PERSONAL)
    price: Mapped[Decimal | None]
    price_why: Mapped[str] = mapped_column(sa.String(300), default="", info=NOT_PERSONAL)
    discount: Mapped[Decimal]
    tax_rate: Mapped[Decimal | None]


class Quotation(Customised, Record):
    """A version of what a client is offered in a deal; once sent, its lines and days are what they were.

    ``number`` is made of year, sequence and edition. ``previous_id`` is the version it was made from,
    ``file_id`` the PDF that was sent.
    """

    __tablename__ = "deals_quotation"
    __table_args__ = (
        sa.UniqueConstraint("year", "sequence", "edition"),
        sa.Index(None, "client_id", "state"),
        sa.Index(None, "deal_id"),
        sa.Index(None, "counterparty_id"),
        sa.Index(None, "previous_id"),
        sa.Index(None, "responsible_id", "state"),
        sa.Index(None, "state", "valid_until"),
        sa.Index(None, "issued_on", "id"),
        sa.Index(None, "file_id"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[str] = mapped_column(sa.String(30), unique=True, info=NOT_PERSONAL)
    year: Mapped[int]
    sequence: Mapped[int]
    edition: Mapped[int]
    deal_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("deals_deal.id", ondelete="CASCADE", info=FOLLOW)
    )
    client_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=FOLLOW)
    )
    counterparty_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("counterparties_counterparty.id", ondelete="SET NULL", info=FOLLOW)
    )
    previous_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("deals_quotation.id", ondelete="SET NULL", info=FOLLOW)
    )
    responsible_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL", info=FOLLOW)
    )
    state: Mapped[Offer]
    issued_on: Mapped[date]
    valid_until: Mapped[date | None]
    currency: Mapped[str] = mapped_column(sa.String(3), default="", info=NOT_PERSONAL)
    language: Mapped[Language]
    terms: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)
    net: Mapped[Decimal | None]
    tax: Mapped[Decimal | None]
    total: Mapped[Decimal | None]
    sent_at: Mapped[datetime | None]
    answered_on: Mapped[date | None]
    answer: Mapped[str] = mapped_column(sa.String(300), default="", info=PERSONAL)
    reminded_on: Mapped[date | None]
    file_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("files_file.id", ondelete="SET NULL", info=FOLLOW)
    )

    lines: Mapped[list[QuotationLine]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=QuotationLine.id
    )
