"""``vinculo plugins``: which plugins are on, and what switching one would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vinculo.actor import Source, system
from vinculo.cli.lazy import N_
from vinculo.cli.newplugin import new
from vinculo.cli.runtime import Runtime, pass_runtime, print_json, print_table
from vinculo.db import migrations
from vinculo.i18n import format_number
from vinculo.i18n import gettext as _

if TYPE_CHECKING:
    from vinculo.plugins.costs import PluginCost
    from vinculo.plugins.plan import Action, Plan
    from vinculo.transfer.reading import TableSeal

as_json_option = click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))
cascade_option = click.option(
    "--cascade", is_flag=True, help=N_("Also switch those that it requires, or that require it.")
)


@click.group()
def plugins() -> None:
    """Switch plugins on and off; archive, purge and restore what they hold.

    A plugin that is off keeps its tables and rows, untouched. Servers that run follow within seconds.
    """


plugins.add_command(new)


@plugins.command("list")
@as_json_option
@pass_runtime
def list_(runtime: Runtime, as_json: bool) -> None:
    """List the plugins, their states and what keeps one from working.

    Example: vinculo plugins list --json
    """
    _require_kernel(runtime)
    found = runtime.plugins()
    if as_json:
        print_json([{**asdict(plugin), "title": str(plugin.title)} for plugin in found])
        return
    rows = [(p.name, p.state, p.pinned_in or p.pinned, p.version or "-", p.title) for p in found]
    print_table([_("Plugin"), _("State"), _("Set by"), _("Version"), _("Title")], rows)
    for plugin in found:
        if plugin.fault:
            click.echo(f"\n{plugin.name}: {plugin.fault}")
            if plugin.state == "quarantined":
                click.echo("  " + _("To try again: vinculo plugins on %(name)s", name=plugin.name))


@plugins.command()
@click.argument("action", type=click.Choice(["on", "off"]))
@click.argument("name")
@as_json_option
@pass_runtime
def plan(runtime: Runtime, action: Action, name: str, as_json: bool) -> None:
    """Show what switching NAME on or off would do, and change nothing.

    Example: vinculo plugins plan off interactions
    """
    _require_kernel(runtime)
    planned = runtime.switchboard.plan(action, name)
    if as_json:
        print_json(planned.as_json())
    else:
        _print_plan(planned)


@plugins.command()
@click.argument("name")
@cascade_option
@as_json_option
@pass_runtime
def on(runtime: Runtime, name: str, cascade: bool, as_json: bool) -> None:
    """Switch a plugin on; its tables are brought up to date first.

    Example: vinculo plugins on interactions
    """
    _switch(runtime, "on", name, cascade=cascade, as_json=as_json)


@plugins.command()
@click.argument("name")
@cascade_option
@as_json_option
@pass_runtime
def off(runtime: Runtime, name: str, cascade: bool, as_json: bool) -> None:
    """Switch a plugin off; its rows stay.

    Example: vinculo plugins off interactions
    """
    _switch(runtime, "off", name, cascade=cascade, as_json=as_json)


@plugins.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@as_json_option
@pass_runtime
def archive(runtime: Runtime, name: str, file: Path | None, as_json: bool) -> None:
    """Seal the rows of a plugin that is off in FILE, or in one below files.folder.

    Example: vinculo plugins archive interactions interactions.vinculo
    """
    _require_kernel(runtime)
    made = runtime.switchboard.archive(name, file, actor=system(Source.CLI))
    if as_json:
        print_json(asdict(made))
        return
    _print_seals(made.tables)
    click.echo(_("Sealed in %(file)s, SHA-256 %(hash)s.", file=made.file, hash=made.sha256))


@plugins.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--confirm", help=N_("The name once more, instead of being asked for it."))
@as_json_option
@pass_runtime
def purge(runtime: Runtime, name: str, file: Path | None, confirm: str | None, as_json: bool) -> None:
    """Drop the tables of a plugin, whose rows FILE or its last archive holds.

    Refused if a row has changed since the archive was made.

    Example: vinculo plugins purge interactions --confirm interactions
    """
    _require_kernel(runtime)
    typed = confirm or click.prompt(_("Its tables will be dropped. Type the name of the plugin"))
    gone = runtime.switchboard.purge(name, file, confirmation=typed, actor=system(Source.CLI))
    if as_json:
        print_json([asdict(seal) for seal in gone])
        return
    _print_seals(gone)
    click.echo(_("%(name)s is purged; its archive is all there is of it.", name=name))


@plugins.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@as_json_option
@pass_runtime
def restore(runtime: Runtime, name: str, file: Path | None, as_json: bool) -> None:
    """Bring the rows of a plugin back from FILE or from its last archive; it is off then.

    Example: vinculo plugins restore interactions interactions.vinculo
    """
    _require_kernel(runtime)
    back = runtime.switchboard.restore(name, file, actor=system(Source.CLI))
    if as_json:
        print_json(asdict(back))
        return
    _print_seals(back.tables)
    for link in back.links:
        to = f" → {link.new_id}" if link.new_id else ""
        click.echo(
            f"{link.outcome}  {link.table} {link.row_id}  {link.column} {link.old_id}{to}  {link.title}"
        )
    click.echo(_("%(name)s is off; its rows are back.", name=name))


@plugins.command()
@click.argument("name", required=False)
@as_json_option
@pass_runtime
def cost(runtime: Runtime, name: str | None, as_json: bool) -> None:
    """Show what each plugin costs, or NAME with its pages and jobs.

    Import and build are measured here and now; pages and jobs are averages of the last seven days, over
    all processes.

    Example: vinculo plugins cost interactions
    """
    _require_kernel(runtime)
    prices = runtime.prices([name] if name else None)
    if as_json:
        found = [price.as_json() for price in prices]
        print_json(found[0] if name else found)
        return
    _print_prices(prices)
    for price in prices if name else ():
        _print_places(price)


def _print_prices(prices: Sequence[PluginCost]) -> None:
    headings = [
        _("Plugin"),
        _("Import ms"),
        _("Build ms"),
        _("Page ms"),
        _("Queries"),
        _("Rows"),
        _("kB on disk"),
        _("Jobs a day"),
    ]
    rows = [
        (
            price.name,
            *map(_figure, (price.import_ms, price.build_ms, price.page_ms, price.page_queries)),
            format_number(price.rows),
            _figure(None if price.bytes is None else round(price.bytes / 1000)),
            _figure(price.jobs_per_day),
        )
        for price in prices
    ]
    print_table(headings, rows, texts=1)


def _print_places(price: PluginCost) -> None:
    if not price.places:
        return
    click.echo()
    rows = [
        (one.place, format_number(one.times), _figure(one.ms), _figure(one.queries)) for one in price.places
    ]
    print_table([_("Page or job"), _("Times"), _("ms"), _("Queries")], rows, texts=1)


def _figure(value: float | None) -> str:
    return "-" if value is None else format_number(Decimal(str(value)))


def _print_seals(seals: Sequence[TableSeal]) -> None:
    for seal in seals:
        click.echo(f"{seal.table}  {format_number(seal.rows)}  {seal.sha256[:16]}")


def _switch(runtime: Runtime, action: Action, name: str, *, cascade: bool, as_json: bool) -> None:
    _require_kernel(runtime)
    done = runtime.switchboard.switch(action, name, cascade=cascade, actor=system(Source.CLI))
    if as_json:
        print_json(done.as_json())
        return
    text = _("%(name)s is on.") if action == "on" else _("%(name)s is off; its rows stay.")
    for one in done.names:
        click.echo(text % {"name": one})


def _print_plan(planned: Plan) -> None:
    if planned.refusal:
        click.echo(_("Not possible: %(reason)s", reason=planned.refusal))
    if planned.others:
        names = ", ".join(planned.others)
        text = _("These are switched along with --cascade, and stand against it without: %(names)s")
        click.echo(text % {"names": names})
    for step in planned.migrations:
        click.echo(_("migration  %(step)s", step=step))
    _print_parts("+", planned.appears)
    _print_parts("-", planned.goes)
    for table, rows in planned.rows.items():
        click.echo(_("stays  %(table)s: %(rows)s rows", table=table, rows=format_number(rows)))
    for view in planned.views:
        click.echo(_("view  %(view)s", view=view))


def _print_parts(sign: str, parts: Mapping[Any, Sequence[str]]) -> None:
    for part, items in parts.items():
        for item in items:
            click.echo(f"{sign} {part}  {item}")


def _require_kernel(runtime: Runtime) -> None:
    """The table of switches is the kernel's: say what to run where it is missing."""
    migrations.require_current(runtime.database, runtime.histories[:1])
