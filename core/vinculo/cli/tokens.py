"""``vinculo tokens``: keys for programs that use the API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import click

from vinculo.accounts import service
from vinculo.accounts.models import ApiToken, User
from vinculo.accounts.scopes import EVERYTHING
from vinculo.actor import Source, system
from vinculo.cli.lazy import N_
from vinculo.cli.runtime import Runtime, pass_runtime, print_json, print_table
from vinculo.db.base import now
from vinculo.i18n import format_datetime
from vinculo.i18n import gettext as _


@click.group()
def tokens() -> None:
    """Add, list and revoke API tokens.

    A token is shown once, when it is made; only its hash is kept.
    """


@tokens.command("add")
@click.argument("user")
@click.argument("name")
@click.option("--expires", type=click.IntRange(1, 36_500), metavar="DAYS", help=N_("Days until it ends."))
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    metavar="PERMISSION",
    help=N_("What it may do, such as clients.client.read; several times. Else all that the user may."),
)
@click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))
@pass_runtime
def add(
    runtime: Runtime, user: str, name: str, expires: int | None, scopes: tuple[str, ...], as_json: bool
) -> None:
    """Make a token for programs that act as USER; NAME says what it is for.

    Example: vinculo tokens add ana "warehouse sync" --expires 365
    """
    runtime.require_current()
    known = runtime.registry.permissions if scopes else ()
    moment = now()
    with runtime.database.write() as session:
        owner = service.find_user(session, user)
        token, plain = service.create_token(
            session,
            owner.id,
            name=name,
            scopes=scopes or EVERYTHING,
            known=known,
            expires_at=moment + timedelta(days=expires) if expires else None,
            max_days=runtime.settings.security.token_max_days,
            actor=system(Source.CLI),
            now=moment,
        )
    if as_json:
        print_json({**_document(token, owner), "token": plain})
        return
    click.echo(_("Copy the token now: it is not shown again."), err=True)
    click.echo(plain)


@tokens.command("list")
@click.argument("user", required=False)
@click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))
@pass_runtime
def list_(runtime: Runtime, user: str | None, as_json: bool) -> None:
    """List the tokens of USER, or all; never the tokens themselves.

    Example: vinculo tokens list ana
    """
    runtime.require_current()
    with runtime.database.read() as session:
        user_id = service.find_user(session, user).id if user else None
        found = service.list_tokens(session, user_id)
    if as_json:
        print_json([_document(token, owner) for token, owner in found])
        return
    headings = ["ID", _("User"), _("Name"), _("Begins with"), _("Created"), _("State")]
    print_table(headings, [_cells(token, owner) for token, owner in found])


@tokens.command("revoke")
@click.argument("token_id", metavar="ID", type=click.IntRange(1, 2**63 - 1))
@pass_runtime
def revoke(runtime: Runtime, token_id: int) -> None:
    """End a token at once. “tokens list” shows the IDs.

    Example: vinculo tokens revoke 7
    """
    runtime.require_current()
    with runtime.database.write() as session:
        token = service.revoke_token(session, token_id, actor=system(Source.CLI), now=now())
    click.echo(_("The token %(name)s is revoked.", name=token.name))


def _cells(token: ApiToken, owner: User) -> tuple[str, ...]:
    created = format_datetime(token.created_at)
    return (str(token.id), owner.login, token.name, token.prefix, created, _state(token))


def _state(token: ApiToken) -> str:
    if token.revoked_at:
        return _("revoked")
    if token.expires_at is None:
        return _("valid")
    if token.expires_at <= now():
        return _("expired")
    return _("until %(when)s", when=format_datetime(token.expires_at))


def _document(token: ApiToken, owner: User) -> dict[str, Any]:
    return {
        "id": token.id,
        "user": owner.login,
        "name": token.name,
        "prefix": token.prefix,
        "scopes": token.scopes,
        "created_at": token.created_at.isoformat(),
        "expires_at": _iso(token.expires_at),
        "last_used_at": _iso(token.last_used_at),
        "revoked_at": _iso(token.revoked_at),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
