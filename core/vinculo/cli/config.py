"""``vinculo config``: the settings in force."""

from __future__ import annotations

import click

from vinculo.cli.lazy import N_
from vinculo.cli.runtime import Runtime, pass_runtime, print_json, print_table
from vinculo.i18n import gettext as _
from vinculo.settings import sources


@click.group()
def config() -> None:
    """Show the settings in force."""


@config.command("show")
@click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))
@pass_runtime
def show(runtime: Runtime, as_json: bool) -> None:
    """Print each setting, its value and where it comes from; secrets are hidden.

    Example: VINCULO_SERVER__PORT=9000 vinculo config show
    """
    found = sources(runtime.in_force)
    if as_json:
        print_json([{"key": key, "value": value, "source": source} for key, value, source in found])
    else:
        print_table([_("Setting"), _("Value"), _("Source")], found)
