"""Saved views for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Response
from litestar.openapi.spec import Parameter
from litestar.params import FromPath

from vinculo.actor import Source
from vinculo.i18n import gettext as _
from vinculo.records import saved
from vinculo.records.models import SavedView, Sharing
from vinculo.records.openapi import RawSchema, operation
from vinculo.records.saved import Wish
from vinculo.records.saved_pages import kind_of
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, delete, get, post, put

API: Final = "/api/v1/views"
S = TypeVar("S", bound=msgspec.Struct)


class ViewItem(msgspec.Struct):
    """A saved view. ``query`` are the parameters of its list, as in an address.

    ``opens``: one's own list opens with it; ``opens_for`` are the roles whose lists do.
    """

    id: int
    kind: str
    name: str
    query: str
    owner_id: int | None
    sharing: Sharing
    roles: list[int]
    opens: bool
    opens_for: list[int]
    waits_for: list[str]


class ViewList(msgspec.Struct):
    """The views of a kind, in the order of their tabs."""

    items: list[ViewItem]


class ChangedView(msgspec.Struct, forbid_unknown_fields=True):
    """A view as it shall be."""

    name: str
    query: str
    sharing: str = "private"
    roles: list[int] = msgspec.field(default_factory=list)
    opens: bool = False
    opens_for: list[int] = msgspec.field(default_factory=list)


class NewView(ChangedView, forbid_unknown_fields=True, kw_only=True):
    """A view to keep, of a kind of record."""

    kind: str


VIEW_STRUCTS = (ViewList, ViewItem, NewView, ChangedView)


def _operation(summary: str, **more: Any) -> Any:
    return operation(summary=summary, tag=_("Saved views"), permission=SIGNED_IN, **more)


_KIND = Parameter(name="kind", param_in="query", required=True, schema=RawSchema({"type": "string"}))


@get(
    API,
    permission=SIGNED_IN,
    operation_class=_operation(
        _("List saved views of a kind"), answer="ViewList", parameters=[_KIND], errors=(404,)
    ),
)
def list_views(ctx: Context) -> Response[bytes]:
    """Those that the user sees; of all kinds where none is named."""
    asked = [name] if (name := ctx.parameter("kind")) else _readable(ctx)
    found = [saved.of_kind(ctx.session, kind_of(ctx, one), ctx.actor).rows for one in asked]
    return json_answer(ViewList([_item(ctx, row) for rows in found for row in rows]))


def _readable(ctx: Context) -> list[str]:
    kinds = [kind for kind in ctx.registry.kinds.values() if kind.exposed]
    return [kind.name for kind in kinds if ctx.actor.may(kind.permission("read"))]


@post(
    API,
    permission=SIGNED_IN,
    operation_class=_operation(
        _("Save a view"), body="NewView", answer="ViewItem", status=201, errors=(400, 404, 409, 413, 422)
    ),
)
def add_view(ctx: Context) -> Response[bytes]:
    """Keep one."""
    asked = ctx.json_as(NewView, field="body")
    kind = kind_of(ctx, asked.kind)
    row = saved.create(ctx.session, kind, _wish(asked), actor=ctx.actor.by(Source.API))
    return json_answer(_item(ctx, row), status=201)


@put(
    f"{API}/{{view_id:int}}",
    permission=SIGNED_IN,
    operation_class=_operation(
        _("Change a saved view"), body="ChangedView", answer="ViewItem", errors=(400, 404, 413, 422)
    ),
)
def change_view(ctx: Context, view_id: FromPath[int]) -> Response[bytes]:
    """Make it what is sent."""
    row = saved.get(ctx.session, view_id, ctx.actor, change=True)
    wish = _wish(ctx.json_as(ChangedView, field="body"))
    saved.change(ctx.session, kind_of(ctx, row.kind), row, wish, actor=ctx.actor.by(Source.API))
    return json_answer(_item(ctx, row))


@delete(
    f"{API}/{{view_id:int}}",
    permission=SIGNED_IN,
    status_code=204,
    operation_class=_operation(_("Delete a saved view"), status=204, errors=(404,)),
)
def remove_view(ctx: Context, view_id: FromPath[int]) -> None:
    """Until it is restored."""
    row = saved.get(ctx.session, view_id, ctx.actor, change=True)
    saved.remove(ctx.session, row, actor=ctx.actor.by(Source.API))


@post(
    f"{API}/{{view_id:int}}/restore",
    permission=SIGNED_IN,
    status_code=200,
    operation_class=_operation(_("Restore a saved view"), answer="ViewItem", errors=(404,)),
)
def restore_view(ctx: Context, view_id: FromPath[int]) -> Response[bytes]:
    """Bring it back."""
    return json_answer(_item(ctx, saved.restore(ctx.session, view_id, actor=ctx.actor.by(Source.API))))


def _wish(asked: ChangedView) -> Wish:
    pairs: Sequence[tuple[str, str]] = parse_qsl(asked.query.removeprefix("?"), keep_blank_values=True)
    return Wish(asked.name, pairs, asked.sharing, asked.roles, asked.opens, asked.opens_for, typed=True)


def _item(ctx: Context, row: SavedView) -> ViewItem:
    told = saved.told(ctx.session, row, ctx.actor)
    missing = saved.waiting(kind_of(ctx, row.kind), row)
    return ViewItem(
        row.id, row.kind, row.name, urlencode(told.query), row.owner_id, row.sharing,
        [*told.roles], told.mine, [*told.opens_for], missing,
    )  # fmt: skip


handlers = (list_views, add_view, change_view, remove_view, restore_view)
