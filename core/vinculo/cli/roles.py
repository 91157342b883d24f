"""``vinculo roles`` and ``vinculo departments``: what roles allow, and the tree that scopes go by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from sqlalchemy.orm import Session

from vinculo.accounts import departments as places
from vinculo.accounts import roles as service
from vinculo.accounts.models import Department, Role
from vinculo.accounts.records import department as kind
from vinculo.accounts.role_pages import known_fields
from vinculo.actor import EVERYTHING, FieldAccess, Scope, Source, system
from vinculo.cli.lazy import N_
from vinculo.cli.runtime import Runtime, pass_runtime, print_json, print_table
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records import service as records
from vinculo.records.reading import Values
from vinculo.records.text import sort_key

ACTOR = system(Source.CLI)
as_json_option = click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))


@click.group()
def roles() -> None:
    """Say what roles allow."""


@roles.command("list")
@as_json_option
@pass_runtime
def list_(runtime: Runtime, as_json: bool) -> None:
    """List all roles.

    Example: vinculo roles list --json
    """
    runtime.require_current()
    with runtime.database.read() as session:
        users = service.holders(session)
        found = [_document(session, role, users.get(role.id, 0)) for role in service.list_roles(session)]
    if as_json:
        print_json(found)
        return
    everybody = {True: _("everybody"), False: ""}
    rows = [
        (one["name"], everybody[one["baseline"]] or str(one["users"]), str(len(one["grants"])))
        for one in found
    ]
    print_table([_("Role"), _("Users"), _("Permissions")], rows)


@roles.command("show")
@click.argument("name")
@as_json_option
@pass_runtime
def show(runtime: Runtime, name: str, as_json: bool) -> None:
    """Show what a role allows.

    Example: vinculo roles show member
    """
    runtime.require_current()
    with runtime.database.read() as session:
        role = service.find_role(session, name)
        found = _document(session, role, service.holders(session).get(role.id, 0))
    if as_json:
        print_json(found)
        return
    if found["administrator"]:
        click.echo(_("It allows everything."))
    rows = [*found["grants"].items(), *found["fields"].items()]
    print_table([_("Permission or field"), _("Scope or access")], rows)


@roles.command("add")
@click.argument("name")
@click.option("--second-factor", is_flag=True, help=N_("Who has it must sign in with a second factor."))
@pass_runtime
def add(runtime: Runtime, name: str, second_factor: bool) -> None:
    """Add a role that allows nothing yet.

    Example: vinculo roles add Seller
    """
    runtime.require_current()
    with runtime.database.write() as session:
        role = service.create_role(session, name=name, second_factor=second_factor, actor=ACTOR, now=now())
    click.echo(_("%(role)s was added.", role=role.name))


@roles.command("delete")
@click.argument("name")
@pass_runtime
def delete(runtime: Runtime, name: str) -> None:
    """Delete a role that nobody has.

    Example: vinculo roles delete Seller
    """
    runtime.require_current()
    with runtime.database.write() as session:
        role = service.find_role(session, name)
        service.delete_role(session, role.id, actor=ACTOR, now=now())
    click.echo(_("%(role)s was deleted.", role=role.name))


@roles.command("grant")
@click.argument("name")
@click.argument("permission")
@click.argument("scope", type=click.Choice([scope.value for scope in Scope]), default=Scope.ALL.value)
@pass_runtime
def grant(runtime: Runtime, name: str, permission: str, scope: str) -> None:
    """Let a role allow something, for one's own records, those of the department, or all.

    PERMISSION * is everything that is not administrative.

    Example: vinculo roles grant Seller clients.client.update own
    """
    _set(runtime, name, {permission: Scope(scope)})
    text = _("%(role)s allows %(permission)s for %(scope)s.")
    click.echo(text % {"role": name, "permission": permission, "scope": scope})


@roles.command("revoke")
@click.argument("name")
@click.argument("permission")
@pass_runtime
def revoke(runtime: Runtime, name: str, permission: str) -> None:
    """Take a permission from a role.

    Example: vinculo roles revoke member "*"
    """
    _set(runtime, name, {permission: None})
    click.echo(_("%(role)s does not allow %(permission)s.", role=name, permission=permission))


@roles.command("field")
@click.argument("name")
@click.argument("field")
@click.argument("access", type=click.Choice([*(one.value for one in FieldAccess), "none"]))
@pass_runtime
def field(runtime: Runtime, name: str, field: str, access: str) -> None:
    """Let a role say something about a field, or nothing.

    FIELD is the kind and the field, such as client.note.

    Example: vinculo roles field member client.note hidden
    """
    runtime.require_current()
    of_kind, _dot, name_of_field = field.partition(".")
    said = None if access == "none" else FieldAccess(access)
    with runtime.database.write() as session:
        role = service.find_role(session, name)
        given = {(of_kind, name_of_field): said}
        known = list(known_fields(runtime.registry))
        service.set_fields(session, role.id, given, known=known, actor=ACTOR, now=now())
    text = _("%(role)s, field %(field)s: %(access)s.")
    click.echo(text % {"role": role.name, "field": field, "access": access})


def _set(runtime: Runtime, name: str, given: Mapping[str, Scope | None]) -> None:
    runtime.require_current()
    with runtime.database.write() as session:
        role = service.find_role(session, name)
        known = [EVERYTHING, *runtime.registry.permissions]
        service.set_grants(session, role.id, given, known=known, actor=ACTOR, now=now())


def _document(session: Session, role: Role, users: int) -> dict[str, Any]:
    fields = service.fields_of(session, role.id)
    return {
        "name": role.name,
        "baseline": role.baseline,
        "administrator": role.administrator,
        "second_factor": role.second_factor,
        "users": users,
        "grants": {name: scope.value for name, scope in service.grants_of(session, role.id).items()},
        "fields": {f"{of_kind}.{name}": access.value for (of_kind, name), access in fields.items()},
    }


@click.group()
def departments() -> None:
    """See and change the tree of departments."""


@departments.command("list")
@as_json_option
@pass_runtime
def list_departments(runtime: Runtime, as_json: bool) -> None:
    """List all departments, each before those below it.

    Example: vinculo departments list
    """
    runtime.require_current()
    with runtime.database.read() as session:
        nodes = places.tree(session)
    if as_json:
        names = {node.department.id: node.department.name for node in nodes}
        print_json(
            [
                {
                    "name": one.department.name,
                    "below": names.get(one.department.parent_id or 0),
                    "users": one.users,
                }
                for one in nodes
            ]
        )
        return
    rows = [("  " * node.depth + node.department.name, str(node.users)) for node in nodes]
    print_table([_("Department"), _("Users")], rows)


@departments.command("add")
@click.argument("name")
@click.option("--below", metavar="NAME", help=N_("The department that it is a part of."))
@pass_runtime
def add_department(runtime: Runtime, name: str, below: str | None) -> None:
    """Add a department.

    Example: vinculo departments add "Sales North" --below Sales
    """
    runtime.require_current()
    with runtime.database.write() as session:
        values = Values({"name": name.strip(), "parent_id": _parent(session, below)})
        if not values.fields["name"]:
            raise InvalidError([FieldError("name", _("Give the department a name."), "required")])
        made = records.create(session, kind, values, actor=ACTOR)
    click.echo(_("%(department)s was added.", department=made.name))


@departments.command("move")
@click.argument("name")
@click.option("--below", metavar="NAME", help=N_("The department that it is a part of; none without it."))
@pass_runtime
def move_department(runtime: Runtime, name: str, below: str | None) -> None:
    """Move a department, and all below it, to another place in the tree.

    Example: vinculo departments move "Sales North" --below Sales
    """
    runtime.require_current()
    with runtime.database.write() as session:
        found = records.get(session, kind, _find(session, name).id, actor=ACTOR, lock=True)
        records.update(session, kind, found, Values({"parent_id": _parent(session, below)}), actor=ACTOR)
    click.echo(_("%(department)s was moved.", department=found.name))


def _parent(session: Session, below: str | None) -> int | None:
    return _find(session, below).id if below else None


def _find(session: Session, name: str) -> Department:
    return places.find(session, sort_key(name), name)
