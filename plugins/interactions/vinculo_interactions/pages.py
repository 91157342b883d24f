"""The quick log and the last contact on a client's card, the next steps on the home page."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from litestar import Response
from litestar.params import FromPath
from markupsafe import Markup

from vinculo.clients.records import client
from vinculo.db.base import now
from vinculo.errors import VinculoError
from vinculo.i18n import current_time_zone, format_date, format_datetime
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access, attribution, form_parts, forms, service
from vinculo.records.pages import render_new
from vinculo.records.reading import Values
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import post
from vinculo.web.views import Badge, Input, Option, Toast, Widget
from vinculo_interactions import queries, views
from vinculo_interactions.models import InteractionType
from vinculo_interactions.records import ICONS, TYPES, interaction
from vinculo_interactions.settings import InteractionSettings

PERSON: Final = "participants-0-person_id"
COMPOSED: Final = (
    "type",
    "happened_at",
    "duration_minutes",
    "outcome",
    "next_step",
    "next_step_on",
    "note",
    "client_id",
)
STEP: Final = ("next_step", "next_step_on", "client_id")
STEPS: Final = 100
FIRST: Final = 10


def composer(types: Sequence[InteractionType], ctx: Context, client_id: int) -> Markup | None:
    """A form that logs what has just happened with a client, for who may write all of it.

    It offers some of the types; that which the settings begin with first, if it is among them.
    """
    if not access.writes(interaction, ctx.actor, COMPOSED):
        return None
    chosen = ctx.registry.settings_of("interactions", InteractionSettings)
    opened = interaction.field("happened_at").text(now())
    duration = chosen.default_duration_minutes
    seen = access.seen_by(interaction, ctx.actor)
    texts = {
        "type": (chosen.default_type if chosen.default_type in types else types[0]).value,
        "happened_at": opened,
        "duration_minutes": "" if duration is None else str(duration),
    }
    form = forms.draw(seen, forms.Typed(texts), action=f"{interaction.url}/log", cancel="")
    inputs = {one.name: replace(one, autofocus=False) for one in form.inputs}  # the card is for reading
    offered = [option for option in inputs["type"].options if option.value in types]
    form = form_parts.with_sections(ctx, form, form_parts.opened(ctx, interaction))
    return ctx.fragment(
        "interactions/composer.html",
        form=replace(form, hidden={"client_id": str(client_id), "opened": opened}),
        inputs=inputs | {"type": replace(inputs["type"], options=offered)},
        person=_person(ctx, client_id),
        icons={kind.value: icon for kind, icon in ICONS.items()},
    )


def _person(ctx: Context, client_id: int) -> Input | None:
    people = queries.people_of(ctx.session, client_id, _today(), actor=ctx.actor)
    if not people:
        return None
    options = [Option("", "—"), *(Option(str(person_id), name) for person_id, name in people)]
    return Input(PERSON, _("Person"), Widget.SELECT, options=options)


@post("/interactions/log", permission=interaction.permission("create"))
def log(ctx: Context) -> Response[bytes]:
    """Log what was typed on a client's card; if it does not fit, go on in the whole form."""
    texts = {name: ctx.value(name) for name in ctx.form}
    texts.setdefault("responsible_id", str(ctx.actor.user_id or ""))
    if texts.get("happened_at") == texts.get("opened"):  # not touched: the card may be open for an hour
        texts["happened_at"] = interaction.field("happened_at").text(now())
    seen = access.seen_by(interaction, ctx.actor)
    typed = forms.from_texts(ctx, seen, texts)
    client_id = whole_number(typed.text("client_id"))
    back = f"{client.url}/{client_id}" if client_id else ""
    parts = form_parts.submitted(ctx, interaction)
    if wanted := ctx.value("_add"):
        return render_new(ctx, seen, forms.with_row(typed, wanted), back=back, parts=parts)
    try:
        values = form_parts.read(ctx, seen, typed, parts)
        record = form_parts.create(ctx, interaction, values, parts)
    except VinculoError as error:
        ctx.session.rollback()
        return render_new(ctx, seen, typed, back=back, error=error, parts=parts)
    may = access.permitted(ctx.session, interaction, record.id, ctx.actor, ["delete"])
    undo = f"{interaction.url}/{record.id}/delete?back={back}" if may else ""
    return ctx.redirect(back, toast=Toast(_("%(record)s was logged.", record=record.subject), undo_url=undo))


@post("/interactions/{record_id:int}/done", permission=interaction.permission("update"))
def done(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Take the day off a next step, so that it waits no longer."""
    record = service.get(ctx.session, interaction, record_id, actor=ctx.actor, lock=True)
    service.update(ctx.session, interaction, record, Values({"next_step_on": None}), actor=ctx.actor)
    return ctx.redirect("/", toast=Toast(_("Done: %(step)s", step=record.next_step)))


def call_url(client_id: int) -> str:
    """Where a call with a client is logged in the whole form."""
    return f"{interaction.url}/new?client_id={client_id}&type=call_out&back={client.url}/{client_id}"


def contact(ctx: Context, client_id: int) -> PanelContent | None:
    """The last contact and the next step, for the side of a client's card."""
    hidden = access.hidden(interaction, ctx.actor)
    theirs = _theirs(attribution.asked(ctx.parameters()))
    last, step = queries.contact_of(ctx.session, client_id, now(), theirs=theirs, visible=_visible(ctx))
    if not hidden.isdisjoint(STEP):
        step = None
    if not hidden.isdisjoint(("type", "happened_at")):
        last = None
    pressing = views.badges(ctx, client_id)
    if last is None and step is None and not pressing:
        return None
    html = ctx.fragment(
        "interactions/contact.html",
        badges=pressing,
        last=last
        and {
            "url": f"{interaction.url}/{last.interaction_id}",
            "when": format_datetime(last.at),
            "what": TYPES[last.type],
            "subject": last.subject,
            "icon": ICONS[last.type],
        },
        step=step and _shown(step, _today()),
    )
    return PanelContent(html)


def next_steps(ctx: Context) -> PanelContent | None:
    """What the user promised for today or before, for the home page."""
    if not access.hidden(interaction, ctx.actor).isdisjoint(STEP):
        return None
    steps = queries.due(ctx.session, ctx.actor, _today(), visible=_visible(ctx), limit=STEPS)
    if not steps:
        return None
    shown = [_shown(step, _today()) for step in steps]
    may_finish = access.writes(interaction, ctx.actor, ["next_step_on"], "update")
    html = ctx.fragment(
        "interactions/next_steps.html", first=shown[:FIRST], rest=shown[FIRST:], may_finish=may_finish
    )
    return PanelContent(html, count=len(steps))


@functools.cache
def _theirs(links: attribution.Links) -> queries.Theirs:
    """What counts for a client in one of the ways that a card's address can ask for."""

    def counts(table: sa.FromClause) -> sa.ColumnElement[bool]:
        return attribution.counts_for(interaction, table, links, lambda one: one == queries.CLIENT)

    return counts


def _visible(ctx: Context) -> queries.Visible:
    visible = access.condition(interaction, ctx.actor, few=True)
    return () if visible is None else (visible,)


def _shown(step: queries.Step, today: date) -> dict[str, Any]:
    url = f"{interaction.url}/{step.interaction_id}"
    return {
        "url": url,
        "done": f"{url}/done",
        "text": step.text,
        "client": step.client,
        "client_url": f"{client.url}/{step.client_id}",
        "badge": _day(step.on, today),
    }


def _day(on: date, today: date) -> Badge:
    if on == today:
        return Badge(_("Today"), "warn")
    return Badge(format_date(on), "bad" if on < today else "neutral")


def _today() -> date:
    return now().astimezone(current_time_zone()).date()
