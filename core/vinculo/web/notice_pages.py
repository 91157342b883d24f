"""The bell in the header, and the page with what the user was told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from litestar import MediaType, Response
from litestar.params import FromPath

from vinculo.db.base import now
from vinculo.errors import MalformedError, NotFoundError
from vinculo.events import notices
from vinculo.events.models import Notice
from vinculo.i18n import format_datetime
from vinculo.i18n import gettext as _
from vinculo.web import texts
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get, post
from vinculo.web.views import Crumb

URL: Final = "/notices"
PAGE: Final = 50


@get(URL, permission=SIGNED_IN)
def notices_page(ctx: Context) -> Response[bytes]:
    """What the user was told, the newest first."""
    asked = before(ctx)
    found = notices.of_user(ctx.session, user_id(ctx), limit=PAGE + 1, before=asked)
    shown = found[:PAGE]
    return ctx.render(
        "notices.html",
        crumbs=[Crumb(_("Notices"))],
        title=_("Notices"),
        notices=[_view(one) for one in shown],
        unread=ctx.identity.unread if ctx.identity else 0,
        newer_url=URL if asked else "",
        older_url=f"{URL}?before={shown[-1].id}" if len(found) > PAGE else "",
    )


def before(ctx: Context) -> int | None:
    """The notice before which a page ends. Raises ``MalformedError``."""
    asked = ctx.parameter("before")
    if asked and not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        raise MalformedError(_("before must be the number of a notice; leave it out for the newest."))
    return int(asked) if asked else None


@get(f"{URL}/bell", permission=SIGNED_IN, passive=True)
def bell(ctx: Context) -> Response[bytes]:
    """The bell as it is now; pages ask each minute."""
    html = ctx.fragment("fragments/bell.html", unread=ctx.identity.unread if ctx.identity else 0)
    return Response(html.encode(), media_type=MediaType.HTML)


@post(f"{URL}/{{notice_id:int}}", permission=SIGNED_IN)
def open_notice(ctx: Context, notice_id: FromPath[int]) -> Response[bytes]:
    """Go to what a notice is about; it is read then."""
    found = ctx.session.get(Notice, notice_id)
    if found is None or found.user_id != ctx.actor.user_id:
        raise NotFoundError
    notices.read(ctx.session, found.user_id, found.id, at=now())
    return ctx.redirect(_target(ctx, found))


@post(f"{URL}/read", permission=SIGNED_IN)
def read_all(ctx: Context) -> Response[bytes]:
    """Take all of them for read."""
    notices.read(ctx.session, user_id(ctx), at=now())
    return ctx.redirect(URL)


def _target(ctx: Context, notice: Notice) -> str:
    """The record, if the plugin of its kind is on; else the page, or the list of notices."""
    kind = ctx.registry.kinds.get(notice.about_kind)
    if kind is not None and kind.exposed and notice.about_id:
        return f"{kind.url}/{notice.about_id}"
    return notice.url or URL


def _view(one: Notice) -> Mapping[str, Any]:
    return {
        "url": f"{URL}/{one.id}",
        "label": _(one.label),
        "title": one.title,
        "html": texts.linked(one.text),
        "icon": one.icon,
        "when": format_datetime(one.at),
        "at": one.at.isoformat(),
        "unread": one.read_at is None,
    }


def user_id(ctx: Context) -> int:
    """Who asks."""
    assert ctx.actor.user_id is not None  # whoever is signed in is a user
    return ctx.actor.user_id


handlers = (notices_page, bell, open_notice, read_all)
