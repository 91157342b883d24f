"""What an administrator sees and does about how somebody signs in."""

from __future__ import annotations

from litestar import Response
from litestar.params import FromPath

from vinculo.accounts import door, factors, resets, security_views, service, sessions, token_pages
from vinculo.accounts.permissions import MANAGE_USERS
from vinculo.accounts.security_pages import must_confirm
from vinculo.db.base import now
from vinculo.i18n import gettext as _
from vinculo.web import contributed
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Action, Crumb, Toast


@get("/settings/users/{user_id:int}/security", permission=MANAGE_USERS)
def user_security_page(ctx: Context, user_id: FromPath[int]) -> Response[bytes]:
    """Second factors, sessions and tokens of a user."""
    return _page(ctx, user_id)


@post("/settings/users/{user_id:int}/reset-link", permission=MANAGE_USERS)
def make_reset_link(ctx: Context, user_id: FromPath[int]) -> Response[bytes]:
    """Make a link to set a new password, and show it this once."""
    if away := must_confirm(ctx, f"/settings/users/{user_id}/security"):
        return away
    user = service.get_user(ctx.session, user_id)
    hours = ctx.site.settings.security.reset_link_hours
    token = resets.make(ctx.session, user, hours=hours, actor=ctx.actor, now=now())
    return _page(ctx, user_id, link=door.site_url(ctx) + resets.path(token))


@post("/settings/users/{user_id:int}/sign-out", permission=MANAGE_USERS)
def sign_user_out(ctx: Context, user_id: FromPath[int]) -> Response[bytes]:
    """End all sessions of a user."""
    user = service.get_user(ctx.session, user_id)
    keep = door.session_cookie(ctx) if user_id == ctx.actor.user_id else ""
    sessions.revoke_all(ctx.session, user, keep=keep, actor=ctx.actor, now=now())
    return _back(ctx, user_id, _("%(user)s is signed out everywhere.", user=user.name))


@post("/settings/users/{user_id:int}/factors/remove", permission=MANAGE_USERS)
def remove_factors(ctx: Context, user_id: FromPath[int]) -> Response[bytes]:
    """Take all second factors away from somebody who has lost them."""
    if away := must_confirm(ctx, f"/settings/users/{user_id}/security"):
        return away
    user = service.get_user(ctx.session, user_id)
    factors.remove_all(ctx.session, user, actor=ctx.actor, now=now())
    text = _("%(user)s has no second factor any more and is signed out everywhere.", user=user.name)
    return _back(ctx, user_id, text)


@post("/settings/users/{user_id:int}/tokens/{token_id:int}/revoke", permission=MANAGE_USERS)
def revoke_user_token(ctx: Context, user_id: FromPath[int], token_id: FromPath[int]) -> Response[bytes]:
    """End a token of a user."""
    token = service.revoke_token(ctx.session, token_id, actor=ctx.actor, now=now())
    return _back(ctx, user_id, _("The token %(name)s is revoked.", name=token.name))


def _back(ctx: Context, user_id: int, text: str) -> Response[bytes]:
    return ctx.redirect(f"/settings/users/{user_id}/security", toast=Toast(text))


def _page(ctx: Context, user_id: int, *, link: str = "") -> Response[bytes]:
    user = service.get_user(ctx.session, user_id)
    url = f"/settings/users/{user_id}"
    found = factors.of(ctx.session, user_id)
    open_sessions = sessions.list_sessions(ctx.session, user_id, now())
    return ctx.render(
        "account/user_security.html",
        crumbs=[Crumb(_("Users"), "/settings/users"), Crumb(_("Security of %(user)s", user=user.name))],
        title=_("Security of %(user)s", user=user.name),
        url=url,
        leaves=Action(_("Leaves the company…"), f"{url}/leave", "logout"),
        active=user.active,
        link=link,
        hours=ctx.site.settings.security.reset_link_hours,
        found=found,
        factors=security_views.factor_table(ctx, found, own=False),
        sessions=security_views.session_table(ctx, open_sessions, revoke=False),
        tokens=token_pages.token_table(ctx, user_id, path=f"{url}/tokens"),
        panels=[
            drawn
            for panel in ctx.registry.panels.get("user", ())
            if (drawn := contributed.panel(ctx, panel, user_id))
        ],
    )


handlers = [
    user_security_page,
    make_reset_link,
    sign_user_out,
    remove_factors,
    revoke_user_token,
]
