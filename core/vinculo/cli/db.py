"""``vinculo db``: the schema of the database."""

from __future__ import annotations

from dataclasses import asdict

import click

from vinculo.cli.lazy import N_
from vinculo.cli.runtime import Runtime, pass_runtime, print_json, print_table
from vinculo.db import migrations
from vinculo.db.histories import History
from vinculo.errors import NotFoundError, SchemaError
from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext


@click.group()
def db() -> None:
    """Bring the database to the schema of this program.

    The kernel and each plugin have a history of migrations of their own.
    """


@db.command()
@pass_runtime
def upgrade(runtime: Runtime) -> None:
    """Apply all migrations that are missing. Two at once are safe.

    Example: vinculo db upgrade
    """
    count = runtime.upgrade()
    if count:
        click.echo(ngettext("%(n)s migration was applied.", "%(n)s migrations were applied.", count))
    else:
        click.echo(_("The database is up to date."))


@db.command()
@click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))
@pass_runtime
def status(runtime: Runtime, as_json: bool) -> None:
    """Show how far the database has come in each history.

    Example: vinculo db status --json
    """
    found = migrations.status(runtime.database, runtime.histories)
    if as_json:
        print_json([asdict(history) for history in found])
        return
    rows = [(h.name, h.state, h.current or "-", h.head or "-", str(len(h.pending))) for h in found]
    print_table([_("History"), _("State"), _("Database"), _("Program"), _("Pending")], rows)


@db.command()
@click.argument("plugin")
@click.argument("revision")
@click.option("--yes", is_flag=True, help=N_("Do not ask."))
@pass_runtime
def downgrade(runtime: Runtime, plugin: str, revision: str, yes: bool) -> None:
    """Take the history of PLUGIN back to REVISION, or to "base": nothing of it stays.

    What newer revisions hold is lost.

    Example: vinculo db downgrade interactions base
    """
    history = _history(runtime, plugin)
    if not yes:
        question = _("Rows of %(plugin)s may be lost. Go back to %(revision)s?")
        click.confirm(question % {"plugin": plugin, "revision": revision}, abort=True)
    migrations.downgrade(runtime.database, history, revision)
    click.echo(_("%(plugin)s is at %(revision)s.", plugin=plugin, revision=revision))


@db.command()
@click.argument("plugin")
@click.option("-m", "--message", required=True, help=N_("What changes, in a few words."))
@pass_runtime
def revision(runtime: Runtime, plugin: str, message: str) -> None:
    """Write a migration from what the models of PLUGIN have and the database lacks.

    Example: vinculo db revision interactions -m "Add the outcome"
    """
    written = migrations.revision(runtime.database, _history(runtime, plugin), message)
    click.echo(str(written))


@db.command()
@pass_runtime
def check(runtime: Runtime) -> None:
    """Compare the models with the tables; fail where they differ.

    Example: vinculo db check
    """
    differences = migrations.drift(runtime.database, runtime.enabled_histories)
    for difference in differences:
        click.echo(difference)
    if differences:
        raise SchemaError(_("Tables and models differ; write a migration with: vinculo db revision"))
    click.echo(_("Tables and models agree."))


def _history(runtime: Runtime, name: str) -> History:
    known = {history.name: history for history in runtime.histories}
    if name not in known:
        raise NotFoundError(
            _("There is no history “%(name)s”; there are: %(known)s.", name=name, known=", ".join(known))
        )
    return known[name]
