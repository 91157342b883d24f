"""The ``vinculo`` command. A command's module is imported when the command is typed, not before."""

from __future__ import annotations

from pathlib import Path

import click

from vinculo import __version__
from vinculo.cli.lazy import N_, LazyGroup, speak
from vinculo.cli.options import Options
from vinculo.i18n import LANGUAGES

COMMANDS = {
    "serve": ("vinculo.cli.serve:serve", N_("Serve the pages and the API.")),
    "worker": ("vinculo.cli.worker:worker", N_("Run background jobs beside the servers, and nothing else.")),
    "jobs": ("vinculo.cli.jobs:jobs", N_("See background jobs, cancel them and try them again.")),
    "demo": ("vinculo.cli.demo:demo", N_("Try Vinculo with a sample company.")),
    "import": (
        "vinculo.cli.importing:import_",
        N_("Import records from a CSV, XLSX, XLS, ODS or vCard file."),
    ),
    "imports": (
        "vinculo.cli.imports:imports",
        N_("See what was imported, stop an import and take one back."),
    ),
    "hand-over": ("vinculo.cli.handing:hand_over", N_("Make another user responsible for records.")),
    "export": ("vinculo.cli.exporting:export", N_("Export records to a CSV, XLSX or vCard file.")),
    "users": ("vinculo.cli.users:users", N_("Add, list and disable users.")),
    "roles": ("vinculo.cli.roles:roles", N_("Say what roles allow.")),
    "departments": ("vinculo.cli.roles:departments", N_("See and change the tree of departments.")),
    "fields": ("vinculo.cli.fields:fields", N_("Add, list, convert and delete custom fields.")),
    "tokens": ("vinculo.cli.tokens:tokens", N_("Add, list and revoke API tokens.")),
    "secrets": ("vinculo.cli.secrets:secrets", N_("Make and replace the keys that encrypt secrets.")),
    "plugins": (
        "vinculo.cli.plugins:plugins",
        N_("Switch plugins on and off; archive, purge and restore what they hold."),
    ),
    "backup": ("vinculo.cli.backup:backup", N_("Write the whole company into FILE, while it is at work.")),
    "restore": (
        "vinculo.cli.backup:restore",
        N_("Fill an empty database, the one of the settings, from a backup."),
    ),
    "move": (
        "vinculo.cli.backup:move",
        N_("Copy the whole company into another database: from SQLite to PostgreSQL, or back."),
    ),
    "privacy": ("vinculo.cli.privacy:privacy", N_("Export what is known of a person, or erase it.")),
    "audit": ("vinculo.cli.audit:audit", N_("Read the event log and check that nobody tampered with it.")),
    "db": ("vinculo.cli.db:db", N_("Bring the database to the schema of this program.")),
    "config": ("vinculo.cli.config:config", N_("Show the settings in force.")),
    "doctor": ("vinculo.cli.doctor:doctor", N_("Find out what is wrong and what to do.")),
}


def _speak(ctx: click.Context, _param: click.Parameter, language: str | None) -> str | None:
    if language:
        speak(ctx, language)
    return language


@click.group(cls=LazyGroup, table=COMMANDS)
@click.option(
    "--lang",
    type=click.Choice([*LANGUAGES]),
    is_eager=True,
    expose_value=False,
    callback=_speak,
    help=N_("Language of the messages; else that of the environment."),
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help=N_("File of settings, else VINCULO_CONFIG, else config/vinculo.toml."),
)
@click.option("-v", "--verbose", is_flag=True, help=N_("Show the traceback of an error."))
@click.version_option(__version__, prog_name="vinculo", message="%(prog)s %(version)s")
@click.pass_context
def main(ctx: click.Context, config: Path | None, verbose: bool) -> None:
    """Vinculo, a CRM that a company switches on piece by piece.

    \b
    First steps:
      vinculo demo            a sample company to look around in
      vinculo db upgrade      prepare a database of your own
      vinculo serve           open http://127.0.0.1:8000
    """
    ctx.obj = Options(config=config, verbose=verbose)
