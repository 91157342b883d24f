"""The timeline on a client's card, and what one can write on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

import sqlalchemy as sa
from markupsafe import Markup

from vinculo.actor import EVERYTHING, Scope
from vinculo.clients import pins, timeline_filters
from vinculo.events import timeline
from vinculo.events.models import TimelineEntry
from vinculo.i18n import format_datetime
from vinculo.i18n import gettext as _
from vinculo.notes import mentions
from vinculo.notes.records import note
from vinculo.plugins import memory
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access
from vinculo.records.cards import TAB
from vinculo.web import contributed, texts
from vinculo.web.context import Context
from vinculo.web.views import TimelineEntry as View

PAGE = 20


def panel(ctx: Context, client_id: int) -> PanelContent:
    """A form to write, what is pinned, and the newest entries."""
    entries = Markup('<div id="timeline">{}{}</div>').format(
        _filter(ctx, client_id), fragment(ctx, client_id, None)
    )
    return PanelContent(composers(ctx, client_id, ctx.parameter("compose")) + entries)


def _filter(ctx: Context, client_id: int) -> Markup:
    filters, url = timeline_filters.asked(ctx), f"/clients/{client_id}"
    return ctx.fragment(
        "clients/filters.html",
        url=url,
        tab=(TAB, timeline_filters.TIMELINE),
        inputs=timeline_filters.inputs(ctx, filters),
        chips=timeline_filters.chips(ctx, filters, url),
    )


def composers(ctx: Context, client_id: int, wanted: str) -> Markup:
    """The form of the way to write that is wanted, else of the first, with links to the others."""
    ways = [owned for owned in ctx.registry.composers if ctx.actor.may(owned.item.permission)]
    ways.sort(key=lambda owned: owned.item.name != wanted)
    form = next(
        ((owned, drawn) for owned in ways if (drawn := contributed.composer(ctx, owned, client_id))), None
    )
    if form is None:
        return Markup()
    ways.sort(key=lambda owned: (owned.item.weight, owned.item.name))
    links = [
        (way.name, str(way.label), way.icon, f"/clients/{client_id}?compose={way.name}#compose")
        for way in (owned.item for owned in ways)
    ]
    return ctx.fragment("clients/composers.html", ways=links, chosen=form[0].item.name, form=form[1])


def fragment(ctx: Context, client_id: int, before: tuple[datetime, int] | None) -> Markup:
    """Entries older than ``before``, with the address of those that follow; on top what is pinned."""
    visible, filters = visible_to(ctx), timeline_filters.asked(ctx)
    given = filters.parameters
    pinned = pins.of_client(ctx.session, client_id, visible=visible)
    conditions = timeline_filters.conditions(ctx, filters)
    if pinned and not given:
        conditions.append(TimelineEntry.id.not_in([row.id for row, *_names in pinned]))
    rows = timeline.of_client(
        ctx.session, client_id, visible=visible, limit=PAGE + 1, before=before, conditions=conditions
    )
    shown = rows[:PAGE]
    more = ""
    if len(rows) > PAGE:
        last, _name = shown[-1]
        position = f"{last.happened_at:%Y-%m-%dT%H:%M:%S.%f},{last.id}"
        more = f"/clients/{client_id}/timeline?{urlencode({'before': position, **given}, safe=',:')}"
    held = {(row.kind, row.record_id): who for row, _did, who in pinned}
    on_top = [] if given or before else [(row, did) for row, did, _who in pinned]
    drawn = views(ctx, [*on_top, *shown])
    drawn = _with_pins(ctx, client_id, [row for row, _who in (*on_top, *shown)], drawn, held)
    return ctx.fragment(
        "fragments/timeline.html",
        pinned=drawn[: len(on_top)],
        entries=drawn[len(on_top) :],
        pin_url=f"/clients/{client_id}/pins",
        filtered=bool(given),
        more_url=more,
    )


def _with_pins(
    ctx: Context,
    client_id: int,
    rows: Sequence[TimelineEntry],
    drawn: Sequence[View],
    held: Mapping[tuple[str, int], str],
) -> list[View]:
    """Who pinned what, and the buttons for who may change the client."""
    kind = ctx.registry.kinds["client"]
    may = bool(rows) and "update" in access.permitted(ctx.session, kind, client_id, ctx.actor, ["update"])
    found = []
    for row, view in zip(rows, drawn, strict=True):
        who = held.get((row.kind, row.record_id))
        pinned = "" if who is None else _("Pinned by %(who)s", who=who) if who else _("Pinned")
        sent = {"kind": row.kind, "record_id": str(row.record_id), "on": "" if pinned else "1"}
        found.append(replace(view, pinned=pinned, pin=sent if may else None))
    return found


def visible_to(ctx: Context) -> sa.ColumnElement[bool] | None:
    """Entries of records that the user may read, and of plugins that are off for who may read everything."""
    kinds, entry = ctx.registry.kinds.values(), TimelineEntry
    if ctx.actor.is_administrator:
        return None
    visible = access.documents(kinds, ctx.actor, entry.kind, entry.record_id)
    if ctx.actor.scope(EVERYTHING) is Scope.ALL:
        return sa.or_(visible, entry.kind.not_in([kind.name for kind in kinds]))
    return visible


def views(ctx: Context, rows: Sequence[tuple[TimelineEntry, str]]) -> list[View]:
    """Entries as they are drawn; those of a plugin that is off say so instead of linking."""
    unknown = any(row.kind not in ctx.registry.kinds for row, _who in rows)
    titles = memory.titles(ctx.session) if unknown else {}
    noted = [row.record_id for row, _who in rows if row.kind == note.name and "@" in row.title + row.text]
    named = mentions.names_in(ctx.session, noted) if noted else {}
    return [
        _view(ctx, row, who, titles, named.get(row.record_id) if row.kind == note.name else None)
        for row, who in rows
    ]


def _view(
    ctx: Context,
    row: TimelineEntry,
    who: str,
    titles: Mapping[str, str],
    named: Mapping[str, str] | None,
) -> View:
    kind = ctx.registry.kinds.get(row.kind)
    off = kind is None
    if kind is not None and access.hidden(kind, ctx.actor):  # what an entry tells may be what is hidden
        return View(row.title, format_datetime(row.happened_at), row.happened_at.isoformat(), kind.icon,
                    url=f"{kind.url}/{row.record_id}", label=str(kind.label))  # fmt: skip
    return View(
        title=texts.named(row.title, named),
        when=format_datetime(row.happened_at),
        at=row.happened_at.isoformat(),
        icon=row.icon,
        url="" if kind is None else f"{kind.url}/{row.record_id}",
        text=_("From %(plugin)s, which is off.", plugin=titles.get(row.domain, row.domain))
        if off
        else texts.linked(row.text, named),
        who=who,
        label=_(row.label),
        muted=off,
    )
