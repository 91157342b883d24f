"""Deals, pipelines and reasons for losing as kinds of records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.company import documents, priced_lines
from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import mark, moment_of
from vinculo.plugins.contributions import Group
from vinculo.records.fields import (
    AmountField,
    ChoiceField,
    CurrencyField,
    DateField,
    IntegerField,
    LinkField,
    MomentField,
    TextField,
)
from vinculo.records.kind import Collection, Moment, RecordKind, Standing
from vinculo.web.views import Badge
from vinculo_deals import (
    gains,
    parts_of_deals,
    pipelines,
    process,
    quotations,
    service,
    steps,
)
from vinculo_deals.models import Deal, LostReason, Pipeline, Stage, State, Strictness
from vinculo_deals.quotation_records import quotation

Complete = Callable[[Session, Deal, Actor], None]
STATES: Final = {State.OPEN: _l("Deal open"), State.WON: _l("Deal won"), State.LOST: _l("Deal lost")}
TONES: Final = {State.OPEN: "brand", State.WON: "ok", State.LOST: "bad"}
STRICTNESS: Final = {
    Strictness.FOLDER: _l("A folder: nothing in it is ever stuck"),
    Strictness.MANUAL: _l("By stages, in any order"),
    Strictness.PRESCRIBED: _l("By stages, none of them skipped"),
}
PERCENT: Final = 100
LONGEST: Final = 3650

STATE: Final = ChoiceField(name="state", label=_l("Means"), enum=State, labels=STATES, tones=TONES,
                           required=True, default=State.OPEN)  # fmt: skip

stage = RecordKind(
    name="deal_stage",
    plural="deal-stages",
    domain="deals",
    model=Stage,
    label=_l("Stage"),
    label_plural=_l("Stages"),
    new_label=_l("Add stage"),
    icon="progress",
    title="name",
    fields=(
        TextField(name="name", label=_l("Name"), max_length=100, key="name_key"),
        LinkField(name="pipeline_id", label=_l("Pipeline"), kind="pipeline"),
        STATE,
    ),
    columns=("name",),
    sort="name",
    keys=("path_key",),
    menu=None,
    exposed=False,
    scoped=False,
)

pipeline = RecordKind(
    name="pipeline",
    plural="pipelines",
    domain="deals",
    model=Pipeline,
    label=_l("Pipeline"),
    label_plural=_l("Pipelines"),
    new_label=_l("Add pipeline"),
    icon="columns",
    title="name",
    fields=(
        TextField(
            name="name", label=_l("Name"), required=True, max_length=100, key="name_key", searchable=True
        ),
        ChoiceField(
            name="strictness",
            label=_l("How far it binds"),
            enum=Strictness,
            labels=STRICTNESS,
            required=True,
            default=Strictness.MANUAL,
        ),
    ),
    collections=(
        Collection(
            name="stages",
            label=_l("Stages"),
            add_label=_l("Add a stage"),
            model=Stage,
            fields=(
                TextField(name="name", label=_l("Name"), required=True, max_length=100, key="name_key"),
                STATE,
                IntegerField(name="position", label=_l("Sort order"), minimum=0, maximum=100_000),
                IntegerField(name="probability", label=_l("Probability, %"), minimum=0, maximum=PERCENT),
                IntegerField(name="rot_days", label=_l("Stuck after days"), minimum=1, maximum=LONGEST),
                TextField(name="guidance", label=_l("What to do"), multiline=True, max_length=5000),
            ),
            file_columns=parts_of_deals.STAGE_COLUMNS,
            same=("name",),
            help=_l("Those in which deals are open stand first. The order counts by tens, to leave room."),
        ),
    ),
    columns=("name", "strictness"),
    match=("external_id", "name"),
    keys=("name_key",),
    rules=pipelines.check,
    written=steps.pipeline_written,
    deletable=pipelines.refuse_used,
    scoped=False,
    menu=None,
    summary=_l(
        "The stages that deals go through. The first deal brings a pipeline that fits most companies."
    ),
)

lost_reason = RecordKind(
    name="lost_reason",
    plural="lost-reasons",
    domain="deals",
    model=LostReason,
    label=_l("Reason for losing"),
    label_plural=_l("Reasons for losing"),
    new_label=_l("Add reason for losing"),
    icon="tag",
    title="name",
    fields=(
        TextField(
            name="name", label=_l("Name"), required=True, max_length=100, key="name_key", searchable=True
        ),
    ),
    columns=("name",),
    match=("external_id", "name"),
    keys=("name_key",),
    scoped=False,
    menu=None,
    summary=_l("Price, a competitor, no answer: what deals are lost for, to be counted later."),
)


def check(session: Session, of: Deal, actor: Actor, complete: Complete = priced_lines.nothing) -> None:
    """Check and complete a deal."""
    complete(session, of, actor)
    service.check(session, lambda: pipelines.standard(session, pipeline, lost_reason, actor), of, actor)


def written(session: Session, of: Deal, changes: Mapping[str, Any], actor: Actor) -> None:
    """What follows from a change."""
    process.follow(session, deal, of, changes, actor)
    service.follow(session, deal, of, changes, actor)
    quotations.follow(session, quotation, of, changes)


def moment(of: Deal) -> Moment:
    """On the timeline of its client: that it began, then how it ended."""
    label = {State.OPEN: mark("Deal"), State.WON: mark("Deal won"), State.LOST: mark("Deal lost")}[of.state]
    day = of.closed_on or of.started_on
    at = moment_of(day, of.stage_since) if day else of.stage_since
    return Moment(at, label, of.title, "briefcase", user_id=of.responsible_id)


def badges(of: Deal) -> Sequence[Badge]:
    """What it has come to."""
    return [Badge(str(STATES[of.state]), TONES[of.state], field="state"), *documents.badges(of)]


deal = RecordKind(
    name="deal",
    plural="deals",
    domain="deals",
    model=Deal,
    label=_l("Deal"),
    label_plural=_l("Deals"),
    new_label=_l("Add deal"),
    icon="briefcase",
    title="title",
    fields=(
        TextField(
            name="title",
            label=_l("Title"),
            help=_l("Left empty, what is offered and to whom."),
            max_length=300,
            searchable=True,
            aliases=("deal", "deal name", "opportunity", "opportunity name", "name", "subject"),
        ),
        LinkField(
            name="client_id", label=_l("Client"), kind="client", aliases=("company", "account", "customer")
        ),
        LinkField(name="counterparty_id", label=_l("Counterparty"), kind="counterparty"),
        LinkField(
            name="pipeline_id",
            label=_l("Pipeline"),
            kind="pipeline",
            help=_l("Left empty, that of the stage, else the first one."),
        ),
        LinkField(
            name="stage_id",
            label=_l("Stage"),
            kind="deal_stage",
            aliases=("deal stage", "status", "sales stage"),
            help=_l("Left empty, the first of the pipeline. “Sales: Offer” tells two of one name apart."),
        ),
        AmountField(
            name="amount",
            label=_l("Amount"),
            minimum=Decimal(0),
            maximum=service.MOST,
            aliases=("value", "deal value", "close value", "deal amount"),
            help=_l("Lines with prices say it themselves."),
        ),
        CurrencyField(name="currency", label=_l("Currency"), help=_l("Left empty, that of the company.")),
        IntegerField(
            name="probability",
            label=_l("Probability by hand, %"),
            minimum=0,
            maximum=PERCENT,
            aliases=("probability", "probability %"),
            help=_l("Left empty, it follows from what became of deals before."),
        ),
        IntegerField(
            name="chance",
            label=_l("Win probability, %"),
            help=_l("By hand, else by deals before, else that of the stage; of closed deals, what it was."),
            read_only=True,
            total=False,
            tells=(("deal", "probability"),),
        ),
        DateField(
            name="expected_on", label=_l("Expected close"), aliases=("expected close date", "expected date")
        ),
        LinkField(
            name="responsible_id",
            label=_l("Responsible"),
            kind="user",
            aliases=("owner", "manager", "deal owner", "sales agent", "assigned to"),
        ),
        TextField(name="next_step", label=_l("Next step"), max_length=300),
        DateField(name="next_step_on", label=_l("Next step on")),
        TextField(name="source", label=_l("Source"), max_length=100, aliases=("lead source",)),
        TextField(name="competitors", label=_l("Competitors"), max_length=300, aliases=("competitor",)),
        LinkField(
            name="lost_reason_id", label=_l("Lost because of"), kind="lost_reason", aliases=("lost reason",)
        ),
        DateField(
            name="started_on",
            label=_l("Begun on"),
            aliases=("created date", "create date", "engage date", "start date"),
        ),
        DateField(
            name="closed_on",
            label=_l("Closed on"),
            aliases=("close date", "closed date", "won date"),
            help=_l("The day on which it was won or lost; of open deals there is none."),
        ),
        TextField(
            name="note",
            label=_l("Note"),
            multiline=True,
            max_length=20_000,
            searchable=True,
            aliases=("notes", "description", "comment"),
        ),
        LinkField(
            name="reached_id",
            label=_l("Furthest stage"),
            kind="deal_stage",
            aliases=("furthest stage", "stage reached"),
            help=_l("It follows the stage by itself; a file can say how far a closed deal came."),
        ),
        ChoiceField(name="state", label=_l("State"), enum=State, labels=STATES, tones=TONES, read_only=True),
        MomentField(name="stage_since", label=_l("In its stage since"), read_only=True),
        IntegerField(
            name="skipped",
            label=_l("Stages skipped"),
            help=_l("Stages before the furthest one in which it never was; unknown if a file brought it."),
            read_only=True,
            on_card=lambda of: bool(of.skipped),
        ),
        IntegerField(
            name="returns",
            label=_l("Came back to a stage"),
            help=_l("How often it entered a stage in which it had been before."),
            read_only=True,
            on_card=lambda of: bool(of.returns),
        ),
        *documents.BASE_FIELDS,
    ),
    collections=parts_of_deals.COLLECTIONS,
    columns=("title", "client_id", "stage_id", "amount", "expected_on", "responsible_id"),
    sort="-stage_since",
    client="client_id",
    counterparty="counterparty_id",
    dated="stage_since",
    owner="responsible_id",
    involved=("responsible_id",),
    rules=check,
    written=written,
    gains=gains.won,
    moment=moment,
    badges=badges,
    beside=priced_lines.beside(check),
    menu=Group.SALES,
    board="/deals/board",
    calendar="/deals/calendar",
    standing=(Standing(_l("Without a client"), (("client_id[empty]", "true"),)),),
    quick=("stage_id", "amount", "expected_on", "responsible_id", "next_step", "next_step_on"),
    events={
        "moved": _l("Moved to another stage"),
        "won": _l("Deal won"),
        "lost": _l("Deal lost"),
        "reopened": _l("Deal reopened"),
        "moved_past": _l("Moved past what was not met"),
        "step_done": _l("Step done"),
        "step_skipped": _l("Step skipped"),
        "step_approved": _l("Skipped step approved"),
        "step_reopened": _l("Step taken back"),
    },
    weight=10,
    aliases=("opportunity", "sale"),
    summary=_l("What may be sold, to whom, and how far it is. Add a deal by hand, or import what you have."),
)
