"""What the kernel's files add, through the hooks that every plugin has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from litestar.types import ControllerRouterHandler

from vinculo.files import form, pages, store, thumbnails
from vinculo.files.records import file
from vinculo.jobs import JobHandler, Schedule
from vinculo.plugins.contributions import FormPart, Panel
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records.kind import RecordKind


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Files."""
    yield file


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """Contents. What takes files is made with the app: it knows how large they may be."""
    yield from (*pages.handlers, thumbnails.thumbnail)


@hookimpl
def panels() -> Iterator[Panel]:
    """The files of a client, a counterparty and a person."""
    for kind in ("client", "counterparty", "person"):
        yield pages.panel(kind)


@hookimpl
def form_parts() -> Iterator[FormPart]:
    """Their fields for files in the forms of the same kinds."""
    yield form.part("client", "counterparty", "person")


@hookimpl
def job_handlers() -> Mapping[str, JobHandler]:
    """Removing contents that nothing needs."""
    return {store.JOB: JobHandler(store.tidy)}


@hookimpl
def schedules() -> Iterator[Schedule]:
    """Every night, after what is past its time has left the trash."""
    yield Schedule(store.JOB, "30 4 * * *")
