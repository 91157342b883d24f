"""What pages ask about deals: one query each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts.models import User
from vinculo.db import sums
from vinculo.events import chain
from vinculo.events.models import Event
from vinculo.plugins.promising import Goods
from vinculo_deals.models import Deal, Line, Pipeline, Stage, State, Visit

PRODUCT: Final = "product"  # what lines name where a catalog says what is sold
VARIANT: Final = "variant"
WATCHED: Final = ("deal", "pipeline")


@dataclass(frozen=True, slots=True)
class Sums:
    """How many deals a stage holds, and what they add up to in the company's currency."""

    count: int = 0
    amount: Decimal = Decimal(0)


def held(session: Session, pipeline_id: int, conditions: Sequence[Any], *, few: bool) -> Mapping[int, Sums]:
    """By stage.

    Of ``few`` deals, those of one's own, the conditions know better where they are than the index of the
    pipeline, which leads SQLite through all of them.
    """
    of, stage_id = (Deal.pipeline_id + 0, Deal.stage_id + 0) if few else (Deal.pipeline_id, Deal.stage_id)
    query = (
        sa.select(stage_id, sa.func.count(), *sums.parts(Deal.__table__.c.base_amount))
        .where(of == pipeline_id, *conditions)
        .group_by(stage_id)
    )
    found = {}
    for stage, count, *halves in session.execute(query):
        found[stage] = Sums(count, sums.whole(*halves))
    return found


def pipelines(session: Session) -> Sequence[tuple[int, str]]:
    """(id, name) of all, the first one first."""
    query = sa.select(Pipeline.id, Pipeline.name).order_by(Pipeline.id)
    return [(row.id, row.name) for row in session.execute(query)]


def stages(session: Session, pipeline_id: int) -> Sequence[Stage]:
    """The stages of a pipeline in their order."""
    query = sa.select(Stage).where(Stage.pipeline_id == pipeline_id)
    return session.scalars(query.order_by(Stage.position, Stage.id)).all()


@dataclass(frozen=True, slots=True)
class Stay:
    """A deal's stay in a stage."""

    stage: str
    state: State
    entered_at: datetime
    left_at: datetime | None
    amount: Decimal | None
    who: str


def stays(session: Session, deal_id: int) -> Sequence[Stay]:
    """The history of a deal's stages, the latest first."""
    who = sa.func.coalesce(sa.func.nullif(User.full_name, ""), User.login, "")
    query = (
        sa.select(Visit.stage, Visit.state, Visit.entered_at, Visit.left_at, Visit.amount, who)
        .outerjoin(User, User.id == Visit.user_id)
        .where(Visit.deal_id == deal_id)
        .order_by(Visit.id.desc())
    )
    return [Stay(*row) for row in session.execute(query)]


def mark(session: Session) -> int:
    """A number that says what a page has seen: see ``is_unchanged``."""
    return chain.head(session)[0]


def is_unchanged(session: Session, since: int) -> bool:
    """Whether no deal and no pipeline has changed since a mark."""
    newer = sa.select(1).where(Event.id > since, Event.kind.in_(WATCHED)).limit(1)
    return session.scalar(newer) is None


def goods(session: Session, deal_id: int) -> Sequence[Goods]:
    """What the lines of a deal offer."""
    query = sa.select(Line).where(Line.deal_id == deal_id).order_by(Line.id)
    return [
        Goods(
            one.product, one.quantity, (PRODUCT, one.product_id) if one.product_id else None, one.price,
            one.discount, one.unit,
            variant=(VARIANT, one.variant_id) if one.variant_id else None,
        )
        for one in session.scalars(query)
    ]  # fmt: skip
