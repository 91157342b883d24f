"""``vinculo plugins``: which plugins are on."""

from __future__ import annotations

from dataclasses import asdict

import click

from vinculo.actor import Source, system
from vinculo.cli.lazy import N_
from vinculo.cli.runtime import Runtime, pass_runtime, print_json, print_table
from vinculo.db import migrations
from vinculo.i18n import gettext as _
from vinculo.plugins.discovery import installed
from vinculo.plugins.models import State
from vinculo.plugins.switch import statuses, switch


@click.group()
def plugins() -> None:
    """Switch plugins on and off.

    A plugin that is off keeps its tables and rows, untouched.
    """


@plugins.command("list")
@click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))
@pass_runtime
def list_(runtime: Runtime, as_json: bool) -> None:
    """List the installed plugins.

    Example: vinculo plugins list --json
    """
    _require_kernel(runtime)
    with runtime.database.read() as session:
        found = statuses(session, installed(), runtime.pins)
    if as_json:
        print_json([asdict(plugin) for plugin in found])
        return
    pinned = _("by configuration")
    rows = [(p.name, p.state, pinned if p.pinned else "", p.version, p.fault or p.title) for p in found]
    print_table([_("Plugin"), _("State"), _("Set"), _("Version"), _("Title")], rows)


@plugins.command("on")
@click.argument("name")
@pass_runtime
def on(runtime: Runtime, name: str) -> None:
    """Switch a plugin on; its tables are brought up to date first.

    Example: vinculo plugins on interactions
    """
    _require_kernel(runtime)
    _switch(runtime, name, State.ON)
    click.echo(_("%(name)s is on. Processes that run take it up when they start again.", name=name))


@plugins.command("off")
@click.argument("name")
@pass_runtime
def off(runtime: Runtime, name: str) -> None:
    """Switch a plugin off; its rows stay.

    Example: vinculo plugins off interactions
    """
    _require_kernel(runtime)
    _switch(runtime, name, State.OFF)
    click.echo(_("%(name)s is off. Processes that run let it go when they start again.", name=name))


def _switch(runtime: Runtime, name: str, state: State) -> None:
    found = installed()
    if state is State.ON and name in found:
        own = [history for history in runtime.histories if history.name == name]
        migrations.upgrade(runtime.database, own)
    with runtime.database.write() as session:
        switch(session, found, name, state, pins=runtime.pins, actor=system(Source.CLI))


def _require_kernel(runtime: Runtime) -> None:
    """The table of switches is the kernel's: say what to run where it is missing."""
    kernel = [history for history in runtime.histories if history.name not in installed()]
    migrations.require_current(runtime.database, kernel)
