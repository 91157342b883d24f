"""Imports for programs: send a file, ask how it goes, fetch the rejected rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import File

from vinculo.errors import FieldError, InvalidError, NotFoundError
from vinculo.i18n import gettext as _
from vinculo.records import (
    import_layout,
    import_likes,
    import_parts,
    import_runs,
    import_templates,
    import_uploads,
    import_values,
)
from vinculo.records.import_parts import Parts
from vinculo.records.import_values import Mapped
from vinculo.records.importing import Preview
from vinculo.records.kind import RecordKind
from vinculo.records.models import ImportRun, ImportTemplate
from vinculo.records.openapi import operation
from vinculo.records.reading import Reader
from vinculo.records.tabular import Layout
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get, post

URL: Final = "/api/v1/imports"


class RejectedRow(msgspec.Struct):
    """A row that could not be taken: its number in the file, and all that is wrong with it."""

    row: int
    message: str


class LikelyRow(msgspec.Struct):
    """A row that looks like a record, whose id it names, or in a trial like a row above it; and why."""

    row: int
    record: int | None
    message: str


class PartCounts(msgspec.Struct):
    """What became of the records of a further kind, a row each."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0


class Import(msgspec.Struct):
    """An import: what was asked, how far it got, what it did. ``errors`` holds the first 200.

    ``layout`` says how the file is read: its ``header`` is the row of the titles, 0 if there is none.
    ``duplicates`` is what becomes of rows that look like a record that no key finds: create (nobody looks
    for them), skip, update, reject; ``likely`` holds the first 200.
    ``others`` are further kinds that the rows speak of, ``parts`` what became of their records.
    ``values`` say of columns what texts in them are read as, "" for nothing.
    ``waiting`` of the rows that are done name records which the file may still make; they come last.
    """

    id: int
    kind: str
    others: list[str]
    file_name: str
    state: str
    fault: str
    dry_run: bool
    layout: Layout
    mapping: dict[str, str]
    match: list[str]
    done: int
    total: int | None
    created: int
    changed: int
    unchanged: int
    rejected: int
    parts: dict[str, PartCounts]
    errors: list[RejectedRow]
    rejects: str | None
    duplicates: str = "create"
    skipped: int = 0
    waiting: int = 0
    likely: list[LikelyRow] = []
    values: dict[str, dict[str, str]] = {}


IMPORT_STRUCTS: Final = (Import,)


def to_import(run: ImportRun) -> Import:
    """A run as programs see it."""
    return Import(
        id=run.id,
        kind=run.kind,
        others=run.others or [],
        file_name=run.file_name,
        state=run.state.value,
        fault=run.fault or "",
        dry_run=run.dry_run,
        layout=import_runs.layout_of(run),
        mapping=run.mapping,
        match=run.match,
        done=run.done or 0,
        total=run.total,
        created=run.created or 0,
        changed=run.changed or 0,
        unchanged=run.unchanged or 0,
        rejected=run.rejected or 0,
        parts=msgspec.convert(run.parts or {}, dict[str, PartCounts]),
        errors=[RejectedRow(number, message) for number, message in run.errors],
        rejects=f"{URL}/{run.id}/rejects" if run.rejected else None,
        duplicates=run.duplicates,
        skipped=run.skipped or 0,
        waiting=run.waiting or 0,
        likely=[LikelyRow(number, record, message) for number, record, message in run.likely],
        values=run.meanings or {},
    )


def api_import(kind: RecordKind, *, max_bytes: int) -> HTTPRouteHandler:
    """The route that takes a file for a kind."""

    @post(
        f"{kind.api_url}/import",
        permission=kind.permission("import"),
        name=f"api.{kind.name}.import",
        status_code=202,
        request_max_body_size=max_bytes,
        operation_class=operation(
            summary=_("Import %(kind)s from a file", kind=kind.label_plural),
            tag=str(kind.label_plural),
            permission=kind.permission("import"),
            body="file",
            body_type="multipart/form-data",
            answer="Import",
            status=202,
            errors=(400, 413, 422),
        ),
    )
    def import_file(ctx: Context) -> Response[bytes]:
        template = _template(ctx, kind)
        ctx.session.rollback()  # nothing was written; nobody has to wait while the file is read
        upload = ctx.file("file")
        path, seen = import_uploads.receive(ctx.site, upload, import_layout.said(ctx.value), template)
        try:
            mapped = _settled(ctx, kind, seen, template)
            dry_run, several = _flag(ctx, "dry_run"), bool(mapped.parts.others)
            likely = import_likes.choice(kind, ctx.value("duplicates").strip(), several=several)
        except BaseException:
            path.unlink()
            raise
        name = upload.filename if upload else ""
        run = import_runs.create(ctx.session, kind, path, seen, file_name=name, actor=ctx.actor)
        run = import_runs.submit(ctx.site, ctx.session, run, mapped=mapped, dry_run=dry_run, likely=likely)
        return json_answer(to_import(run), status=202, headers={"Location": f"{URL}/{run.id}"})

    return import_file


def _template(ctx: Context, kind: RecordKind) -> ImportTemplate | None:
    name = ctx.value("template")
    template = import_templates.named(ctx.session, kind, name, ctx.actor) if name else None
    if template:
        ctx.session.expunge(template)  # it is read after the transaction
    return template


def _settled(ctx: Context, kind: RecordKind, seen: Preview, template: ImportTemplate | None) -> Mapped:
    """What the rows are, as it was sent or as a template says; kept as one where a name is sent."""
    if template:
        parts = import_parts.of(ctx.site.registry.kinds, kind, template.others, ctx.actor)
        mapped = import_templates.mapped_by(template, parts, seen.header)
    else:
        mapped = _asked(ctx, _parts(ctx, kind, seen), seen.header)
    sent = import_values.said(ctx.value("values"))
    mapped = replace(mapped, values=import_values.merged(mapped.values, sent))
    mapped.check(seen.header, reader(ctx))
    if name := ctx.value("save_template"):
        shared = _flag(ctx, "share_template")
        import_templates.save(ctx.session, name, seen, mapped, shared=shared, actor=ctx.actor)
    return mapped


def reader(ctx: Context) -> Reader:
    """What reads the values of a file as the user may."""
    return Reader(ctx.session, ctx.site.registry.kinds, actor=ctx.actor)


def _parts(ctx: Context, kind: RecordKind, seen: Preview) -> Parts:
    """The kinds that the rows speak of, as they were sent."""
    kinds = ctx.site.registry.kinds
    if "with" in ctx.form:
        return import_parts.of(kinds, kind, ctx.value("with").split(","), ctx.actor)
    names = import_parts.brought(kinds, kind, seen.header, seen.format, ctx.actor)
    return import_parts.of(kinds, kind, names, ctx.actor)


def _asked(ctx: Context, parts: Parts, header: list[str]) -> Mapped:
    """Mapping and match keys as they were sent, else as they are guessed."""
    columns = _mapping(ctx.value("mapping")) or parts.guess(header)
    sent = [name.strip() for name in ctx.value("match").split(",") if name.strip()]
    return Mapped(parts, columns, sent or parts.default_match(columns))


def _mapping(text: str) -> dict[str, str]:
    if not text.strip():
        return {}
    try:
        sent = msgspec.json.decode(text, type=dict[str, str | None])
    except (msgspec.MsgspecError, UnicodeError) as error:
        fault = _("mapping is a JSON object of header → field: %(reason)s", reason=str(error))
        raise InvalidError([FieldError("mapping", fault, "type")]) from error
    return {title: target for title, target in sent.items() if target}


def _flag(ctx: Context, name: str) -> bool:
    text = ctx.value(name).strip().lower()
    if text not in ("", "true", "false", "1", "0"):
        fault = _("%(field)s is true or false, not “%(value)s”.", field=name, value=text[:20])
        raise InvalidError([FieldError(name, fault, "type")])
    return text in ("true", "1")


@get(
    f"{URL}/{{run_id:int}}",
    permission=SIGNED_IN,
    name="api.imports.get",
    operation_class=operation(
        summary="Get an import", tag="Imports", permission=SIGNED_IN, answer="Import", errors=(404,)
    ),
)
def get_import(ctx: Context, run_id: FromPath[int]) -> Response[bytes]:
    """How an import goes, for the user who began it and for administrators."""
    run, _kind = import_runs.get(ctx.site, ctx.session, run_id, actor=ctx.actor)
    return json_answer(to_import(run))


@get(
    f"{URL}/{{run_id:int}}/rejects",
    permission=SIGNED_IN,
    name="api.imports.rejects",
    operation_class=operation(
        summary="The rejected rows of an import, to be corrected and imported again",
        tag="Imports",
        permission=SIGNED_IN,
        answer="binary",
        answer_type="text/csv",
        errors=(404,),
    ),
)
def get_rejects(ctx: Context, run_id: FromPath[int]) -> File:
    """The file of rejected rows."""
    run, kind = import_runs.get(ctx.site, ctx.session, run_id, actor=ctx.actor)
    return rejects_file(run, kind)


def rejects_file(run: ImportRun, kind: RecordKind) -> File:
    """The rejected rows of a run as a download. Raises ``NotFoundError`` if there are none."""
    path = import_runs.rejects_path(run)
    if not path.exists():
        raise NotFoundError(_("This import has no rejected rows, or they are not written yet."))
    return File(path, filename=f"{kind.plural}-rejected.csv", media_type="text/csv; charset=utf-8")


SHARED_ROUTERS: Final = (get_import, get_rejects)
