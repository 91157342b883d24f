"""The user's complaints by when they are due, on the home page; the limits of the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import sqlalchemy as sa
from litestar import Response

from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import format_datetime
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Badge, Crumb, Form, FormSection, Input, Toast, Widget
from vinculo_complaints import limits, queries, views
from vinculo_complaints.models import OPEN, Complaint, Severity
from vinculo_complaints.records import SEVERITIES, complaint

URL: Final = f"{complaint.url}/limits"
MANAGE: Final = "complaints.limits.manage"
MOST: Final = 100
FIRST: Final = 8


def widget(ctx: Context) -> PanelContent | None:
    """The open complaints of the user, what is due first at the top."""
    if not access.hidden(complaint, ctx.actor).isdisjoint(queries.SHOWN):
        return None
    known = access.condition(client, ctx.actor, few=True)
    query = (
        sa.select(Complaint, Client.name if known is None else sa.case((known, Client.name), else_=""))
        .join(Client, Client.id == Complaint.client_id)
        .where(Complaint.state.in_(OPEN), Complaint.responsible_id == ctx.actor.user_id)
    )
    query = access.within(query, complaint, ctx.actor, few=True)
    order = (Complaint.due_at.is_(None), Complaint.due_at, Complaint.id)
    found = ctx.session.execute(query.order_by(*order).limit(MOST)).all()
    if not found:
        return None
    every = f"{complaint.url}?state[in]={','.join(OPEN)}&responsible_id={ctx.actor.user_id}&sort=due_at"
    lines = [_line(one, name) for one, name in found[:FIRST]]
    return PanelContent(ctx.fragment("complaints/widget.html", lines=lines, every=every), count=len(found))


def _line(one: Complaint, name: str) -> views.Line:
    late = views.is_late(one)
    shown = views.line(one)
    waits = one.waiting_since is not None or one.due_at is None
    badge = shown.badge if waits else Badge(format_datetime(one.due_at), "bad" if late else "neutral")  # type: ignore[arg-type]
    return replace(shown, badge=badge, client=name, client_url=f"{client.url}/{one.client_id}")


@get(URL, permission=MANAGE)
def limits_page(ctx: Context) -> Response[bytes]:
    """Within what working time one answers and solves."""
    return _render(ctx, {key: str(number) for key, number in limits.read(ctx.session).items()})


@post(URL, permission=MANAGE)
def save(ctx: Context) -> Response[bytes]:
    """Change them; what came in before keeps the time that it was given."""
    typed = {key: ctx.value(key) for key in limits.USUAL if key in ctx.form}
    try:
        changed = limits.change(ctx.session, _numbers(typed), ctx.actor)
    except InvalidError as error:
        held = {key: str(number) for key, number in limits.read(ctx.session).items()}
        return _render(ctx, {**held, **typed}, error.errors)
    return ctx.redirect(URL, toast=Toast(_("Saved.") if changed else _("Nothing was changed.")))


def _numbers(typed: Mapping[str, str]) -> dict[str, int]:
    """What is no number is out of range; nothing stands for none."""
    return {
        key: 0 if not text else -1 if (n := whole_number(text)) is None else n for key, text in typed.items()
    }


def _render(ctx: Context, held: Mapping[str, str], errors: Sequence[FieldError] = ()) -> Response[bytes]:
    def number(key: str, label: str) -> Input:
        faults = [error.message for error in errors if error.field == key]
        return Input(key, label, Widget.NUMBER, value=held[key], errors=faults)

    help_ = _("Of who is responsible; 480 are eight hours, 0 is without limit.")
    sections = [
        FormSection(title, [number(f"{key}_{one}", str(SEVERITIES[one])) for one in Severity], help=help_)
        for key, title in (
            ("answer", _("Minutes of working time for the first answer")),
            ("solve", _("Minutes of working time for the solution")),
        )
    ]
    repeats = [number(limits.REPEAT, _("Days within which the same topic is a repeat"))]
    sections.append(FormSection(_("Repeat complaints"), repeats))
    return ctx.render(
        "complaints/limits.html",
        status=422 if errors else 200,
        crumbs=[Crumb(str(complaint.label_plural), complaint.url), Crumb(_("Clock of complaints"))],
        title=_("Clock of complaints"),
        form=Form(URL, [], sections=sections),
    )


handlers = (limits_page, save)
