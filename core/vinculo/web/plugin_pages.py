"""The page of plugins, the plan before a switch, and the switch itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from litestar import Response
from litestar.params import FromPath

from vinculo.actor import Actor, Source
from vinculo.errors import ConflictError, MalformedError
from vinculo.i18n import add_catalogue
from vinculo.i18n import gettext as _
from vinculo.plugins import costs, discovery, switch
from vinculo.plugins.plan import Action, Plan
from vinculo.plugins.switch import Status
from vinculo.web import plugin_views, plugin_words
from vinculo.web.context import Context, is_own_path
from vinculo.web.origins import WHY_COOKIE
from vinculo.web.routes import get, post
from vinculo.web.timing import MANAGE_PLUGINS
from vinculo.web.views import Crumb, Toast

WHY_SECONDS: Final = 12 * 3600


@get("/plugins", permission=MANAGE_PLUGINS)
def plugins_page(ctx: Context) -> Response[bytes]:
    """All plugins, what they cost, and their switches."""
    found = statuses(ctx)
    prices = costs.of_all(ctx.session, ctx.registry, [status.name for status in found])
    titles = titles_of(found)
    cards = [plugin_views.card(status, prices[status.name], titles) for status in found]
    return ctx.render(
        "plugins/list.html", plugins=cards, safe=plugin_views.is_safe(), crumbs=[Crumb(_("Plugins"))]
    )


@get("/plugins/{name:str}/plan", permission=MANAGE_PLUGINS)
def plan_page(ctx: Context, name: FromPath[str]) -> Response[bytes]:
    """What switching a plugin would do."""
    action = asked_action(ctx)
    return _plan_page(ctx, one_of(ctx, name), planned(ctx, action, name))


@post("/plugins/{name:str}/on", permission=MANAGE_PLUGINS, own_transactions=True)
def switch_on(ctx: Context, name: FromPath[str]) -> Response[bytes]:
    """Switch a plugin on, or try one again that was set aside."""
    return _switch(ctx, "on", name)


@post("/plugins/{name:str}/off", permission=MANAGE_PLUGINS, own_transactions=True)
def switch_off(ctx: Context, name: FromPath[str]) -> Response[bytes]:
    """Switch a plugin off; its rows stay."""
    return _switch(ctx, "off", name)


@post("/settings/why", permission=MANAGE_PLUGINS)
def toggle_why(ctx: Context) -> Response[bytes]:
    """Show, or no longer show, which plugin each part of a page comes from."""
    parts = urlsplit(ctx.request.headers.get("referer", ""))
    back = f"{parts.path}?{parts.query}" if parts.query else parts.path
    answer = ctx.redirect(back if is_own_path(back) else "/")
    if ctx.cookie(WHY_COOKIE):
        ctx.drop_cookie(answer, WHY_COOKIE)
    else:
        ctx.put_cookie(answer, WHY_COOKIE, "1", seconds=WHY_SECONDS)
    return answer


def statuses(ctx: Context) -> Sequence[Status]:
    """All plugins; those that are off speak the user's language, too."""
    for plugin in discovery.installed().values():
        if plugin.manifest is not None:
            add_catalogue(plugin.package)
    return ctx.site.switchboard.statuses(ctx.session)


def one_of(ctx: Context, name: str) -> Status:
    """One plugin. Raises ``NotFoundError``."""
    for status in statuses(ctx):
        if status.name == name:
            return status
    raise switch.unknown(discovery.installed(), name)


def titles_of(found: Sequence[Status]) -> Mapping[str, str]:
    """What each plugin is called, by name."""
    return {status.name: status.title for status in found}


def asked_action(ctx: Context) -> Action:
    """The switch that the address asks about. Raises ``MalformedError``."""
    given = ctx.parameter("action")
    if given == "on":
        return "on"
    if given == "off":
        return "off"
    raise MalformedError(_("action must be “on” or “off”, not “%(value)s”.", value=given))


def planned(ctx: Context, action: Action, name: str) -> Plan:
    """The plan of a switch."""
    ctx.session.rollback()  # its connection is free while an app is built
    return ctx.site.switchboard.plan(action, name)


def throw(ctx: Context, action: Action, name: str, *, cascade: bool, source: Source = Source.PAGE) -> Plan:
    """Switch."""
    return ctx.site.switchboard.switch(action, name, cascade=cascade, actor=acting(ctx, source))


def acting(ctx: Context, source: Source = Source.PAGE) -> Actor:
    """Who is about to change what is on: the process takes up what has changed before it answers."""
    actor = ctx.actor.by(source)
    ctx.session.rollback()  # nothing may stand in the way of migrations
    ctx.follow_switches()
    return actor


def _switch(ctx: Context, action: Action, name: str) -> Response[bytes]:
    status = one_of(ctx, name)
    try:
        done = throw(ctx, action, name, cascade=ctx.value("cascade") == "1")
    except ConflictError as error:
        plan = planned(ctx, action, name)
        return _plan_page(ctx, status, replace(plan, refusal=error.message), status_code=error.status)
    titles = titles_of(statuses(ctx))
    names = ", ".join(titles.get(one, one) for one in done.names)
    text = _("Switched on: %(names)s.") if action == "on" else _("Switched off: %(names)s. The rows stay.")
    return ctx.redirect("/plugins", toast=Toast(text % {"names": names}))


def _plan_page(ctx: Context, status: Status, plan: Plan, *, status_code: int = 200) -> Response[bytes]:
    words = plugin_words.of_plan(ctx, plan)
    page = plugin_views.plan_page(status, plan, words, titles_of(statuses(ctx)))
    crumbs = [Crumb(_("Plugins"), "/plugins"), Crumb(status.title)]
    return ctx.render("plugins/plan.html", status=status_code, page=page, crumbs=crumbs)
