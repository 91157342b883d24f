"""Telling whoever began an import that it is over: the job that mails them is of the room that knows them."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from vinculo.records.models import ImportRun, RunState
from vinculo.web.site import Site

JOB: Final = "accounts.mail_import_over"
LONG: Final = timedelta(minutes=1)  # after which nobody sits and watches


def over(site: Site, run_id: int) -> None:
    """Put the job, if the import took so long that its user has gone on to something else."""
    settings = site.settings
    if not (settings.mail.host and settings.server.public_url):
        return
    with site.database.write() as session:
        run = session.get(ImportRun, run_id)
        if run is None or run.user_id is None or run.state not in (RunState.DONE, RunState.FAILED):
            return
        if run.started_at and run.finished_at and run.finished_at - run.started_at >= LONG:
            site.enqueue(session, JOB, run_id=run.id)
