"""Background jobs for programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Parameter, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath

from vinculo.actor import Source
from vinculo.i18n import gettext as _
from vinculo.jobs.book import JobInfo, State
from vinculo.web.context import Context
from vinculo.web.job_pages import MANAGE_JOBS, act, asked
from vinculo.web.plugin_api import operation, refusals
from vinculo.web.routes import get, post

API: Final = "/api/v1/jobs"


class JobItem(msgspec.Struct):
    """One attempt at a job; times are UTC. ``state``: waiting, running, failed, done or cancelled.

    ``parked``: it waits until a plugin that handles it is on. ``total`` is null where nobody knows it.
    """

    id: str
    name: str
    state: str
    attempt: int
    payload: dict[str, Any]
    put_at: datetime
    due_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    parked: bool
    done: int
    total: int | None
    reason: str


class JobPage(msgspec.Struct):
    """Jobs, the last put first; ``more``: there is a next page."""

    items: list[JobItem]
    more: bool


def _refusals(*codes: int) -> Mapping[int, ResponseSpec]:
    return refusals(*codes, missing="There is no such job", in_the_way="Its state stands against it")


def _operation(summary: str, parameter: Parameter | None = None) -> Any:
    return operation(summary, parameter, permission=MANAGE_JOBS, tag=_("Background jobs"))


_STATE: Final = Parameter(
    name="state",
    param_in="query",
    required=False,
    description="Only jobs in this state",
    schema=Schema(type=OpenAPIType.STRING, enum=list(State)),
)


@get(
    API,
    permission=MANAGE_JOBS,
    responses=_refusals(400),
    operation_class=_operation(_("List background jobs"), _STATE),
)
def list_jobs(ctx: Context) -> JobPage:
    """A page of jobs."""
    state, number = asked(ctx)
    jobs, more = ctx.site.jobs.page([state] if state else [], number)
    return JobPage([*map(_item, jobs)], more)


@get(
    f"{API}/{{job_id:str}}",
    permission=MANAGE_JOBS,
    responses=_refusals(404),
    operation_class=_operation(_("Get a job")),
)
def get_job(ctx: Context, job_id: FromPath[str]) -> JobItem:
    """One job."""
    return _item(ctx.site.jobs.get(job_id))


@post(
    f"{API}/{{job_id:str}}/cancel",
    permission=MANAGE_JOBS,
    own_transactions=True,
    status_code=200,
    responses=_refusals(400, 404, 409),
    operation_class=_operation(_("Cancel a job")),
)
def cancel(ctx: Context, job_id: FromPath[str]) -> JobItem:
    """End a job; the answer shows it as it is now."""
    act(ctx, ctx.site.jobs.cancel, job_id, "job cancelled", Source.API)
    return _item(ctx.site.jobs.get(job_id))


@post(
    f"{API}/{{job_id:str}}/retry",
    permission=MANAGE_JOBS,
    own_transactions=True,
    status_code=200,
    responses=_refusals(400, 404, 409),
    operation_class=_operation(_("Try a job again")),
)
def retry(ctx: Context, job_id: FromPath[str]) -> JobItem:
    """Put a job anew, under another id; the answer shows that one."""
    return _item(act(ctx, ctx.site.jobs.retry, job_id, "job tried again", Source.API))


def _item(job: JobInfo) -> JobItem:
    return msgspec.convert(job, JobItem, from_attributes=True)
