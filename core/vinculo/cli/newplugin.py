"""``vinculo plugins new``: a working plugin to begin with."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from vinculo.cli import scaffold
from vinculo.cli.lazy import N_
from vinculo.cli.scaffold import Names, Taken
from vinculo.i18n import gettext as _


@click.command()
@click.argument("name")
@click.option(
    "--label", default="", help=N_("What one record is called, e.g. “Loyalty card”; else made of NAME.")
)
@click.option("--plural", default="", help=N_("What several are called; else made of the label."))
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    help=N_("The folder to write, which must not be there yet; else NAME."),
)
def new(name: str, label: str, plural: str, into: Path | None) -> None:
    """Write a working plugin NAME into a new folder: code, migration and tests.

    Example: vinculo plugins new loyalty --label "Loyalty card"
    """
    names = Names.of(name, label, plural)
    scaffold.check(names, _taken())
    folder = into or Path(name)
    for path in scaffold.write(names, folder):
        click.echo(path)
    click.echo(_("To try it:"))
    place = shlex.quote(str(folder))
    click.echo(f"  (cd {place} && pip install -e '.[dev]' && python -m pytest)")
    click.echo(f"  vinculo plugins on {name}")


def _taken() -> Taken:
    """What the kernel and the installed plugins call their own. Plugins are not imported for it."""
    from vinculo.app import KERNEL, KERNEL_HISTORY  # noqa: PLC0415 -- brings the web framework along
    from vinculo.plugins.discovery import installed  # noqa: PLC0415 -- see above
    from vinculo.plugins.registry import gather  # noqa: PLC0415 -- see above

    kernel = gather(KERNEL, (), {})
    paths = [path for owned in kernel.routers for path in getattr(owned.item, "paths", ())]
    return Taken(
        names={*installed(), *(prefix.rstrip("_") for prefix in KERNEL_HISTORY.prefixes)},
        kinds={*kernel.kinds},
        urls={"static", *(path.split("/")[1] for path in paths), *(k.plural for k in kernel.kinds.values())},
    )
