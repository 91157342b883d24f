"""``vinculo notebook-tidy``: what the job does every night, now."""

from __future__ import annotations

import click

from vinculo.actor import Source, system
from vinculo.cli.runtime import Runtime, pass_runtime
from vinculo.db.base import now
from vinculo_notebook import service
from vinculo_notebook.settings import NotebookSettings


@click.command("notebook-tidy")
@pass_runtime
def tidy(runtime: Runtime) -> None:
    """Throw old jottings away."""
    keep_days = runtime.registry.settings_of("notebook", NotebookSettings).keep_days
    with runtime.database.write() as session:
        count = service.tidy(session, keep_days, now=now(), actor=system(Source.CLI))
    click.echo(f"{count} jottings")
