"""The results of mailings: what was sent, what people did with it, and what followed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa
from litestar import Response

from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.records import access
from vinculo.web import reports as reporting
from vinculo.web.context import Context
from vinculo.web.reports import Cell, Pages, Report, bars
from vinculo.web.routes import get
from vinculo_mailings.models import Mailing, Send, Step
from vinculo_mailings.records import mailing, send

URL: Final = "/mailings/results"
MOST: Final = 200
TABS: Final = {"sent": _l("Results of mailings")}
PAGES: Final = Pages(
    URL, TABS, (mailing.label_plural, mailing.url), since=_l("Sent from"), until=_l("Sent until")
)
DID: Final = {
    "sent_at": _l("Sent"),
    "opened_at": _l("Opened"),
    "clicked_at": _l("Clicked"),
    "opted_out_at": _l("Opted out"),
    "bounced_at": _l("Came back"),
}
HOW: Final = (
    _l("Counted are messages that a server has taken, by the day on which it did. Shares are of these."),
    _l("Opened is told by an invisible image, where the mailing counts that: it is a hint, no more."),
)


@get(URL, permission=mailing.permission("read"))
def page(ctx: Context) -> Response[bytes]:
    """Each mailing of which something was sent within the days."""
    shown = _report(ctx) if ctx.actor.may(send.permission("read")) else None
    return reporting.render(ctx, PAGES, "sent", shown)


def _report(ctx: Context) -> Report:
    hidden = access.hidden(send, ctx.actor)
    names = [name for name in DID if name not in hidden]
    if "sent_at" in hidden or "mailing_id" in hidden:
        return reporting.NOTHING
    between = _between(ctx)
    counts = [sa.func.count(send.table.c[name]).label(name) for name in names]
    failed = sa.func.count(sa.case((Send.step == Step.FAILED, 1)))
    query = sa.select(Mailing.id, Mailing.name, *counts, failed.label("failed"))
    query = query.join(Send, Send.mailing_id == Mailing.id).where(*between)
    query = access.within(access.within(query, mailing, ctx.actor), send, ctx.actor)
    query = query.group_by(Mailing.id, Mailing.name).order_by(sa.func.max(Send.created_at).desc())
    found = ctx.session.execute(query.limit(MOST)).all()
    rows = [
        [
            Cell(row.name, f"{mailing.url}/{row.id}"),
            *_cells(ctx, row, names),
            Cell(str(row.failed), _url(row.id, step="failed")),
        ]
        for row in found
    ]
    pictures = bars([(row.name, row.sent_at, str(row.sent_at)) for row in found])
    columns = [str(mailing.label), *(str(DID[name]) for name in names), _("Failed")]
    return Report(columns, rows, pictures, HOW)


def _between(ctx: Context) -> list[sa.ColumnElement[bool]]:
    since, until = reporting.period(ctx)
    at = sa.func.coalesce(Send.sent_at, Send.created_at)
    found: list[sa.ColumnElement[bool]] = []
    if since:
        found.append(at >= datetime.combine(since, time(), UTC))
    if until:
        found.append(at < datetime.combine(until + timedelta(days=1), time(), UTC))
    return found


def _cells(ctx: Context, row: Any, names: Sequence[str]) -> list[Cell]:
    cells = []
    for name in names:
        count = getattr(row, name)
        share = f" · {100 * count / row.sent_at:.1f} %" if name != "sent_at" and row.sent_at and count else ""
        cells.append(Cell(f"{count}{share}", _url(row.id, **{f"{name}[empty]": "false"}) if count else ""))
    return cells


def _url(mailing_id: int, **conditions: str) -> str:
    return f"{send.url}?{urlencode({'mailing_id': mailing_id, **conditions})}"


handlers = (page,)
