"""Pages where administrators add, disable and enable users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Response
from litestar.params import FromPath
from markupsafe import Markup

from vinculo.accounts import departments, roles, service
from vinculo.accounts.door import messages
from vinculo.accounts.models import Role, User
from vinculo.accounts.permissions import MANAGE_ROLES, MANAGE_USERS
from vinculo.accounts.rights import role_label
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import (
    Action,
    Badge,
    Column,
    Crumb,
    Form,
    Input,
    ListPage,
    Option,
    Row,
    Table,
    Toast,
    Widget,
)


@get("/settings/users", permission=MANAGE_USERS)
def users_page(ctx: Context) -> Response[bytes]:
    """All users, or those whose names hold what is searched for."""
    query = ctx.parameter("q").strip()
    found = [user for user in service.list_users(ctx.session) if query.casefold() in _haystack(user)]
    columns = [
        Column("login", _("Sign-in name")),
        Column("full_name", _("Full name")),
        Column("email", _("E-mail")),
        Column("roles", _("Roles")),
        Column("department", _("Department")),
        Column("state", _("State")),
        Column("action", ""),
    ]
    ui = ctx.ui
    names = {user: role_names(own) for user, own in roles.of_users(ctx.session).items()}
    places = {user: one.name for user, one in departments.of_users(ctx.session).items()}
    rows = [
        Row(
            user.id,
            f"/settings/users/{user.id}" + ("" if ctx.actor.may(MANAGE_ROLES) else "/rights"),
            _user_cells(ui, user, names.get(user.id, ""), places.get(user.id, "")),
        )
        for user in found
    ]
    page = ListPage(
        title=_("Users"),
        url="/settings/users",
        table=Table(columns, rows, caption=_("Users")),
        query=query,
        primary=Action(_("Add user"), "/settings/users/new", icon="plus", primary=True, key="c"),
    )
    return ctx.render("records/list.html", crumbs=[Crumb(_("Users"))], page=page)


@get("/settings/users/new", permission=MANAGE_USERS)
def new_user_page(ctx: Context) -> Response[bytes]:
    """The form to add somebody."""
    return _new_user(ctx)


@post("/settings/users/new", permission=MANAGE_USERS)
def create_user(ctx: Context) -> Response[bytes]:
    """Add somebody, who sets a password by a link: a first one that others know is none."""
    chosen = [str(name) for name in ctx.form.get("role", ()) if name]
    try:
        user = service.create_user(
            ctx.session,
            login=ctx.value("login"),
            password=None,
            role_names=chosen,
            full_name=ctx.value("full_name"),
            email=ctx.value("email"),
            actor=ctx.actor,
            now=now(),
        )
    except InvalidError as error:
        return _new_user(ctx, error.errors)
    text = _("%(user)s is added. Now hand over a link to set a password.", user=user.name)
    return ctx.redirect(f"/settings/users/{user.id}/security", toast=Toast(text))


@post("/settings/users/{user_id:int}/disable", permission=MANAGE_USERS)
def disable_user(ctx: Context, user_id: FromPath[int]) -> Response[bytes]:
    """Lock a user out at once."""
    user = service.disable_user(ctx.session, user_id, actor=ctx.actor, now=now())
    text = _("%(user)s is disabled and signed out everywhere.", user=user.name)
    return ctx.redirect("/settings/users", toast=Toast(text))


@post("/settings/users/{user_id:int}/enable", permission=MANAGE_USERS)
def enable_user(ctx: Context, user_id: FromPath[int]) -> Response[bytes]:
    """Let a user sign in again."""
    user = service.enable_user(ctx.session, user_id, actor=ctx.actor, now=now())
    return ctx.redirect("/settings/users", toast=Toast(_("%(user)s can sign in again.", user=user.name)))


def _haystack(user: User) -> str:
    return f"{user.login} {user.full_name} {user.email}".casefold()


def role_names(own: Sequence[Role]) -> str:
    """Roles in one line."""
    return ", ".join(role_label(role.name) for role in own)


def _user_cells(ui: Any, user: User, own: str, department: str) -> list[str | Markup]:
    url = f"/settings/users/{user.id}"
    disable = Action(_("Disable"), f"{url}/disable", danger=True, post=True)
    enable = Action(_("Enable"), f"{url}/enable", post=True)
    security = Action(_("Security"), f"{url}/security", icon="key")
    state = Badge(_("Active"), "ok") if user.active else Badge(_("Disabled"), "bad")
    return [
        user.login,
        user.full_name,
        user.email,
        own,
        department,
        ui.badge(state),
        ui.actions([security, disable if user.active else enable]),
    ]


def _new_user(ctx: Context, errors: Sequence[FieldError] = ()) -> Response[bytes]:
    given = [role for role in roles.list_roles(ctx.session) if not role.baseline]
    options = [Option("", _("Member")), *(Option(role.name, role_label(role.name)) for role in given)]

    def field(name: str, label: str, widget: Widget = Widget.TEXT, **more: object) -> Input:
        return Input(name, label, widget, value=ctx.value(name), errors=messages(errors, name), **more)  # type: ignore[arg-type]

    inputs = [
        field("login", _("Sign-in name"), required=True, autofocus=True, autocomplete="off"),
        field("full_name", _("Full name")),
        field("email", _("E-mail"), Widget.EMAIL),
        field("role", _("Role"), Widget.SELECT, options=options),
    ]
    form = Form("/settings/users/new", inputs, submit=_("Add user"), cancel="/settings/users")
    crumbs = [Crumb(_("Users"), "/settings/users"), Crumb(_("Add user"))]
    status = 422 if errors else 200
    return ctx.render("records/form.html", status=status, crumbs=crumbs, title=_("Add user"), form=form)


handlers = [users_page, new_user_page, create_user, disable_user, enable_user]
