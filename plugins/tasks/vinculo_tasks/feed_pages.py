"""The page of a user's calendar address, and the calendar itself."""

from __future__ import annotations

from typing import Final

from litestar import Response
from litestar.params import FromPath

from vinculo.errors import NotFoundError
from vinculo.i18n import format_datetime
from vinculo.i18n import gettext as _
from vinculo.web.context import Context
from vinculo.web.routes import PUBLIC, get, post
from vinculo.web.views import Crumb, Toast
from vinculo_tasks import feed
from vinculo_tasks.pages import DAY, READ
from vinculo_tasks.records import task

URL: Final = "/tasks/feed"


@get(URL, permission=READ)
def page(ctx: Context) -> Response[bytes]:
    """Whether there is an address, and how to get another."""
    return _page(ctx, "")


@post(f"{URL}/renew", permission=READ)
def renew(ctx: Context) -> Response[bytes]:
    """Make a new address, which is shown this once."""
    assert ctx.actor.user_id is not None
    token = feed.renew(ctx.session, ctx.actor.user_id)
    ctx.session.flush()
    base = ctx.site.settings.server.public_url or str(ctx.request.base_url).rstrip("/")
    return _page(ctx, f"{base}{URL}/{token}.ics")


@post(f"{URL}/stop", permission=READ)
def stop(ctx: Context) -> Response[bytes]:
    """Close the address."""
    assert ctx.actor.user_id is not None
    feed.stop(ctx.session, ctx.actor.user_id)
    return ctx.redirect(URL, toast=Toast(_("The address opens nothing any more.")))


@get(f"{URL}/{{name:str}}", permission=PUBLIC)
def calendar(ctx: Context, name: FromPath[str]) -> Response[bytes]:
    """The calendar behind a secret address, for programs that cannot sign in."""
    actor = feed.reader(ctx.session, ctx.registry, name.removesuffix(".ics"))
    if actor is None:
        raise NotFoundError
    content = feed.calendar(ctx.session, actor, ctx.site.settings.server.public_url)
    headers = {"Cache-Control": "private, max-age=300", "Content-Disposition": 'inline; filename="tasks.ics"'}
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)


def _page(ctx: Context, address: str) -> Response[bytes]:
    assert ctx.actor.user_id is not None
    since = feed.since(ctx.session, ctx.actor.user_id)
    return ctx.render(
        "tasks/feed.html",
        crumbs=[
            Crumb(str(task.label_plural), task.url),
            Crumb(_("My day"), DAY),
            Crumb(_("Calendar address")),
        ],
        title=_("Calendar address"),
        since=format_datetime(since) if since else "",
        address=address,
    )


handlers = (page, renew, stop, calendar)
