"""The user's open deals on the home page: what is late, what closes this week, and how many stand where."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa

from vinculo.company.rates import base_currency
from vinculo.db import sums
from vinculo.i18n import format_date, format_number, today
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access
from vinculo.web.context import Context
from vinculo.web.views import Badge
from vinculo_deals.models import Deal, Stage, State
from vinculo_deals.records import deal

FIRST: Final = 5  # lines of each part
WEEK: Final = timedelta(days=6)
COMPARED: Final = {"lt]": operator.lt, "gte]": operator.ge, "lte]": operator.le}
BEHIND: Final = ("next_step_on", "expected_on")  # a deal is behind once one of these days has passed
TOLD: Final = ("responsible_id", "state", "stage_id", "expected_on", "next_step", "next_step_on")


@dataclass(frozen=True, slots=True)
class Line:
    """A deal with what is late, or when it closes."""

    url: str
    title: str
    step: str
    badge: Badge


@dataclass(frozen=True, slots=True)
class Part:
    """Deals of one reason, and the list of all of them."""

    title: str
    lines: Sequence[Line]
    more: str


def widget(ctx: Context) -> PanelContent | None:
    """Nothing for who has no open deals, or does not see what it tells."""
    if not access.hidden(deal, ctx.actor).isdisjoint(TOLD):
        return None
    stages = _stages(ctx)
    if not stages:
        return None
    late = _part(ctx, _("Next step overdue"), "next_step_on", ("next_step_on[lt]", today()))
    days = (("expected_on[gte]", today()), ("expected_on[lte]", today() + WEEK))
    closing = _part(ctx, _("Closes within a week"), "expected_on", *days)
    parts = [one for one in (late, closing) if one.lines]
    html = ctx.fragment("deals/mine.html", stages=stages, parts=parts, every=_listed())
    return PanelContent(html, count=sum(one[1] for one in stages))


def waiting(ctx: Context) -> int:
    """How many of the user's open deals are behind: by their next step, or by when they were to close."""
    hidden = access.hidden(deal, ctx.actor)
    days = [one for one in BEHIND if one not in hidden]
    if not days or not hidden.isdisjoint(("responsible_id", "state")):
        return 0
    query = sa.select(sa.func.count()).select_from(Deal)
    late = sa.or_(*(deal.column(one) < today() for one in days))
    return ctx.session.scalar(_own(ctx, query.where(late))) or 0


def _listed(*more: tuple[str, Any]) -> str:
    """The list of the user's open deals with further conditions."""
    return f"{deal.url}?{urlencode([('state', State.OPEN), ('responsible_id', 'me'), *more])}"


def _own(ctx: Context, query: Any) -> Any:
    mine = query.where(Deal.state == State.OPEN, Deal.responsible_id == ctx.actor.user_id)
    return access.within(mine, deal, ctx.actor, few=True)


def _stages(ctx: Context) -> list[tuple[str, int, str, str]]:
    """(name, how many, what they add up to, their list) of each stage that holds some."""
    # Deals first, without the index of their stage: by that, SQLite would go through everybody's.
    at = (Deal.stage_id + 0).label("stage_id")
    large, small = sums.parts(Deal.__table__.c.base_amount)
    counted = sa.select(at, sa.func.count().label("count"), large.label("large"), small.label("small"))
    held = _own(ctx, counted).group_by(at).subquery()
    query = sa.select(Stage.id, Stage.name, held.c["count"], held.c.large, held.c.small)
    query = query.join(held, held.c.stage_id == Stage.id)
    rows = ctx.session.execute(query.order_by(Stage.pipeline_id, Stage.position, Stage.id))
    shows = access.hidden(deal, ctx.actor).isdisjoint(("amount", "base_amount"))
    currency = base_currency(ctx.session) if shows else ""
    return [
        (name, count, f"{format_number(sums.whole(*halves))} {currency}" if shows and any(halves) else "",
         _listed(("stage_id", stage_id)))
        for stage_id, name, count, *halves in rows
    ]  # fmt: skip


def _part(ctx: Context, title: str, name: str, *asked: tuple[str, Any]) -> Part:
    """Those with a day before, or between, the days that are asked for, the earliest first."""
    column = deal.column(name)
    limits = [COMPARED[key.partition("[")[2]](column, day) for key, day in asked]
    query = sa.select(Deal.id, Deal.title, Deal.next_step, column.label("day")).where(*limits)
    found = ctx.session.execute(_own(ctx, query).order_by(column, Deal.id).limit(FIRST)).all()
    steps = name == "next_step_on"
    lines = [
        Line(f"{deal.url}/{row.id}", row.title, row.next_step if steps else "", _badge(row.day))
        for row in found
    ]
    return Part(title, lines, _listed(*asked, ("sort", name)))


def _badge(day: Any) -> Badge:
    text = _("Today") if day == today() else format_date(day)
    return Badge(text, "bad" if day < today() else "warn" if day == today() else "neutral")
