"""Pages of roles: what each allows, as a matrix of kinds of records and actions, and of fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from litestar import Response
from litestar.params import FromPath
from markupsafe import Markup

from vinculo.accounts import roles
from vinculo.accounts.door import messages
from vinculo.accounts.models import Role
from vinculo.accounts.permissions import MANAGE_ROLES
from vinculo.accounts.rights import EXPORT_LIMITS, limits_of, role_label
from vinculo.actor import EVERYTHING, UNLIMITED, FieldAccess, Scope
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import format_number, ngettext
from vinculo.i18n import gettext as _
from vinculo.plugins.registry import Registry
from vinculo.records.kind import ACTIONS, RecordKind
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

E = TypeVar("E", Scope, FieldAccess)
URL: Final = "/settings/roles"
GRANT: Final = "grant:"
FIELD: Final = "field:"
UNSCOPED: Final = ("import",)  # what comes in is created and changed: those permissions say for whom


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A kind of record with a select for each action, or a permission of no kind with one."""

    label: str
    code: str
    cells: Sequence[Input]
    administrative: bool = False


@dataclass(frozen=True, slots=True)
class FieldsOf:
    """The fields of a kind of record, with what the role says about each."""

    label: str
    inputs: Sequence[Input]
    said: int


@get(URL, permission=MANAGE_ROLES)
def roles_page(ctx: Context) -> Response[bytes]:
    """All roles."""
    users = roles.holders(ctx.session)
    query = ctx.parameter("q").strip()
    ui = ctx.ui
    rows = []
    for role in roles.list_roles(ctx.session):
        if query.casefold() not in role_label(role.name).casefold():
            continue
        count = users.get(role.id, 0)
        who = _("Everybody") if role.baseline else ngettext("%(n)s user", "%(n)s users", count)
        factor = ui.badge(Badge(_("Second factor"), "brand")) if role.second_factor else ""
        rows.append(
            Row(role.id, f"{URL}/{role.id}", [role_label(role.name), who, _allowed(ctx, role), factor])
        )
    columns = [Column("name", _("Role")), Column("users", _("Who has it")), Column("allows", _("Allows"))]
    page = ListPage(
        title=_("Roles and rights"),
        url=URL,
        query=query,
        table=Table([*columns, Column("second_factor", _("Sign-in"))], rows, caption=_("Roles")),
        primary=Action(_("Add role"), f"{URL}/new", icon="plus", primary=True, key="c"),
        actions=[Action(_("Departments"), "/settings/departments", icon="building")],
    )
    return ctx.render("records/list.html", crumbs=[Crumb(_("Roles and rights"))], page=page)


def _allowed(ctx: Context, role: Role) -> str | Markup:
    if role.administrator:
        return _("Everything")
    grants = roles.grants_of(ctx.session, role.id)
    if EVERYTHING in grants:
        return _("All that is not administrative: %(scope)s", scope=scope_name(grants[EVERYTHING]))
    return ngettext("%(n)s permission", "%(n)s permissions", len(grants)) if grants else _("Nothing yet")


def scope_name(scope: Scope) -> str:
    """A scope as it is chosen."""
    return {
        Scope.OWN: _("Own"), Scope.DEPARTMENT: _("Department"), Scope.ALL: _("All")
    }[scope]  # fmt: skip


def access_name(access: FieldAccess) -> str:
    """What may be done with a field, as it is chosen."""
    return {
        FieldAccess.HIDDEN: _("Hidden"),
        FieldAccess.ON_REQUEST: _("Shown on request, each time recorded"),
        FieldAccess.READ_ONLY: _("Read only"),
        FieldAccess.FULL: _("Full"),
    }[access]


@get(f"{URL}/new", permission=MANAGE_ROLES)
def new_role_page(ctx: Context) -> Response[bytes]:
    """Ask for a name."""
    return _new(ctx)


@post(f"{URL}/new", permission=MANAGE_ROLES)
def create_role(ctx: Context) -> Response[bytes]:
    """Add a role, and go on with what it allows."""
    try:
        role = roles.create_role(ctx.session, name=ctx.value("name"), actor=ctx.actor, now=now())
    except InvalidError as error:
        return _new(ctx, error.errors)
    return ctx.redirect(f"{URL}/{role.id}", toast=Toast(_("%(role)s was added.", role=role.name)))


def _new(ctx: Context, errors: Sequence[FieldError] = ()) -> Response[bytes]:
    name = Input(
        "name", _("Name"), value=ctx.value("name"), required=True, autofocus=True, max_length=100,
        errors=messages(errors, "name"), placeholder=_("Seller"),
    )  # fmt: skip
    form = Form(f"{URL}/new", [name], submit=_("Add role"), cancel=URL)
    crumbs = [Crumb(_("Roles and rights"), URL), Crumb(_("Add role"))]
    status = 422 if errors else 200
    return ctx.render("records/form.html", status=status, crumbs=crumbs, title=_("Add role"), form=form)


@get(f"{URL}/{{role_id:int}}", permission=MANAGE_ROLES)
def role_page(ctx: Context, role_id: FromPath[int]) -> Response[bytes]:
    """What a role allows."""
    return _render(ctx, roles.get_role(ctx.session, role_id))


@post(f"{URL}/{{role_id:int}}", permission=MANAGE_ROLES)
def save_role(ctx: Context, role_id: FromPath[int]) -> Response[bytes]:
    """Keep what was chosen; what the form does not show, such as rights of plugins that are off, stays."""
    role = roles.get_role(ctx.session, role_id)
    actor, at = ctx.actor, now()
    name, factor = ctx.value("name") or role.name, bool(ctx.value("second_factor"))
    try:
        roles.change_role(ctx.session, role_id, name=name, second_factor=factor, actor=actor, now=at)
        roles.set_export_limits(ctx.session, role_id, _export_limits(ctx), actor=actor, now=at)
        if not role.administrator:
            known = [EVERYTHING, *ctx.registry.permissions]
            roles.set_grants(ctx.session, role_id, _grants(ctx), known=known, actor=actor, now=at)
            fields = list(known_fields(ctx.registry))
            roles.set_fields(ctx.session, role_id, _fields(ctx), known=fields, actor=actor, now=at)
    except InvalidError as error:
        ctx.session.rollback()
        return _render(ctx, roles.get_role(ctx.session, role_id), error.errors)
    return ctx.redirect(URL, toast=Toast(_("%(role)s was saved.", role=role_label(role.name))))


@post(f"{URL}/{{role_id:int}}/delete", permission=MANAGE_ROLES)
def delete_role(ctx: Context, role_id: FromPath[int]) -> Response[bytes]:
    """Remove a role that nobody has."""
    role = roles.delete_role(ctx.session, role_id, actor=ctx.actor, now=now())
    return ctx.redirect(URL, toast=Toast(_("%(role)s was deleted.", role=role.name)))


def _grants(ctx: Context) -> roles.Grants:
    sent = {name.removeprefix(GRANT): ctx.value(name) for name in ctx.form if name.startswith(GRANT)}
    return {name: _chosen(Scope, value, GRANT + name) for name, value in sent.items()}


def _export_limits(ctx: Context) -> Mapping[str, int | None]:
    """Those that the form shows; nothing typed says nothing, and the service refuses what is no number."""
    sent = {
        name: ctx.value(f"export_{name}").strip() for name in EXPORT_LIMITS if f"export_{name}" in ctx.form
    }
    return {name: _typed_number(text) if text else None for name, text in sent.items()}


def _typed_number(text: str) -> int:
    number = whole_number(re.sub(r"[\s.,]", "", text))
    return -1 if number is None else number


def _fields(ctx: Context) -> roles.FieldRights:
    sent = {name.removeprefix(FIELD): ctx.value(name) for name in ctx.form if name.startswith(FIELD)}
    parts = {name: name.partition(".") for name in sent}
    return {
        (parts[name][0], parts[name][2]): _chosen(FieldAccess, value, FIELD + name)
        for name, value in sent.items()
    }


def _chosen(enum: type[E], value: str, name: str) -> E | None:
    try:
        return enum(value) if value else None
    except ValueError as error:
        text = _("“%(value)s” cannot be chosen. Take one of the list.", value=value[:40])
        raise InvalidError([FieldError(name, text)]) from error


def known_fields(registry: Registry) -> Iterator[tuple[str, str]]:
    """Every (kind, field) that roles may say something about."""
    for kind in registry.kinds.values():
        if kind.exposed:
            yield from ((kind.name, part.name) for part in kind.parts())


def _render(ctx: Context, role: Role, errors: Sequence[FieldError] = ()) -> Response[bytes]:
    title = role_label(role.name)
    grants = roles.grants_of(ctx.session, role.id)
    fields = roles.fields_of(ctx.session, role.id)
    kinds = [kind for kind in ctx.registry.kinds.values() if kind.exposed]
    form = Form(f"{URL}/{role.id}", _head(ctx, role, errors), cancel=URL)
    labels = dict(zip(ACTIONS, _action_labels(), strict=True))
    return ctx.render(
        "account/role.html",
        status=422 if errors else 200,
        crumbs=[Crumb(_("Roles and rights"), URL), Crumb(title)],
        title=title,
        role=role,
        form=form,
        everything=_scopes(EVERYTHING, _("All that is not administrative"), grants.get(EVERYTHING)),
        actions=list(labels.values()),
        kinds=[] if role.administrator else [_row(kind, grants, labels) for kind in kinds],
        others=[] if role.administrator else _others(ctx.registry, kinds, grants),
        fields=[] if role.administrator else [_fields_of(kind, fields) for kind in kinds if kind.parts()],
        delete=None
        if role.baseline or role.administrator
        else Action(_("Delete"), f"{URL}/{role.id}/delete", "trash", danger=True, post=True),
    )


def _action_labels() -> Sequence[str]:
    return (_("Read"), _("Create"), _("Change"), _("Delete"), _("Export"), _("Import"))


def _head(ctx: Context, role: Role, errors: Sequence[FieldError]) -> list[Input]:
    return [
        Input(
            "name", _("Name"), value=role.name, required=True, max_length=100,
            errors=messages(errors, "name"),
        ),
        Input(
            "second_factor", _("Must sign in with a second factor"), Widget.CHECKBOX,
            value="1" if role.second_factor else "",
        ),
        *(_limit(ctx, role, name, errors) for name in EXPORT_LIMITS),
    ]  # fmt: skip


def _limit(ctx: Context, role: Role, name: str, errors: Sequence[FieldError]) -> Input:
    column = f"export_{name}"
    present = getattr(role, column)
    value = ctx.value(column, "" if present is None else str(present))
    company = getattr(limits_of(ctx.site.settings.exports), name)
    if role.administrator:
        text = _("Empty: administrators are not limited.")
    else:
        text = _("Empty: as other roles say, else as the company does: %(limit)s.", limit=limit_name(company))
    return Input(
        column, limit_label(name), Widget.NUMBER, value=value, help=text, errors=messages(errors, column)
    )


def limit_label(name: str) -> str:
    """A limit of exports, as it is chosen."""
    return {
        "rows_per_day": _("Rows exported in a day"),
        "approval_above": _("Rows exported without approval"),
    }[name]


def limit_name(limit: int) -> str:
    """How many rows that are."""
    return _("Unlimited") if limit >= UNLIMITED else format_number(limit)


def _scopes(
    permission: str, label: str, chosen: Scope | None, *, scoped: bool = True, otherwise: Scope | None = None
) -> Input:
    """``otherwise`` is the scope that holds if nothing is chosen."""
    offered = list(Scope) if scoped else [Scope.ALL]
    if chosen and chosen not in offered:
        offered.append(chosen)
    names = {scope: scope_name(scope) if scoped else _("Yes") for scope in Scope}
    blank = f"— ({names[otherwise]})" if otherwise else "—"
    options = [Option("", blank), *(Option(scope.value, names[scope]) for scope in offered)]
    name = f"{GRANT}{permission}"
    return Input(name, label, Widget.SELECT, chosen.value if chosen else "", options=options)


def _row(kind: RecordKind, grants: Mapping[str, Scope], labels: Mapping[str, str]) -> MatrixRow:
    declared = {permission.name: permission for permission in kind.permissions()}
    cells = [
        _scopes(
            name,
            labels[action],
            grants.get(name),
            scoped=kind.scoped and action not in UNSCOPED,
            otherwise=None if declared[name].administrative else grants.get(EVERYTHING),
        )
        for action in ACTIONS
        if (name := kind.permission(action)) in declared
    ]
    return MatrixRow(str(kind.label_plural), "", cells, administrative=kind.administrative)


def _others(
    registry: Registry, kinds: Sequence[RecordKind], grants: Mapping[str, Scope]
) -> Sequence[MatrixRow]:
    of_kinds = {permission.name for kind in kinds for permission in kind.permissions()}
    found = []
    for one in registry.permissions.values():
        if one.name not in of_kinds:
            otherwise = None if one.administrative else grants.get(EVERYTHING)
            cell = _scopes(one.name, _("Allowed"), grants.get(one.name), scoped=False, otherwise=otherwise)
            found.append(MatrixRow(str(one.label), one.name, [cell], administrative=one.administrative))
    return found


def _fields_of(kind: RecordKind, said: Mapping[tuple[str, str], FieldAccess]) -> FieldsOf:
    options = [Option("", "—"), *(Option(one.value, access_name(one)) for one in FieldAccess)]
    inputs = []
    for part in kind.parts():
        chosen = said.get((kind.name, part.name))
        name = f"{FIELD}{kind.name}.{part.name}"
        inputs.append(Input(name, str(part.label), Widget.SELECT, chosen or "", options=options))
    return FieldsOf(str(kind.label_plural), inputs, sum(bool(one.value) for one in inputs))


handlers = (roles_page, new_role_page, create_role, role_page, save_role, delete_role)
