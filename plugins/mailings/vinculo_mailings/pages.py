"""A mailing on its card: who gets it, how far it is, starting and stopping; what a client gets."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa
from litestar import Response
from litestar.params import FromPath

from vinculo.clients.records import client
from vinculo.errors import VinculoError
from vinculo.i18n import format_datetime, ngettext
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import PanelContent
from vinculo.plugins.registry import EVENTS
from vinculo.records import access, bulk_pages, filter_groups, list_words
from vinculo.records import query as queries
from vinculo.records import service as records
from vinculo.records.conditions import fields_of
from vinculo.records.reading import Values
from vinculo.records.text import whole_number
from vinculo.records.words import action_label
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Badge, Crumb, Option, Toast
from vinculo_mailings import audience, audiences, course, ledger
from vinculo_mailings.audiences import Meant
from vinculo_mailings.models import (
    Choice,
    Mailing,
    MailingList,
    Plan,
    Run,
    Send,
    Stage,
    Step,
    Subscription,
)
from vinculo_mailings.permissions import SEND
from vinculo_mailings.records import (
    CHOICE_TONES,
    CHOICES,
    SKIPPED,
    STEP_TONES,
    STEPS,
    mailing,
    send,
    subscription,
)

READ: Final = mailing.permission("read")
CHANGE: Final = mailing.permission("update")
FIRST: Final = 10


# On the card


def delivery(ctx: Context, record_id: int) -> PanelContent | None:
    """How far a mailing is, and what may be done about it."""
    one = ctx.session.get_one(Mailing, record_id)
    may = ctx.actor.may(SEND) and "update" in access.permitted(
        ctx.session, mailing, record_id, ctx.actor, ["update"]
    )
    counts = ledger.counts(ctx.session, record_id)
    link = f"{send.url}?mailing_id={record_id}&step="
    html = ctx.fragment(
        "mailings/delivery.html",
        url=f"{mailing.url}/{record_id}",
        fault=one.fault,
        next_at=format_datetime(one.next_at) if one.next_at else "",
        steps=[
            (str(STEPS[step]), str(counts[step]), f"{link}{step}", STEP_TONES.get(step, ""))
            for step in Step
            if counts.get(step)
        ],
        left_out=_left_out(ctx, record_id),
        does=_does(one) if may else [],
        unsure=counts.get(Step.UNSURE, 0) if may else 0,
        events=_events(ctx, one) if may and one.plan is Plan.EVENT and one.stage is not Stage.ACTIVE else [],
        event=one.event,
    )
    return PanelContent(html)


def _left_out(ctx: Context, record_id: int) -> list[tuple[str, int]]:
    total: Counter[str] = Counter()
    for found in ctx.session.scalars(sa.select(Run.left_out).where(Run.mailing_id == record_id)):
        total.update(found)
    return [(str(SKIPPED.get(reason, reason)), count) for reason, count in total.most_common()]


def _does(one: Mailing) -> list[Option]:
    labels = {"start": _("Start"), "pause": _("Pause"), "stop": _("End for good")}
    if one.stage is Stage.PAUSED:
        labels["start"] = _("Go on")
    does = {Stage.DRAFT: ["start"], Stage.ACTIVE: ["pause", "stop"], Stage.PAUSED: ["start", "stop"]}
    return [Option(name, labels[name]) for name in does.get(one.stage, ())]


def _events(ctx: Context, one: Mailing) -> list[Option]:
    """The events of all kinds that hang on clients, and the one that is chosen."""
    found = {"": "—", one.event: one.event}
    for kind in ctx.registry.kinds.values():
        if kind.client and kind.exposed and ctx.actor.may(kind.permission("read")):
            named = {**{action: action_label(action) for action in EVENTS}, **kind.events}
            for action, label in named.items():
                text = str(label) if action in kind.events else f"{kind.label}: {label}"
                found[f"{kind.name}.{action}"] = text
    return [Option(name, text) for name, text in found.items()]


@post("/mailings/{record_id:int}/event", permission=CHANGE)
def choose_event(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Say for which event it is sent."""
    one = course.changed(ctx, record_id)
    values = Values(fields={"event": ctx.value("event")})
    records.update(ctx.session, mailing, one, values, actor=ctx.actor)
    return ctx.redirect(f"{mailing.url}/{record_id}", toast=Toast(_("Saved.")))


@post("/mailings/{record_id:int}/do/{what:str}", permission=SEND)
def act(ctx: Context, record_id: FromPath[int], what: FromPath[str]) -> Response[bytes]:
    """Start, pause or end a mailing, or settle what is unsure."""
    course.act(ctx, course.changed(ctx, record_id), what)
    return ctx.redirect(f"{mailing.url}/{record_id}", toast=Toast(_("Saved.")))


# The audience


def audience_panel(ctx: Context, record_id: int) -> PanelContent | None:
    """The conditions in words."""
    one = ctx.session.get_one(Mailing, record_id)
    words, fault = audiences.words(ctx, one)
    may = "update" in access.permitted(ctx.session, mailing, record_id, ctx.actor, ["update"])
    of = ctx.session.get(MailingList, one.list_id) if one.list_id else None
    html = ctx.fragment(
        "mailings/audience_panel.html",
        words=words,
        fault=fault,
        list=of.name if of else "",
        event=one.plan is Plan.EVENT,
        url=f"{mailing.url}/{record_id}/audience",
        may=may,
    )
    return PanelContent(html)


@get("/mailings/{record_id:int}/audience", permission=READ)
def show_audience(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """The conditions as they are composed, whom they find, and who is left out, for which reason."""
    one = records.get(ctx.session, mailing, record_id, actor=ctx.actor)
    if not ctx.parameters() and one.rule:
        return ctx.redirect(f"{mailing.url}/{record_id}/audience?{urlencode(audience.pairs(one))}")
    return _render(ctx, one)


@post("/mailings/{record_id:int}/audience", permission=CHANGE)
def save_audience(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Keep the conditions of the address."""
    one = course.changed(ctx, record_id)
    try:
        audiences.choose(ctx, one, ctx.parameters(), typed=False)
    except VinculoError as error:
        ctx.session.rollback()
        return _render(ctx, one, error)
    return ctx.redirect(f"{mailing.url}/{record_id}", toast=Toast(_("The audience was kept.")))


def _render(ctx: Context, one: Mailing, error: VinculoError | None = None) -> Response[bytes]:
    here, pairs = f"{mailing.url}/{one.id}/audience", audiences.conditions_in(ctx.parameters())
    faults = [error.message] if error else []
    try:
        kind, asked = audiences.read(ctx, pairs, typed=False)
    except VinculoError as fault:
        faults, pairs = [*faults, fault.message], []
        kind, asked = audiences.read(ctx, [], typed=False)
    meant = Meant()
    if (pairs or one.list_id) and not faults:
        try:
            meant = audiences.meant(ctx, one, audiences.settled(ctx, pairs))
        except VinculoError as fault:
            faults.append(fault.message)
    may = "update" in access.permitted(ctx.session, mailing, one.id, ctx.actor, ["update"])
    return ctx.render(
        "mailings/audience.html",
        title=_("Audience of “%(mailing)s”", mailing=one.name),
        chips=[*list_words.chips(ctx, kind, asked, pairs, at=here)],
        fields=fields_of(kind),
        url=client.url,
        hidden=[*pairs, (list_words.AT, here)],
        new_group=filter_groups.new(pairs),
        has=filter_groups.has(kind, pairs),
        faults=faults,
        meant=meant,
        told=ngettext("%(n)s message would be sent", "%(n)s messages would be sent", meant.count),
        save=f"{here}?{urlencode(pairs)}" if may else "",
        back=f"{mailing.url}/{one.id}",
        crumbs=[
            Crumb(str(mailing.label_plural), mailing.url),
            Crumb(one.name, f"{mailing.url}/{one.id}"),
            Crumb(_("Audience")),
        ],
        status=error.status if error else 200,
    )


@get("/mailings/choose", permission=CHANGE)
def choose(ctx: Context) -> Response[bytes]:
    """For which mailing the clients of a list are meant."""
    seen, asked = bulk_pages.asked(ctx, client, typed=False)
    count = queries.count(ctx.session, seen, asked, actor=ctx.actor, action=access.READ)
    drafts = access.within(sa.select(Mailing.id, Mailing.name), mailing, ctx.actor, "update")
    drafts = drafts.where(Mailing.stage.in_((Stage.DRAFT, Stage.PAUSED))).order_by(Mailing.id.desc())
    return ctx.render(
        "mailings/choose.html",
        title=_("Clients for a mailing"),
        count=count,
        mailings=[Option(str(row.id), row.name) for row in ctx.session.execute(drafts.limit(200))],
        action=f"/mailings/choose?{urlencode(ctx.parameters())}",
        new=f"{mailing.url}/new",
        back=f"{client.url}?{urlencode(ctx.parameters())}",
        crumbs=[Crumb(str(client.label_plural), client.url), Crumb(str(mailing.label_plural))],
    )


@post("/mailings/choose", permission=CHANGE)
def chosen(ctx: Context) -> Response[bytes]:
    """Let a mailing go to the clients of that list."""
    one = course.changed(ctx, whole_number(ctx.value("mailing")) or 0)
    audiences.choose(ctx, one, ctx.parameters(), typed=False)
    return ctx.redirect(f"{mailing.url}/{one.id}/audience")


# On the card of a client


def of_client(ctx: Context, client_id: int) -> PanelContent | None:
    """What a client got last, and what its addresses said."""
    hidden = access.hidden(send, ctx.actor)
    lines: list[Any] = []
    if hidden.isdisjoint(("title", "step", "sent_at", "client_id")):
        query = access.within(sa.select(Send), send, ctx.actor, few=True).where(Send.client_id == client_id)
        for one in ctx.session.scalars(query.order_by(Send.id.desc()).limit(FIRST)):
            badge = Badge(str(STEPS[one.step]), STEP_TONES.get(one.step, "neutral"))
            when = format_datetime(one.sent_at) if one.sent_at else ""
            lines.append((one.title, f"{send.url}/{one.id}", when, badge))
    said = _said(ctx, client_id)
    if not lines and not said:
        return None
    every = f"{send.url}?client_id={client_id}" if len(lines) == FIRST else ""
    return PanelContent(ctx.fragment("mailings/client.html", lines=lines, said=said, every=every))


def _said(ctx: Context, client_id: int) -> list[Any]:
    may = ctx.actor.may(subscription.permission("read"))
    if not may or not access.hidden(subscription, ctx.actor).isdisjoint(("address", "choice", "list_id")):
        return []
    query = access.within(sa.select(Subscription, MailingList.name), subscription, ctx.actor, few=True)
    query = query.outerjoin(MailingList, MailingList.id == Subscription.list_id)
    query = query.where(Subscription.client_id == client_id).order_by(Subscription.id.desc()).limit(FIRST)
    return [
        (one.address, name or _("All marketing"), f"{subscription.url}/{one.id}",
         Badge(str(CHOICES[one.choice]), CHOICE_TONES[Choice(one.choice)]))
        for one, name in ctx.session.execute(query)
    ]  # fmt: skip


handlers = (show_audience, save_audience, choose, chosen, choose_event, act)
