"""What a user was told, for programs of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec
from litestar.openapi.spec import Parameter, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath

from vinculo.db.base import now
from vinculo.errors import NotFoundError
from vinculo.events import notices
from vinculo.events.models import Notice
from vinculo.i18n import gettext as _
from vinculo.web.context import Context
from vinculo.web.notice_pages import PAGE, before, user_id
from vinculo.web.plugin_api import operation, refusals
from vinculo.web.routes import SIGNED_IN, get, post

API: Final = "/api/v1/notices"


class NoticeItem(msgspec.Struct):
    """What was told: ``label`` in the user's language, and the record or the page that it leads to."""

    id: int
    at: datetime
    label: str
    title: str
    text: str
    about_kind: str
    about_id: int | None
    client_id: int | None
    url: str
    read_at: datetime | None


class NoticePage(msgspec.Struct):
    """The newest first. ``next`` is the ``before`` of the next page; null: there is none."""

    items: list[NoticeItem]
    unread: int
    next: int | None


class ReadNotices(msgspec.Struct):
    """How many are unread now."""

    unread: int


def _operation(summary: str, parameter: Parameter | None = None) -> Any:
    return operation(summary, parameter, permission=SIGNED_IN, tag=_("Notices"))


_BEFORE: Final = Parameter(
    name="before",
    param_in="query",
    required=False,
    description="Only notices before the one with this id",
    schema=Schema(type=OpenAPIType.INTEGER),
)


@get(
    API,
    permission=SIGNED_IN,
    passive=True,
    responses=refusals(400),
    operation_class=_operation(_("List your notices"), _BEFORE),
)
def list_notices(ctx: Context) -> NoticePage:
    """A page of the user's own."""
    found = notices.of_user(ctx.session, user_id(ctx), limit=PAGE + 1, before=before(ctx))
    shown = found[:PAGE]
    following = shown[-1].id if len(found) > PAGE else None
    return NoticePage([*map(_item, shown)], _unread(ctx), following)


@post(
    f"{API}/{{notice_id:int}}/read",
    permission=SIGNED_IN,
    status_code=200,
    responses=refusals(404, missing="There is no such notice"),
    operation_class=_operation(_("Take a notice for read")),
)
def read_notice(ctx: Context, notice_id: FromPath[int]) -> NoticeItem:
    """Take one for read."""
    found = ctx.session.get(Notice, notice_id) if notice_id < 2**63 else None
    if found is None or found.user_id != user_id(ctx):
        raise NotFoundError
    notices.read(ctx.session, found.user_id, found.id, at=now())
    ctx.session.refresh(found)
    return _item(found)


@post(
    f"{API}/read",
    permission=SIGNED_IN,
    status_code=200,
    responses=refusals(),
    operation_class=_operation(_("Take all notices for read")),
)
def read_notices(ctx: Context) -> ReadNotices:
    """Take all of them for read."""
    notices.read(ctx.session, user_id(ctx), at=now())
    return ReadNotices(_unread(ctx))


def _unread(ctx: Context) -> int:
    return notices.count_unread(ctx.session, user_id(ctx))


def _item(one: Notice) -> NoticeItem:
    item = msgspec.convert(one, NoticeItem, from_attributes=True)
    item.label = _(one.label)
    return item


handlers = (list_notices, read_notice, read_notices)
