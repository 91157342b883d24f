"""The imports that there were: whose, when, and what became of them."""

from __future__ import annotations

from typing import Final

from litestar import Response

from vinculo.i18n import format_datetime, format_number
from vinculo.i18n import gettext as _
from vinculo.records import import_runs
from vinculo.records.cards import titles
from vinculo.records.import_runs import Listed
from vinculo.records.models import RunState
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get
from vinculo.web.views import Badge, Column, Crumb, Row, Table

URL: Final = "/imports"


@get(URL, permission=SIGNED_IN, name="imports.list", include_in_schema=False)
def list_imports(ctx: Context) -> Response[bytes]:
    """The latest first; users see their own, administrators all."""
    number = import_runs.page_number(ctx.parameter("page", "0"))
    found, more = import_runs.listed(ctx.session, ctx.registry.kinds, actor=ctx.actor, page=number)
    title = _("Imports")
    return ctx.render(
        "records/runs.html",
        title=title,
        table=_table(ctx, found),
        nothing=_("Nothing was imported yet. Each list of records has “Import” in its menu."),
        live=any(state(one) == _("At work") for one in found),
        here=f"{URL}?page={number}",
        newer_url=f"{URL}?page={number - 1}" if number else "",
        older_url=f"{URL}?page={number + 1}" if more else "",
        crumbs=[Crumb(title)],
    )


def _table(ctx: Context, found: list[Listed]) -> Table:
    names = titles(ctx, {"user": {one.run.user_id for one in found if one.run.user_id}})
    columns = [
        Column("file", _("File")),
        Column("kind", _("Records")),
        Column("state", _("State")),
        Column("at", _("When")),
        Column("who", _("Who")),
        Column("new", _("New"), numeric=True),
        Column("changed", _("Changed"), numeric=True),
        Column("rejected", _("Rejected"), numeric=True),
    ]
    rows = [_row(ctx, one, names.get(("user", one.run.user_id or 0), "")) for one in found]
    return Table(columns, rows, caption=_("Imports"))


def _row(ctx: Context, one: Listed, who: str) -> Row:
    ui = ctx.ui
    run = one.run
    counts = [format_number(n) for n in (run.created, run.changed, run.rejected)]
    cells = [
        run.file_name,
        str(ctx.registry.kinds[run.kind].label_plural),
        ui.badge(_badge(one)),
        format_datetime(run.created_at),
        who,
        *counts,
    ]
    return Row(run.id, f"{URL}/{run.id}", cells)


def state(one: Listed) -> str:
    """What has become of an import, in a word or two."""
    run, revert = one
    if revert is not None:
        return _("Taken back") if revert.state is RunState.DONE else _("Being taken back")
    if not run.mapping:
        return _("Not begun")
    if run.state is RunState.DONE:
        return _("Trial") if run.dry_run else _("Done")
    labels = {RunState.CANCELLED: _("Cancelled"), RunState.FAILED: _("Stopped")}
    return labels.get(run.state) or _("At work")


def _badge(one: Listed) -> Badge:
    run, revert = one
    tones = {RunState.DONE: "ok", RunState.FAILED: "bad", RunState.RUNNING: "brand"}
    tone = "neutral" if revert or run.dry_run or not run.mapping else tones.get(run.state, "neutral")
    text = state(one)
    if run.state is RunState.RUNNING and run.total:
        text = f"{text} · {100 * run.done // run.total} %"
    return Badge(text, tone)
