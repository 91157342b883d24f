"""Interactions as a kind of record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vinculo.db.base import now
from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import mark
from vinculo.records.fields import ChoiceField, DateField, IntegerField, LinkField, MomentField, TextField
from vinculo.records.kind import Collection, FileColumn, Moment, RecordKind
from vinculo.web.views import Badge
from vinculo_interactions import service
from vinculo_interactions.models import Interaction, InteractionType, Participant

LABELS: Final = {
    InteractionType.MEETING: mark("Meeting"),
    InteractionType.CALL_IN: mark("Call in"),
    InteractionType.CALL_OUT: mark("Call out"),
    InteractionType.SMS: mark("SMS"),
    InteractionType.EMAIL: mark("E-mail"),
    InteractionType.NOTE: mark("Note"),
}
TYPES: Final = {kind: _l(label) for kind, label in LABELS.items()}
ICONS: Final = {
    InteractionType.MEETING: "users",
    InteractionType.CALL_IN: "phone-incoming",
    InteractionType.CALL_OUT: "phone-outgoing",
    InteractionType.SMS: "message",
    InteractionType.EMAIL: "mail",
    InteractionType.NOTE: "notes",
}
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
    """The type."""
    return [Badge(str(TYPES[interaction.type]), field="type")]


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
    columns=("subject", "type", "happened_at", "client_id", "responsible_id", "outcome"),
    sort="-happened_at",
    client="client_id",
    counterparty="counterparty_id",
    dated="happened_at",
    owner="responsible_id",
    rules=service.check,
    moment=moment,
    badges=badges,
    weight=20,
    summary=_l(
        "Meetings, calls, messages and notes. Log one on the card of a client, or import what you have."
    ),
)
