"""``vinculo audit alarms`` and ``vinculo audit canary``."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from vinculo.actor import Source, system
from vinculo.cli.lazy import N_
from vinculo.cli.runtime import Runtime, pass_runtime, print_json, print_table
from vinculo.i18n import gettext as _
from vinculo.protection import alarms as service
from vinculo.protection import canaries, wording
from vinculo.protection.api import canary_item, described
from vinculo.protection.models import AlarmState
from vinculo.protection.wording import Wording

ACTOR = system(Source.CLI)
as_json_option = click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))


@click.command()
@click.option("--all", "everything", is_flag=True, help=N_("Those that were seen to, too."))
@as_json_option
@pass_runtime
def alarms(runtime: Runtime, everything: bool, as_json: bool) -> None:
    """List alarms about unusual use and about canary clients, newest first.

    Example: vinculo audit alarms --json
    """
    runtime.require_current()
    state = None if everything else AlarmState.NEW
    with runtime.database.read() as session:
        found = service.page(session, actor=ACTOR, state=state, limit=service.MOST)
        said = Wording.of(session, found)
        items = [described(one, said) for one in found]
    if as_json:
        print_json([msgspec.to_builtins(one) for one in items])
        return
    rows = [
        (str(one.id), one.raised_at[:19], one.user, wording.state_label(AlarmState(one.state)), one.text)
        for one in items
    ]
    print_table([_("Number"), _("When"), _("User"), _("State"), _("Why")], rows)


@click.group()
def canary() -> None:
    """Keep clients that nobody has a reason to open: who does raises an alarm."""


@canary.command("list")
@as_json_option
@pass_runtime
def list_(runtime: Runtime, as_json: bool) -> None:
    """List canary clients.

    Example: vinculo audit canary list
    """
    runtime.require_current()
    with runtime.database.read() as session:
        items = [canary_item(one) for one in canaries.every(session)]
    if as_json:
        print_json([msgspec.to_builtins(one) for one in items])
        return
    rows = [(str(one.client_id), one.client, one.since[:19]) for one in items]
    print_table([_("Client"), _("Name"), _("Since")], rows)


@canary.command("add")
@click.argument("client_id", type=click.IntRange(1))
@as_json_option
@pass_runtime
def add(runtime: Runtime, client_id: int, as_json: bool) -> None:
    """Make a client a canary, by its id.

    Example: vinculo audit canary add 42
    """
    runtime.require_current()
    with runtime.database.write() as session:
        made = canaries.add(session, client_id, actor=ACTOR).id
    _tell({"id": made, "client_id": client_id}, _("Client %(id)s is a canary now.", id=client_id), as_json)


@canary.command("remove")
@click.argument("client_id", type=click.IntRange(1))
@as_json_option
@pass_runtime
def remove(runtime: Runtime, client_id: int, as_json: bool) -> None:
    """Make a canary a client like all others, by the client's id.

    Example: vinculo audit canary remove 42
    """
    runtime.require_current()
    with runtime.database.write() as session:
        gone = canaries.of_client(session, client_id)
        canaries.remove(session, gone, actor=ACTOR)
    text = _("Client %(id)s is no canary any more.", id=client_id)
    _tell({"id": gone, "client_id": client_id}, text, as_json)


def _tell(document: dict[str, Any], text: str, as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        click.echo(text)
