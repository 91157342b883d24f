"""The timeline on a client's card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from markupsafe import Markup

from vinculo.actor import EVERYTHING, Scope
from vinculo.events import timeline
from vinculo.events.models import TimelineEntry
from vinculo.i18n import format_datetime
from vinculo.i18n import gettext as _
from vinculo.plugins import memory
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access
from vinculo.web.context import Context
from vinculo.web.views import TimelineEntry as View

PAGE = 20


def panel(ctx: Context, client_id: int) -> PanelContent:
    """The newest entries."""
    return PanelContent(fragment(ctx, client_id, None))


def fragment(ctx: Context, client_id: int, before: tuple[datetime, int] | None) -> Markup:
    """Entries older than ``before``, with the address of those that follow."""
    visible = _visible(ctx)
    rows = timeline.of_client(ctx.session, client_id, visible=visible, limit=PAGE + 1, before=before)
    shown = rows[:PAGE]
    more = ""
    if len(rows) > PAGE:
        last, _name = shown[-1]
        more = f"/clients/{client_id}/timeline?before={last.happened_at:%Y-%m-%dT%H:%M:%S.%f},{last.id}"
    return ctx.fragment("fragments/timeline.html", entries=views(ctx, shown), more_url=more)


def _visible(ctx: Context) -> sa.ColumnElement[bool] | None:
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
    return [_view(ctx, row, who, titles) for row, who in rows]


def _view(ctx: Context, row: TimelineEntry, who: str, titles: Mapping[str, str]) -> View:
    kind = ctx.registry.kinds.get(row.kind)
    off = kind is None
    if kind is not None and access.hidden(kind, ctx.actor):  # what an entry tells may be what is hidden
        return View(row.title, format_datetime(row.happened_at), row.happened_at.isoformat(), kind.icon,
                    url=f"{kind.url}/{row.record_id}", label=str(kind.label))  # fmt: skip
    return View(
        title=row.title,
        when=format_datetime(row.happened_at),
        at=row.happened_at.isoformat(),
        icon=row.icon,
        url="" if kind is None else f"{kind.url}/{row.record_id}",
        text=_("From %(plugin)s, which is off.", plugin=titles.get(row.domain, row.domain))
        if off
        else row.text,
        who=who,
        label=_(row.label),
        muted=off,
    )
