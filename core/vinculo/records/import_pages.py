"""Imports for people: choose a file, say what its columns are, watch it go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from vinculo.errors import FieldError, InvalidError, InvalidFileError
from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext
from vinculo.records import (
    import_api,
    import_layout,
    import_likes,
    import_list_api,
    import_parts,
    import_run_pages,
    import_runs,
    import_template_routes,
    import_templates,
    import_uploads,
    import_value_pages,
    import_values,
)
from vinculo.records.import_likes import Likely
from vinculo.records.import_list_pages import list_imports
from vinculo.records.import_parts import Parts
from vinculo.records.import_values import Doubts, Mapped
from vinculo.records.importing import Preview
from vinculo.records.kind import RecordKind
from vinculo.records.mapping import Target
from vinculo.records.models import ImportRun, ImportTemplate
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get, post
from vinculo.web.views import Column, Crumb, Form, Input, Option, Row, Table, Widget

SHOWN_CHARACTERS: Final = 60


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
            path, seen = import_uploads.receive(ctx.site, sent, import_layout.said(ctx.value))
        except (InvalidError, InvalidFileError) as error:
            return _upload_page(ctx, kind, error.message)
        name = sent.filename if sent else ""
        run = import_runs.create(ctx.session, kind, path, seen, file_name=name, actor=ctx.actor)
        kinds = ctx.site.registry.kinds
        run.others = import_parts.brought(kinds, kind, seen.header, seen.format, ctx.actor)
        return ctx.redirect(f"/imports/{run.id}/map")

    return upload


def _upload_page(ctx: Context, kind: RecordKind, error: str = "") -> Response[bytes]:
    limit = ctx.site.settings.server.max_upload_mb
    chooser = Input(
        "file",
        _("File"),
        Widget.FILE,
        required=True,
        help=_("CSV, XLSX, XLS, ODS or vCard, at most %(limit)s MB.", limit=limit),
        errors=[error] if error else [],
    )
    inputs = [chooser, import_layout.encoding_input()]
    form = Form(
        action=f"{kind.url}/import", inputs=inputs, submit=_("Continue"), cancel=kind.url, multipart=True
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
    """Which column is what: guesses to be corrected. Parameters say how to read the file, to look at it."""
    run, kind = import_runs.get(ctx.site, ctx.session, run_id, actor=ctx.actor)
    template = _template(ctx, kind, run)
    read = import_templates.layout_of(template) if template and _chosen(ctx) else import_runs.layout_of(run)
    known = import_layout.as_said(read)
    asked = {name: ctx.parameter(name, known[name]) for name in import_layout.NAMES}
    names = ctx.request.query_params.getall("with", []) if "header" in ctx.request.query_params else None
    if template:
        names = template.others
    try:
        parts = import_runs.parts_of(ctx.site, run, ctx.actor, names)
        seen = import_runs.preview(run, import_layout.said(asked.__getitem__))
    except (InvalidError, InvalidFileError) as error:
        return _unread_page(ctx, kind, run, asked, error.message)
    columns = parts.guess(seen.header)
    mapped = Mapped(parts, columns, parts.default_match(columns))
    if run.mapping and asked == known and [one.name for one in parts.others] == run.others:
        mapped = Mapped(parts, run.mapping, run.match, run.meanings)
    if template:
        mapped = import_templates.mapped_by(template, parts, seen.header)
    return _map_page(ctx, mapped, run, seen, template=template)


def _chosen(ctx: Context) -> int | None:
    """The template that was asked for; 0: none."""
    return whole_number(ctx.parameter("template"))


def _template(ctx: Context, kind: RecordKind, run: ImportRun) -> ImportTemplate | None:
    """The template to fill the page in with: the one asked for, else one for a file with the same titles."""
    chosen = _chosen(ctx)
    if chosen:
        return import_templates.get(ctx.session, chosen, ctx.actor)
    if chosen == 0 or run.mapping or "header" in ctx.request.query_params:
        return None
    try:
        seen = import_runs.preview(run, import_runs.layout_of(run))
    except InvalidFileError:
        return None  # the page says so
    return next(iter(import_templates.fitting(ctx.session, kind, seen.header, ctx.actor)), None)


@post("/imports/{run_id:int}/map", permission=SIGNED_IN, name="imports.submit", include_in_schema=False)
def submit(ctx: Context, run_id: FromPath[int]) -> Response[bytes]:
    """Begin, for good or as a dry run."""
    run, kind = import_runs.get(ctx.site, ctx.session, run_id, actor=ctx.actor)
    known = import_layout.as_said(import_runs.layout_of(run))
    asked = {name: ctx.value(name, known[name]) for name in import_layout.NAMES}
    try:
        parts = import_runs.parts_of(ctx.site, run, ctx.actor, ctx.value("with").split(","))
        seen = import_runs.preview(run, import_layout.said(asked.__getitem__), whole=asked != known)
    except (InvalidError, InvalidFileError) as error:
        return _unread_page(ctx, kind, run, asked, error.message)
    columns = {
        title: ctx.value(f"column-{i}") for i, title in enumerate(seen.header) if ctx.value(f"column-{i}")
    }
    match = [str(name) for name in ctx.form.get("match", ())]
    mapped, reader = Mapped(parts, columns, match), import_api.reader(ctx)
    found: list[Doubts] = []
    try:
        parts.check(seen.header, columns, match)
        mapped = replace(mapped, values=import_value_pages.said(ctx, columns))
        asked_for = ctx.value("action") == import_value_pages.ASK
        found = import_values.doubts(mapped, Path(run.path), seen.layout, reader, free=asked_for)
        if import_value_pages.must_ask(ctx, found):
            return import_value_pages.page(ctx, run, mapped, found)
        mapped.check(seen.header, reader)
        _keep(ctx, seen, mapped)
    except InvalidError as error:
        if ctx.value("asked"):
            return import_value_pages.page(ctx, run, mapped, found, error.errors)
        return _map_page(ctx, mapped, run, seen, errors=error.errors)
    dry_run = ctx.value("action") != "run"
    likely = import_likes.choice(kind, "" if parts.others else ctx.value("duplicates"))
    run = import_runs.submit(
        ctx.site, ctx.session, run, mapped=mapped, dry_run=dry_run, seen=seen, likely=likely
    )
    return ctx.redirect(f"/imports/{run.id}")


def _keep(ctx: Context, seen: Preview, mapped: Mapped) -> None:
    """Make a template of it, where a name is given."""
    if name := ctx.value("save_template").strip():
        shared = bool(ctx.value("share_template"))
        import_templates.save(ctx.session, name, seen, mapped, shared=shared, actor=ctx.actor)


@post("/imports/{run_id:int}/run", permission=SIGNED_IN, name="imports.run", include_in_schema=False)
def run_for_real(ctx: Context, run_id: FromPath[int]) -> Response[bytes]:
    """Do what a dry run tried."""
    run, _kind = import_runs.get(ctx.site, ctx.session, run_id, actor=ctx.actor)
    mapped, likely = import_runs.mapped_of(ctx.site, run, ctx.actor), Likely(run.duplicates)
    real = import_runs.submit(ctx.site, ctx.session, run, mapped=mapped, dry_run=False, likely=likely)
    return ctx.redirect(f"/imports/{real.id}")


SHARED_ROUTERS: Final = (
    map_columns, submit, run_for_real, *import_run_pages.handlers, list_imports, *import_api.SHARED_ROUTERS,
    *import_list_api.handlers, *import_template_routes.handlers,
)  # fmt: skip


def _title(kind: RecordKind) -> str:
    return _("Import: %(kind)s", kind=kind.label_plural)


def _crumbs(kind: RecordKind, title: str) -> Sequence[Crumb]:
    return [Crumb(str(kind.label_plural), kind.url), Crumb(title)]


def _unread_page(
    ctx: Context, kind: RecordKind, run: ImportRun, asked: Mapping[str, str], fault: str
) -> Response[bytes]:
    """The choices of how to read the file, after one with which it cannot be read."""
    title = _("What is in %(file)s?", file=run.file_name)
    return ctx.render(
        "records/import_map.html",
        status=422,
        title=title,
        form=None,
        reading=_reading(run, import_layout.inputs(None, asked), fault),
        readings=None,
        companions=(),
        crumbs=_crumbs(kind, title),
    )


def _reading(run: ImportRun, inputs: Sequence[Input], *faults: str) -> Form:
    return Form(action=f"/imports/{run.id}/map", inputs=inputs, errors=faults)


def _map_page(
    ctx: Context,
    mapped: Mapped,
    run: ImportRun,
    seen: Preview,
    *,
    errors: Sequence[FieldError] = (),
    template: ImportTemplate | None = None,
) -> Response[bytes]:
    by_path = _by_path(errors)
    parts, columns = mapped.parts, mapped.columns
    known, others = parts.targets(), [one.name for one in parts.others]
    inputs = [
        _column_input(known, seen, index, columns.get(title, ""), by_path.pop(f"mapping.{title[:100]}", ()))
        for index, title in enumerate(seen.header)
    ]
    layout = import_layout.as_said(seen.layout)
    form = Form(
        action=f"/imports/{run.id}/map",
        inputs=inputs,
        hidden={**layout, "with": ",".join(others), "values": import_value_pages.as_hidden(mapped.values)},
        cancel=parts.main.url,
        errors=[message for messages in by_path.values() for message in messages],
    )
    return ctx.render(
        "records/import_map.html",
        status=422 if errors else 200,
        title=(title := _("What is in %(file)s?", file=run.file_name)),
        form=form,
        reading=_reading(run, import_layout.inputs(seen, layout)),
        readings=import_layout.readings(ctx, run, seen.layout, others),
        **_beside(ctx, parts, seen.header),
        **_templates(ctx, parts, run, seen, template),
        preview=_preview_table(run, seen),
        match=[Option(name, str(target.label)) for name, target in parts.match_targets().items()],
        matched=list(mapped.match),
        duplicates=_duplicates(ctx, run) if parts.main.traits and not others else None,
        crumbs=_crumbs(parts.main, title),
    )


def _by_path(errors: Sequence[FieldError]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for error in errors:
        found.setdefault(error.field, []).append(error.message)
    return found


def _beside(ctx: Context, parts: Parts, header: Sequence[str]) -> dict[str, Any]:
    """Which kinds may be in the file as well, which were chosen, and which the titles seem to speak of."""
    offered = import_parts.companions(ctx.site.registry.kinds, parts.main, ctx.actor)
    chosen = {kind.name for kind in parts.others}
    found = parts.suggested([kind for kind in offered if kind.name not in chosen], header)
    text = _("Titles of columns speak of more: %(kinds)s. Tick what the rows hold.")
    return {
        "companions": [Option(kind.name, str(kind.label_plural)) for kind in offered],
        "chosen": chosen,
        "suggestion": text % {"kinds": ", ".join(str(kind.label_plural) for kind in found)} if found else "",
    }


def _templates(
    ctx: Context, parts: Parts, run: ImportRun, seen: Preview, used: ImportTemplate | None
) -> dict[str, Any]:
    """The template that filled the page in, others that fit, and the name to keep this mapping under."""
    fitting = import_templates.fitting(ctx.session, parts.main, seen.header, ctx.actor)
    url = f"/imports/{run.id}/map?template="
    own = used is not None and import_templates.may_change(used, ctx.actor)
    return {
        "filled_by": used.name if used else "",
        "templates": [Option(f"{url}{one.id}", one.name) for one in fitting if one is not used],
        "guess_url": f"{url}0",
        "forget_url": f"/imports/templates/{used.id}/delete" if used and own else "",
        "run_id": run.id,
        "save_as": ctx.value("save_template") or (used.name if used and own else ""),
        "share": bool(ctx.value("share_template")) or bool(used and own and used.shared),
    }


def _column_input(
    known: Mapping[str, Target], seen: Preview, index: int, chosen: str, errors: Sequence[str]
) -> Input:
    options = [Option("", _("Leave out"))]
    options += [Option(name, str(target.label)) for name, target in known.items()]
    return Input(
        f"column-{index}",
        seen.header[index],
        Widget.SELECT,
        chosen,
        options=options,
        help=_example(seen, index),
        errors=errors,
    )


def _duplicates(ctx: Context, run: ImportRun) -> Input:
    labels = {
        Likely.CREATE: _("Add them, without looking"),
        Likely.SKIP: _("Leave them out"),
        Likely.UPDATE: _("Change the record that they look like"),
        Likely.REJECT: _("Reject them"),
    }
    return Input(
        "duplicates",
        _("Rows that look like a record, though no key says so"),
        Widget.SELECT,
        ctx.value("duplicates") or run.duplicates,
        options=[Option(one, label) for one, label in labels.items()],
        help=_("Looked for by name, contacts, numbers and address, also among the rows; a trial shows them."),
    )


def _example(seen: Preview, index: int) -> str:
    """The first value of a column, by which it is known when it has no title that says so."""
    values = (row[index].strip() for row in seen.rows if index < len(row))
    value = next((value for value in values if value), "")
    shown = value if len(value) <= SHOWN_CHARACTERS else f"{value[:SHOWN_CHARACTERS]}…"
    return _("For example: %(value)s", value=shown) if shown else ""


def _preview_table(run: ImportRun, seen: Preview) -> Table:
    columns = [Column(f"column-{index}", title) for index, title in enumerate(seen.header)]
    width = len(columns)
    rows = [
        Row(index, "", [*values[:width], *[""] * (width - len(values))])
        for index, values in enumerate(seen.rows)
    ]
    count = seen.total or run.total or 0
    return Table(columns, rows, caption=ngettext("%(n)s row", "%(n)s rows", count))
