"""The frame around every page: menu of the enabled plugins, user, theme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vinculo.i18n import current_language
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import Group, MenuItem
from vinculo.web.views import Crumb, MenuGroup, MenuLink, Shell, Toast

if TYPE_CHECKING:
    from vinculo.web.context import Context


def shell(ctx: Context, *, crumbs: Sequence[Crumb] = (), toasts: Sequence[Toast] = ()) -> Shell:
    """The frame for the user of a request."""
    identity = ctx.identity
    assert identity is not None
    path = ctx.request.url.path
    allowed = [item for item in ctx.registry.menu if identity.actor.may(item.permission)]
    return Shell(
        company=ctx.site.settings.company.name,
        user_name=identity.full_name,
        user_role=identity.role_label,
        menu=_groups(allowed, path),
        language=current_language().replace("_", "-"),
        theme=identity.theme,
        csrf=identity.csrf,
        crumbs=crumbs,
        toasts=toasts,
        foot=[_link(item, path) for item in allowed if item.group is Group.FOOT],
    )


def _groups(items: Sequence[MenuItem], path: str) -> list[MenuGroup]:
    home = MenuLink(_("Home"), "/", "home", current=path == "/")
    groups = [MenuGroup("", [home, *(_link(item, path) for item in items if item.group is Group.WORK)])]
    for group in Group:
        links = [_link(item, path) for item in items if item.group is group]
        if links and group not in (Group.WORK, Group.FOOT):
            groups.append(MenuGroup(_label(group), links))
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


def _link(item: MenuItem, path: str) -> MenuLink:
    current = path == item.url or path.startswith(f"{item.url}/")
    return MenuLink(str(item.label), item.url, item.icon, current=current)
