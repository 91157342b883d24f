"""Where somebody works, which roles they have, and what these add up to: with the reason for each right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from litestar import Response
from litestar.params import FromPath
from markupsafe import Markup

from vinculo.accounts import departments, rights, roles, service
from vinculo.accounts.models import User
from vinculo.accounts.permissions import MANAGE_ROLES, MANAGE_USERS
from vinculo.accounts.rights import Reason, role_label
from vinculo.accounts.role_pages import UNSCOPED, access_name, limit_label, limit_name, scope_name
from vinculo.actor import ExportLimits, FieldAccess, Scope
from vinculo.db.base import now
from vinculo.i18n import gettext as _
from vinculo.records.kind import ACTIONS
from vinculo.records.text import whole_number
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

USERS = "/settings/users"


@get("/settings/users/{user_id:int}", permission=MANAGE_ROLES)
def user_page(ctx: Context, user_id: FromPath[int]) -> Response[bytes]:
    """The roles and the department of a user."""
    user = service.get_user(ctx.session, user_id)
    own = {role.id for role in roles.own_roles(ctx.session, user_id)}
    inputs = [
        Input(f"role-{role.id}", role_label(role.name), Widget.CHECKBOX, value="1" if role.id in own else "")
        for role in roles.list_roles(ctx.session)
        if not role.baseline
    ]
    form = Form(f"{USERS}/{user_id}", [_department(ctx, user_id), *inputs], cancel=USERS)
    return ctx.render(
        "account/user.html",
        crumbs=[Crumb(_("Users"), USERS), Crumb(user.name)],
        title=user.name,
        form=form,
        actions=[
            Action(_("Effective rights"), f"{USERS}/{user_id}/rights", "eye"),
            Action(_("Leaves the company…"), f"{USERS}/{user_id}/leave", "logout"),
        ],
        baseline=[role_label(one.name) for one in roles.list_roles(ctx.session) if one.baseline],
    )


def _department(ctx: Context, user_id: int) -> Input:
    present = departments.of_users(ctx.session).get(user_id)
    options = [
        Option(str(node.department.id), "\u2003" * node.depth + node.department.name)
        for node in departments.tree(ctx.session)
    ]
    return Input(
        "department",
        _("Department"),
        Widget.SELECT,
        str(present.id) if present else "",
        options=[Option("", _("None")), *options],
        help=_("Whose records count as those of the department is decided here."),
    )


@post("/settings/users/{user_id:int}", permission=MANAGE_ROLES)
def save_user(ctx: Context, user_id: FromPath[int]) -> Response[bytes]:
    """Give these roles and this department; what is allowed changes at once."""
    user = service.get_user(ctx.session, user_id)
    actor, at = ctx.actor, now()
    chosen = [number for name in ctx.form if (number := whole_number(name.removeprefix("role-")))]
    roles.set_roles(ctx.session, user_id, chosen, actor=actor, now=at)
    place = whole_number(ctx.value("department"))
    departments.move_user(ctx.session, user_id, place, actor=actor, now=at)
    return ctx.redirect(USERS, toast=Toast(_("The rights of %(user)s are saved.", user=user.name)))


@get("/settings/users/{user_id:int}/rights", permission=MANAGE_USERS)
def rights_page(ctx: Context, user_id: FromPath[int]) -> Response[bytes]:
    """Each permission with its scope and the roles that give it, then the fields that are not open."""
    user = service.get_user(ctx.session, user_id)
    why = rights.explain(ctx.session, user_id, ctx.registry.permissions)
    said = rights.explain_fields(ctx.session, user_id)
    company = rights.limits_of(ctx.site.settings.exports)
    held = rights.compiled(ctx.session, user_id, ctx.registry.permissions, company)
    return ctx.render(
        "account/rights.html",
        crumbs=[
            Crumb(_("Users"), USERS),
            Crumb(user.name, f"{USERS}/{user_id}"),
            Crumb(_("Effective rights")),
        ],
        title=_("What %(user)s may do", user=user.name),
        facts=_facts(ctx, user, held),
        tables=[_records(ctx, why), _others(ctx, why), _exports(ctx, user_id, held.rights.exports)],
        fields=_fields(ctx, said, held.rights.fields),
        edit=Action(_("Change roles"), f"{USERS}/{user_id}", "pencil")
        if ctx.actor.may(MANAGE_ROLES)
        else None,
    )


def _facts(ctx: Context, user: User, held: rights.Held) -> Sequence[tuple[str, str]]:
    department = departments.of_users(ctx.session).get(user.id)
    everybody = rights.roles_of(ctx.session, user.id)
    return [
        (_("Roles"), ", ".join(role_label(role.name) for role in everybody)),
        (_("Department"), department.name if department else _("None")),
        (_("Sign-in"), _("With a second factor") if held.needs_second_factor else _("With a password")),
    ]


def _records(ctx: Context, why: Mapping[str, Sequence[Reason]]) -> Table:
    """A row for each permission of a kind of record."""
    labels = dict(zip(ACTIONS, (_("Read"), _("Create"), _("Change"), _("Delete"), _("Export"), _("Import")),
                      strict=True))  # fmt: skip
    rows = [
        Row(
            0,
            "",
            [
                f"{kind.label_plural}: {labels[action]}",
                *_cells(ctx, why[name], scoped=kind.scoped and action not in UNSCOPED),
            ],
        )
        for kind in ctx.registry.kinds.values()
        if kind.exposed
        for action in ACTIONS
        if (name := kind.permission(action)) in why
    ]
    return Table(_columns(_("Records"), _("Whose")), rows, caption=_("Records"))


def _others(ctx: Context, why: Mapping[str, Sequence[Reason]]) -> Table:
    kinds = [kind for kind in ctx.registry.kinds.values() if kind.exposed]
    of_kinds = {permission.name for kind in kinds for permission in kind.permissions()}
    rows = [
        Row(0, "", [str(one.label), *_cells(ctx, why[one.name], scoped=False)])
        for one in ctx.registry.permissions.values()
        if one.name not in of_kinds
    ]
    return Table(_columns(_("Other permissions"), _("Allowed")), rows, caption=_("Other permissions"))


def _exports(ctx: Context, user_id: int, limits: ExportLimits) -> Table:
    rows = []
    for name, why in rights.explain_exports(ctx.session, user_id).items():
        through = [
            _("through role %(role)s (%(scope)s)", role=one.role, scope=limit_name(one.gives)) for one in why
        ]
        reason = ", ".join(through) or _("as the company's settings say")
        rows.append(Row(0, "", [limit_label(name), limit_name(getattr(limits, name)), reason]))
    return Table(_columns(_("Exports"), _("Limit")), rows, caption=_("Exports"))


def _columns(what: str, how: str) -> Sequence[Column]:
    return [Column("what", what), Column("how", how), Column("why", _("Why"))]


def _cells(ctx: Context, why: Sequence[Reason], *, scoped: bool) -> Sequence[str | Markup]:
    if not why:
        return [ctx.ui.badge(Badge(_("No"))), ""]
    widest: Scope = why[0].gives
    tone = {Scope.OWN: "neutral", Scope.DEPARTMENT: "brand", Scope.ALL: "ok"}[widest]
    shown = scope_name(widest) if scoped else _("Yes")
    return [ctx.ui.badge(Badge(shown, tone)), ", ".join(_through(one, scoped=scoped) for one in why)]


def _through(reason: Reason, *, scoped: bool) -> str:
    if not scoped:
        return _("through role %(role)s", role=reason.role)
    return _("through role %(role)s (%(scope)s)", role=reason.role, scope=scope_name(reason.gives))


def _fields(
    ctx: Context,
    said: Mapping[tuple[str, str], Sequence[Reason]],
    restricted: Mapping[tuple[str, str], FieldAccess],
) -> Table:
    rows = []
    for kind in ctx.registry.kinds.values():
        for part in kind.parts():
            if why := said.get((kind.name, part.name)):
                access = restricted.get((kind.name, part.name), FieldAccess.FULL)
                through = [
                    _("through role %(role)s (%(scope)s)", role=one.role, scope=access_name(one.gives))
                    for one in why
                ]
                rows.append(
                    Row(
                        0, "", [f"{kind.label_plural}: {part.label}", access_name(access), ", ".join(through)]
                    )
                )
    return Table(_columns(_("Fields"), _("Access")), rows, caption=_("Fields"))


@get("/settings/departments", permission="accounts.department.read")
def departments_page(ctx: Context) -> Response[bytes]:
    """The tree, with who works where."""
    may_change = ctx.actor.may("accounts.department.update")
    query = ctx.parameter("q").strip()
    rows = []
    for node in departments.tree(ctx.session):
        one = node.department
        if query.casefold() not in one.name.casefold():
            continue
        name = Markup('<span class="depth-{}">{}</span>').format(min(node.depth, 6), one.name)
        rows.append(Row(one.id, f"/departments/{one.id}", [name, str(node.users)]))
    add = Action(
        _("Add department"), "/departments/new?back=/settings/departments", "plus", primary=True, key="c"
    )
    page = ListPage(
        title=_("Departments"),
        url="/settings/departments",
        query=query,
        table=Table([Column("name", _("Department")), Column("users", _("Users"), numeric=True)], rows,
                    caption=_("Departments")),
        primary=add if may_change else None,
        actions=[Action(_("Users"), USERS, "users")] if ctx.actor.may(MANAGE_USERS) else [],
    )  # fmt: skip
    return ctx.render("records/list.html", crumbs=[Crumb(_("Departments"))], page=page)


handlers = (user_page, save_user, rights_page, departments_page)
