"""What the kernel's notes add, through the hooks that every plugin has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from litestar.types import ControllerRouterHandler

from vinculo.i18n import lazy_gettext as _l
from vinculo.jobs import JobHandler, Schedule
from vinculo.notes import mail, pages
from vinculo.notes import panels as note_panels
from vinculo.notes.records import note
from vinculo.plugins.contributions import Composer, Panel, Widget
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records.kind import RecordKind


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Notes."""
    yield note


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """Writing on a card, and mentions."""
    yield from pages.handlers


@hookimpl
def composers() -> Iterator[Composer]:
    """A note: the way that stands first."""
    yield Composer("note", _l("Note"), "notes", note_panels.composer, note.permission("create"), weight=10)


@hookimpl
def panels() -> Iterator[Panel]:
    """The notes about a counterparty and about a person."""
    yield note_panels.about("counterparty")
    yield note_panels.about("person")


@hookimpl
def widgets() -> Iterator[Widget]:
    """Where the user is mentioned."""
    yield Widget("mentions", _l("Mentions"), note_panels.widget, note.permission("read"), weight=20)


@hookimpl
def job_handlers() -> Mapping[str, JobHandler]:
    """Mail to those who are mentioned."""
    return {mail.JOB: JobHandler(mail.send_mentions)}


@hookimpl
def schedules() -> Iterator[Schedule]:
    """Each minute: it asks a small index, and mostly there is nothing."""
    yield Schedule(mail.JOB, "* * * * *")
