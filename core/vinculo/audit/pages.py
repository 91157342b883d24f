"""Pages where administrators read the event log."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from litestar import Response
from litestar.background_tasks import BackgroundTask
from litestar.params import FromPath
from litestar.response import Stream
from markupsafe import Markup

from vinculo.audit import exporting, queries
from vinculo.audit.permissions import READ
from vinculo.audit.wording import Wording, actions, kinds
from vinculo.events.models import Event
from vinculo.i18n import format_datetime
from vinculo.i18n import gettext as _
from vinculo.records.cards import titles
from vinculo.records.delivery import Delivery
from vinculo.web.context import Context
from vinculo.web.history_views import HistoryEntry
from vinculo.web.routes import get
from vinculo.web.views import Action, Attribute, Chip, Column, Crumb, Input, Option, Row, Table, Widget

URL: Final = "/settings/audit"
SHORT: Final = 70
FILE: Final = "event-log.csv"


@get(URL, permission=READ)
def list_page(ctx: Context) -> Response[bytes]:
    """What was done, newest first."""
    given = _given(ctx)
    asked = queries.parse(given.items())
    events, before = queries.page(ctx.session, asked)
    wording = Wording.of(ctx, events)
    filters = {name: value for name, value in given.items() if name != "before"}
    return ctx.render(
        "audit/list.html",
        crumbs=[Crumb(_("Event log"))],
        title=_("Event log"),
        url=URL,
        filters=_inputs(ctx, filters),
        chips=_chips(ctx, filters, wording),
        table=_table(events, wording),
        actions=[
            Action(_("Exports"), f"{URL}/exports", "upload"),
            Action(_("Export as CSV"), _address(f"{URL}/export.csv", filters), "download"),
        ],
        first_url=_address(URL, filters) if asked.before else "",
        next_url=_address(URL, {**filters, "before": str(before)}) if before else "",
    )


@get(f"{URL}/{{event_id:int}}", permission=READ)
def event_page(ctx: Context, event_id: FromPath[int]) -> Response[bytes]:
    """One event with all that it says."""
    event = queries.get(ctx.session, event_id)
    wording = Wording.of(ctx, [event])
    entry = HistoryEntry(
        title=f"{wording.action(event)}: {wording.record(event)}",
        when=format_datetime(event.at),
        at=event.at.isoformat(),
        who=wording.actor(event),
        source=wording.source(event),
        changes=wording.changes(event),
    )
    heading = _("Event %(id)s", id=event.id)
    facts = {
        _("Client"): wording.client(event),
        _("Record"): _record_link(event, wording),
        "SHA-256": event.hash,
    }
    return ctx.render(
        "audit/event.html",
        crumbs=[Crumb(_("Event log"), URL), Crumb(heading)],
        title=heading,
        entry=entry,
        facts=[Attribute(label, value) for label, value in facts.items() if value],
    )


@get(f"{URL}/export.csv", permission=READ, include_in_schema=False)
def export(ctx: Context) -> Stream:
    """The same as a file; that, too, is on record."""
    given = {name: value for name, value in _given(ctx).items() if name != "before"}
    asked = queries.parse(given.items())
    with tempfile.TemporaryDirectory(prefix="vinculo-export-") as folder:
        path = Path(folder) / FILE
        count = exporting.write(ctx, asked, path)
        file = path.open("rb")  # see vinculo.records.export_api
    actor, database = ctx.actor, ctx.site.database
    exporting.note(database, FILE, count, actor=actor)
    delivery = Delivery(file, count, "csv")

    def finish() -> None:
        if (delivered := delivery.finish()) < count:
            exporting.note(database, FILE, count, actor=actor, delivered=delivered)

    return Stream(
        delivery.pieces(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{FILE}"'},
        background=BackgroundTask(finish),
    )


def _given(ctx: Context) -> dict[str, str]:
    """Parameters without the empty inputs of the form and the names beside its links."""
    return {name: value for name, value in ctx.parameters() if value.strip() and not name.endswith("__text")}


def _address(path: str, parameters: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(parameters)}" if parameters else path


def _inputs(ctx: Context, given: Mapping[str, str]) -> Sequence[Input]:
    def link(name: str, label: str, kind: str) -> Input:
        return Input(
            name,
            label,
            Widget.LINK,
            value=given.get(name, ""),
            display=_name(ctx, kind, given.get(name, "")),
            lookup=f"/lookup/{kind}",
        )

    def choice(name: str, label: str, options: Mapping[str, str]) -> Input:
        sorted_ = sorted(options.items(), key=lambda item: item[1])
        shown = [Option("", "—"), *(Option(value, text) for value, text in sorted_)]
        return Input(name, label, Widget.SELECT, value=given.get(name, ""), options=shown)

    return [
        link("actor_id", _("User"), "user"),
        link("client_id", _("Client"), "client"),
        choice("action", _("Action"), actions(ctx.registry.kinds)),
        choice("kind", _("Kind"), kinds(ctx)),
        Input("from", _("From"), Widget.DATE, value=given.get("from", "")),
        Input("to", _("To"), Widget.DATE, value=given.get("to", "")),
    ]


def _name(ctx: Context, kind: str, text: str) -> str:
    if not text:
        return ""
    found = titles(ctx, {kind: {int(text)}})
    return found.get((kind, int(text)), text)


def _chips(ctx: Context, given: Mapping[str, str], wording: Wording) -> Sequence[Chip]:
    labels = {
        "actor_id": _("User"), "client_id": _("Client"), "action": _("Action"), "kind": _("Kind"),
        "from": _("From"), "to": _("To"), "record_id": _("Record"), "source": _("Source"),
    }  # fmt: skip
    words = {
        "actor_id": lambda text: _name(ctx, "user", text),
        "client_id": lambda text: _name(ctx, "client", text),
        "action": wording.action_label,
        "kind": wording.kind_label,
    }
    return [
        Chip(
            f"{labels[name]}: {words.get(name, str)(text)}",
            _address(URL, {other: value for other, value in given.items() if other != name}),
        )
        for name, text in given.items()
        if name in labels
    ]


def _table(events: Sequence[Event], wording: Wording) -> Table:
    columns = [
        Column("at", _("When")),
        Column("actor", _("Who")),
        Column("action", _("Action")),
        Column("record", _("Record")),
        Column("client", _("Client")),
        Column("source", _("Source")),
        Column("changes", _("What")),
    ]
    rows = [
        Row(
            event.id,
            f"{URL}/{event.id}",
            [
                format_datetime(event.at),
                wording.actor(event),
                wording.action(event),
                _record_link(event, wording),
                wording.client(event),
                wording.source(event),
                _shortened(wording.summary(event)),
            ],
        )
        for event in events
    ]
    return Table(columns, rows, caption=_("Event log"))


def _record_link(event: Event, wording: Wording) -> str | Markup:
    text = wording.record(event)
    if not wording.has_card(event):
        return text
    return Markup('<a href="/go/{}/{}">{}</a>').format(event.kind, event.record_id, text)


def _shortened(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[:SHORT].rstrip()}…"
