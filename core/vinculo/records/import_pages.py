"""Imports for people: choose a file, say what its columns are, watch it go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import File

from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError, InvalidFileError
from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext
from vinculo.records import import_api, import_runs, importing, mapping
from vinculo.records.importing import Preview
from vinculo.records.kind import RecordKind
from vinculo.records.models import ImportRun, RunState
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get, post
from vinculo.web.views import Attribute, Column, Crumb, Form, Input, Option, Progress, Row, Table, Widget

SHOWN_ERRORS: Final = 50
FINISHED: Final = (RunState.DONE, RunState.FAILED)


def import_routers(kind: RecordKind, *, max_bytes: int) -> list[HTTPRouteHandler]:
    """Pages and API by which files of a kind come in."""
    return [_form(kind), _upload(kind, max_bytes), import_api.api_import(kind, max_bytes=max_bytes)]


def _form(kind: RecordKind) -> HTTPRouteHandler:
    @get(
        f"{kind.url}/import",
        permission=kind.permission("import"),
        name=f"{kind.name}.import",
        include_in_schema=False,
    )
    def form(ctx: Context) -> Response[bytes]:
        return _upload_page(ctx, kind)

    return form


def _upload(kind: RecordKind, max_bytes: int) -> HTTPRouteHandler:
    @post(
        f"{kind.url}/import",
        permission=kind.permission("import"),
        name=f"{kind.name}.upload",
        include_in_schema=False,
        request_max_body_size=max_bytes,
    )
    def upload(ctx: Context) -> Response[bytes]:
        ctx.session.rollback()  # nothing was written; nobody has to wait while the file is read
        try:
            sent = ctx.file("file")
            path, seen = import_runs.receive(ctx.site, sent)
        except (InvalidError, InvalidFileError) as error:
            return _upload_page(ctx, kind, error.message)
        name = sent.filename if sent else ""
        run = import_runs.create(ctx.session, kind, path, file_name=name, total=seen.total, actor=ctx.actor)
        return ctx.redirect(f"/imports/{run.id}/map")

    return upload


def _upload_page(ctx: Context, kind: RecordKind, error: str = "") -> Response[bytes]:
    limit = ctx.site.settings.server.max_upload_mb
    chooser = Input(
        "file",
        _("File"),
        Widget.FILE,
        required=True,
        help=_("CSV or XLSX with a header row, at most %(limit)s MB.", limit=limit),
        errors=[error] if error else [],
    )
    form = Form(
        action=f"{kind.url}/import", inputs=[chooser], submit=_("Continue"), cancel=kind.url, multipart=True
    )
    title = _title(kind)
    return ctx.render(
        "records/import_upload.html",
        status=422 if error else 200,
        title=title,
        form=form,
        crumbs=_crumbs(kind, title),
    )


@get("/imports/{run_id:int}/map", permission=SIGNED_IN, name="imports.map", include_in_schema=False)
def map_columns(ctx: Context, run_id: FromPath[int]) -> Response[bytes]:
    """Which column is what: guesses to be corrected."""
    run, kind = import_runs.get(ctx.site, ctx.session, run_id, actor=ctx.actor)
    seen = _preview(run)
    columns, match = import_runs.default_mapping(kind, seen.header)
    if run.mapping:
        columns, match = run.mapping, run.match
    return _map_page(ctx, kind, run, seen, columns, match)


@post("/imports/{run_id:int}/map", permission=SIGNED_IN, name="imports.submit", include_in_schema=False)
def submit(ctx: Context, run_id: FromPath[int]) -> Response[bytes]:
    """Begin, for good or as a dry run."""
    run, kind = import_runs.get(ctx.site, ctx.session, run_id, actor=ctx.actor)
    seen = _preview(run)
    columns = {
        title: ctx.value(f"column-{i}") for i, title in enumerate(seen.header) if ctx.value(f"column-{i}")
    }
    match = [str(name) for name in ctx.form.get("match", ())]
    try:
        mapping.check(kind, seen.header, columns, match)
    except InvalidError as error:
        return _map_page(ctx, kind, run, seen, columns, match, errors=error.errors)
    dry_run = ctx.value("action") != "run"
    run = import_runs.submit(ctx.site, ctx.session, run, columns=columns, match=match, dry_run=dry_run)
    return ctx.redirect(f"/imports/{run.id}")


@post("/imports/{run_id:int}/run", permission=SIGNED_IN, name="imports.run", include_in_schema=False)
def run_for_real(ctx: Context, run_id: FromPath[int]) -> Response[bytes]:
    """Do what a dry run tried."""
    run, _kind = import_runs.get(ctx.site, ctx.session, run_id, actor=ctx.actor)
    real = import_runs.submit(ctx.site, ctx.session, run, columns=run.mapping, match=run.match, dry_run=False)
    return ctx.redirect(f"/imports/{real.id}")


@get("/imports/{run_id:int}", permission=SIGNED_IN, name="imports.show", include_in_schema=False)
def show(ctx: Context, run_id: FromPath[int]) -> Response[bytes]:
    """How it goes and how it went."""
    run, kind = import_runs.get(ctx.site, ctx.session, run_id, actor=ctx.actor)
    if not run.mapping:
        return ctx.redirect(f"/imports/{run.id}/map")
    title = _("Trial import of %(file)s", file=run.file_name) if run.dry_run else _title(kind)
    real = run.state is RunState.DONE and not run.dry_run
    return ctx.render(
        "records/import_run.html",
        title=title,
        progress=_progress(run),
        poll_url=f"/imports/{run.id}",
        summary=_summary(run),
        errors=_errors(run),
        rejects_url=f"/imports/{run.id}/rejects" if run.rejected and run.state in FINISHED else "",
        run_url=f"/imports/{run.id}/run" if run.dry_run and run.state is RunState.DONE else "",
        list_url=kind.url if real else "",
        crumbs=_crumbs(kind, title),
    )


@get("/imports/{run_id:int}/rejects", permission=SIGNED_IN, name="imports.rejects", include_in_schema=False)
def rejects(ctx: Context, run_id: FromPath[int]) -> File:
    """The rejected rows, to be corrected and imported again."""
    run, kind = import_runs.get(ctx.site, ctx.session, run_id, actor=ctx.actor)
    return import_api.rejects_file(run, kind)


SHARED_ROUTERS: Final = (
    map_columns, submit, run_for_real, show, rejects, import_api.get_import, import_api.get_rejects,
)  # fmt: skip


def _title(kind: RecordKind) -> str:
    return _("Import: %(kind)s", kind=kind.label_plural)


def _crumbs(kind: RecordKind, title: str) -> Sequence[Crumb]:
    return [Crumb(str(kind.label_plural), kind.url), Crumb(title)]


def _preview(run: ImportRun) -> Preview:
    path = Path(run.path)
    if not path.exists():
        raise InvalidFileError(_("The file is no longer kept here; upload it again."), code="file_gone")
    return importing.first_rows(path)


def _map_page(
    ctx: Context,
    kind: RecordKind,
    run: ImportRun,
    seen: Preview,
    columns: Mapping[str, str],
    match: Sequence[str],
    *,
    errors: Sequence[FieldError] = (),
) -> Response[bytes]:
    by_path: dict[str, list[str]] = {}
    for error in errors:
        by_path.setdefault(error.field, []).append(error.message)
    inputs = [
        _column_input(kind, index, title, columns.get(title, ""), by_path.pop(f"mapping.{title[:100]}", ()))
        for index, title in enumerate(seen.header)
    ]
    form = Form(
        action=f"/imports/{run.id}/map",
        inputs=inputs,
        cancel=kind.url,
        errors=[message for messages in by_path.values() for message in messages],
    )
    title = _("What is in %(file)s?", file=run.file_name)
    return ctx.render(
        "records/import_map.html",
        status=422 if errors else 200,
        title=title,
        form=form,
        preview=_preview_table(run, seen),
        match=[Option(name, str(target.label)) for name, target in mapping.match_targets(kind).items()],
        matched=list(match),
        crumbs=_crumbs(kind, title),
    )


def _column_input(kind: RecordKind, index: int, title: str, chosen: str, errors: Sequence[str]) -> Input:
    options = [Option("", _("Leave out"))]
    options += [Option(name, str(target.label)) for name, target in mapping.targets(kind).items()]
    return Input(f"column-{index}", title, Widget.SELECT, chosen, options=options, errors=errors)


def _preview_table(run: ImportRun, seen: Preview) -> Table:
    columns = [Column(f"column-{index}", title) for index, title in enumerate(seen.header)]
    width = len(columns)
    rows = [
        Row(index, "", [*values[:width], *[""] * (width - len(values))])
        for index, values in enumerate(seen.rows)
    ]
    count = run.total or 0
    return Table(columns, rows, caption=ngettext("%(n)s row", "%(n)s rows", count))


def _progress(run: ImportRun) -> Progress:
    seconds = ((run.finished_at or now()) - run.started_at).total_seconds() if run.started_at else 0.0
    rate = run.done / seconds if seconds else 0.0
    left = round((run.total - run.done) / rate) if run.total and rate else None
    finished = run.state in FINISHED
    return Progress(run.done, run.total, rate, None if finished else left, _state(run), finished)


def _state(run: ImportRun) -> str:
    if run.state is RunState.FAILED:
        return _("It stopped: %(fault)s", fault=run.fault)
    if run.state is RunState.WAITING:
        return _("It waits for its turn.")
    if run.state is RunState.RUNNING:
        return ngettext("%(n)s row done", "%(n)s rows done", run.done)
    return _("Nothing was saved; this was a trial.") if run.dry_run else _("All rows were read.")


def _summary(run: ImportRun) -> list[Attribute]:
    return [
        Attribute(_("New"), str(run.created)),
        Attribute(_("Changed"), str(run.changed)),
        Attribute(_("Unchanged"), str(run.unchanged)),
        Attribute(_("Rejected"), str(run.rejected)),
    ]


def _errors(run: ImportRun) -> Table:
    columns = [Column("row", _("Row"), numeric=True), Column("message", _("What is wrong"))]
    rows = [Row(number, "", [str(number), message]) for number, message in run.errors[:SHOWN_ERRORS]]
    return Table(columns, rows, caption=_("Rejected rows"))
