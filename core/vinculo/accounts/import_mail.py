"""The job that mails whoever began an import that it is over."""

from __future__ import annotations

from vinculo import mail
from vinculo.accounts.models import User
from vinculo.i18n import format_number, use_locale
from vinculo.i18n import gettext as _
from vinculo.records.models import ImportRun, RunState
from vinculo.web.site import Site


def send(site: Site, *, run_id: int) -> None:
    """What became of the rows, or why it stopped, and where to look."""
    with site.database.read() as session:
        run = session.get(ImportRun, run_id)
        user = session.get(User, run.user_id) if run and run.user_id else None
    if run is None or user is None or not (user.active and user.email):
        return
    with use_locale(user.language or run.language, site.settings.company.time_zone):
        subject = _subject(run)
        text = "\n\n".join([_text(run), f"{site.settings.server.public_url}/imports/{run.id}"]) + "\n"
    mail.send(site.settings.mail, to=user.email, subject=subject, text=text)


def _subject(run: ImportRun) -> str:
    if run.state is RunState.FAILED:
        return _("The import of %(file)s stopped", file=run.file_name)
    if run.dry_run:
        return _("The trial import of %(file)s is done", file=run.file_name)
    return _("The import of %(file)s is done", file=run.file_name)


def _text(run: ImportRun) -> str:
    counts = {
        name: format_number(getattr(run, name)) for name in ("created", "changed", "unchanged", "rejected")
    }
    text = _(
        "%(n)s rows: %(created)s new, %(changed)s changed, %(unchanged)s unchanged, %(rejected)s rejected."
    )
    said = text % {"n": format_number(run.done), **counts}
    return f"{run.fault}\n\n{said}" if run.fault else said
