"""The user's complaints by when they are due, on the home page; the limits of the clock."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import sqlalchemy as sa
from litestar import Response

from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.company.numbers import MakeInput, NumbersPage, api
from vinculo.i18n import format_datetime
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Badge, FormSection
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


def _sections(number: MakeInput) -> list[FormSection]:
    help_ = _("Of who is responsible; 480 are eight hours, 0 is without limit.")
    sections = [
        FormSection(title, [number(f"{key}_{one}", str(SEVERITIES[one])) for one in Severity], help=help_)
        for key, title in (
            ("answer", _("Minutes of working time for the first answer")),
            ("solve", _("Minutes of working time for the solution")),
        )
    ]
    repeats = [number(limits.REPEAT, _("Days within which the same topic is a repeat"))]
    return [*sections, FormSection(_("Repeat complaints"), repeats)]


PAGE: Final = NumbersPage(
    limits.NUMBERS, URL, complaint,
    _l("What came in before a change keeps the time that it was given."), _sections,
)  # fmt: skip


@get(URL, permission=MANAGE)
def limits_page(ctx: Context) -> Response[bytes]:
    """Within what working time one answers and solves."""
    return PAGE.show(ctx)


@post(URL, permission=MANAGE)
def save(ctx: Context) -> Response[bytes]:
    """Change them; what came in before keeps the time that it was given."""
    return PAGE.save(ctx)


handlers = (limits_page, save, *api(PAGE, MANAGE, "/api/v1/complaints/limits"))
