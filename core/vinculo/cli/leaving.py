"""``vinculo users leave``: an employee leaves the company."""

from __future__ import annotations

from collections.abc import Mapping

import click

from vinculo.accounts import leaving, service
from vinculo.accounts.leaving import Standing
from vinculo.accounts.leaving_pages import document
from vinculo.actor import Source, system
from vinculo.cli.lazy import N_
from vinculo.cli.runtime import Runtime, pass_runtime, print_json, print_table
from vinculo.db.base import now
from vinculo.i18n import gettext as _
from vinculo.records.reading import Kinds


@click.command("leave")
@click.argument("name")
@click.option("--to", "to", required=True, metavar="NAME", help=N_("Who is responsible from now on."))
@click.option("--dry-run", is_flag=True, help=N_("Only say what would happen."))
@click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))
@pass_runtime
def leave(runtime: Runtime, name: str, to: str, *, dry_run: bool, as_json: bool) -> None:
    """Lock out somebody who leaves the company, and hand over all that they own.

    Sessions, tokens, second factors, roles and waiting exports end. The records get the user of --to; the
    history of each says so.

    Example: vinculo users leave ana --to bia
    """
    runtime.require_current()
    kinds, actor, begun = runtime.registry.kinds, system(Source.CLI), now()
    with runtime.database.write() as session:
        user, heir = service.find_user(session, name), service.find_user(session, to)
        leaving.check_heir(session, user, heir.id)
        if dry_run:
            found = leaving.standing(session, user, kinds, now=begun)
        else:
            found = leaving.lock_out(session, user.id, heir_id=heir.id, kinds=kinds, actor=actor, now=begun)
    left: Mapping[str, int] = {}
    if not dry_run:
        left = leaving.hand_on(
            runtime.database, user.id, heir_id=heir.id, had=leaving.facts(found), kinds=kinds, actor=actor,
            begun=begun, now=now(),
        )  # fmt: skip
    if as_json:
        print_json({**document(user, found), "to": heir.login, "dry_run": dry_run, "left": dict(left)})
        return
    print_table([_("What"), _("Number")], _rows(found, kinds))
    if dry_run:
        click.echo(
            _("%(user)s would be locked out; %(heir)s would get the records.", user=user.login, heir=to)
        )
        return
    click.echo(_("%(user)s is locked out; %(heir)s has the records.", user=user.login, heir=heir.login))
    for kind, rows in left.items():
        text = _("A rule kept %(n)s back: %(kind)s.", n=rows, kind=kinds[kind].label_plural)
        click.echo(text, err=True)


def _rows(found: Standing, kinds: Kinds) -> list[tuple[str, str]]:
    ways = {
        _("Sessions"): found.sessions,
        _("API tokens"): found.tokens,
        _("Second factors"): found.factors,
        _("Password links"): found.reset_links,
        _("Sign-in accounts"): found.identities,
        _("Open exports"): found.exports,
        _("Roles"): len(found.roles),
    }
    owned = {str(kinds[name].label_plural): rows for name, rows in found.owned.items()}
    asleep = {
        _("%(plugin)s (off): %(column)s", plugin=a.plugin, column=a.column): a.rows for a in found.asleep
    }
    return [(label, str(rows)) for label, rows in {**ways, **owned, **asleep}.items()]
