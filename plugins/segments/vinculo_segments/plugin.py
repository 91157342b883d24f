"""What the groups plugin adds to Vinculo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from pathlib import Path

from litestar.types import ControllerRouterHandler
from sqlalchemy.orm import Session

from vinculo.i18n import lazy_gettext as _l
from vinculo.jobs import JobHandler, Schedule
from vinculo.plugins.contributions import Criterion, DemoFile, ListAction, Panel, Widget
from vinculo.plugins.hookspecs import hookimpl
from vinculo.plugins.registry import Registry
from vinculo.records.kind import RecordKind
from vinculo_segments import api, goals, jobs, looking, pages, queries, records
from vinculo_segments import demo_files as files

READ = records.segment.permission("read")
GOALS = records.goal.permission("read")


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Groups, who is in them by hand or by a refresh, and goals."""
    yield from (records.segment, records.membership, records.goal)


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """Rules, adding by hand, and why a client is in a group."""
    yield from (*pages.handlers, *api.handlers)


@hookimpl
def criteria() -> Iterator[Criterion]:
    """To be in a group."""
    field = records.GroupField(name=queries.CRITERION, label=_l("Group"), kind="segment")
    yield Criterion("client", field, queries.holds, READ, first=looking.first)


@hookimpl
def panels() -> Iterator[Panel]:
    """The groups and the goals of a client; who is in a group, and its goals."""
    yield Panel("groups", "client", _l("Groups"), pages.groups_of, READ, side=True, weight=40)
    yield Panel("goals", "client", _l("Goals"), goals.of_client, GOALS, side=True, weight=45)
    yield Panel("rule", "segment", _l("Who is in it"), pages.summary, READ, weight=10)
    yield Panel("goals", "segment", _l("Goals"), goals.of_segment, GOALS, weight=20)
    yield Panel("progress", "goal", _l("Progress"), goals.of_goal, GOALS, weight=10)


@hookimpl
def list_actions() -> Iterator[ListAction]:
    """Groups by hand grow and shrink from the list of clients."""
    yield ListAction(
        "group", "client", _l("Group…"), "stack-2", "/segments/add", records.segment.permission("update")
    )


@hookimpl
def widgets() -> Iterator[Widget]:
    """The goals of the user."""
    yield Widget("goals", _l("My goals"), goals.mine, GOALS, weight=30)


@hookimpl
def job_handlers() -> Mapping[str, JobHandler]:
    """Refreshing groups."""
    return {jobs.DUE: JobHandler(jobs.refresh_due), jobs.REFRESH: JobHandler(jobs.refresh)}


@hookimpl
def schedules() -> Iterator[Schedule]:
    """Every ten minutes those that are due."""
    yield Schedule(jobs.DUE, "*/10 * * * *")


@hookimpl
def uses_of_parts(session: Session, fields: Mapping[str, AbstractSet[str]]) -> list[str]:
    """The groups and goals that would wait."""
    return [*queries.using(session, fields), *goals.using(session, fields)]


@hookimpl
def demo_files(folder: Path, seed: int, today: date) -> Iterator[DemoFile]:
    """A group by hand of the sample company, and goals."""
    yield DemoFile("segment", files.groups(folder), weight=70)
    yield DemoFile("membership", files.members(folder, today), weight=71)
    yield DemoFile("goal", files.goals(folder, today), weight=72)


@hookimpl
def demo_filled(session: Session, registry: Registry) -> None:
    """Groups by conditions, and a goal for one of them."""
    files.fill(session, registry)
