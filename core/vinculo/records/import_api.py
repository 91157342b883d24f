"""Imports for programs: send a file, ask how it goes, fetch the rejected rows."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import File

from vinculo.errors import FieldError, InvalidError, NotFoundError
from vinculo.i18n import gettext as _
from vinculo.records import access, import_runs, mapping
from vinculo.records.kind import RecordKind
from vinculo.records.models import ImportRun
from vinculo.records.openapi import operation
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get, post

URL: Final = "/api/v1/imports"


class RejectedRow(msgspec.Struct):
    """A row that could not be taken: its number in the file, and all that is wrong with it."""

    row: int
    message: str


class Import(msgspec.Struct):
    """An import: what was asked, how far it got, what it did. ``errors`` holds the first 200."""

    id: int
    kind: str
    file_name: str
    state: str
    fault: str
    dry_run: bool
    mapping: dict[str, str]
    match: list[str]
    done: int
    total: int | None
    created: int
    changed: int
    unchanged: int
    rejected: int
    errors: list[RejectedRow]
    rejects: str | None


IMPORT_STRUCTS: Final = (Import,)


def to_import(run: ImportRun) -> Import:
    """A run as programs see it."""
    return Import(
        id=run.id,
        kind=run.kind,
        file_name=run.file_name,
        state=run.state.value,
        fault=run.fault or "",
        dry_run=run.dry_run,
        mapping=run.mapping,
        match=run.match,
        done=run.done or 0,
        total=run.total,
        created=run.created or 0,
        changed=run.changed or 0,
        unchanged=run.unchanged or 0,
        rejected=run.rejected or 0,
        errors=[RejectedRow(number, message) for number, message in run.errors],
        rejects=f"{URL}/{run.id}/rejects" if run.rejected else None,
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
        ctx.session.rollback()  # nothing was written; nobody has to wait while the file is read
        upload = ctx.file("file")
        path, seen = import_runs.receive(ctx.site, upload)
        try:
            columns, match = _asked(ctx, access.seen_by(kind, ctx.actor), seen.header)
            dry_run = _flag(ctx, "dry_run")
        except BaseException:
            path.unlink()
            raise
        name = upload.filename if upload else ""
        run = import_runs.create(ctx.session, kind, path, file_name=name, total=seen.total, actor=ctx.actor)
        run = import_runs.submit(ctx.site, ctx.session, run, columns=columns, match=match, dry_run=dry_run)
        headers = {"Location": f"{URL}/{run.id}"}
        return _json(to_import(run), status=202, headers=headers)

    return import_file


def _asked(ctx: Context, kind: RecordKind, header: list[str]) -> tuple[dict[str, str], list[str]]:
    """Mapping and match keys as they were sent, else as they are guessed."""
    columns = _mapping(ctx.value("mapping")) or mapping.guess(kind, header)
    sent = [name.strip() for name in ctx.value("match").split(",") if name.strip()]
    match = sent or mapping.default_match(kind, columns)
    mapping.check(kind, header, columns, match)
    return columns, match


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
    return _json(to_import(run))


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


def _json(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    return Response(
        msgspec.json.encode(value), status_code=status, media_type="application/json", headers=headers
    )
