"""What the marketing plugin adds to Vinculo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from litestar.types import ControllerRouterHandler

from vinculo.jobs import JobHandler, Schedule
from vinculo.plugins import contributions as give
from vinculo.plugins.hookspecs import hookimpl
from vinculo.plugins.listening import ConsentSource
from vinculo.records.kind import RecordKind
from vinculo_marketing import consents as given
from vinculo_marketing import demo, form_records, jobs, parts, records
from vinculo_marketing import facts as known


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Channels, campaigns, events with their participants, touches, web forms and consents."""
    yield from (*records.KINDS, form_records.web_form, form_records.consent)


@hookimpl
def routers() -> Sequence[ControllerRouterHandler]:
    """Reports, and the public pages of web forms."""
    return parts.ROUTES


@hookimpl
def menu_items() -> Sequence[give.MenuItem]:
    """Reports."""
    return parts.MENU


@hookimpl
def facts() -> Sequence[give.Fact]:
    """The first source of a client, its last touch, and how many there were."""
    return known.FACTS


@hookimpl
def panels() -> Sequence[give.Panel]:
    """Who takes part in an event; the events of a client."""
    return parts.PANELS


@hookimpl
def form_parts() -> Sequence[give.FormPart]:
    """The source, in the forms of clients and of what happens with them."""
    return parts.FORMS


@hookimpl
def consents() -> Sequence[ConsentSource]:
    """What people agreed to on web forms."""
    return given.SOURCES


@hookimpl
def job_handlers() -> Mapping[str, JobHandler]:
    """Mails of web forms; touches follow their records to other clients."""
    return jobs.HANDLERS


@hookimpl
def schedules() -> Sequence[Schedule]:
    """Each hour, and each night."""
    return jobs.SCHEDULES


@hookimpl
def demo_files(folder: Path, seed: int, today: date) -> Sequence[give.DemoFile]:
    """Channels, campaigns, events, participants and touches of the sample company."""
    return demo.write(folder, seed, today)
