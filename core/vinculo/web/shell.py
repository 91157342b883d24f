"""The frame around every page: menu of the enabled plugins, user, theme."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from vinculo.db.isolating import isolated
from vinculo.i18n import current_language
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import Group, MenuItem, Part
from vinculo.web import origins
from vinculo.web.views import Crumb, MenuGroup, MenuLink, Shell, Toast

if TYPE_CHECKING:
    from vinculo.web.context import Context

logger = logging.getLogger(__name__)
COUNT_SECONDS: Final = 15.0
MOST_COUNTS: Final = 20_000
MOST_AT_FOOT: Final = 5
ALWAYS: Final = ("/settings", "/plugins")  # at the foot, however much else there is


def shell(ctx: Context, *, crumbs: Sequence[Crumb] = (), toasts: Sequence[Toast] = ()) -> Shell:
    """The frame for the user of a request."""
    identity = ctx.identity
    assert identity is not None
    path = ctx.request.url.path
    allowed = [item for item in ctx.registry.menu if identity.actor.may(item.permission)]
    here = _current([item.url for item in allowed], path)
    links = [(item.group, _link(ctx, item, here)) for item in allowed]
    foot = [link for group, link in links if group is Group.FOOT]
    folded = [link for link in foot if link.url not in ALWAYS] if len(foot) > MOST_AT_FOOT else []
    return Shell(
        company=ctx.site.settings.company.name,
        user_name=identity.full_name,
        user_role=identity.role_label,
        menu=_groups(ctx, links, here),
        language=current_language().replace("_", "-"),
        theme=identity.theme,
        csrf=identity.csrf,
        accent=ctx.site.settings.company.accent,
        logo=f"/company/logo/{logo}" if (logo := ctx.site.settings.company.logo) else "",
        crumbs=crumbs,
        toasts=toasts,
        foot=[link for link in foot if link not in folded],
        more=folded,
        why=origins.asks(ctx) if origins.may_ask(ctx) else None,
        origins=origins.of_page(ctx),
        unread=identity.unread,
    )


def _current(urls: Sequence[str], path: str) -> str:
    """The entry that the page belongs to: /settings/users to itself rather than to /settings."""
    around = [url for url in ("/", *urls) if path == url or path.startswith(f"{url}/")]
    return max(around, key=len, default="")


def _groups(ctx: Context, links: Sequence[tuple[Group, MenuLink]], here: str) -> list[MenuGroup]:
    home = MenuLink(_("Home"), "/", "home", current=here == "/", origin=origins.of(ctx, ""))
    groups = [MenuGroup("", [home, *(link for group, link in links if group is Group.WORK)])]
    for group in Group:
        found = [link for own, link in links if own is group]
        if found and group not in (Group.WORK, Group.FOOT):
            groups.append(MenuGroup(_label(group), found))
    return groups


def _label(group: Group) -> str:
    return {
        Group.SALES: _("Sales"),
        Group.MARKETING: _("Marketing"),
        Group.SERVICE: _("Service"),
        Group.STOCK: _("Stock"),
        Group.MONEY: _("Money"),
        Group.ANALYTICS: _("Analytics"),
    }[group]


def _link(ctx: Context, item: MenuItem, here: str) -> MenuLink:
    origin = origins.of_part(ctx, Part.MENU, item.url)
    count = _count(ctx, item) if item.count else None
    return MenuLink(
        str(item.label), item.url, item.icon, current=item.url == here, count=count, origin=origin
    )


def _count(ctx: Context, item: MenuItem) -> int | None:
    """How much waits there; elsewhere than there it may be some seconds old, to cost the pages no query."""
    key, at = (item.url, ctx.actor.user_id), time.monotonic()
    until, count = ctx.site.counts.get(key, (0.0, None))
    if at >= until or ctx.request.url.path.startswith(item.url):
        if len(ctx.site.counts) >= MOST_COUNTS:
            ctx.site.counts.clear()
        count = _counted(ctx, item)
        ctx.site.counts[key] = at + COUNT_SECONDS, count
    return count


def _counted(ctx: Context, item: MenuItem) -> int | None:
    """No count is better than no page at all."""
    assert item.count is not None
    try:
        with isolated(ctx.session):
            return item.count(ctx) or None
    except Exception:
        logger.exception("the count of the menu entry %s failed", item.url)
        return None
