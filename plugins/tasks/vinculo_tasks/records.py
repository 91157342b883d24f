"""Tasks, types of tasks and plans as kinds of records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import mark
from vinculo.records.fields import (
    ChoiceField,
    DateField,
    IntegerField,
    LinkField,
    MomentField,
    TextField,
    TimeField,
    When,
    YesNoField,
)
from vinculo.records.kind import Collection, Moment, RecordKind
from vinculo.records.proving import Evidence, Found, Subject, hanging_on
from vinculo.web.views import Badge
from vinculo_tasks import service
from vinculo_tasks.models import (
    Chaining,
    CheckItem,
    From,
    Icon,
    Plan,
    PlanStep,
    Priority,
    Remind,
    Repeat,
    State,
    Task,
    TaskType,
    Whose,
)

STATES: Final = {State.OPEN: _l("To do"), State.DONE: _l("Done"), State.CANCELLED: _l("Cancelled")}
PRIORITIES: Final = {Priority.LOW: _l("Low"), Priority.NORMAL: _l("Normal"), Priority.HIGH: _l("High")}
REMINDERS: Final = {
    Remind.NEVER: _l("Never"),
    Remind.AT: _l("When it is due"),
    Remind.QUARTER: _l("15 minutes before"),
    Remind.HOUR: _l("An hour before"),
    Remind.DAY: _l("A day before"),
    Remind.WEEK: _l("A week before"),
}
REPEATS: Final = {
    Repeat.NEVER: _l("Never"),
    Repeat.DAY: _l("Every day"),
    Repeat.WEEKDAY: _l("Monday to Friday"),
    Repeat.WEEK: _l("Every week"),
    Repeat.FORTNIGHT: _l("Every two weeks"),
    Repeat.MONTH: _l("Every month"),
    Repeat.QUARTER: _l("Every three months"),
    Repeat.YEAR: _l("Every year"),
    Repeat.RULE: _l("By a rule"),
}
COUNTED: Final = {From.DUE: _l("The due day"), From.DONE: _l("The day it is done")}
CHAININGS: Final = {
    Chaining.NONE: _l("Nothing"),
    Chaining.SUGGEST: _l("Suggest the next type"),
    Chaining.CREATE: _l("Create the next type"),
}
WHOSE: Final = {
    Whose.OWNER: _l("Responsible for the client"),
    Whose.APPLIER: _l("Whoever applies the plan"),
    Whose.PERSON: _l("Always the same person"),
}
ICON_LABELS: Final = {
    Icon.CHECKLIST: _l("Checklist"),
    Icon.PHONE: _l("Phone"),
    Icon.MAIL: _l("E-mail"),
    Icon.USERS: _l("People"),
    Icon.MESSAGE: _l("Message"),
    Icon.PLACE: _l("Place"),
    Icon.NOTES: _l("Note"),
    Icon.MONEY: _l("Money"),
    Icon.BOX: _l("Box"),
}
WORKING: Final = _l("In working days")
LARGEST: Final = 2**53
TOO_FAR: Final = 3660


def moment(of: Task) -> Moment | None:
    """What was done is on the timeline, with its result."""
    at = service.moment_of(of)
    if at is None:
        return None
    return Moment(at, mark("Task done"), of.subject, "circle-check", of.result, of.closed_by_id)


def badges(of: Task) -> Sequence[Badge]:
    """How far it is, and what stands out."""
    tones = {State.OPEN: "brand", State.DONE: "ok", State.CANCELLED: "neutral"}
    shown = [Badge(str(STATES[of.state]), tones[of.state], field="state")]
    if of.priority is Priority.HIGH:
        shown.append(Badge(str(PRIORITIES[of.priority]), "bad", field="priority"))
    return shown


def written(session: Session, of: Task, changes: Mapping[str, Any], actor: Actor) -> None:
    """What follows from a change."""
    service.follow(session, task, of, changes, actor)


task_type = RecordKind(
    name="task_type",
    plural="task-types",
    domain="tasks",
    model=TaskType,
    label=_l("Type of tasks"),
    label_plural=_l("Types of tasks"),
    new_label=_l("Add type of tasks"),
    icon="tag",
    title="name",
    fields=(
        TextField(
            name="name", label=_l("Name"), required=True, max_length=100, key="name_key", searchable=True
        ),
        IntegerField(
            name="lead_days",
            label=_l("Days of lead"),
            help=_l("A new task of this type is due so many days later, unless a day is said."),
            minimum=0,
            maximum=TOO_FAR,
        ),
        YesNoField(name="lead_working", label=WORKING),
        ChoiceField(
            name="chaining",
            label=_l("When it is done"),
            enum=Chaining,
            labels=CHAININGS,
            required=True,
            default=Chaining.NONE,
        ),
        LinkField(
            name="next_type_id",
            label=_l("Next type"),
            kind="task_type",
            shown_when=When("chaining", (Chaining.SUGGEST, Chaining.CREATE), required=True),
        ),
        ChoiceField(
            name="next_from",
            label=_l("Its days are counted from"),
            enum=From,
            labels=COUNTED,
            required=True,
            default=From.DONE,
            shown_when=When("chaining", (Chaining.SUGGEST, Chaining.CREATE)),
        ),
        ChoiceField(
            name="icon",
            label=_l("Icon"),
            enum=Icon,
            labels=ICON_LABELS,
            required=True,
            default=Icon.CHECKLIST,
        ),
    ),
    columns=("name", "lead_days", "chaining", "next_type_id"),
    match=("external_id", "name"),
    keys=("name_key",),
    rules=service.check_type,
    scoped=False,
    menu=None,
    summary=_l("Calls, meetings, offers: what tasks are about, and what follows them."),
)


def done(session: Session, subjects: Sequence[Subject]) -> Mapping[Subject, Found]:
    """The first task on each that was done."""
    return hanging_on(session, subjects, task, "closed_at", "closed_by_id", Task.state == State.DONE)


task = RecordKind(
    name="task",
    plural="tasks",
    domain="tasks",
    model=Task,
    label=_l("Task"),
    label_plural=_l("Tasks"),
    new_label=_l("Add task"),
    icon="checklist",
    title="subject",
    fields=(
        TextField(
            name="subject",
            label=_l("Subject"),
            required=True,
            max_length=300,
            searchable=True,
            aliases=("task", "title", "name", "summary", "to do"),
        ),
        LinkField(name="type_id", label=_l("Type"), kind="task_type", aliases=("kind", "activity type")),
        LinkField(
            name="client_id", label=_l("Client"), kind="client", aliases=("company", "account", "customer")
        ),
        LinkField(name="counterparty_id", label=_l("Counterparty"), kind="counterparty"),
        LinkField(name="person_id", label=_l("Person"), kind="person", aliases=("contact",)),
        LinkField(
            name="assignee_id",
            label=_l("Assignee"),
            kind="user",
            aliases=("owner", "responsible", "assigned to", "user"),
        ),
        DateField(name="due_on", label=_l("Due on"), aliases=("due", "due date", "deadline", "date")),
        YesNoField(
            name="workdays",
            label=_l("Only on working days"),
            help=_l(
                "What falls on a day off is due on the assignee's next working day; daily means those days."
            ),
        ),
        TimeField(name="due_time", label=_l("Time"), aliases=("due time",)),
        ChoiceField(
            name="remind",
            label=_l("Remind"),
            enum=Remind,
            labels=REMINDERS,
            required=True,
            default=Remind.AT,
            help=_l("Without a time, counted from nine in the morning."),
        ),
        ChoiceField(
            name="priority",
            label=_l("Priority"),
            enum=Priority,
            labels=PRIORITIES,
            tones={Priority.HIGH: "bad"},
            required=True,
            default=Priority.NORMAL,
        ),
        ChoiceField(
            name="repeat",
            label=_l("Repeat"),
            enum=Repeat,
            labels=REPEATS,
            required=True,
            default=Repeat.NEVER,
        ),
        TextField(
            name="rule",
            label=_l("Rule"),
            max_length=200,
            help=_l("As calendars write it, e.g. FREQ=MONTHLY;BYDAY=1MO for each first Monday."),
            shown_when=When("repeat", (Repeat.RULE,), required=True),
        ),
        ChoiceField(
            name="repeat_from",
            label=_l("The next one is counted from"),
            enum=From,
            labels=COUNTED,
            required=True,
            default=From.DUE,
        ),
        TextField(
            name="note",
            label=_l("Note"),
            multiline=True,
            max_length=20_000,
            searchable=True,
            aliases=("notes", "description", "comment"),
        ),
        ChoiceField(
            name="state",
            label=_l("State"),
            enum=State,
            labels=STATES,
            tones={State.OPEN: "brand", State.DONE: "ok"},
            required=True,
            default=State.OPEN,
            aliases=("status",),
        ),
        TextField(
            name="result",
            label=_l("Result"),
            multiline=True,
            max_length=20_000,
            searchable=True,
            aliases=("outcome",),
        ),
        MomentField(name="closed_at", label=_l("Closed at"), aliases=("done at", "completed at")),
        LinkField(name="closed_by_id", label=_l("Closed by"), kind="user", aliases=("done by",)),
        LinkField(name="created_by_id", label=_l("Given by"), kind="user", read_only=True),
        TextField(name="about_kind", label=_l("About a record of kind"), max_length=60, read_only=True),
        IntegerField(name="about_id", label=_l("About the record with id"), maximum=LARGEST, read_only=True),
    ),
    collections=(
        Collection(
            name="items",
            label=_l("Checklist"),
            add_label=_l("Add a line"),
            model=CheckItem,
            fields=(
                TextField(name="text", label=_l("What"), required=True, max_length=300),
                YesNoField(name="done", label=_l("Done")),
            ),
            shown=False,
        ),
    ),
    columns=("subject", "type_id", "due_on", "client_id", "assignee_id", "state"),
    sort="due_on",
    client="client_id",
    owner="assignee_id",
    involved=("assignee_id", "created_by_id"),
    rules=service.check,
    written=written,
    moment=moment,
    evidence=Evidence(_l("A task on it that is done"), done),
    badges=badges,
    weight=15,
    summary=_l(
        "What is to be done. Add a task on the card of a client or of another record, or import a list."
    ),
)

plan = RecordKind(
    name="task_plan",
    plural="task-plans",
    domain="tasks",
    model=Plan,
    label=_l("Plan of tasks"),
    label_plural=_l("Plans of tasks"),
    new_label=_l("Add plan of tasks"),
    icon="stack-2",
    title="name",
    fields=(
        TextField(
            name="name", label=_l("Name"), required=True, max_length=100, key="name_key", searchable=True
        ),
        TextField(name="note", label=_l("Note"), multiline=True, max_length=2000),
    ),
    collections=(
        Collection(
            name="steps",
            label=_l("Steps"),
            add_label=_l("Add a step"),
            model=PlanStep,
            fields=(
                TextField(name="subject", label=_l("Subject"), required=True, max_length=300),
                IntegerField(
                    name="days",
                    label=_l("Days after"),
                    required=True,
                    default=0,
                    minimum=-TOO_FAR,
                    maximum=TOO_FAR,
                ),
                YesNoField(name="working", label=WORKING),
                LinkField(name="type_id", label=_l("Type"), kind="task_type"),
                ChoiceField(
                    name="whose",
                    label=_l("Assignee"),
                    enum=Whose,
                    labels=WHOSE,
                    required=True,
                    default=Whose.OWNER,
                ),
                LinkField(name="assignee_id", label=_l("Person"), kind="user"),
            ),
            help=_l("The person counts where it is always the same."),
        ),
    ),
    columns=("name", "note"),
    match=("external_id", "name"),
    keys=("name_key",),
    rules=service.check_plan,
    scoped=False,
    menu=None,
    summary=_l("Ready sets of steps, applied to a record or to many of a list."),
)
