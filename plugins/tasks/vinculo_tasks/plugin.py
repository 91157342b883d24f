"""What the tasks plugin adds to Vinculo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from litestar.types import ControllerRouterHandler

from vinculo.jobs import JobHandler, Schedule
from vinculo.plugins import contributions as give
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records.kind import RecordKind
from vinculo_tasks import demo, jobs, parts, records
from vinculo_tasks import facts as known

demo_files = hookimpl(demo.write)  # types, and tasks with the clients of the sample company


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Tasks, their types, and plans."""
    yield from (records.task_type, records.task, records.plan)


@hookimpl
def routers() -> Sequence[ControllerRouterHandler]:
    """My day, calendar, load, plans, and the address for other calendars."""
    return parts.ROUTES


@hookimpl
def menu_items() -> Iterator[give.MenuItem]:
    """My day, with how much waits."""
    yield parts.MENU


@hookimpl
def palette_actions() -> Sequence[give.PaletteAction]:
    """Where types and plans are kept."""
    return parts.PALETTE


@hookimpl
def composers() -> Iterator[give.Composer]:
    """A task, above the timeline of a client."""
    yield parts.COMPOSER


@hookimpl
def panels() -> Sequence[give.Panel]:
    """The tasks of a record on its card; the checklist, notes and files of a task."""
    return parts.PANELS


@hookimpl
def facts() -> Sequence[give.Fact]:
    """The next task of a client, and how many are open and overdue."""
    return known.FACTS


@hookimpl
def form_parts() -> Sequence[give.FormPart]:
    """That a task is due on a day off."""
    return parts.FORM_PARTS


@hookimpl
def card_actions() -> Sequence[give.CardAction]:
    """A task for a client in the whole form, and a plan."""
    return parts.ACTIONS


@hookimpl
def list_actions() -> Sequence[give.ListAction]:
    """What is ticked is done; a plan for the records of any list."""
    return parts.LISTS


@hookimpl
def performers() -> Sequence[give.Performer]:
    """What was approved and nobody else carries out becomes a task."""
    return parts.PERFORMERS


@hookimpl
def widgets() -> Iterator[give.Widget]:
    """What is overdue and for today."""
    yield parts.WIDGET


@hookimpl
def job_handlers() -> Mapping[str, JobHandler]:
    """Reminders."""
    return {jobs.JOB: JobHandler(jobs.remind)}


@hookimpl
def schedules() -> Iterator[Schedule]:
    """Each minute, by an index of what is still to be told."""
    yield Schedule(jobs.JOB, "* * * * *")
