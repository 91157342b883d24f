"""``vinculo jobs``: what is done in the background."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from vinculo.actor import Source, system
from vinculo.cli.lazy import N_
from vinculo.cli.runtime import Runtime, pass_runtime, print_json, print_table
from vinculo.i18n import format_datetime
from vinculo.i18n import gettext as _
from vinculo.jobs.book import JobInfo, State
from vinculo.web.job_pages import note

as_json_option = click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))


@click.group()
def jobs() -> None:
    """See background jobs, cancel them and try them again."""


@jobs.command("list")
@click.option(
    "--state", type=click.Choice([state.value for state in State]), help=N_("Only jobs in this state.")
)
@click.option(
    "--page", type=click.IntRange(0, 999), default=0, show_default=True, help=N_("0 is the newest.")
)
@as_json_option
@pass_runtime
def list_(runtime: Runtime, state: str | None, page: int, as_json: bool) -> None:
    """List jobs, the last put first.

    Example: vinculo jobs list --state failed
    """
    runtime.require_current()
    found, _more = runtime.host.jobs.book.page([State(state)] if state else [], page)
    if as_json:
        print_json([_document(job) for job in found])
        return
    headings = [_("Number"), _("Job"), _("State"), _("Attempt"), _("Put"), _("Reason")]
    rows = [
        (job.id, job.name, job.state, str(job.attempt), format_datetime(job.put_at), job.reason[:80])
        for job in found
    ]
    print_table(headings, rows)


@jobs.command()
@click.argument("number")
@pass_runtime
def cancel(runtime: Runtime, number: str) -> None:
    """End a job that waits; one that runs stops when it next says how far it is.

    Example: vinculo jobs cancel 3f1c9f1e-5b0e-4a53-9f3c-2d1f6c0b8a77
    """
    runtime.require_current()
    job = runtime.host.jobs.book.cancel(number)
    note(runtime.database, job, "job cancelled", actor=system(Source.CLI))
    click.echo(_("%(job)s is cancelled.", job=job.name))


@jobs.command()
@click.argument("number")
@pass_runtime
def retry(runtime: Runtime, number: str) -> None:
    """Try a job again that failed or was cancelled; it gets another number.

    Example: vinculo jobs retry 3f1c9f1e-5b0e-4a53-9f3c-2d1f6c0b8a77
    """
    runtime.require_current()
    job = runtime.host.jobs.book.retry(number)
    note(runtime.database, job, "job tried again", actor=system(Source.CLI))
    click.echo(_("%(job)s is tried again.", job=job.name))


def _document(job: JobInfo) -> dict[str, Any]:
    moments = {name: getattr(job, name) for name in ("put_at", "due_at", "started_at", "ended_at")}
    return {**asdict(job), **{name: at and at.isoformat() for name, at in moments.items()}}
