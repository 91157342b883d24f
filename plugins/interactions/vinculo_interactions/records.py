"""Interactions as a kind of record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import mark
from vinculo.records.fields import (
    ChoiceField,
    DateField,
    DurationField,
    IntegerField,
    LinkField,
    MomentField,
    TextField,
    When,
    YesNoField,
)
from vinculo.records.kind import Collection, FileColumn, Moment, RecordKind
from vinculo.records.proving import Evidence, Found, Subject, first
from vinculo.web.views import Badge
from vinculo_interactions import clock, service
from vinculo_interactions.models import INCOMING, Answer, Interaction, InteractionType, Participant, Priority

LABELS: Final = {
    InteractionType.MEETING: mark("Meeting"),
    InteractionType.CALL_IN: mark("Call in"),
    InteractionType.CALL_OUT: mark("Call out"),
    InteractionType.SMS: mark("SMS"),
    InteractionType.EMAIL: mark("E-mail"),
    InteractionType.NOTE: mark("Note"),
    InteractionType.CALL_MISSED: mark("Missed call"),
    InteractionType.EMAIL_IN: mark("E-mail received"),
    InteractionType.SMS_IN: mark("SMS received"),
}
TYPES: Final = {kind: _l(label) for kind, label in LABELS.items()}
ICONS: Final = {
    InteractionType.MEETING: "users",
    InteractionType.CALL_IN: "phone-incoming",
    InteractionType.CALL_OUT: "phone-outgoing",
    InteractionType.SMS: "message",
    InteractionType.EMAIL: "mail",
    InteractionType.NOTE: "notes",
    InteractionType.CALL_MISSED: "phone-incoming",
    InteractionType.EMAIL_IN: "mail",
    InteractionType.SMS_IN: "message",
}
PRIORITIES: Final = {Priority.NORMAL: _l("Ordinary"), Priority.HIGH: _l("Urgent")}
ANSWERS: Final = {
    Answer.WAITING: _l("Waits for an answer"),
    Answer.OVERDUE: _l("Answer overdue"),
    Answer.ANSWERED: _l("Answered"),
    Answer.LATE: _l("Answered late"),
    Answer.NEEDLESS: _l("Needs no answer"),
}
TONES: Final = {Answer.WAITING: "warn", Answer.OVERDUE: "bad", Answer.ANSWERED: "ok"}
CAME_IN: Final = tuple(one.value for one in INCOMING)
LONGEST: Final = 31 * 1440  # a fair of a month, in minutes
EXCERPT: Final = 500


def moment(interaction: Interaction) -> Moment:
    """The outcome on the timeline, and the beginning of the note."""
    texts = (interaction.outcome, interaction.note[:EXCERPT])
    return Moment(
        at=interaction.happened_at,
        label=LABELS[interaction.type],
        title=interaction.subject,
        icon=ICONS[interaction.type],
        text="\n".join(filter(None, texts)),
        user_id=interaction.responsible_id,
    )


def badges(interaction: Interaction) -> Sequence[Badge]:
    """The type, and what became of what came in."""
    found = [Badge(str(TYPES[interaction.type]), field="type")]
    if interaction.answer:
        tone = TONES.get(interaction.answer, "neutral")
        found.append(Badge(str(ANSWERS[interaction.answer]), tone, field="answer"))
    return found


def written(session: Session, interaction: Interaction, changes: Mapping[str, Any], actor: Actor) -> None:
    """What waits for an answer may have one now, or one no longer."""
    clock.follow(session, interaction, changes, actor)


def talked(session: Session, subjects: Sequence[Subject]) -> Mapping[Subject, Found]:
    """The first contact with the client of each; a note is none."""
    rows = sa.select(Interaction.client_id, Interaction.happened_at, Interaction.responsible_id)
    rows = rows.where(Interaction.type != InteractionType.NOTE, Interaction.happened_at <= now())
    return first(session, subjects, rows, lambda one: one.client_id)


interaction = RecordKind(
    name="interaction",
    plural="interactions",
    domain="interactions",
    model=Interaction,
    label=_l("Interaction"),
    label_plural=_l("Interactions"),
    new_label=_l("Log an interaction"),
    icon="message",
    title="subject",
    fields=(
        TextField(
            name="subject",
            label=_l("Subject"),
            required=True,
            max_length=300,
            searchable=True,
            aliases=("title", "summary", "topic"),
        ),
        ChoiceField(
            name="type",
            label=_l("Type"),
            enum=InteractionType,
            labels=TYPES,
            required=True,
            default=InteractionType.CALL_OUT,
            aliases=("kind", "channel", "activity type"),
        ),
        LinkField(
            name="client_id",
            label=_l("Client"),
            kind="client",
            required=True,
            aliases=("company", "account", "customer", "client name", "company name"),
        ),
        LinkField(
            name="counterparty_id",
            label=_l("Counterparty"),
            kind="counterparty",
            help=_l("If the client has one counterparty on that day, it is filled in when left empty."),
            aliases=("legal entity",),
        ),
        LinkField(
            name="responsible_id", label=_l("Responsible"), kind="user", aliases=("owner", "manager", "user")
        ),
        MomentField(
            name="happened_at",
            label=_l("When"),
            required=True,
            default=now,
            aliases=("date", "date and time", "happened at", "start", "time"),
        ),
        IntegerField(
            name="duration_minutes",
            label=_l("Duration in minutes"),
            minimum=0,
            maximum=LONGEST,
            aliases=("duration", "minutes"),
        ),
        TextField(name="outcome", label=_l("Outcome"), max_length=2000, searchable=True, aliases=("result",)),
        TextField(
            name="next_step", label=_l("Next step"), max_length=500, searchable=True, aliases=("follow up",)
        ),
        DateField(
            name="next_step_on", label=_l("Next step on"), aliases=("next step date", "follow up date", "due")
        ),
        TextField(
            name="note",
            label=_l("Note"),
            multiline=True,
            max_length=20_000,
            searchable=True,
            aliases=("notes", "text", "body", "description", "comment"),
        ),
        ChoiceField(
            name="priority",
            label=_l("Priority"),
            enum=Priority,
            labels=PRIORITIES,
            tones={Priority.HIGH: "bad"},
            required=True,
            default=Priority.NORMAL,
            shown_when=When("type", CAME_IN),
        ),
        YesNoField(name="no_answer", label=_l("Needs no answer"), shown_when=When("type", CAME_IN)),
        ChoiceField(
            name="answer",
            label=_l("Answer"),
            enum=Answer,
            labels=ANSWERS,
            tones=TONES,
            read_only=True,
            help=_l(
                "What became of what came in: the first talk with the client or message to it answers it."
            ),
        ),
        MomentField(name="answer_due_at", label=_l("Answer due at"), read_only=True),
        MomentField(name="answered_at", label=_l("Answered at"), read_only=True),
        DurationField(
            name="answer_seconds",
            label=_l("Time to the answer"),
            help=_l("Working time of who was responsible; seconds in files and in the API."),
            read_only=True,
        ),
        IntegerField(name="answer_target", label=_l("Working minutes allowed for it"), read_only=True),
    ),
    collections=(
        Collection(
            name="participants",
            label=_l("People"),
            add_label=_l("Add a person"),
            model=Participant,
            fields=(LinkField(name="person_id", label=_l("Person"), kind="person", required=True),),
            file_columns=(
                FileColumn(
                    key="person",
                    label=_l("Person"),
                    field="person_id",
                    aliases=("contact", "contact name", "participant", "people"),
                ),
            ),
            same=("person_id",),
        ),
    ),
    columns=("subject", "type", "happened_at", "client_id", "responsible_id", "outcome", "answer"),
    sort="-happened_at",
    client="client_id",
    counterparty="counterparty_id",
    dated="happened_at",
    owner="responsible_id",
    rules=service.check,
    written=written,
    gone_or_back=clock.settle_anew,
    moment=moment,
    evidence=Evidence(_l("A talk with the client, or a message"), talked),
    badges=badges,
    weight=20,
    summary=_l(
        "Meetings, calls, messages and notes. Log one on the card of a client, or import what you have."
    ),
)
