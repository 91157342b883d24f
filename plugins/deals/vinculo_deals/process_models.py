"""The process of a pipeline: steps and rules of its stages, and what was done about them in deals."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.db.base import Base, Record
from vinculo.db.personal import NOT_PERSONAL, PERSONAL
from vinculo.db.types import BigId, UtcDateTime

FOLLOW: Final = {"on_merge": "follow"}
WHOLE: Final = {**FOLLOW, "on_erase": "whole"}


class By(StrEnum):
    """What shows that a step is done, beside what kinds of records show."""

    HAND = "hand"
    FIELD = "field"
    APPROVAL = "approval"


class Way(StrEnum):
    """When a rule has to be met."""

    ENTER = "enter"
    LEAVE = "leave"


class About(StrEnum):
    """Whose fields a rule asks for."""

    DEAL = "deal"
    CLIENT = "client"


def _to(target: str, on_delete: str, info: Any = FOLLOW) -> Any:
    return mapped_column(BigId, sa.ForeignKey(target, ondelete=on_delete, info=info), index=True)


class Step(Record):
    """Something that is to be done while a deal is in a stage; ``evidence`` is of ``By``, or names a kind.

    ``due_days`` count from when the stage was entered. ``field`` is the one that shows it, if one does.
    """

    __tablename__ = "deals_step"

    stage_id: Mapped[int] = _to("deals_stage.id", "CASCADE", WHOLE)
    pipeline_id: Mapped[int] = _to("deals_pipeline.id", "CASCADE", WHOLE)
    name: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    position: Mapped[int | None]
    required: Mapped[bool] = mapped_column(default=True)
    weight: Mapped[int] = mapped_column(default=1)
    due_days: Mapped[int | None]
    evidence: Mapped[str] = mapped_column(sa.String(60), default=By.HAND, info=NOT_PERSONAL)
    field: Mapped[str | None] = mapped_column(sa.String(100), info=NOT_PERSONAL)


class Rule(Record):
    """What a deal, or its client, has to fulfil to enter or leave a stage, as parameters of a list."""

    __tablename__ = "deals_rule"

    stage_id: Mapped[int] = _to("deals_stage.id", "CASCADE", WHOLE)
    pipeline_id: Mapped[int] = _to("deals_pipeline.id", "CASCADE", WHOLE)
    name: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    way: Mapped[Way] = mapped_column(default=Way.LEAVE)
    about: Mapped[About] = mapped_column(default=About.DEAL)
    conditions: Mapped[list[Any]] = mapped_column(default=list, info=NOT_PERSONAL)


class Duty(Base):
    """A step of a stage that a deal has entered: what is to be done, what was done, by whom.

    Name, weight and the rest are those of the step until it is settled; what was done stays when the step is
    gone. ``due_at`` is empty while nothing says when, and for what no longer became due. ``approved_at`` is
    that of a skip.
    """

    __tablename__ = "deals_duty"
    __table_args__ = (
        sa.UniqueConstraint("deal_id", "step_id"),
        sa.Index(None, "step_id", "done_at"),
        {"sqlite_autoincrement": True},
    )

    deal_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("deals_deal.id", ondelete="CASCADE", info=WHOLE)
    )
    step_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("deals_step.id", ondelete="SET NULL", info=FOLLOW)
    )
    stage_id: Mapped[int | None] = _to("deals_stage.id", "SET NULL")
    stage: Mapped[str] = mapped_column(sa.String(100), info=NOT_PERSONAL)
    name: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    required: Mapped[bool]
    weight: Mapped[int]
    evidence: Mapped[str] = mapped_column(sa.String(60), default=By.HAND, info=NOT_PERSONAL)
    field: Mapped[str | None] = mapped_column(sa.String(100), info=NOT_PERSONAL)
    since: Mapped[datetime]
    due_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = _to("accounts_user.id", "SET NULL")
    skipped_at: Mapped[datetime | None]
    skipped_by_id: Mapped[int | None] = _to("accounts_user.id", "SET NULL")
    reason: Mapped[str] = mapped_column(sa.String(300), default="", info=PERSONAL)
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = _to("accounts_user.id", "SET NULL")


SETTLED: Final = sa.func.coalesce(
    Duty.done_at, sa.case((Duty.approved_at.is_not(None), Duty.skipped_at)), type_=UtcDateTime()
)
# The same as ``statistics.kept`` says of what is due; a test compares them.
MISSING: Final = sa.and_(Duty.required.is_(True), Duty.done_at.is_(None), Duty.approved_at.is_(None))
LATE: Final = sa.and_(Duty.required.is_(True), Duty.due_at < SETTLED)
for _name, _where in (("missing", MISSING), ("late", LATE)):
    sa.Index(f"ix_deals_duty_{_name}", Duty.due_at, Duty.id, sqlite_where=_where, postgresql_where=_where)


class Passage(Base):
    """A move past rules and steps that were not met, by somebody who may, with their reason."""

    __tablename__ = "deals_passage"

    deal_id: Mapped[int] = _to("deals_deal.id", "CASCADE", WHOLE)
    stage_left: Mapped[str] = mapped_column(sa.String(100), info=NOT_PERSONAL)
    stage_entered: Mapped[str] = mapped_column(sa.String(100), info=NOT_PERSONAL)
    unmet: Mapped[list[Any]] = mapped_column(default=list, info=NOT_PERSONAL)
    reason: Mapped[str] = mapped_column(sa.String(300), info=PERSONAL)
    at: Mapped[datetime]
    user_id: Mapped[int | None] = _to("accounts_user.id", "SET NULL")
