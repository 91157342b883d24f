"""The page of all exports: who took what with them. A number that a file carries finds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa
from litestar import Response
from litestar.params import FromPath
from markupsafe import Markup
from sqlalchemy.orm import Session

from vinculo.audit.permissions import READ
from vinculo.db.base import now
from vinculo.errors import NotFoundError
from vinculo.i18n import format_datetime, format_number
from vinculo.i18n import gettext as _
from vinculo.records.cards import titles
from vinculo.records.export_words import export_facts, kind_label, state_badge, states
from vinculo.records.models import Export
from vinculo.records.text import whole_number
from vinculo.records.watermark import number_in, number_of
from vinculo.web.context import Context
from vinculo.web.routes import get
from vinculo.web.views import (
    Action,
    Chip,
    Column,
    Crumb,
    Empty,
    Input,
    ListPage,
    Option,
    Row,
    Table,
    Widget,
)

LOG: Final = "/settings/audit"
URL: Final = f"{LOG}/exports"
PAGE: Final = 50
NAMES: Final = ("q", "user_id", "kind", "state")


@get(URL, permission=READ)
def exports_page(ctx: Context) -> Response[bytes]:
    """All exports, newest first; ``q`` is a number, the name of a file, or the mark in one."""
    given = {name: value for name in NAMES if (value := ctx.parameter(name).strip())}
    found, before = page(ctx.session, given, before=whole_number(ctx.parameter("before")))
    title = _("Exports")
    listed = ListPage(
        title=title,
        url=URL,
        table=Table(_columns(), [_row(ctx, export) for export in found], caption=title),
        query=given.get("q", ""),
        chips=_chips(ctx, given),
        filters=_filters(ctx, given),
        next_url=f"{URL}?{urlencode({**given, 'before': before})}" if before else "",
        empty=None if given else Empty(_("No exports yet"), _("Each file that leaves is noted here.")),
    )
    return ctx.render("records/list.html", crumbs=[Crumb(_("Event log"), LOG), Crumb(title)], page=listed)


@get(f"{URL}/{{export_id:int}}", permission=READ)
def export_page(ctx: Context, export_id: FromPath[int]) -> Response[bytes]:
    """One export with all that is known of it."""
    export = ctx.session.get(Export, export_id) if export_id < 2**63 else None
    if export is None:
        raise NotFoundError(_("There is no export %(number)s.", number=number_of(export_id)))
    title = _("Export %(number)s", number=number_of(export.id))
    asked = {"kind": export.kind, "from": _day(export), "to": _day(export)}
    if export.user_id:
        asked["actor_id"] = str(export.user_id)
    return ctx.render(
        "records/export.html",
        crumbs=[Crumb(_("Event log"), LOG), Crumb(_("Exports"), URL), Crumb(title)],
        title=title,
        badge=state_badge(export, now()),
        facts=export_facts(ctx, export),
        fault="",
        actions=[Action(_("In the event log"), f"{LOG}?{urlencode(asked)}", "history")],
        alone=False,
        remark=None,
        url="",
    )


def page(
    session: Session, given: Mapping[str, str], *, before: int | None
) -> tuple[Sequence[Export], int | None]:
    """Exports, newest first, and what to ask for as ``before`` to go on."""
    query = sa.select(Export).order_by(Export.id.desc()).limit(PAGE + 1)
    if before is not None and before < 2**63:
        query = query.where(Export.id < before)
    found = session.scalars(query.where(*_conditions(given))).all()
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def _conditions(given: Mapping[str, str]) -> list[sa.ColumnElement[bool]]:
    """What is no number or no state finds nothing, as a name that nobody has."""
    found: list[sa.ColumnElement[bool]] = []
    if "q" in given:
        number = number_in(given["q"])
        found.append(sa.false() if number is None else Export.id == number)
    if "user_id" in given:
        user_id = whole_number(given["user_id"])
        found.append(sa.false() if user_id is None or user_id >= 2**63 else Export.user_id == user_id)
    if "kind" in given:
        found.append(Export.kind == given["kind"].replace("\x00", "")[:60])
    if "state" in given:
        state = next((one for one in states() if one == given["state"]), None)
        found.append(sa.false() if state is None else Export.state == state)
    return found


def _columns() -> Sequence[Column]:
    return [
        Column("number", _("Number")),
        Column("who", _("Who")),
        Column("what", _("What")),
        Column("rows", _("Rows"), numeric=True),
        Column("delivered", _("Rows sent"), numeric=True),
        Column("at", _("When")),
        Column("state", _("State")),
    ]


def _row(ctx: Context, export: Export) -> Row:
    badge = state_badge(export, now())
    cells: list[Any] = [
        number_of(export.id),
        export.user_name or _("Command line"),
        kind_label(ctx, export.kind),
        format_number(export.rows),
        format_number(export.delivered) if export.sent_at else "",
        format_datetime(export.sent_at or export.asked_at),
        Markup('<span class="badge {}">{}</span>').format(badge.tone, badge.label),
    ]
    return Row(export.id, f"{URL}/{export.id}", cells)


def _filters(ctx: Context, given: Mapping[str, str]) -> Sequence[Input]:
    kinds = {name: str(kind.label_plural) for name, kind in ctx.registry.kinds.items() if kind.exposed}

    def choice(name: str, label: str, options: Mapping[Any, str]) -> Input:
        shown = [Option("", "—"), *(Option(str(value), text) for value, text in options.items())]
        return Input(name, label, Widget.SELECT, value=given.get(name, ""), options=shown)

    return [
        Input("user_id", _("User"), Widget.LINK, value=given.get("user_id", ""), display=_user(ctx, given),
              lookup="/lookup/user"),
        choice("kind", _("Kind"), kinds),
        choice("state", _("State"), states()),
    ]  # fmt: skip


def _user(ctx: Context, given: Mapping[str, str]) -> str:
    user_id = whole_number(given.get("user_id", ""))
    if user_id is None or user_id >= 2**63:
        return ""
    return titles(ctx, {"user": {user_id}}).get(("user", user_id), str(user_id))


def _chips(ctx: Context, given: Mapping[str, str]) -> Sequence[Chip]:
    words = {
        "user_id": (_("User"), _user(ctx, given)),
        "kind": (_("Kind"), kind_label(ctx, given.get("kind", ""))),
        "state": (_("State"), {str(k): v for k, v in states().items()}.get(given.get("state", ""), "")),
    }
    return [
        Chip(f"{label}: {text}", f"{URL}?{urlencode({k: v for k, v in given.items() if k != name})}")
        for name, (label, text) in words.items()
        if name in given
    ]


def _day(export: Export) -> str:
    return (export.sent_at or export.asked_at).date().isoformat()
