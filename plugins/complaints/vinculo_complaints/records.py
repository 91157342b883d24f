"""Complaints, their topics and causes as kinds of records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import mark
from vinculo.plugins.contributions import Group
from vinculo.records.fields import ChoiceField, DurationField, IntegerField, LinkField, MomentField, TextField
from vinculo.records.kind import Collection, Moment, RecordKind
from vinculo.web.views import Badge
from vinculo_complaints import service
from vinculo_complaints.models import (
    CLOSED,
    Action,
    Cause,
    Complaint,
    Kind,
    Severity,
    State,
    Stay,
    Step,
    Topic,
)

STATES: Final = {
    State.NEW: _l("New complaint"),
    State.WORK: _l("In work"),
    State.WAITING: _l("Waiting for the client"),
    State.SOLVED: _l("Solved"),
    State.REJECTED: _l("Turned down"),
    State.REOPENED: _l("Reopened"),
}
TONES: Final = {
    State.NEW: "brand", State.WORK: "brand", State.WAITING: "neutral", State.SOLVED: "ok",
    State.REJECTED: "neutral", State.REOPENED: "warn",
}  # fmt: skip
SEVERITIES: Final = {
    Severity.LOW: _l("Slight"),
    Severity.NORMAL: _l("Moderate"),
    Severity.HIGH: _l("Serious"),
    Severity.CRITICAL: _l("Critical"),
}
SEVERE: Final = {Severity.HIGH: "warn", Severity.CRITICAL: "bad"}
KINDS: Final = {
    Kind.RETURN: _l("Return of goods"),
    Kind.CREDIT_NOTE: _l("Credit note"),
    Kind.REPLACEMENT: _l("Replacement"),
}
STEPS: Final = {
    Step.PROPOSED: _l("Proposed"),
    Step.APPROVED: _l("Approved"),
    Step.REFUSED: _l("Refused"),
    Step.DONE: _l("Carried out"),
}
STEP_TONES: Final = {Step.PROPOSED: "warn", Step.APPROVED: "brand", Step.DONE: "ok"}
LARGEST: Final = 2**53
WORKING: Final = _l("Working time of whoever is responsible; seconds in files and in the API.")
_LABELS: Final = {
    State.NEW: mark("Complaint"), State.SOLVED: mark("Complaint solved"),
    State.REJECTED: mark("Complaint rejected"), State.REOPENED: mark("Complaint reopened"),
}  # fmt: skip


def moment(of: Complaint) -> Moment:
    """On the timeline of its client: that it came in, then how it ended."""
    label = _LABELS.get(of.state, _LABELS[State.NEW])
    at = of.closed_at or of.received_at
    return Moment(at, label, of.subject, "alert", of.result, user_id=of.responsible_id)


def badges(of: Complaint) -> Sequence[Badge]:
    """How far it is, how bad, and that it is late."""
    shown = [Badge(str(STATES[of.state]), TONES[of.state], field="state")]
    if of.severity in SEVERE:
        shown.append(Badge(str(SEVERITIES[of.severity]), SEVERE[of.severity], field="severity"))
    if of.state not in CLOSED and of.waiting_since is None and of.due_at is not None and of.due_at < now():
        shown.append(Badge(str(_l("Past due")), "bad", field="due_at"))
    return shown


def written(session: Session, of: Complaint, changes: Mapping[str, Any], actor: Actor) -> None:
    """What follows from a change."""
    service.follow(session, complaint, of, changes, actor)


def _list(
    name: str, plural: str, model: type[Topic | Cause], labels: tuple[Any, Any, Any, Any]
) -> RecordKind:
    label, label_plural, new_label, summary = labels
    return RecordKind(
        name=name,
        plural=plural,
        domain="complaints",
        model=model,
        label=label,
        label_plural=label_plural,
        new_label=new_label,
        icon="tag",
        title="name",
        fields=(
            TextField(
                name="name", label=_l("Name"), required=True, max_length=200, key="name_key", searchable=True
            ),
        ),
        columns=("name",),
        match=("external_id", "name"),
        keys=("name_key",),
        scoped=False,
        menu=None,
        summary=summary,
    )


topic = _list(
    "complaint_topic",
    "complaint-topics",
    Topic,
    (
        _l("Topic of complaints"),
        _l("Topics of complaints"),
        _l("Add topic of complaints"),
        _l("Late delivery, damaged goods, a wrong invoice: what complaints are about."),
    ),
)
cause = _list(
    "complaint_cause",
    "complaint-causes",
    Cause,
    (
        _l("Cause of complaints"),
        _l("Causes of complaints"),
        _l("Add cause of complaints"),
        _l("Packing, carrier, a slip of ours: why complaints came about, to be counted later."),
    ),
)
complaint = RecordKind(
    name="complaint",
    plural="complaints",
    domain="complaints",
    model=Complaint,
    label=_l("Complaint"),
    label_plural=_l("Complaints"),
    new_label=_l("Add complaint"),
    icon="alert",
    title="subject",
    fields=(
        TextField(
            name="subject",
            label=_l("Subject"),
            help=_l("Left empty, topic and product."),
            max_length=300,
            searchable=True,
            aliases=("complaint", "title"),
        ),
        LinkField(
            name="client_id",
            label=_l("Client"),
            kind="client",
            required=True,
            aliases=("company", "account", "customer"),
        ),
        LinkField(name="counterparty_id", label=_l("Counterparty"), kind="counterparty"),
        LinkField(name="person_id", label=_l("Person"), kind="person", aliases=("contact",)),
        LinkField(name="topic_id", label=_l("Topic"), kind="complaint_topic", aliases=("issue",)),
        LinkField(
            name="cause_id", label=_l("Cause"), kind="complaint_cause", aliases=("sub-issue", "reason")
        ),
        ChoiceField(
            name="severity",
            label=_l("Severity"),
            enum=Severity,
            labels=SEVERITIES,
            tones=SEVERE,
            required=True,
            default=Severity.NORMAL,
            aliases=("priority",),
            help=_l("It says within what working time one answers and solves."),
        ),
        TextField(name="product", label=_l("Product"), max_length=200, searchable=True),
        TextField(
            name="channel",
            label=_l("Came by"),
            max_length=100,
            aliases=("channel", "submitted via", "origin"),
        ),
        TextField(
            name="text",
            label=_l("What happened"),
            multiline=True,
            max_length=40_000,
            searchable=True,
            aliases=("description", "consumer complaint narrative", "narrative"),
        ),
        LinkField(
            name="responsible_id",
            label=_l("Responsible"),
            kind="user",
            aliases=("owner", "assigned to"),
            help=_l("Left empty, that of the client."),
        ),
        ChoiceField(
            name="state",
            label=_l("State"),
            enum=State,
            labels=STATES,
            tones=TONES,
            required=True,
            default=State.NEW,
            aliases=("status", "company response to consumer"),
        ),
        TextField(
            name="result",
            label=_l("Result"),
            multiline=True,
            max_length=20_000,
            searchable=True,
            aliases=("outcome", "company public response"),
        ),
        IntegerField(
            name="satisfaction",
            label=_l("Satisfaction, 1 to 5"),
            minimum=1,
            maximum=5,
            help=_l("How content the client is with the solution; 5 is best."),
        ),
        MomentField(
            name="received_at",
            label=_l("Received at"),
            aliases=("date received", "received"),
            help=_l("Left empty, now."),
        ),
        MomentField(
            name="answered_at", label=_l("First answer at"), aliases=("answered", "date sent to company")
        ),
        MomentField(name="closed_at", label=_l("Closed at"), aliases=("date closed",)),
        MomentField(name="answer_due_at", label=_l("Answer due at"), read_only=True),
        MomentField(name="due_at", label=_l("Solution due at"), read_only=True),
        DurationField(name="answer_seconds", label=_l("Time to the answer"), help=WORKING, read_only=True),
        DurationField(name="solve_seconds", label=_l("Time to the solution"), help=WORKING, read_only=True),
        DurationField(name="paused_seconds", label=_l("Time it waited"), help=WORKING, read_only=True),
        MomentField(name="waiting_since", label=_l("Waits since"), read_only=True),
        TextField(name="about_kind", label=_l("About a record of kind"), max_length=60, read_only=True),
        IntegerField(name="about_id", label=_l("About the record with id"), maximum=LARGEST, read_only=True),
    ),
    collections=(
        Collection(
            name="actions",
            label=_l("Actions"),
            add_label=_l("Propose an action"),
            model=Action,
            fields=(
                ChoiceField(name="kind", label=_l("Action"), enum=Kind, labels=KINDS, read_only=True),
                TextField(name="note", label=_l("Note"), max_length=300, read_only=True),
                ChoiceField(name="step", label=_l("State"), enum=Step, labels=STEPS, read_only=True),
            ),
            shown=False,
            read_only=True,
        ),
        Collection(
            name="stays",
            label=_l("History of states"),
            add_label=_l("Add a line"),
            model=Stay,
            fields=(
                ChoiceField(name="state", label=_l("State"), enum=State, labels=STATES, read_only=True),
                MomentField(name="entered_at", label=_l("Since"), read_only=True),
            ),
            shown=False,
            read_only=True,
        ),
    ),
    columns=("subject", "client_id", "topic_id", "severity", "state", "due_at", "responsible_id"),
    sort="-received_at",
    client="client_id",
    counterparty="counterparty_id",
    dated="received_at",
    owner="responsible_id",
    involved=("responsible_id",),
    carries=True,
    rules=service.check,
    written=written,
    moment=moment,
    badges=badges,
    menu=Group.SERVICE,
    weight=10,
    events={
        "opened": _l("Complaint opened"),
        "taken": _l("Complaint taken up"),
        "waiting": _l("Complaint waits for the client"),
        "solved": _l("Complaint solved"),
        "rejected": _l("Complaint rejected"),
        "reopened": _l("Complaint reopened"),
        "action_proposed": _l("Action proposed"),
        "action_approved": _l("Action approved"),
        "action_refused": _l("Action refused"),
        "action_done": _l("Action carried out"),
    },
    aliases=("claim", "case", "ticket"),
    summary=_l("What went wrong for clients. Add a complaint on any card, or import what you have."),
)
