"""Changing or deleting all records of a list: for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import UNSET, UnsetType

from vinculo.actor import Source
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records import bulk_changes, bulk_jobs, bulk_pages
from vinculo.records.bulk_changes import Counts
from vinculo.records.bulk_models import BulkAction, BulkChange
from vinculo.records.import_runs import page_number
from vinculo.records.kind import RecordKind
from vinculo.records.openapi import filter_parameters, operation, parameter
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get, post

URL: Final = "/api/v1/bulk-changes"
MOST: Final = 1000  # records that are named with the reason


class BulkValues(msgspec.Struct, forbid_unknown_fields=True):
    """What each of the records gets, as in a PATCH of one."""

    values: dict[str, Any]


class BulkRefusal(msgspec.Struct):
    """A record that stayed as it is, and why."""

    id: int
    reason: str


class BulkState(msgspec.Struct):
    """How far it is; ``counts`` by outcome, ``refused`` are those left alone, at most 1000, not in lists."""

    id: int
    kind: str
    action: str
    state: str
    undoing: bool
    done: int
    total: int
    counts: dict[str, int]
    refused: list[BulkRefusal] | UnsetType = UNSET
    fault: str = ""
    values: dict[str, Any] = {}
    created_at: str = ""
    user_id: int | None = None


class BulkList(msgspec.Struct):
    """Changes of many records, the latest first; ``more``: there is a next page."""

    items: list[BulkState]
    more: bool


BULK_STRUCTS: Final = (BulkValues, BulkState, BulkRefusal, BulkList)


def bulk_api_routers(kind: RecordKind, described: RecordKind) -> list[HTTPRouteHandler]:
    """The routes of a kind; ``described`` has its facts."""
    return [_update(kind, described), _delete(kind, described)]


def _update(kind: RecordKind, described: RecordKind) -> HTTPRouteHandler:
    @post(
        f"{kind.api_url}/bulk-update",
        permission=kind.permission("update"),
        name=f"api.{kind.name}.bulk_update",
        status_code=202,
        operation_class=operation(
            summary=_("Change all %(kind)s of a list", kind=kind.label_plural),
            tag=str(kind.label_plural),
            permission=kind.permission("update"),
            parameters=lambda: filter_parameters(described),
            body=BulkValues.__name__,
            answer=BulkState.__name__,
            status=202,
            errors=(400, 403, 404, 409, 413, 422),
        ),
    )
    def update(ctx: Context) -> Response[bytes]:
        """Each by the rules for changing it alone; by a job where they are many."""
        wish = ctx.json_as(BulkValues, field="values")
        return _begin(ctx, kind, BulkAction.UPDATE, wish.values)

    return update


def _delete(kind: RecordKind, described: RecordKind) -> HTTPRouteHandler:
    @post(
        f"{kind.api_url}/bulk-delete",
        permission=kind.permission("delete"),
        name=f"api.{kind.name}.bulk_delete",
        status_code=202,
        operation_class=operation(
            summary=_("Delete all %(kind)s of a list", kind=kind.label_plural),
            tag=str(kind.label_plural),
            permission=kind.permission("delete"),
            parameters=lambda: filter_parameters(described),
            answer=BulkState.__name__,
            status=202,
            errors=(400, 403, 404, 409, 422),
        ),
    )
    def delete(ctx: Context) -> Response[bytes]:
        """They go to the trash; by a job where they are many."""
        return _begin(ctx, kind, BulkAction.DELETE, {})

    return delete


def _begin(ctx: Context, kind: RecordKind, action: BulkAction, values: Mapping[str, Any]) -> Response[bytes]:
    seen, query = bulk_pages.asked(ctx, kind, typed=True)
    if action is BulkAction.DELETE and not (query.filters or query.ids or query.q):
        text = _("Say which records are deleted: by ids, a filter or a search.")
        raise InvalidError([FieldError("ids", text, "required")])
    actor = ctx.actor.by(Source.API)
    bulk = bulk_changes.begin(
        ctx.session, ctx.registry.kinds, seen, query, action=action, values=values, actor=actor
    )
    bulk_jobs.start(ctx.site, ctx.session, bulk, actor=actor)
    return json_answer(_whole(ctx, bulk), status=202)


@get(
    URL,
    permission=SIGNED_IN,
    name="api.bulk_changes.list",
    operation_class=operation(
        summary=_("List changes of many records"),
        tag="Bulk changes",
        permission=SIGNED_IN,
        parameters=[parameter("page", {"type": "integer", "minimum": 0}, "0 is the newest")],
        answer=BulkList.__name__,
        errors=(400,),
    ),
)
def list_changes(ctx: Context) -> Response[bytes]:
    """A user's own, all of them for administrators."""
    number = page_number(ctx.parameter("page", "0"))
    found, more = bulk_changes.listed(ctx.session, ctx.registry.kinds, actor=ctx.actor, page=number)
    return json_answer(BulkList([_state(bulk, counts) for bulk, counts in found], more))


@get(
    f"{URL}/{{bulk_id:int}}",
    permission=SIGNED_IN,
    name="api.bulk_changes.show",
    operation_class=operation(
        summary=_("How far a change of many records is, and what was left alone"),
        tag="Bulk changes",
        permission=SIGNED_IN,
        answer=BulkState.__name__,
        errors=(404,),
    ),
)
def show(ctx: Context, bulk_id: FromPath[int]) -> Response[bytes]:
    """How far it is."""
    return json_answer(_whole(ctx, bulk_changes.get(ctx.session, bulk_id, actor=ctx.actor)))


@post(
    f"{URL}/{{bulk_id:int}}/undo",
    permission=SIGNED_IN,
    name="api.bulk_changes.undo",
    status_code=202,
    operation_class=operation(
        summary=_("Take a change of many records back, as far as nobody has changed them since"),
        tag="Bulk changes",
        permission=SIGNED_IN,
        answer=BulkState.__name__,
        status=202,
        errors=(403, 404, 409),
    ),
)
def undo(ctx: Context, bulk_id: FromPath[int]) -> Response[bytes]:
    """Take it back."""
    bulk = bulk_changes.get(ctx.session, bulk_id, actor=ctx.actor, lock=True)
    actor = ctx.actor.by(Source.API)
    bulk_changes.undo(ctx.session, bulk, bulk_pages.kind_of(ctx, bulk), actor=actor)
    bulk_jobs.start(ctx.site, ctx.session, bulk, actor=actor)
    return json_answer(_whole(ctx, bulk), status=202)


@post(
    f"{URL}/{{bulk_id:int}}/cancel",
    permission=SIGNED_IN,
    name="api.bulk_changes.cancel",
    status_code=200,
    operation_class=operation(
        summary=_("Stop a change of many records; what was done so far is kept"),
        tag="Bulk changes",
        permission=SIGNED_IN,
        answer=BulkState.__name__,
        errors=(404, 409),
    ),
)
def cancel(ctx: Context, bulk_id: FromPath[int]) -> Response[bytes]:
    """Stop it."""
    bulk = bulk_changes.get(ctx.session, bulk_id, actor=ctx.actor, lock=True)
    bulk_changes.cancel(ctx.session, bulk)
    return json_answer(_whole(ctx, bulk))


def _whole(ctx: Context, bulk: BulkChange) -> BulkState:
    items = bulk_changes.left_alone(ctx.session, bulk, most=MOST)
    refused = [BulkRefusal(item.record_id, item.reason) for item in items]
    return _state(bulk, bulk_changes.counts(ctx.session, bulk), refused)


def _state(bulk: BulkChange, counts: Counts, refused: list[BulkRefusal] | UnsetType = UNSET) -> BulkState:
    return BulkState(
        bulk.id,
        bulk.kind,
        bulk.action.value,
        bulk.state.value,
        bulk.undoing,
        bulk.done,
        bulk.total,
        {one.value: count for one, count in counts.items()},
        refused,
        bulk.fault,
        bulk.values,
        bulk.created_at.isoformat(),
        bulk.user_id,
    )


handlers: Final = (list_changes, show, undo, cancel)
