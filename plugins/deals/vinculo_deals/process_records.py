"""Steps and rules of stages as kinds of records."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from vinculo.i18n import lazy_gettext as _l
from vinculo.records.fields import (
    ChoiceField,
    EvidenceField,
    IntegerField,
    LinkField,
    PartField,
    TextField,
    When,
    YesNoField,
)
from vinculo.records.kind import RecordKind
from vinculo_deals import steps
from vinculo_deals.process_models import About, By, Rule, Step, Way
from vinculo_deals.records import deal

LONGEST: Final = 3650
EVIDENCE: Final = {
    By.HAND: _l("Ticked by hand"),
    By.FIELD: _l("A field is filled in"),
    By.APPROVAL: _l("Approved by somebody with the right"),
}
WAYS: Final = {Way.ENTER: _l("To enter the stage"), Way.LEAVE: _l("To go on from it")}
ABOUT: Final = {About.DEAL: _l("The deal"), About.CLIENT: _l("Its client")}
_PARTS: Final = {
    **{field.name: field.label for field in deal.writable()},
    **{rows.name: rows.label for rows in deal.editable()},
}
_make: Any = StrEnum
DealPart: Final = _make("DealPart", {name: name for name in _PARTS})


def _stage() -> Sequence[LinkField]:
    return (
        LinkField(
            name="stage_id",
            label=_l("Stage"),
            kind="deal_stage",
            required=True,
            help=_l("“Sales: Offer” tells two of one name apart."),
        ),
        LinkField(name="pipeline_id", label=_l("Pipeline"), kind="pipeline", read_only=True),
    )


step = RecordKind(
    name="deal_step",
    plural="deal-steps",
    domain="deals",
    model=Step,
    label=_l("Step"),
    label_plural=_l("Steps"),
    new_label=_l("Add step"),
    icon="circle-check",
    title="name",
    fields=(
        TextField(name="name", label=_l("Name"), required=True, max_length=200, searchable=True),
        *_stage(),
        YesNoField(name="required", label=_l("Required"), default=True),
        IntegerField(
            name="weight",
            label=_l("Weight"),
            required=True,
            default=1,
            minimum=1,
            maximum=1000,
            help=_l("How much it counts in the share of what was done on time."),
        ),
        IntegerField(
            name="due_days",
            label=_l("Due after days"),
            minimum=0,
            maximum=LONGEST,
            help=_l("From when the stage is entered. Left empty, when the deal goes on."),
        ),
        EvidenceField(
            name="evidence",
            label=_l("Shown by"),
            enum=By,
            labels=EVIDENCE,
            required=True,
            default=By.HAND,
            help=_l("What counts is there since the stage was entered."),
        ),
        PartField(
            name="field",
            about="deal",
            label=_l("Which field"),
            enum=DealPart,
            labels=_PARTS,
            shown_when=When("evidence", (By.FIELD,), required=True),
        ),
        IntegerField(name="position", label=_l("Sort order"), minimum=0, maximum=100_000),
    ),
    columns=("name", "stage_id", "required", "due_days", "evidence", "weight"),
    sort="position",
    rules=steps.check_step,
    written=steps.step_written,
    gone_or_back=steps.steps_gone,
    scoped=False,
    menu=None,
    summary=_l("What is to be done in a stage, by when, and what shows that it is done."),
)

rule = RecordKind(
    name="deal_rule",
    plural="deal-rules",
    domain="deals",
    model=Rule,
    label=_l("Rule of a stage"),
    label_plural=_l("Rules of stages"),
    new_label=_l("Add rule"),
    icon="key",
    title="name",
    fields=(
        TextField(
            name="name",
            label=_l("Name"),
            required=True,
            max_length=200,
            searchable=True,
            help=_l("What a colleague is told who may not go on: “An amount is agreed”."),
        ),
        *_stage(),
        ChoiceField(
            name="way", label=_l("Has to be met"), enum=Way, labels=WAYS, required=True, default=Way.LEAVE
        ),
        ChoiceField(
            name="about",
            label=_l("Conditions about"),
            enum=About,
            labels=ABOUT,
            required=True,
            default=About.DEAL,
        ),
    ),
    columns=("name", "stage_id", "way", "about"),
    sort="name",
    rules=steps.check_rule,
    scoped=False,
    menu=None,
    summary=_l("What a deal or its client has to fulfil to enter or to leave a stage."),
)
