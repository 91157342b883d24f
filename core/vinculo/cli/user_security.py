"""``vinculo users``: how they sign in, and where they are signed in."""

from __future__ import annotations

from typing import Final

import click

from vinculo.accounts import factors, resets, service, sessions
from vinculo.actor import Source, system
from vinculo.cli.lazy import N_
from vinculo.cli.runtime import Runtime, pass_runtime, print_json, print_table
from vinculo.db.base import now
from vinculo.i18n import format_datetime, ngettext
from vinculo.i18n import gettext as _


@click.command("reset-link")
@click.argument("name")
@pass_runtime
def reset_link(runtime: Runtime, name: str) -> None:
    """Print a link with which the user sets a new password; it works once.

    Example: vinculo users reset-link ana
    """
    runtime.require_current()
    hours = runtime.settings.security.reset_link_hours
    with runtime.database.write() as session:
        user = service.find_user(session, name)
        token = resets.make(session, user, hours=hours, actor=system(Source.CLI), now=now())
    server = runtime.settings.server
    site = server.public_url or f"http://{server.host}:{server.port}"
    hint = ngettext(
        "Hand it over yourself: it works once, within %(n)s hour.",
        "Hand it over yourself: it works once, within %(n)s hours.",
        hours,
    )
    click.echo(hint, err=True)
    click.echo(site + resets.path(token))


@click.command("sessions")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))
@pass_runtime
def sessions_(runtime: Runtime, name: str, as_json: bool) -> None:
    """List the browsers in which a user is signed in.

    Example: vinculo users sessions ana
    """
    runtime.require_current()
    with runtime.database.read() as session:
        user = service.find_user(session, name)
        found = sessions.list_sessions(session, user.id, now())
    if as_json:
        print_json(
            [
                {
                    "id": one.id,
                    "address": one.address,
                    "user_agent": one.user_agent,
                    "created_at": one.created_at.isoformat(),
                    "seen_at": one.seen_at.isoformat(),
                    "ends_at": one.ends_at.isoformat(),
                    "second_factor": one.second_factor,
                }
                for one in found
            ]
        )
        return
    headings = [_("Browser"), _("Address"), _("Signed in"), _("Last seen")]
    rows = [
        (
            sessions.browser_name(one.user_agent),
            one.address,
            format_datetime(one.created_at),
            format_datetime(one.seen_at),
        )
        for one in found
    ]
    print_table(headings, rows)


@click.command("sign-out")
@click.argument("name")
@pass_runtime
def sign_out(runtime: Runtime, name: str) -> None:
    """Sign a user out everywhere. Tokens go on; “tokens revoke” ends them.

    Example: vinculo users sign-out ana
    """
    runtime.require_current()
    with runtime.database.write() as session:
        user = service.find_user(session, name)
        sessions.revoke_all(session, user, actor=system(Source.CLI), now=now())
    click.echo(_("%(user)s is signed out everywhere.", user=user.login))


@click.command("remove-factors")
@click.argument("name")
@pass_runtime
def remove_factors(runtime: Runtime, name: str) -> None:
    """Take all second factors away from a user who has lost them, and sign them out.

    Example: vinculo users remove-factors ana
    """
    runtime.require_current()
    with runtime.database.write() as session:
        user = service.find_user(session, name)
        factors.remove_all(session, user, actor=system(Source.CLI), now=now())
    click.echo(_("%(user)s has no second factor any more and is signed out everywhere.", user=user.login))


COMMANDS: Final = (reset_link, sessions_, sign_out, remove_factors)
