"""Templates, lists, subscriptions, returned addresses, mailings and what was sent, as kinds of records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import mark
from vinculo.plugins.contributions import Group
from vinculo.records.fields import ChoiceField, IntegerField, LinkField, MomentField, TextField, YesNoField
from vinculo.records.fields.base import When
from vinculo.records.kind import Moment, RecordKind
from vinculo.web.views import Badge
from vinculo_mailings import service
from vinculo_mailings.audience import REASONS
from vinculo_mailings.models import (
    Bounce,
    Choice,
    Mailing,
    MailingList,
    Medium,
    Plan,
    Purpose,
    Reach,
    Send,
    Stage,
    Step,
    Subscription,
    Template,
)

CHANNELS: Final = {Medium.EMAIL: _l("E-mail"), Medium.SMS: _l("Text message")}
PURPOSES: Final = {
    Purpose.MARKETING: _l("Marketing"),
    Purpose.SERVICE: _l("Service: part of what was bought"),
}
REACHES: Final = {Reach.FIRST: _l("The first address of each client"), Reach.ALL: _l("All addresses")}
PLANS: Final = {
    Plan.ONCE: _l("Once"),
    Plan.DAY: _l("Every day"),
    Plan.WEEK: _l("Every week"),
    Plan.MONTH: _l("Every month"),
    Plan.EVENT: _l("When something happens"),
}
STAGES: Final = {
    Stage.DRAFT: _l("Draft"),
    Stage.ACTIVE: _l("Is being sent"),
    Stage.PAUSED: _l("Paused"),
    Stage.DONE: _l("Over"),
}
STAGE_TONES: Final = {Stage.ACTIVE: "ok", Stage.PAUSED: "warn"}
CHOICES: Final = {Choice.SUBSCRIBED: _l("Agreed"), Choice.OPTED_OUT: _l("Opted out")}
CHOICE_TONES: Final = {Choice.OPTED_OUT: "bad", Choice.SUBSCRIBED: "ok"}
STEPS: Final = {
    Step.PENDING: _l("Waits to be sent"),
    Step.SENDING: _l("In hand"),
    Step.SENT: _l("Sent"),
    Step.FAILED: _l("Failed"),
    Step.SKIPPED: _l("Left out"),
    Step.UNSURE: _l("Unsure"),
}
STEP_TONES: Final = {Step.SENT: "ok", Step.FAILED: "bad", Step.UNSURE: "warn"}
_UNTIMED: Final = tuple(str(one) for one in Plan if one is not Plan.EVENT)


def moment(of: Send) -> Moment | None:
    """On the timeline of its client, once it was sent."""
    if of.sent_at is None:
        return None
    is_mail = "@" in of.address
    label, icon = (mark("Mailing"), "mail") if is_mail else (mark("Text message"), "message")
    return Moment(of.sent_at, label, of.title, icon)


def badges(of: Mailing) -> Sequence[Badge]:
    """How far it is, and what keeps it."""
    shown = [Badge(str(STAGES[of.stage]), STAGE_TONES.get(of.stage, "neutral"), field="stage")]
    return [*shown, Badge(_("Could not begin"), "bad", field="fault")] if of.fault else shown


def _name(**more: Any) -> TextField:
    return TextField(name="name", label=_l("Name"), required=True, max_length=200, searchable=True, **more)


template = RecordKind(
    name="mailing_template",
    plural="mailing-templates",
    domain="mailings",
    model=Template,
    label=_l("Template of mailings"),
    label_plural=_l("Templates of mailings"),
    new_label=_l("Add template of mailings"),
    icon="notes",
    title="name",
    fields=(
        _name(),
        ChoiceField(
            name="channel", label=_l("Channel"), enum=Medium, labels=CHANNELS, required=True,
            default=Medium.EMAIL,
        ),
        TextField(
            name="subject", label=_l("Subject"), max_length=300, searchable=True,
            help=_l("Variables are written as {{ client.name }}."),
            shown_when=When("channel", ("email",)),
        ),
        TextField(
            name="body", label=_l("What it says"), multiline=True, max_length=100_000, required=True,
            help=_l("Text, or a layout in MJML, which begins with <mjml>. Variables and conditions work."),
        ),
        TextField(
            name="text", label=_l("As plain text"), multiline=True, max_length=100_000,
            help=_l("Left empty, what the letter says without its layout."),
            shown_when=When("channel", ("email",)),
        ),
    ),
    columns=("name", "channel", "subject"),
    match=("external_id", "name"),
    rules=service.check_template,
    deletable=service.keep_used,
    scoped=False,
    menu=Group.MARKETING,
    weight=42,
    summary=_l("What mailings say, with the name of a client and whatever else is known of it."),
)  # fmt: skip
mailing_list = RecordKind(
    name="mailing_list",
    plural="mailing-lists",
    domain="mailings",
    model=MailingList,
    label=_l("Mailing list"),
    label_plural=_l("Mailing lists"),
    new_label=_l("Add mailing list"),
    icon="list",
    title="name",
    fields=(
        _name(key="name_key"),
        YesNoField(
            name="needs_consent", label=_l("Only who agreed"),
            help=_l("Nobody is written to by this list who has not said yes to it."),
        ),
        TextField(name="description", label=_l("Description"), multiline=True, max_length=2000),
    ),
    columns=("name", "needs_consent", "description"),
    match=("external_id", "name"),
    keys=("name_key",),
    scoped=False,
    menu=None,
    summary=_l("News, offers, invitations: what people may agree to, and leave by themselves."),
)  # fmt: skip
subscription = RecordKind(
    name="mailing_subscription",
    plural="mailing-subscriptions",
    domain="mailings",
    model=Subscription,
    label=_l("Consent or opt-out"),
    label_plural=_l("Consents and opt-outs"),
    new_label=_l("Add consent or opt-out"),
    icon="checklist",
    title="address",
    fields=(
        TextField(
            name="address", label=_l("Address or number"), required=True, max_length=254, searchable=True,
            aliases=("email", "e-mail", "phone"),
        ),
        LinkField(
            name="list_id", label=_l("Mailing list"), kind="mailing_list",
            help=_l("Left empty, all marketing."),
        ),
        ChoiceField(
            name="choice", label=_l("Said"), enum=Choice, labels=CHOICES, tones=CHOICE_TONES, required=True,
            default=Choice.SUBSCRIBED,
        ),
        LinkField(name="client_id", label=_l("Client"), kind="client", aliases=("company", "customer")),
        MomentField(name="said_at", label=_l("When it was said"), help=_l("Left empty, now.")),
        TextField(name="source", label=_l("How one knows"), max_length=200),
    ),
    columns=("address", "list_id", "choice", "client_id", "said_at", "source"),
    sort="-said_at",
    client="client_id",
    rules=service.check_subscription,
    menu=Group.MARKETING,
    weight=44,
    summary=_l("Who agreed to what, and who wants no more. Opting out in a letter is written here at once."),
)  # fmt: skip
bounce = RecordKind(
    name="mailing_bounce",
    plural="mailing-bounces",
    domain="mailings",
    model=Bounce,
    label=_l("Returned address"),
    label_plural=_l("Returned addresses"),
    new_label=_l("Add returned address"),
    icon="arrow-back-up",
    title="address",
    fields=(
        TextField(
            name="address", label=_l("Address or number"), required=True, max_length=254, searchable=True
        ),
        YesNoField(
            name="hard", label=_l("For good"),
            help=_l("Nobody lives there: nothing is sent there any more. Delete the line to try again."),
        ),
        IntegerField(name="times", label=_l("How often"), minimum=1, maximum=1_000_000, default=1),
        TextField(name="reason", label=_l("What the server said"), max_length=300),
        MomentField(name="last_at", label=_l("Last time"), help=_l("Left empty, now.")),
    ),
    columns=("address", "hard", "times", "last_at", "reason"),
    sort="-last_at",
    rules=service.check_bounce,
    scoped=False,
    menu=None,
    summary=_l("Addresses from which mail came back."),
)  # fmt: skip
mailing = RecordKind(
    name="mailing",
    plural="mailings",
    domain="mailings",
    model=Mailing,
    label=_l("Mailing"),
    label_plural=_l("Mailings"),
    new_label=_l("Add mailing"),
    icon="mail",
    title="name",
    fields=(
        _name(),
        LinkField(name="template_id", label=_l("Template"), kind="mailing_template", required=True),
        ChoiceField(
            name="purpose", label=_l("Purpose"), enum=Purpose, labels=PURPOSES, required=True,
            default=Purpose.MARKETING,
            help=_l("Letters of service go out to those as well who want no marketing."),
        ),
        LinkField(
            name="list_id", label=_l("Mailing list"), kind="mailing_list",
            help=_l("Recipients agree to it and can leave it. Without conditions, all who are on it."),
        ),
        ChoiceField(
            name="reach", label=_l("Goes to"), enum=Reach, labels=REACHES, required=True, default=Reach.FIRST
        ),
        ChoiceField(
            name="plan", label=_l("When"), enum=Plan, labels=PLANS, required=True, default=Plan.ONCE
        ),
        MomentField(
            name="starts_at", label=_l("Begins at"), help=_l("Left empty, as soon as it is started."),
            shown_when=When("plan", _UNTIMED),
        ),
        TextField(
            name="event", label=_l("Event"), max_length=100,
            help=_l("Kind and action, e.g. complaint.solved. Left empty, it is chosen on the card."),
            shown_when=When("plan", ("event",)),
        ),
        IntegerField(
            name="hourly_cap", label=_l("At most, in an hour"), minimum=1, maximum=1_000_000,
            help=_l("Left empty, as many as the server takes."),
        ),
        YesNoField(name="clicks", label=_l("Count clicks"), default=True),
        YesNoField(
            name="opens", label=_l("Count opening"),
            help=_l("By an invisible image. Many programs load it unasked, or never."),
        ),
        LinkField(
            name="owner_id", label=_l("Owner"), kind="user",
            help=_l("The audience is chosen with the rights of the owner."),
        ),
        ChoiceField(
            name="stage", label=_l("State"), enum=Stage, labels=STAGES, tones=STAGE_TONES, read_only=True
        ),
        MomentField(name="next_at", label=_l("Next time"), read_only=True),
        TextField(name="fault", label=_l("Why it could not begin"), max_length=500, read_only=True),
    ),
    columns=("name", "stage", "template_id", "plan", "next_at", "owner_id"),
    sort="-created_at",
    owner="owner_id",
    rules=service.check_mailing,
    badges=badges,
    menu=Group.MARKETING,
    weight=40,
    events={
        "begun": _l("Mailing begun"),
        "started": _l("Mailing started"),
        "paused": _l("Mailing paused"),
        "stopped": _l("Mailing stopped"),
        "decided": _l("Decided what was unsure of a mailing"),
    },
    summary=_l("Letters and text messages to clients, once, again and again, or when something happens."),
)  # fmt: skip
send = RecordKind(
    name="mailing_send",
    plural="mailing-sends",
    domain="mailings",
    model=Send,
    label=_l("Sent message"),
    label_plural=_l("Sent messages"),
    new_label=_l("Add sent message"),
    icon="mail",
    title="title",
    fields=(
        TextField(
            name="title", label=_l("Name"), max_length=200, help=_l("Left empty, that of the mailing.")
        ),
        LinkField(name="mailing_id", label=_l("Mailing"), kind="mailing", required=True),
        LinkField(name="client_id", label=_l("Client"), kind="client", aliases=("company",)),
        LinkField(name="person_id", label=_l("Person"), kind="person"),
        TextField(
            name="address", label=_l("Address or number"), required=True, max_length=254,
            aliases=("email", "e-mail", "phone"),
        ),
        ChoiceField(
            name="step", label=_l("State"), enum=Step, labels=STEPS, tones=STEP_TONES, read_only=True
        ),
        TextField(name="reason", label=_l("Reason"), max_length=300, read_only=True),
        MomentField(name="sent_at", label=_l("Sent at"), help=_l("Left empty, now.")),
        MomentField(name="opened_at", label=_l("Opened at"), read_only=True),
        MomentField(name="clicked_at", label=_l("Clicked at"), read_only=True),
        MomentField(name="answered_at", label=_l("Answered at"), read_only=True),
        MomentField(name="opted_out_at", label=_l("Opted out at"), read_only=True),
        MomentField(name="bounced_at", label=_l("Came back at"), read_only=True),
    ),
    columns=("title", "client_id", "address", "step", "reason", "sent_at", "clicked_at"),
    sort="-created_at",
    client="client_id",
    rules=service.check_send,
    deletable=service.keep_sent,
    moment=moment,
    menu=None,
    summary=_l("What was sent to whom, and what became of it. What other programs sent can be added."),
)  # fmt: skip
SKIPPED: Final = {
    **{str(one): label for one, label in REASONS.items()},
    "stopped": _l("The mailing was stopped"),
}
KINDS: Final = (template, mailing_list, subscription, bounce, mailing, send)
