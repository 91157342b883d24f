"""What waits for an answer and who is silent, on the home page; the numbers of the response clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from litestar import Response
from litestar.params import FromPath

from vinculo.clients.models import Client
from vinculo.clients.records import STAGES, client
from vinculo.company.numbers import MakeInput, NumbersPage, api
from vinculo.i18n import format_datetime, ngettext
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access, facts, service
from vinculo.records.reading import Values
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Badge, FormSection, Toast
from vinculo_interactions import clock, limits
from vinculo_interactions.models import INCOMING, Answer, Interaction, InteractionType, Priority
from vinculo_interactions.records import PRIORITIES, TYPES, interaction
from vinculo_interactions.views import ALARM

URL: Final = f"{interaction.url}/limits"
MANAGE: Final = "interactions.limits.manage"
MOST: Final = 100
FIRST: Final = 8
SHOWN: Final = ("client_id", "answer", "answer_due_at")


@dataclass(frozen=True, slots=True)
class Line:
    """What wants attention; ``done`` is where it is said to need none."""

    url: str
    text: str
    badge: Badge
    client: str = ""
    client_url: str = ""
    done: str = ""


def waiting(ctx: Context) -> PanelContent | None:
    """What came in for the user and has not been answered, what is due first at the top."""
    if not access.hidden(interaction, ctx.actor).isdisjoint(SHOWN):
        return None
    known = access.condition(client, ctx.actor, few=True)
    responsible = sa.func.coalesce(Interaction.responsible_id, Client.responsible_id)
    query = (
        sa.select(Interaction, Client.name if known is None else sa.case((known, Client.name), else_=""))
        .join(Client, Client.id == Interaction.client_id)
        .where(Interaction.answer.in_(clock.OPEN), responsible == ctx.actor.user_id)
        .order_by(Interaction.answer_due_at.is_(None), Interaction.answer_due_at, Interaction.id)
        .limit(MOST)
    )
    visible = access.condition(interaction, ctx.actor, few=True)
    found = ctx.session.execute(query if visible is None else query.where(visible)).all()
    may = access.writes(interaction, ctx.actor, ["no_answer"], "update")
    lines = [_line(one, name, may=may) for one, name in found]
    return _box(ctx, lines, f"{interaction.url}?answer[in]={','.join(clock.OPEN)}")


def _line(one: Interaction, name: str, *, may: bool) -> Line:
    url = f"{interaction.url}/{one.id}"
    text = format_datetime(one.answer_due_at or one.happened_at)
    badge = Badge(text, "bad" if one.answer is Answer.OVERDUE else "warn")
    done = f"{url}/needless" if may else ""
    return Line(url, one.subject, badge, name, f"{client.url}/{one.client_id}", done)


def silent(ctx: Context) -> PanelContent | None:
    """The user's clients with whom nobody was in touch for too long."""
    seen = facts.seen_by(ctx.registry, client, ctx.actor)
    alarm, days = seen.figure(ALARM), seen.figure("interactions_silent_days")
    if alarm is None or days is None:
        return None
    query = sa.select(Client.id, Client.name, days.expression)
    query = access.within(query, client, ctx.actor, few=True)
    mine = query.where(Client.responsible_id == ctx.actor.user_id, alarm.expression.is_not(None))
    found = ctx.session.execute(mine.order_by(days.expression.desc(), Client.id).limit(MOST)).all()
    lines = [Line(f"{client.url}/{row[0]}", row[1], _days(row[2])) for row in found]
    return _box(ctx, lines, f"{client.url}?{ALARM}=silent&responsible_id={ctx.actor.user_id}")


def _days(days: int | None) -> Badge:
    if days is None:
        return Badge(_("Never met"), "bad")
    return Badge(ngettext("%(n)s day", "%(n)s days", days), "bad")


def _box(ctx: Context, lines: Sequence[Line], every: str) -> PanelContent | None:
    if not lines:
        return None
    html = ctx.fragment("interactions/attention.html", lines=lines[:FIRST], every=every)
    return PanelContent(html, count=len(lines))


@post("/interactions/{record_id:int}/needless", permission=interaction.permission("update"))
def needless(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Say that what came in needs no answer."""
    record = service.get(ctx.session, interaction, record_id, actor=ctx.actor, lock=True)
    service.update(ctx.session, interaction, record, Values({"no_answer": True}), actor=ctx.actor)
    return ctx.redirect("/", toast=Toast(_("Needs no answer: %(record)s", record=record.subject)))


def _sections(number: MakeInput) -> list[FormSection]:
    silence = [number(limits.silence_key(stage), str(label)) for stage, label in STAGES.items()]
    answers = [
        number(limits.answer_key(of, one), f"{TYPES[of]}: {PRIORITIES[one]}")
        for of in InteractionType
        if of in INCOMING
        for one in Priority
    ]
    return [
        FormSection(_("Silent after so many days without contact"), silence, help=_("0 for never.")),
        FormSection(
            _("Minutes of working time for an answer"),
            answers,
            help=_("Of who is responsible; 480 are eight hours, 0 is without limit."),
        ),
    ]


PAGE: Final = NumbersPage(
    limits.NUMBERS, URL, interaction,
    _l("What came in before a change keeps the time that it was given."), _sections,
)  # fmt: skip


@get(URL, permission=MANAGE)
def limits_page(ctx: Context) -> Response[bytes]:
    """How long clients may be silent, and within what time one answers."""
    return PAGE.show(ctx)


@post(URL, permission=MANAGE)
def save(ctx: Context) -> Response[bytes]:
    """Change them; what came in before keeps the time that it was given."""
    return PAGE.save(ctx)


handlers = (needless, limits_page, save, *api(PAGE, MANAGE, "/api/v1/interactions/limits"))
