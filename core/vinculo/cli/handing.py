"""``vinculo hand-over``: another responsible user for all records of a list."""

from __future__ import annotations

from collections.abc import Sequence

import click

from vinculo.accounts import service as accounts
from vinculo.actor import Source, system
from vinculo.cli.exporting import pair
from vinculo.cli.importing import find_kind
from vinculo.cli.lazy import N_
from vinculo.cli.runtime import Runtime, pass_runtime, print_json
from vinculo.errors import NotFoundError
from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext
from vinculo.records import handing
from vinculo.records import query as queries


@click.command("hand-over")
@click.argument("kind")
@click.option("--to", "to", required=True, metavar="NAME", help=N_("Who is responsible from now on."))
@click.option("--from", "before", metavar="NAME", help=N_("Only records of this user."))
@click.option("--filter", "filters", multiple=True, metavar="NAME[OP]=VALUE",
              help=N_("Only these, as in the API: stage=active, name[contains]=acme, q=acme."))  # fmt: skip
@click.option("--dry-run", is_flag=True, help=N_("Only say how many."))
@click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))
@pass_runtime
def hand_over(
    runtime: Runtime,
    kind: str,
    to: str,
    before: str | None,
    filters: Sequence[str],
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make another user responsible for records.

    KIND is for example client. The history of each record says so.

    Example: vinculo hand-over client --from ana --to bia --filter stage=active
    """
    runtime.require_current()
    found = find_kind(runtime.registry, kind)
    if not found.owner:
        raise NotFoundError(_("Nobody is responsible for records of the kind %(kind)s.", kind=found.label))
    actor, count = system(Source.CLI), 0
    with runtime.database.write() as session:
        heir = accounts.find_user(session, to)
        given = [pair(text) for text in filters]
        if before:
            given.append((found.owner, str(accounts.find_user(session, before).id)))
        asked = queries.parse(found, given, typed=False)
        ids = handing.asked_for(session, found, asked, actor=actor)
        if not dry_run:
            kinds = runtime.registry.kinds
            count = handing.hand_over(session, found, kinds, ids, to=heir.id, actor=actor)
    if as_json:
        print_json({"kind": found.name, "to": heir.login, "found": len(ids), "changed": count})
        return
    n = len(ids) if dry_run else count
    if dry_run:
        text = ngettext("%(n)s record would be handed over.", "%(n)s records would be handed over.", n)
    else:
        text = ngettext("%(n)s record was handed over.", "%(n)s records were handed over.", n)
    click.echo(text)
