"""Channels, campaigns, events, participants and touches as kinds of records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import mark
from vinculo.plugins.contributions import Group
from vinculo.records.fields import (
    AmountField,
    ChoiceField,
    DateField,
    Field,
    IntegerField,
    LinkField,
    MomentField,
    TextField,
)
from vinculo.records.kind import Collection, FileColumn, Moment, RecordKind
from vinculo.web.views import Badge
from vinculo_marketing import service
from vinculo_marketing.models import Attendance, Campaign, Channel, Expense, Format, Occasion, Part, Touch

FORMATS: Final = {
    Format.EXHIBITION: _l("Exhibition"),
    Format.SEMINAR: _l("Seminar"),
    Format.WEBINAR: _l("Webinar"),
    Format.OTHER: _l("Other event"),
}
PARTS: Final = {
    Part.INVITED: _l("Invited"),
    Part.REGISTERED: _l("Registered"),
    Part.CAME: _l("Came"),
    Part.ABSENT: _l("Did not come"),
}
TONES: Final = {Part.INVITED: "neutral", Part.REGISTERED: "brand", Part.CAME: "ok", Part.ABSENT: "warn"}
_MOMENTS: Final = {
    Part.INVITED: mark("Invited to an event"), Part.REGISTERED: mark("Registered for an event"),
    Part.CAME: mark("Came to an event"), Part.ABSENT: mark("Did not come to an event"),
}  # fmt: skip
LARGEST: Final = 2**53
CHANNEL: Final = LinkField(
    name="channel_id", label=_l("Channel"), kind="channel", aliases=("channel", "medium", "utm_medium")
)
CAMPAIGN: Final = LinkField(
    name="campaign_id", label=_l("Campaign"), kind="campaign", aliases=("campaign", "utm_campaign")
)
EVENT: Final = LinkField(
    name="event_id", label=_l("Marketing event"), kind="marketing_event", aliases=("event",)
)
REASON: Final = TextField(
    name="reason",
    label=_l("Why they came"),
    max_length=500,
    searchable=True,
    aliases=("reason", "why"),
    help=_l("What moved them, in their own words."),
)
_RESPONSIBLE: Final = LinkField(
    name="responsible_id", label=_l("Responsible"), kind="user", aliases=("owner", "assigned to")
)
_BUDGET: Final = AmountField(
    name="budget", label=_l("Budget"), minimum=Decimal(0), help=_l("In the currency of the company.")
)
_NOTE: Final = TextField(name="note", label=_l("Note"), multiline=True, max_length=10_000)


def _name() -> TextField:
    return TextField(
        name="name", label=_l("Name"), required=True, max_length=200, key="name_key", searchable=True
    )


def _period() -> tuple[Field, ...]:
    return (
        DateField(name="begins_on", label=_l("Begins on"), aliases=("start", "from", "start date")),
        DateField(name="ends_on", label=_l("Ends on"), aliases=("end", "to", "end date")),
    )


def _costs() -> Collection:
    def column(key: str, label: Any, field: str, *aliases: str, beside: tuple[str, ...] = ()) -> FileColumn:
        return FileColumn(key=key, label=label, field=field, group="cost", aliases=aliases, beside=beside)

    return Collection(
        name="costs",
        label=_l("Costs"),
        add_label=_l("Add a cost"),
        model=Expense,
        fields=(
            DateField(name="day", label=_l("Spent on"), help=_l("Left empty, the first day.")),
            AmountField(
                name="amount",
                label=_l("Amount"),
                required=True,
                minimum=Decimal(0),
                help=_l("In the currency of the company."),
            ),
            TextField(name="note", label=_l("For what"), max_length=300, searchable=True),
        ),
        file_columns=(
            column("cost", _l("What it cost"), "amount", "actual cost", "spent"),
            column("cost_day", _l("Spent on"), "day", beside=("cost",)),
            column("cost_note", _l("For what"), "note", beside=("cost",)),
        ),
        same=("day", "amount", "note"),
    )


def participant_moment(of: Attendance) -> Moment:
    """How far somebody came with an event, on the timeline of the client."""
    return Moment(of.state_at, _MOMENTS[of.state], of.name, "calendar", of.outcome)


def participant_badges(of: Attendance) -> Sequence[Badge]:
    """How far they came."""
    return [Badge(str(PARTS[of.state]), TONES[of.state], field="state")]


def participant_written(session: Session, of: Attendance, changes: Mapping[str, Any], actor: Actor) -> None:
    """Who came is touched by the event."""
    service.follow_participant(session, touch, participant.name, of, changes, actor)


def touch_moment(of: Touch) -> Moment:
    """By what they were touched, on the timeline of the client."""
    return Moment(of.happened_at, mark("Touch"), of.title, "speakerphone", of.reason, of.created_by_id)


channel = RecordKind(
    name="channel",
    plural="channels",
    domain="marketing",
    model=Channel,
    label=_l("Channel"),
    label_plural=_l("Channels"),
    new_label=_l("Add channel"),
    icon="tag",
    title="name",
    fields=(
        _name(),
        LinkField(name="parent_id", label=_l("Part of"), kind="channel", aliases=("parent",)),
    ),
    columns=("name", "parent_id"),
    match=("external_id", "name"),
    keys=("name_key",),
    rules=service.check_channel,
    scoped=False,
    menu=Group.MARKETING,
    weight=40,
    summary=_l("Search, fairs, recommendations: by what clients hear of you. One may be a part of another."),
)
campaign = RecordKind(
    name="campaign",
    plural="campaigns",
    domain="marketing",
    model=Campaign,
    label=_l("Campaign"),
    label_plural=_l("Campaigns"),
    new_label=_l("Add campaign"),
    icon="speakerphone",
    title="name",
    fields=(
        _name(),
        CHANNEL,
        *_period(),
        TextField(
            name="code",
            label=_l("Code in addresses"),
            max_length=100,
            aliases=("utm_campaign",),
            help=_l("What links say as utm_campaign; a web form that was reached by one counts for it."),
        ),
        _BUDGET,
        IntegerField(name="expected_clients", label=_l("Expected new clients"), minimum=0),
        AmountField(name="expected_revenue", label=_l("Expected revenue"), minimum=Decimal(0)),
        _RESPONSIBLE,
        _NOTE,
    ),
    collections=(_costs(),),
    columns=("name", "channel_id", "begins_on", "ends_on", "budget", "responsible_id"),
    sort="-begins_on",
    match=("external_id", "name"),
    keys=("name_key",),
    rules=service.check_period,
    scoped=False,
    carries=True,
    menu=Group.MARKETING,
    weight=10,
    summary=_l("An effort in a channel, with its time, its budget, what it cost and what it is to bring."),
)
event = RecordKind(
    name="marketing_event",
    plural="marketing-events",
    domain="marketing",
    model=Occasion,
    label=_l("Marketing event"),
    label_plural=_l("Marketing events"),
    new_label=_l("Add marketing event"),
    icon="calendar",
    title="name",
    fields=(
        _name(),
        ChoiceField(
            name="format",
            label=_l("Format"),
            enum=Format,
            labels=FORMATS,
            required=True,
            default=Format.EXHIBITION,
            aliases=("type",),
        ),
        TextField(name="place", label=_l("Place"), max_length=300, searchable=True, aliases=("venue",)),
        *_period(),
        CHANNEL,
        CAMPAIGN,
        _BUDGET,
        _RESPONSIBLE,
        _NOTE,
    ),
    collections=(_costs(),),
    columns=("name", "format", "place", "begins_on", "budget", "responsible_id"),
    sort="-begins_on",
    match=("external_id", "name"),
    keys=("name_key",),
    rules=service.check_period,
    scoped=False,
    carries=True,
    menu=Group.MARKETING,
    weight=20,
    summary=_l("Exhibitions and seminars: their budget, who is invited, who came and what came of it."),
)
participant = RecordKind(
    name="participant",
    plural="participants",
    domain="marketing",
    model=Attendance,
    label=_l("Participant"),
    label_plural=_l("Participants"),
    new_label=_l("Add participant"),
    icon="users",
    title="name",
    fields=(
        TextField(
            name="name",
            label=_l("Name"),
            max_length=200,
            searchable=True,
            help=_l("Left empty, that of the person or the client."),
        ),
        LinkField(
            name="event_id",
            label=_l("Marketing event"),
            kind="marketing_event",
            required=True,
            aliases=("event",),
        ),
        LinkField(name="client_id", label=_l("Client"), kind="client", aliases=("company", "account")),
        LinkField(name="person_id", label=_l("Person"), kind="person", aliases=("contact",)),
        ChoiceField(
            name="state",
            label=_l("State"),
            enum=Part,
            labels=PARTS,
            tones=TONES,
            required=True,
            default=Part.INVITED,
            aliases=("status",),
        ),
        MomentField(name="state_at", label=_l("Since"), default=now, help=_l("Left empty, now.")),
        TextField(name="outcome", label=_l("Outcome"), multiline=True, max_length=10_000, searchable=True),
    ),
    columns=("name", "event_id", "client_id", "state", "state_at"),
    sort="-state_at",
    client="client_id",
    rules=service.check_participant,
    written=participant_written,
    moment=participant_moment,
    badges=participant_badges,
    menu=None,
    weight=30,
    summary=_l("Who was invited to which event, registered, came, and what came of it."),
)
touch = RecordKind(
    name="touch",
    plural="touches",
    domain="marketing",
    model=Touch,
    label=_l("Touch"),
    label_plural=_l("Touches"),
    new_label=_l("Add touch"),
    icon="speakerphone",
    title="title",
    fields=(
        TextField(name="title", label=_l("In words"), max_length=300, read_only=True, searchable=True),
        LinkField(name="client_id", label=_l("Client"), kind="client", aliases=("company", "account")),
        CHANNEL,
        CAMPAIGN,
        EVENT,
        TextField(
            name="source",
            label=_l("Source in words"),
            max_length=200,
            searchable=True,
            aliases=("source", "utm_source", "lead source"),
        ),
        REASON,
        MomentField(
            name="happened_at", label=_l("When"), aliases=("date", "at"), help=_l("Left empty, now.")
        ),
        TextField(name="utm", label=_l("Parameters of the address"), max_length=500, read_only=True),
        LinkField(name="created_by_id", label=_l("Added by"), kind="user", read_only=True),
        TextField(name="about_kind", label=_l("About a record of kind"), max_length=60, read_only=True),
        IntegerField(name="about_id", label=_l("About the record with id"), maximum=LARGEST, read_only=True),
    ),
    columns=("title", "client_id", "channel_id", "campaign_id", "event_id", "happened_at"),
    sort="-happened_at",
    client="client_id",
    rules=service.check_touch,
    told_by_title=("channel_id", "campaign_id", "event_id", "source"),
    moment=touch_moment,
    menu=Group.MARKETING,
    weight=30,
    summary=_l("By what clients heard of you and came back. Say it on any form, or import what you have."),
)
KINDS: Final = (channel, campaign, event, participant, touch)
