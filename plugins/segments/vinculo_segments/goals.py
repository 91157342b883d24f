"""How far goals are: what was reached, and what is expected by today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.clients.records import client
from vinculo.db.base import now
from vinculo.errors import ConflictError, VinculoError
from vinculo.i18n import current_time_zone, format_date, format_number, ngettext
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access, facts, view_uses
from vinculo.records.fields import AmountField, IntegerField
from vinculo.records.kind import RecordKind
from vinculo.web.context import Context
from vinculo.web.views import Badge
from vinculo_segments import queries as own
from vinculo_segments.models import Goal, Measure, Segment
from vinculo_segments.records import goal

MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Progress:
    """A goal today. ``value`` is None where the figure cannot be had, and ``fault`` says why."""

    goal: Goal
    expected: Decimal
    value: Decimal | None = None
    fault: str = ""

    @property
    def reached(self) -> bool:
        """Whether the value is what it shall be, or beyond; a goal below its start is to be fallen to."""
        return self.value is not None and self._at_least(self.value, self.goal.target)

    @property
    def on_track(self) -> bool:
        """Whether it is as far as it would be by today, growing evenly."""
        return self.value is not None and self._at_least(self.value, self.expected)

    @property
    def percent(self) -> int:
        """How much of the way is done, from 0 to 100."""
        way = self.goal.target - self.goal.base
        if self.value is None or not way:
            return 100 if self.reached else 0
        return max(0, min(100, int((self.value - self.goal.base) * 100 / way)))

    def _at_least(self, value: Decimal, wanted: Decimal) -> bool:
        return value >= wanted if self.goal.target >= self.goal.base else value <= wanted


def expected(one: Goal, today: date) -> Decimal:
    """What the figure would be by a day if it went evenly from the base to the target."""
    days = max(0, min((today - one.base_on).days, (one.due_on - one.base_on).days))
    share = Decimal(days) / (one.due_on - one.base_on).days
    return (one.base + (one.target - one.base) * share).quantize(Decimal("0.01"))


def progress(ctx: Context, goals: Sequence[Goal], today: date) -> list[Progress]:
    """How far goals are, as far as their reader sees what they count; one query for the figures of all."""
    seen, asked, faults = facts.seen_by(ctx.registry, client, ctx.actor), dict[str, Any](), dict[int, str]()
    groups = own.found(ctx.session, ctx.registry, {one.segment_id for one in goals}, ctx.actor)
    for number, one in enumerate(goals):
        try:
            clients = _clients(ctx, seen, one, groups).subquery()
            asked[f"sum{number}"] = sa.select(sa.func.sum(clients.c.value)).scalar_subquery()
            asked[f"count{number}"] = sa.select(sa.func.count()).select_from(clients).scalar_subquery()
        except VinculoError as error:
            faults[number] = error.message
    columns = [column.label(name) for name, column in asked.items()]
    row = ctx.session.execute(sa.select(*columns)).mappings().one() if columns else {}
    return [
        Progress(one, expected(one, today), fault=faults[number])
        if number in faults
        else Progress(one, expected(one, today), _value(one, row[f"sum{number}"], row[f"count{number}"]))
        for number, one in enumerate(goals)
    ]


def _clients(
    ctx: Context, kind: RecordKind, one: Goal, groups: Mapping[int, Segment]
) -> sa.Select[tuple[Any]]:
    figure = kind.figure(one.metric)
    if figure is None or not isinstance(figure.field, AmountField | IntegerField):
        text = _("The figure “%(name)s” cannot be had: its plugin is off, or you do not see it.")
        raise ConflictError(text % {"name": one.metric})
    values = sa.select(figure.expression.label("value")).select_from(kind.table)
    if one.segment_id is None:
        return access.within(values, kind, ctx.actor).where(kind.table.c.id == one.client_id)
    group = own.among(groups, one.segment_id)
    with own.within(group):
        inside = own.members(ctx.session, ctx.registry, group, ctx.actor, kind.table.c.id)
    return access.within(values, kind, ctx.actor).where(inside)


def _value(one: Goal, total: Any, count: int) -> Decimal:
    summed = Decimal(total or 0)
    return summed / count if one.measure is Measure.AVERAGE and one.segment_id and count else summed


# Drawn


def of_client(ctx: Context, client_id: int) -> PanelContent | None:
    """Those of a client, on its card."""
    return _panel(ctx, Goal.client_id == client_id, f"client_id={client_id}")


def of_segment(ctx: Context, segment_id: int) -> PanelContent | None:
    """Those of a group."""
    return _panel(ctx, Goal.segment_id == segment_id, f"segment_id={segment_id}")


def of_goal(ctx: Context, goal_id: int) -> PanelContent | None:
    """The one whose card it is."""
    return _panel(ctx, Goal.id == goal_id, "")


def mine(ctx: Context) -> PanelContent | None:
    """Those of the user that are not over, for the home page."""
    if ctx.actor.user_id is None:
        return None
    return _panel(ctx, sa.and_(Goal.owner_id == ctx.actor.user_id, Goal.due_on >= _today()), "", home=True)


def _panel(
    ctx: Context, which: sa.ColumnElement[bool], here: str, *, home: bool = False
) -> PanelContent | None:
    if access.hidden(goal, ctx.actor) & {"metric", "target", "due_on", "base", "base_on", "measure"}:
        return None
    query = access.within(sa.select(Goal), goal, ctx.actor, few=True).where(which)
    rows = ctx.session.scalars(query.order_by(Goal.due_on, Goal.id).limit(MOST)).all()
    if home and not rows:
        return None
    shown = [_shown(one) for one in progress(ctx, rows, _today())]
    add = f"{goal.url}/new?{here}" if here and ctx.actor.may(goal.permission("create")) else ""
    return PanelContent(ctx.fragment("segments/goals.html", goals=shown, add=add), count=len(rows))


def _shown(told: Progress) -> dict[str, Any]:
    one = told.goal
    return {
        "name": one.name,
        "url": f"{goal.url}/{one.id}",
        "value": "" if told.value is None else format_number(told.value),
        "target": format_number(one.target),
        "expected": format_number(told.expected),
        "due": format_date(one.due_on),
        "percent": told.percent,
        "badge": _badge(told),
        "fault": told.fault,
    }


def _badge(told: Progress) -> Badge:
    if told.value is None:
        return Badge(_("Waits"), "warn")
    if told.reached:
        return Badge(_("Reached"), "ok")
    if told.goal.due_on < _today():
        return Badge(_("Missed"), "bad")
    return Badge(_("On track"), "neutral") if told.on_track else Badge(_("Behind"), "warn")


def using(session: Session, fields: view_uses.Fields) -> list[str]:
    """How many goals have a figure of these fields, in words."""
    query = sa.select(sa.func.count()).select_from(Goal)
    count = session.scalar(query.where(Goal.metric.in_(fields.get("client", frozenset())))) or 0
    return [ngettext("%(n)s goal", "%(n)s goals", count)] if count else []


def _today() -> date:
    return now().astimezone(current_time_zone()).date()
