"""What holds for every task, by whatever door it comes, and what follows when one is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source
from vinculo.company import calendars
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError
from vinculo.events import notices
from vinculo.i18n import current_language, current_time_zone, mark, today, use_locale
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import Approved
from vinculo.records import service, trash
from vinculo.records.kind import RecordKind
from vinculo.records.reading import RowValues, Values
from vinculo_tasks import repeats, working_days
from vinculo_tasks.models import (
    Chaining,
    From,
    Plan,
    PlanStep,
    Repeat,
    State,
    Task,
    TaskType,
    Whose,
)

EARLIEST: Final = date(1990, 1, 1)
LATEST: Final = date(2199, 1, 1)
KEPT: Final = (  # what the next one of a task that repeats has as well
    "subject", "note", "type_id", "client_id", "counterparty_id", "person_id", "about_kind", "about_id",
    "assignee_id", "due_time", "workdays", "remind", "priority", "repeat", "repeat_from", "rule",
)  # fmt: skip
PLACE: Final = ("client_id", "counterparty_id", "person_id", "about_kind", "about_id")


def check(session: Session, task: Task, actor: Actor) -> None:
    """Refuse what cannot be, and fill in what follows from the rest: moments, the rule, who closed it."""
    if task.id is None and task.due_on is None and task.type_id and task.state is State.OPEN:
        task.due_on = _lead(session, task)
    _settle_rule(task)
    if errors := list(_faults(task)):
        raise InvalidError(errors)
    _settle_workdays(session, task)
    _settle_moments(task, actor)
    if task.state is State.OPEN:
        task.closed_at = task.closed_by_id = None
    elif task.closed_at is None:
        task.closed_at, task.closed_by_id = now(), task.closed_by_id or actor.user_id


def _lead(session: Session, task: Task) -> date | None:
    found = session.get(TaskType, task.type_id)
    if found is None or found.lead_days is None:
        return None
    return _days_of(session, found, task.assignee_id, today())


def _days_of(session: Session, of: TaskType, user_id: int | None, start: date) -> date:
    known = calendars.load(session) if of.lead_working else calendars.Calendars()
    return working_days.after(known, user_id, start, of.lead_days or 0, working=of.lead_working)


def _settle_workdays(session: Session, task: Task) -> None:
    if not task.workdays:
        task.planned_on = None
        return
    known = sa.inspect(task).attrs
    if known.due_on.history.has_changes() or known.workdays.history.has_changes():
        working_days.shift(session, task)


def _settle_rule(task: Task) -> None:
    if task.repeat is Repeat.NEVER:
        task.rule = ""
    elif task.repeat is not Repeat.RULE and task.due_on is not None:
        known = sa.inspect(task).attrs
        changed = known.repeat.history.has_changes() or known.due_on.history.has_changes()
        if not task.rule or (task.id is not None and changed):
            task.rule = repeats.rule_of(task.repeat, task.due_on)


def _faults(task: Task) -> Iterator[FieldError]:
    if task.due_on is not None and not EARLIEST <= task.due_on < LATEST:
        yield FieldError("due_on", _("Nobody lives to see this day; correct the year."), "out_of_range")
    if task.due_on is None and task.due_time:
        yield FieldError("due_on", _("Say on which day, or leave the time empty."), "required")
    if task.due_on is None and task.repeat is not Repeat.NEVER:
        yield FieldError("due_on", _("What repeats needs a first day."), "required")
    if task.repeat is Repeat.RULE or task.rule:
        try:
            repeats.check_rule(task.rule)
        except (ValueError, TypeError, KeyError):
            text = _("“%(rule)s” is no rule for repeats; write e.g. FREQ=MONTHLY;BYDAY=1MO.", rule=task.rule)
            yield FieldError("rule", text, "invalid_rule")


def _settle_moments(task: Task, actor: Actor) -> None:
    """The zone is that of whoever last said when it is due."""
    known = sa.inspect(task).attrs
    if not task.zone or known.due_on.history.has_changes() or known.due_time.history.has_changes():
        task.zone = current_time_zone().key
    zone = ZoneInfo(task.zone)
    before = task.remind_at
    task.due_at = task.remind_at = None
    if task.due_on is not None:
        task.due_at = repeats.due_at(task.due_on, task.due_time, zone)
        if task.state is State.OPEN:
            task.remind_at = repeats.remind_at(task.remind, task.due_on, task.due_time, zone)
    if task.remind_at != before:
        task.reminded_at = None
    if task.id is None and task.remind_at and task.remind_at < now() and actor.source is Source.IMPORT:
        task.reminded_at = task.remind_at  # what an import brings was known before


def check_type(session: Session, of: TaskType, actor: Actor) -> None:
    """Where nothing follows, there is no next type."""
    if of.chaining is Chaining.NONE:
        of.next_type_id = None


def check_plan(session: Session, plan: Plan, actor: Actor) -> None:
    """Steps name a person where they need one."""
    errors = [
        FieldError(f"steps[{index}].assignee_id", _("Say who, or choose another rule."), "required")
        for index, step in enumerate(plan.steps)
        if step.whose is Whose.PERSON and step.assignee_id is None
    ]
    if errors:
        raise InvalidError(errors)


def follow(session: Session, kind: RecordKind, task: Task, changes: Mapping[str, Any], actor: Actor) -> None:
    """Draw the consequences: a new task for somebody is told, one that is done brings the next.

    Taking back that it was done takes back what came of it, unless somebody has worked on that since.
    """
    _tell_assignee(session, kind, task, changes, actor)
    before, after = changes.get("state", (None, None))
    if before is None:
        return
    if after == State.DONE:
        with use_locale(current_language(), task.zone):  # whoever does it, elsewhere, said nothing of when
            for values in (*_again(session, task), *_chained(session, task)):
                made = service.create(session, kind, values, actor=_for(actor))
                mine = sa.update(Task).where(Task.id == made.id)
                session.execute(mine.values(follows_id=task.id))
    elif before == State.DONE:
        query = sa.select(Task).where(Task.follows_id == task.id, Task.version == 1, Task.state == State.OPEN)
        for one in session.scalars(query.with_for_update()).all():
            trash.delete(session, kind, one, actor=_for(actor))


def _for(actor: Actor) -> Actor:
    """The company's rules on behalf of somebody, who need not be allowed to add tasks."""
    return replace(actor, is_administrator=True)


def _tell_assignee(
    session: Session, kind: RecordKind, task: Task, changes: Mapping[str, Any], actor: Actor
) -> None:
    told = task.assignee_id if "assignee_id" in changes and task.state is State.OPEN else None
    if told is None or told == actor.user_id or actor.source in (Source.IMPORT, Source.CLI):
        return
    notices.tell(
        session,
        told,
        label=mark("A task for you"),
        title=task.subject,
        text=task.note,
        icon=kind.icon,
        about=(kind.name, task.id),
        client_id=task.client_id,
    )


def _again(session: Session, task: Task) -> Iterator[Values]:
    """The next one of a task that repeats."""
    if not task.rule or task.due_on is None:
        return
    done = today()
    from_done = task.repeat_from is From.DONE
    since = done if from_done else task.planned_on or task.due_on
    day = working_days.following(session, task, since, done) if task.workdays else None
    day = day or repeats.next_day(task.rule, since, done if from_done else done - timedelta(days=1))
    if day is not None:
        items = [RowValues({"text": item.text, "done": False}) for item in task.items]
        values = {name: getattr(task, name) for name in KEPT}
        yield Values({**values, "due_on": day}, collections={"items": items} if items else {})


def _chained(session: Session, task: Task) -> Iterator[Values]:
    found = session.get(TaskType, task.type_id) if task.type_id else None
    if found is not None and found.chaining is Chaining.CREATE and (values := _next_of(session, task, found)):
        yield Values(values)


def suggestion(session: Session, task: Task) -> dict[str, Any] | None:
    """The values of the task that is suggested after this one."""
    found = session.get(TaskType, task.type_id) if task.type_id else None
    return _next_of(session, task, found) if found and found.chaining is Chaining.SUGGEST else None


def _next_of(session: Session, task: Task, of: TaskType) -> dict[str, Any] | None:
    following = session.get(TaskType, of.next_type_id) if of.next_type_id else None
    if following is None:
        return None
    start = task.due_on if of.next_from is From.DUE and task.due_on else today()
    place = {name: getattr(task, name) for name in (*PLACE, "assignee_id")}
    day = _days_of(session, following, task.assignee_id, start)
    return {**place, "subject": following.name, "type_id": following.id, "due_on": day}


def perform(session: Session, kind: RecordKind, asked: Approved, actor: Actor) -> tuple[str, int]:
    """Make a task of what was approved and nobody else carries out."""
    about_kind, about_id = asked.about
    values = {
        "subject": asked.title[:300],
        "note": asked.note,
        "client_id": asked.client_id,
        "about_kind": about_kind,
        "about_id": about_id,
        "assignee_id": asked.responsible_id or actor.user_id,
        "due_on": today(),
    }
    made = service.create(session, kind, Values(values), actor=_for(actor))
    return kind.name, made.id


# Plans


def steps(
    plan: Plan, day: date, known: calendars.Calendars, *, owner: int | None, applier: int | None
) -> list[dict[str, Any]]:
    """What a plan makes for one record, as values of tasks without their place."""
    whose = [(step, _whose(step, owner, applier)) for step in plan.steps]
    return [
        {
            "subject": step.subject,
            "type_id": step.type_id,
            "due_on": working_days.after(known, user_id, day, step.days, working=step.working),
            "assignee_id": user_id,
        }
        for step, user_id in whose
    ]


def _whose(step: PlanStep, owner: int | None, applier: int | None) -> int | None:
    if step.whose is Whose.OWNER:
        return owner if owner is not None else applier
    return step.assignee_id if step.whose is Whose.PERSON else applier


def close(
    session: Session, kind: RecordKind, task: Task, state: State, *, result: str = "", actor: Actor
) -> bool:
    """Done, cancelled or open again; False if it was so already."""
    values: dict[str, Any] = {"state": state} | ({"result": result} if result else {})
    if state is not State.OPEN and task.state is State.OPEN:
        values |= {"closed_at": now(), "closed_by_id": actor.user_id}
    return service.update(session, kind, task, Values(values), actor=actor)


def moment_of(task: Task) -> datetime | None:
    """When it was done."""
    return task.closed_at.astimezone(UTC) if task.closed_at and task.state is State.DONE else None
