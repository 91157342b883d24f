"""The imports that there were, for programs: their list, stopping one, going on with it, taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from litestar import Response
from litestar.openapi.spec import Operation, Parameter
from litestar.params import FromPath

from vinculo.actor import Source
from vinculo.i18n import gettext as _
from vinculo.records import import_reverts, import_runs
from vinculo.records.import_api import URL, Import, reader, to_import
from vinculo.records.models import ImportRun
from vinculo.records.openapi import RawSchema, operation
from vinculo.records.resuming import AT_WORK
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get, post

SHOWN_CLASHES: Final = 200


class ImportList(msgspec.Struct):
    """Imports, the latest first; ``more``: there is a next page."""

    items: list[Import]
    more: bool


class GuessedValue(msgspec.Struct):
    """What a text may mean: ``text`` is to be sent, ``label`` is what people call it."""

    text: str
    label: str


class UnmatchedValue(msgspec.Struct):
    """A text that its field does not understand, and in how many rows it is; the best guess comes first.

    ``score`` says how like the text that guess is, of 100. ``meaning`` is what was said already,
    "" for nothing and null if nobody did.
    """

    text: str
    rows: int
    guesses: list[GuessedValue]
    score: int
    meaning: str | None


class ColumnValues(msgspec.Struct):
    """A column with such texts; ``more`` are not listed."""

    title: str
    target: str
    texts: list[UnmatchedValue]
    more: int


class ImportValues(msgspec.Struct):
    """What the columns of an import hold and their fields do not understand."""

    columns: list[ColumnValues]


class ImportConflict(msgspec.Struct):
    """What was left alone when an import was taken back. ``part`` is empty for a whole record.

    Of a record that the import made, ``reason`` says what stands in the way; of one that it changed, the
    values are those before the import, of the import, and of this moment.
    """

    key: str
    kind: str
    id: int
    part: str
    reason: str
    before: Any = None
    imported: Any = None
    present: Any = None


class ImportReverted(msgspec.Struct):
    """How far an import is taken back: ``done`` of ``total`` changes; records by what became of them.

    ``conflicts`` are those of the first 200 records of each kind among the ``kept`` ones.
    """

    state: str
    fault: str
    done: int
    total: int
    deleted: int
    restored: int
    lost: int
    kept: int
    conflicts: list[ImportConflict]


class RevertImport(msgspec.Struct, forbid_unknown_fields=True):
    """What to take back. ``overwrite`` are keys of conflicts that go back all the same, ``*`` all of them."""

    overwrite: list[str] = []


IMPORT_LIST_STRUCTS: Final = (ImportList, ImportReverted, ImportConflict, RevertImport, ImportValues)
_PAGE: Final = Parameter(
    name="page", param_in="query", required=False, schema=RawSchema({"type": "integer", "minimum": 0})
)


def _operation(summary: str, answer: type, *, errors: Sequence[int] = (404,), **how: Any) -> type[Operation]:
    return operation(
        summary=summary, tag="Imports", permission=SIGNED_IN, answer=answer.__name__, errors=errors, **how
    )


@get(
    URL,
    permission=SIGNED_IN,
    name="api.imports.list",
    operation_class=_operation(_("List imports"), ImportList, parameters=[_PAGE], errors=(400,)),
)
def list_imports(ctx: Context) -> Response[bytes]:
    """A user's own imports, all of them for administrators."""
    number = import_runs.page_number(ctx.parameter("page", "0"))
    found, more = import_runs.listed(ctx.session, ctx.registry.kinds, actor=ctx.actor, page=number)
    return json_answer(ImportList([to_import(one.run) for one in found], more))


@get(
    f"{URL}/{{run_id:int}}/values",
    permission=SIGNED_IN,
    name="api.imports.values",
    operation_class=_operation(
        _("Values of an import that no field understands, with guesses what they mean"), ImportValues,
        errors=(404, 422),
    ),
)  # fmt: skip
def get_values(ctx: Context, run_id: FromPath[int]) -> Response[bytes]:
    """To be sent as ``values`` with the file; the first hundred thousand rows are looked through."""
    run, _kind = import_runs.get(ctx.site, ctx.session, run_id, actor=ctx.actor)
    found = import_runs.doubts(ctx.site, run, reader(ctx))
    return json_answer(ImportValues(msgspec.convert(found, list[ColumnValues], from_attributes=True)))


@post(
    f"{URL}/{{run_id:int}}/cancel",
    permission=SIGNED_IN,
    name="api.imports.cancel",
    status_code=200,
    operation_class=_operation(_("Stop an import, or taking it back"), Import, errors=(404, 409)),
)
def cancel_import(ctx: Context, run_id: FromPath[int]) -> Response[bytes]:
    """Stop an import, or taking it back; what was done so far is kept."""
    run, _kind = import_runs.get(ctx.site, ctx.session, run_id, actor=ctx.actor)
    import_reverts.stop(ctx.session, run)
    return json_answer(to_import(run))


@post(
    f"{URL}/{{run_id:int}}/resume",
    permission=SIGNED_IN,
    name="api.imports.resume",
    status_code=202,
    operation_class=_operation(_("Go on with an import that stopped"), Import, status=202, errors=(404, 409)),
)
def resume_import(ctx: Context, run_id: FromPath[int]) -> Response[bytes]:
    """Go on behind the last row that was done."""
    run, _kind = import_runs.get(ctx.site, ctx.session, run_id, actor=ctx.actor)
    import_reverts.go_on(ctx.site, ctx.session, run)
    return json_answer(to_import(run), status=202)


@get(
    f"{URL}/{{run_id:int}}/revert",
    permission=SIGNED_IN,
    name="api.imports.reverted",
    operation_class=_operation(_("How far an import is taken back, and what was left alone"), ImportReverted),
)
def get_revert(ctx: Context, run_id: FromPath[int]) -> Response[bytes]:
    """How far it is, and what was left alone because it was changed since."""
    run, _kind = import_runs.get(ctx.site, ctx.session, run_id, actor=ctx.actor)
    return json_answer(_reverted(ctx, run))


@post(
    f"{URL}/{{run_id:int}}/revert",
    permission=SIGNED_IN,
    name="api.imports.revert",
    status_code=202,
    operation_class=_operation(
        _("Take an import back, updates included, as far as nobody has changed it since"),
        ImportReverted,
        body=RevertImport.__name__,
        status=202,
        errors=(400, 403, 404, 409, 413, 422),
    ),
)
def revert_import(ctx: Context, run_id: FromPath[int]) -> Response[bytes]:
    """Take an import back, or what is chosen of that which was left alone."""
    run, _kind = import_runs.get(ctx.site, ctx.session, run_id, actor=ctx.actor)
    asked = ctx.json_as(RevertImport) if ctx.body else RevertImport()
    actor = ctx.actor.by(Source.API)
    import_reverts.ask(ctx.site, ctx.session, run, actor=actor, overwrite=asked.overwrite)
    return json_answer(_reverted(ctx, run), status=202)


def _reverted(ctx: Context, run: ImportRun) -> ImportReverted:
    revert = import_reverts.required(ctx.session, run)
    counts = {name: getattr(revert, name) or 0 for name in ("done", "total", "deleted", "restored", "lost")}
    conflicts = []
    if revert.state not in AT_WORK:
        found = import_reverts.clashes(
            ctx.session, ctx.registry.kinds, run, actor=ctx.actor, most=SHOWN_CLASHES
        )
        conflicts = [msgspec.convert(one, ImportConflict, from_attributes=True) for one in found]
    kept = import_reverts.kept(ctx.session, run)
    return ImportReverted(revert.state.value, revert.fault or "", **counts, kept=kept, conflicts=conflicts)


handlers: Final = (list_imports, get_values, cancel_import, resume_import, get_revert, revert_import)
