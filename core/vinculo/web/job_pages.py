"""Pages of what is done in the background: what waits, runs, failed and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final
from urllib.parse import quote

from litestar import Response
from litestar.params import FromPath

from vinculo.actor import Actor, Source
from vinculo.db.engine import Database
from vinculo.errors import MalformedError
from vinculo.events import log
from vinculo.i18n import format_datetime, format_number
from vinculo.i18n import gettext as _
from vinculo.jobs.book import OVER, JobInfo, State
from vinculo.plugins.contributions import Part
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Action, Attribute, Badge, Column, Crumb, Progress, Row, Table, Toast

URL: Final = "/settings/jobs"
MANAGE_JOBS: Final = "jobs.manage"
MOST_PAGES: Final = 1000
TONES: Final = {State.RUNNING: "brand", State.DONE: "ok", State.FAILED: "bad"}


@get(URL, permission=MANAGE_JOBS)
def jobs_page(ctx: Context) -> Response[bytes]:
    """Jobs, the last put first."""
    state, number = asked(ctx)
    jobs, more = ctx.site.jobs.page([state] if state else [], number)
    here = f"{URL}?state={state or ''}"
    return ctx.render(
        "jobs/list.html",
        crumbs=[Crumb(_("Background jobs"))],
        title=_("Background jobs"),
        tabs=[(f"{URL}?state={one}" if one else URL, label, one == (state or "")) for one, label in _tabs()],
        table=_table(ctx, jobs),
        live=state in (State.WAITING, State.RUNNING),
        here=here,
        newer_url=f"{here}&page={number - 1}" if number else "",
        older_url=f"{here}&page={number + 1}" if more else "",
    )


@get(f"{URL}/{{job_id:str}}", permission=MANAGE_JOBS)
def job_page(ctx: Context, job_id: FromPath[str]) -> Response[bytes]:
    """One job: what it was given, how far it is, and what is to be done about it."""
    job = ctx.site.jobs.get(job_id)
    return ctx.render(
        "jobs/job.html",
        crumbs=[Crumb(_("Background jobs"), URL), Crumb(job.name)],
        title=job.name,
        job=job,
        badge=_badge(job),
        progress=Progress(job.done, job.total, 0, None) if job.done and job.state is State.RUNNING else None,
        live=job.state in (State.WAITING, State.RUNNING),
        url=_address(job),
        facts=[Attribute(label, value) for label, value in _facts(ctx, job) if value],
        actions=_actions(job),
    )


@post(f"{URL}/{{job_id:str}}/cancel", permission=MANAGE_JOBS, own_transactions=True)
def cancel(ctx: Context, job_id: FromPath[str]) -> Response[bytes]:
    """End a job."""
    job = act(ctx, ctx.site.jobs.cancel, job_id, "job cancelled")
    return ctx.redirect(_address(job), toast=Toast(_("%(job)s is cancelled.", job=job.name)))


@post(f"{URL}/{{job_id:str}}/retry", permission=MANAGE_JOBS, own_transactions=True)
def retry(ctx: Context, job_id: FromPath[str]) -> Response[bytes]:
    """Put a job into the queue again."""
    job = act(ctx, ctx.site.jobs.retry, job_id, "job tried again")
    return ctx.redirect(_address(job), toast=Toast(_("%(job)s is tried again.", job=job.name)))


def act(
    ctx: Context, do: Callable[[str], JobInfo], job_id: str, action: str, source: Source = Source.PAGE
) -> JobInfo:
    """Do something with a job, which is then on record. Raises ``NotFoundError``, ``ConflictError``."""
    job = do(job_id)
    note(ctx.site.database, job, action, actor=ctx.actor.by(source))
    return job


def note(database: Database, job: JobInfo, action: str, *, actor: Actor) -> None:
    """Leave a trace of what was done to a job, in a transaction of its own."""
    with database.write() as session:
        log.write(
            session,
            actor=actor,
            action=action,
            kind="job",
            record_id=0,
            title=job.name,
            changes={"job": [None, job.id]},
            version=None,
        )


def asked(ctx: Context) -> tuple[State | None, int]:
    """The state and the page that the address asks for. Raises ``MalformedError``."""
    text, page = ctx.parameter("state"), ctx.parameter("page", "0")
    if text and text not in list(State):
        known = ", ".join(State)
        raise MalformedError(
            _("state must be one of %(known)s, not “%(value)s”.", known=known, value=text[:40])
        )
    if not (page.isascii() and page.isdigit() and int(page) < MOST_PAGES):
        raise MalformedError(_("page must be a number below %(most)s.", most=MOST_PAGES))
    return State(text) if text else None, int(page)


def _tabs() -> Sequence[tuple[str, str]]:
    return [("", _("All")), *((state.value, _state(state)) for state in State)]


def _state(state: State) -> str:
    return {
        State.WAITING: _("Waiting"),
        State.RUNNING: _("Running"),
        State.FAILED: _("Failed"),
        State.DONE: _("Done"),
        State.CANCELLED: _("Cancelled"),
    }[state]


def _badge(job: JobInfo) -> Badge:
    if job.parked:
        return Badge(_("Its plugin is off"), "warn")
    return Badge(_state(job.state), TONES.get(job.state, "neutral"))


def _table(ctx: Context, jobs: Sequence[JobInfo]) -> Table:
    ui = ctx.ui
    columns = [
        Column("name", _("Job")),
        Column("state", _("State")),
        Column("plugin", _("From")),
        Column("put_at", _("Put")),
        Column("took", _("Took"), numeric=True),
        Column("attempt", _("Attempt"), numeric=True),
        Column("told", _("What")),
    ]
    rows = [
        Row(
            number,
            _address(job),
            [
                job.name,
                ui.badge(_badge(job)),
                _owner(ctx, job),
                format_datetime(job.put_at),
                _took(job),
                str(job.attempt),
                job.reason or _how_far(job),
            ],
        )
        for number, job in enumerate(jobs)
    ]
    return Table(columns, rows, caption=_("Background jobs"))


def _owner(ctx: Context, job: JobInfo) -> str:
    """The plugin behind it; nothing for the kernel's own."""
    name = ctx.registry.owners.get((Part.JOBS, job.name), "")
    plugin = ctx.registry.plugins.get(name)
    return str(plugin.manifest.title) if plugin and plugin.manifest else ""


def _took(job: JobInfo) -> str:
    if not job.started_at or not job.ended_at:
        return ""
    return _("%(n)s sec.", n=format_number(Decimal(f"{(job.ended_at - job.started_at).total_seconds():.1f}")))


def _how_far(job: JobInfo) -> str:
    if job.due_at:
        return _("Runs at %(when)s", when=format_datetime(job.due_at))
    if not job.done:
        return ""
    done = format_number(job.done)
    return _("%(done)s of %(total)s", done=done, total=format_number(job.total)) if job.total else done


def _facts(ctx: Context, job: JobInfo) -> Sequence[tuple[str, str]]:
    moments = [
        (_("Put"), job.put_at), (_("Runs at the earliest"), job.due_at), (_("Begun"), job.started_at),
        (_("Ended"), job.ended_at),
    ]  # fmt: skip
    return [
        (_("From"), _owner(ctx, job)),
        *((label, format_datetime(moment)) for label, moment in moments if moment),
        (_("Attempt"), str(job.attempt)),
        *((name, str(value)) for name, value in job.payload.items()),
        (_("Number"), job.id),
    ]


def _actions(job: JobInfo) -> Sequence[Action]:
    if job.state in OVER:
        again = f"{_address(job)}/retry"
        return [Action(_("Try again"), again, icon="arrow-back-up", primary=True, post=True)]
    if job.state is not State.DONE:
        return [Action(_("Cancel"), f"{_address(job)}/cancel", icon="x", danger=True, post=True)]
    return []


def _address(job: JobInfo) -> str:
    return f"{URL}/{quote(job.id, safe='')}"
