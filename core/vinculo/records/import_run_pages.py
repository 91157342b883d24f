"""One import: how it goes and how it went, stopping it, going on with it, and taking it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from litestar import Response
from litestar.params import FromPath
from litestar.response import File

from vinculo.db.base import now
from vinculo.i18n import format_datetime, format_number, ngettext
from vinculo.i18n import gettext as _
from vinculo.records import access, catching_up, import_api, import_clashes, import_reverts, import_runs
from vinculo.records.kind import RecordKind
from vinculo.records.merge_views import ClashLine
from vinculo.records.models import ImportRevert, ImportRun, RunState
from vinculo.records.resuming import AT_WORK
from vinculo.records.reverting import EVERYTHING
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get, post
from vinculo.web.views import Action, Attribute, Column, Crumb, Progress, Row, Table, Toast

URL: Final = "/imports"
SHOWN_ERRORS: Final = 50
SHOWN_CLASHES: Final = 100


@dataclass(frozen=True, slots=True)
class RevertView:
    """How far an import is taken back. ``more`` records were left alone beside those of ``clashes``."""

    progress: Progress
    summary: list[Attribute]
    clashes: list[ClashLine]
    more: int
    action: str
    everything: str


@get(f"{URL}/{{run_id:int}}", permission=SIGNED_IN, name="imports.show", include_in_schema=False)
def show(ctx: Context, run_id: FromPath[int]) -> Response[bytes]:
    """How it goes and how it went."""
    run, kind = import_runs.get(ctx.site, ctx.session, run_id, actor=ctx.actor)
    if not run.mapping:
        return ctx.redirect(f"{URL}/{run.id}/map")
    title = _("Trial import of %(file)s", file=run.file_name) if run.dry_run else run.file_name
    revert = import_reverts.of(ctx.session, run)
    finished = run.state not in AT_WORK
    real = run.state is RunState.DONE and not run.dry_run
    late = real and catching_up.waits(ctx.session, kind)
    return ctx.render(
        "records/import_run.html",
        title=title,
        when=format_datetime(run.created_at),
        progress=progress(run, late=late),
        poll_url=f"{URL}/{run.id}",
        live=late or not finished or (revert is not None and revert.state in AT_WORK),
        summary=_summary(run),
        parts=_parts(ctx, run),
        errors=_errors(run),
        likely=_likely(kind, run),
        rejects_url=f"{URL}/{run.id}/rejects" if run.rejected and finished else "",
        run_url=f"{URL}/{run.id}/run" if import_runs.can_be_real(run) else "",
        list_url=kind.url if real else "",
        actions=_actions(ctx, run, revert),
        revert=_revert(ctx, run, revert) if revert else None,
        crumbs=[Crumb(_("Imports"), URL), Crumb(title)],
    )


def _actions(ctx: Context, run: ImportRun, revert: ImportRevert | None) -> list[Action]:
    url = f"{URL}/{run.id}"
    if run.state in AT_WORK or (revert is not None and revert.state in AT_WORK):
        return [Action(_("Cancel"), f"{url}/cancel", "x", post=True)]
    found = []
    if import_runs.can_be_real(run):
        found.append(Action(_("Change columns or values"), f"{url}/map", "pencil"))
    if import_runs.can_go_on(run) and revert is None:
        found.append(Action(_("Go on"), f"{url}/resume", "arrow-right", post=True))
    kinds, actions = import_reverts.touched(ctx.registry.kinds, run), ("import", "update", "delete")
    may = all(access.reach(kind, ctx.actor, action) for kind in kinds for action in actions)
    if may and import_reverts.can_go(ctx.session, run):
        label = _("Go on taking it back") if revert else _("Take the import back")
        found.append(Action(label, f"{url}/revert", "arrow-back-up", post=True))
    return found


@post(f"{URL}/{{run_id:int}}/cancel", permission=SIGNED_IN, name="imports.cancel", include_in_schema=False)
def cancel(ctx: Context, run_id: FromPath[int]) -> Response[bytes]:
    """Stop the import, or taking it back."""
    run, _kind = import_runs.get(ctx.site, ctx.session, run_id, actor=ctx.actor)
    import_reverts.stop(ctx.session, run)
    return ctx.redirect(f"{URL}/{run.id}", toast=Toast(_("It is cancelled. What was done so far is kept.")))


@post(f"{URL}/{{run_id:int}}/resume", permission=SIGNED_IN, name="imports.resume", include_in_schema=False)
def resume(ctx: Context, run_id: FromPath[int]) -> Response[bytes]:
    """Go on behind the last row that was done."""
    run, _kind = import_runs.get(ctx.site, ctx.session, run_id, actor=ctx.actor)
    import_reverts.go_on(ctx.site, ctx.session, run)
    return ctx.redirect(f"{URL}/{run.id}")


@post(f"{URL}/{{run_id:int}}/revert", permission=SIGNED_IN, name="imports.revert", include_in_schema=False)
def revert_import(ctx: Context, run_id: FromPath[int]) -> Response[bytes]:
    """Take the import back, or what was ticked of that which was left alone."""
    run, _kind = import_runs.get(ctx.site, ctx.session, run_id, actor=ctx.actor)
    ticked = [str(value) for value in ctx.form.get("overwrite", ())]
    if ctx.value("choose") and not ticked:
        return ctx.redirect(f"{URL}/{run.id}", toast=Toast(_("Nothing is ticked."), tone="warn"))
    import_reverts.ask(ctx.site, ctx.session, run, actor=ctx.actor, overwrite=ticked)
    return ctx.redirect(f"{URL}/{run.id}")


@get(f"{URL}/{{run_id:int}}/rejects", permission=SIGNED_IN, name="imports.rejects", include_in_schema=False)
def rejects(ctx: Context, run_id: FromPath[int]) -> File:
    """The rejected rows, to be corrected and imported again."""
    run, kind = import_runs.get(ctx.site, ctx.session, run_id, actor=ctx.actor)
    return import_api.rejects_file(run, kind)


def progress(run: ImportRun, *, late: bool = False) -> Progress:
    """Where an import stands; ``late``: search does not find all of it yet."""
    seconds = ((run.finished_at or now()) - run.started_at).total_seconds() if run.started_at else 0.0
    settled = run.done - run.waiting
    rate = settled / seconds if seconds else 0.0
    left = round((run.total - settled) / rate) if run.total and rate else None
    finished = run.state not in AT_WORK
    return Progress(settled, run.total, rate, None if finished else left, _state(run, late=late), finished)


def _state(run: ImportRun, *, late: bool) -> str:
    if run.state in (RunState.FAILED, RunState.CANCELLED):
        return _("It stopped: %(fault)s", fault=run.fault)
    if run.state is RunState.WAITING:
        return _("It waits for its turn.")
    if run.state is RunState.RUNNING:
        return ngettext("%(n)s row done", "%(n)s rows done", run.done - run.waiting)
    if run.dry_run:
        return _("Nothing was saved; this was a trial.")
    return _("All rows were read. Search finds them in a moment.") if late else _("All rows were read.")


def _summary(run: ImportRun) -> list[Attribute]:
    return [
        Attribute(_("New"), format_number(run.created)),
        Attribute(_("Changed"), format_number(run.changed)),
        Attribute(_("Unchanged"), format_number(run.unchanged)),
        Attribute(_("Rejected"), format_number(run.rejected)),
        *([Attribute(_("Left out"), format_number(run.skipped))] if run.skipped else []),
        *([Attribute(_("Waiting"), format_number(run.waiting))] if run.waiting else []),
    ]


def _parts(ctx: Context, run: ImportRun) -> Table | None:
    """What became of the records of further kinds."""
    kinds = [ctx.registry.kinds[name] for name in run.others if name in ctx.registry.kinds]
    if not kinds:
        return None
    title = _("Also in the file")
    outcomes = {"created": _("New"), "changed": _("Changed"), "unchanged": _("Unchanged")}
    columns = [
        Column("kind", title),
        *(Column(name, label, numeric=True) for name, label in outcomes.items()),
    ]
    rows = []
    for index, kind in enumerate(kinds):
        counts = run.parts.get(kind.name, {})
        numbers = [format_number(counts.get(name, 0)) for name in outcomes]
        rows.append(Row(index, "", [str(kind.label_plural), *numbers]))
    return Table(columns, rows, caption=title)


def _errors(run: ImportRun) -> Table:
    columns = [Column("row", _("Row"), numeric=True), Column("message", _("What is wrong"))]
    rows = [Row(number, "", [str(number), message]) for number, message in run.errors[:SHOWN_ERRORS]]
    return Table(columns, rows, caption=_("Rejected rows"))


def _likely(kind: RecordKind, run: ImportRun) -> Table:
    columns = [Column("row", _("Row"), numeric=True), Column("message", _("What it looks like"))]
    rows = [
        Row(number, f"{kind.url}/{record}" if record and not run.dry_run else "", [str(number), message])
        for number, record, message in run.likely[:SHOWN_ERRORS]
    ]
    return Table(columns, rows, caption=_("Rows that look like a record"))


def _revert(ctx: Context, run: ImportRun, revert: ImportRevert) -> RevertView:
    finished = revert.state not in AT_WORK
    found = []
    kept = 0
    if finished:
        kept = import_reverts.kept(ctx.session, run)
        found = [
            *import_reverts.clashes(ctx.session, ctx.registry.kinds, run, actor=ctx.actor, most=SHOWN_CLASHES)
        ]
    more = kept - len({(clash.kind, clash.id) for clash in found})
    return RevertView(
        Progress(revert.done, revert.total, 0, None, _revert_state(revert, kept), finished),
        [
            Attribute(_("Deleted"), format_number(revert.deleted)),
            Attribute(_("As before"), format_number(revert.restored)),
            Attribute(_("Gone already"), format_number(revert.lost)),
            Attribute(_("Left alone"), format_number(kept)),
        ],
        import_clashes.lines(ctx, found),
        max(0, more),
        f"{URL}/{run.id}/revert",
        EVERYTHING,
    )


def _revert_state(revert: ImportRevert, kept: int) -> str:
    if revert.state in AT_WORK:
        return _("It is being taken back.")
    if revert.state is RunState.DONE:
        return (
            _("It was taken back, as far as nobody has changed it since.")
            if kept
            else _("It was taken back.")
        )
    return _("It stopped: %(fault)s", fault=revert.fault or _("It was cancelled."))


handlers: Final = (show, cancel, resume, revert_import, rejects)
