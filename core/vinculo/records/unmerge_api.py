"""Taking merges back through the API."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import Response
from litestar.params import FromPath

from vinculo.actor import Source
from vinculo.errors import ConflictError
from vinculo.i18n import gettext as _
from vinculo.records import unmerging
from vinculo.records.merged_pages import find, listed
from vinculo.records.openapi import operation
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get, post


class MergeTold(msgspec.Struct):
    """A merge that can be taken back; ``others`` are the ids of the records that were merged."""

    id: int
    kind: str
    survivor: int
    others: list[int]
    at: str


class MergeList(msgspec.Struct):
    """All that the user may take back, the latest first."""

    items: list[MergeTold]


class Unmerge(msgspec.Struct, forbid_unknown_fields=True):
    """How to take a merge back. ``overwrite`` are keys of conflicts whose earlier values are wanted.

    ``keep`` leaves all other conflicts as they are now; without it they refuse the undo. With ``dry_run``
    nothing is changed.
    """

    overwrite: list[str] = []
    keep: bool = False
    dry_run: bool = False


class UnmergeResult(msgspec.Struct):
    """What was not put back: ``conflicts`` by key, and rows by table that are gone for good."""

    conflicts: list[str]
    lost: dict[str, int]
    dry_run: bool = False


UNMERGE_STRUCTS: Final = (MergeList, MergeTold, Unmerge, UnmergeResult)


@get(
    "/api/v1/merges",
    permission=SIGNED_IN,
    operation_class=operation(
        summary=_("The merges that can be taken back"),
        tag=_("Merges"),
        permission=SIGNED_IN,
        answer=MergeList.__name__,
    ),
)
def list_merges(ctx: Context) -> Response[bytes]:
    """The latest merges, as far as the user may take them back."""
    found = [
        MergeTold(
            one.id, one.kind, one.record_id, [other for other, _title in one.others], one.at.isoformat()
        )
        for one in listed(ctx.session, ctx.registry.kinds, ctx.actor)
    ]
    return json_answer(MergeList(found))


@post(
    "/api/v1/merges/{merge_id:int}/undo",
    permission=SIGNED_IN,
    status_code=200,
    operation_class=operation(
        summary=_("Take a merge back: the records have their ids and rows again"),
        tag=_("Merges"),
        permission=SIGNED_IN,
        body=Unmerge.__name__,
        answer=UnmergeResult.__name__,
        errors=(400, 403, 404, 409, 413, 422),
    ),
)
def undo_merge(ctx: Context, merge_id: FromPath[int]) -> Response[bytes]:
    """Take a merge back: the records have their ids and rows again."""
    asked = ctx.json_as(Unmerge) if ctx.body else Unmerge()
    kind, merged = find(ctx, merge_id)
    plan = unmerging.plan(ctx.session, merged, overwrite=asked.overwrite)
    if not asked.dry_run:
        if plan.clashes and not asked.keep:
            raise ConflictError(
                _("%(n)s values were changed since; ask with dry_run which.", n=len(plan.clashes)),
                code="changed_since",
            )
        actor = ctx.actor.by(Source.API)
        plan = unmerging.undo(ctx.session, kind, merged, actor=actor, overwrite=asked.overwrite)
    result = UnmergeResult([clash.key for clash in plan.clashes], plan.lost, asked.dry_run)
    return json_answer(result)


handlers: Final = [list_merges, undo_merge]
