"""The changes of many records that there were: whose, when, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from litestar import Response

from vinculo.i18n import format_datetime, format_number
from vinculo.i18n import gettext as _
from vinculo.records import bulk_changes, bulk_pages
from vinculo.records.bulk_changes import Counts
from vinculo.records.bulk_models import BulkChange, Outcome
from vinculo.records.bulk_pages import URL
from vinculo.records.cards import titles
from vinculo.records.import_runs import page_number
from vinculo.records.models import RunState
from vinculo.records.resuming import AT_WORK
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get
from vinculo.web.views import Badge, Column, Crumb, Row, Table


@get(URL, permission=SIGNED_IN, name="bulk_changes.list", include_in_schema=False)
def list_changes(ctx: Context) -> Response[bytes]:
    """The latest first; users see their own, administrators all."""
    number = page_number(ctx.parameter("page", "0"))
    found, more = bulk_changes.listed(ctx.session, ctx.registry.kinds, actor=ctx.actor, page=number)
    title = _("Bulk changes")
    return ctx.render(
        "records/runs.html",
        title=title,
        table=_table(ctx, found),
        nothing=_("Nothing was changed so yet. Each list of records has “Change…” in its menu."),
        live=any(bulk.state in AT_WORK for bulk, _counts in found),
        here=f"{URL}?page={number}",
        newer_url=f"{URL}?page={number - 1}" if number else "",
        older_url=f"{URL}?page={number + 1}" if more else "",
        crumbs=[Crumb(title)],
    )


def _table(ctx: Context, found: Sequence[tuple[BulkChange, Counts]]) -> Table:
    names = titles(ctx, {"user": {bulk.user_id for bulk, _counts in found if bulk.user_id}})
    columns = [
        Column("what", _("Change")),
        Column("fields", _("Fields")),
        Column("state", _("State")),
        Column("at", _("When")),
        Column("who", _("Who")),
        Column("done", _("Changed"), numeric=True),
        Column("refused", _("Left alone"), numeric=True),
    ]
    rows = [_row(ctx, *one, names.get(("user", one[0].user_id or 0), "")) for one in found]
    return Table(columns, rows, caption=_("Bulk changes"))


def _row(ctx: Context, bulk: BulkChange, counts: Counts, who: str) -> Row:
    kind = ctx.registry.kinds[bulk.kind]
    cells = [
        bulk_pages.title_of(bulk, str(kind.label_plural)),
        ", ".join(bulk_pages.fields_of(kind, bulk)),
        ctx.ui.badge(_badge(bulk)),
        format_datetime(bulk.created_at),
        who,
        format_number(counts.get(Outcome.DONE, 0)),
        format_number(counts.get(Outcome.REFUSED, 0) + counts.get(Outcome.KEPT, 0)),
    ]
    return Row(bulk.id, f"{URL}/{bulk.id}", cells)


def _badge(bulk: BulkChange) -> Badge:
    if bulk.state in AT_WORK:
        text = _("Being taken back") if bulk.undoing else _("At work")
        share = (
            f" · {100 * bulk.done // bulk.total} %" if bulk.state is RunState.RUNNING and bulk.total else ""
        )
        return Badge(f"{text}{share}", "brand")
    if bulk.state is RunState.DONE:
        return Badge(_("Taken back")) if bulk.undoing else Badge(_("Done"), "ok")
    return Badge(_("Cancelled")) if bulk.state is RunState.CANCELLED else Badge(_("Stopped"), "bad")


handlers: Final = (list_changes,)
