"""``vinculo users``: who may sign in."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click
from sqlalchemy.orm import Session

from vinculo.accounts import departments, roles, service
from vinculo.accounts.models import User
from vinculo.accounts.passwords import Policy
from vinculo.accounts.rights import role_label, roles_of
from vinculo.actor import Source, system
from vinculo.cli.lazy import N_
from vinculo.cli.leaving import leave
from vinculo.cli.runtime import Runtime, pass_runtime, print_json, print_table
from vinculo.cli.user_security import COMMANDS
from vinculo.db.base import now
from vinculo.i18n import gettext as _
from vinculo.records.text import sort_key

from_stdin = click.option(
    "--password-stdin", is_flag=True, help=N_("Read the password from standard input instead of asking.")
)


@click.group()
def users() -> None:
    """Add, list and disable users."""


@users.command("add")
@click.argument("name")
@click.option(
    "--role",
    "role_names",
    multiple=True,
    metavar="NAME",
    help=N_("A role beside that of everybody; several add up."),
)
@click.option("--full-name", default="", help=N_("As colleagues see it."))
@click.option("--email", default="", help=N_("An e-mail address."))
@from_stdin
@pass_runtime
def add(
    runtime: Runtime,
    *,
    name: str,
    role_names: Sequence[str],
    full_name: str,
    email: str,
    password_stdin: bool,
) -> None:
    """Add somebody who may sign in as NAME.

    Example: vinculo users add ana --role administrator --full-name "Ana Souza"
    """
    runtime.require_current()
    password = _password(from_stdin=password_stdin)
    with runtime.database.write() as session:
        user = service.create_user(
            session,
            login=name,
            password=password,
            role_names=role_names,
            full_name=full_name,
            email=email,
            policy=Policy.of(runtime.in_force),
            actor=system(Source.CLI),
            now=now(),
        )
    click.echo(_("%(user)s can sign in now.", user=user.login))


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))
@pass_runtime
def list_(runtime: Runtime, as_json: bool) -> None:
    """List all users, disabled ones included.

    Example: vinculo users list --json
    """
    runtime.require_current()
    with runtime.database.read() as session:
        found = [(user, *_place(session, user)) for user in service.list_users(session)]
    if as_json:
        print_json([_document(user, own, department) for user, own, department in found])
        return
    states = {True: _("active"), False: _("disabled")}
    rows = [
        (u.login, u.full_name, u.email, ", ".join(map(role_label, own)), department, states[u.active])
        for u, own, department in found
    ]
    headings = [_("Sign-in name"), _("Full name"), _("E-mail"), _("Roles"), _("Department"), _("State")]
    print_table(headings, rows)


@users.command("password")
@click.argument("name")
@from_stdin
@pass_runtime
def password(runtime: Runtime, name: str, password_stdin: bool) -> None:
    """Set a new password; the user is signed out everywhere.

    Example: vinculo users password ana
    """
    runtime.require_current()
    with runtime.database.read() as session:
        user_id = service.find_user(session, name).id
    new = _password(from_stdin=password_stdin)
    with runtime.database.write() as session:
        user = service.set_password(
            session,
            user_id,
            password=new,
            policy=Policy.of(runtime.in_force),
            actor=system(Source.CLI),
            now=now(),
        )
    click.echo(_("%(user)s has a new password.", user=user.login))


@users.command("roles")
@click.argument("name")
@click.option("--add", "added", multiple=True, metavar="ROLE", help=N_("Give this role."))
@click.option("--remove", "removed", multiple=True, metavar="ROLE", help=N_("Take this role away."))
@pass_runtime
def roles_(runtime: Runtime, name: str, added: Sequence[str], removed: Sequence[str]) -> None:
    """Give roles to a user and take others away; without options, show them.

    Example: vinculo users roles ana --add Seller --remove Administrator
    """
    runtime.require_current()
    with runtime.database.write() as session:
        user = service.find_user(session, name)
        own = {role.id for role in roles.own_roles(session, user.id)}
        own |= {roles.find_role(session, one).id for one in added}
        own -= {roles.find_role(session, one).id for one in removed}
        roles.set_roles(session, user.id, own, actor=system(Source.CLI), now=now())
        names = ", ".join(role_label(role.name) for role in roles_of(session, user.id))
    click.echo(_("%(user)s has the roles: %(roles)s.", user=user.login, roles=names))


@users.command("department")
@click.argument("name")
@click.argument("department", required=False)
@pass_runtime
def department(runtime: Runtime, name: str, department: str | None) -> None:
    """Say where a user works; without DEPARTMENT: nowhere.

    Example: vinculo users department ana "Sales North"
    """
    runtime.require_current()
    with runtime.database.write() as session:
        user = service.find_user(session, name)
        place = departments.find(session, sort_key(department), department).id if department else None
        departments.move_user(session, user.id, place, actor=system(Source.CLI), now=now())
    click.echo(_("%(user)s works in %(department)s.", user=user.login, department=department or "-"))


@users.command("disable")
@click.argument("name")
@pass_runtime
def disable(runtime: Runtime, name: str) -> None:
    """Lock a user out at once: no sign-in, no session, no token.

    Example: vinculo users disable ana
    """
    runtime.require_current()
    with runtime.database.write() as session:
        user_id = service.find_user(session, name).id
        user = service.disable_user(session, user_id, actor=system(Source.CLI), now=now())
    click.echo(_("%(user)s is disabled and signed out everywhere.", user=user.login))


@users.command("enable")
@click.argument("name")
@pass_runtime
def enable(runtime: Runtime, name: str) -> None:
    """Let a disabled user sign in again. Tokens stay revoked.

    Example: vinculo users enable ana
    """
    runtime.require_current()
    with runtime.database.write() as session:
        user_id = service.find_user(session, name).id
        user = service.enable_user(session, user_id, actor=system(Source.CLI), now=now())
    click.echo(_("%(user)s can sign in again.", user=user.login))


for _command in (*COMMANDS, leave):
    users.add_command(_command)


def _password(*, from_stdin: bool) -> str:
    """The first line of standard input, or what is typed twice without being shown."""
    if from_stdin:
        return _first_line()
    if not _has_terminal():
        raise click.UsageError(_("There is no terminal to ask at: give the password with --password-stdin."))
    return str(click.prompt(_("Password"), hide_input=True, confirmation_prompt=_("Once more")))


def _first_line() -> str:
    try:
        return sys.stdin.buffer.readline().decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise click.UsageError(_("The password on standard input is not in UTF-8.")) from None


def _has_terminal() -> bool:
    return sys.stdin.isatty()


def _place(session: Session, user: User) -> tuple[list[str], str]:
    """The names of a user's roles, and of the department."""
    department = departments.of_users(session).get(user.id)
    return [role.name for role in roles.own_roles(session, user.id)], department.name if department else ""


def _document(user: User, own: list[str], department: str) -> dict[str, Any]:
    return {
        "id": user.id,
        "login": user.login,
        "full_name": user.full_name,
        "email": user.email,
        "roles": own,
        "department": department or None,
        "active": user.active,
        "created_at": user.created_at.isoformat(),
    }
