"""Groups, memberships and goals as kinds of records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.errors import ConflictError, ForbiddenError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.records import access
from vinculo.records.fields import (
    AmountField,
    ChoiceField,
    DateField,
    FigureField,
    LinkField,
    MomentField,
    TextField,
    YesNoField,
)
from vinculo.records.kind import RecordKind
from vinculo.web.views import Badge
from vinculo_segments import service
from vinculo_segments.models import Every, Goal, Measure, Membership, Segment, Way

WAYS: Final = {
    Way.LIVE: _l("By conditions, always as of now"),
    Way.STORED: _l("By conditions, refreshed on schedule"),
    Way.MANUAL: _l("A list by hand"),
}
PERIODS: Final = {
    Every.HOUR: _l("Every hour"),
    Every.DAY: _l("Every day"),
    Every.WEEK: _l("Every week"),
    Every.NEVER: _l("Only by hand"),
}
MEASURES: Final = {Measure.SUM: _l("Sum of all clients"), Measure.AVERAGE: _l("Average of a client")}


@dataclass(frozen=True, kw_only=True)
class GroupField(LinkField):
    """In which group a record is: a condition of lists."""

    operators: ClassVar[Sequence[str]] = ("eq", "ne", "in")


def badges(segment: Segment) -> Sequence[Badge]:
    """How it is decided, and that it could not be refreshed."""
    found = [Badge(str(WAYS[segment.way]), field="way")]
    return [*found, Badge(_("Not refreshed"), "bad")] if segment.fault else found


segment = RecordKind(
    name="segment",
    plural="segments",
    domain="segments",
    model=Segment,
    label=_l("Group"),
    label_plural=_l("Groups"),
    new_label=_l("Add group"),
    icon="stack-2",
    title="name",
    fields=(
        TextField(name="name", label=_l("Name"), required=True, max_length=200, searchable=True),
        TextField(
            name="description", label=_l("Description"), multiline=True, max_length=2000, searchable=True
        ),
        ChoiceField(
            name="way", label=_l("Who is in it"), enum=Way, labels=WAYS, required=True, default=Way.LIVE
        ),
        ChoiceField(
            name="every",
            label=_l("Refreshed"),
            enum=Every,
            labels=PERIODS,
            required=True,
            default=Every.DAY,
            help=_l("Of a group that is refreshed on schedule, with the rights of its owner."),
        ),
        YesNoField(
            name="shared",
            label=_l("Shared"),
            help=_l("Whoever may see groups may use it; its owner alone changes it."),
        ),
        LinkField(name="owner_id", label=_l("Owner"), kind="user"),
        MomentField(name="refreshed_at", label=_l("Last refreshed"), read_only=True),
        TextField(name="fault", label=_l("Why it was not refreshed"), max_length=2000, read_only=True),
    ),
    columns=("name", "way", "owner_id", "shared", "refreshed_at", "description"),
    owner="owner_id",
    shared="shared",
    rules=service.check_segment,
    badges=badges,
    weight=40,
    summary=_l(
        "Groups of clients, by conditions or by hand. Each narrows the lists of clients and of all they have."
    ),
)


def check_membership(session: Session, member: Membership, actor: Actor) -> None:
    """By hand only where nothing else decides, and by those who may change the group."""
    group = session.get_one(Segment, member.segment_id)
    if errors := [*service.faults_of_membership(session, group, member)]:
        raise InvalidError(errors)
    if "update" not in access.permitted(session, segment, group.id, actor, ["update"]):
        text = _("Only its owner changes who is in “%(name)s”.", name=group.name)
        raise ForbiddenError(text, code="out_of_scope")


def check_gone(session: Session, member: Membership) -> None:
    """What a refresh wrote is history; so is who left."""
    if member.joined_by_id is not None:
        text = _("A refresh has put the client into the group; change the conditions of the group.")
        raise ConflictError(text, code="kept_by_rule")


membership = RecordKind(
    name="membership",
    plural="memberships",
    domain="segments",
    model=Membership,
    label=_l("Membership"),
    label_plural=_l("Memberships"),
    new_label=_l("Add to a group"),
    icon="stack-2",
    title="remark",
    fields=(
        LinkField(name="segment_id", label=_l("Group"), kind="segment", required=True, aliases=("segment",)),
        LinkField(name="client_id", label=_l("Client"), kind="client", required=True, aliases=("company",)),
        MomentField(name="joined_at", label=_l("Joined"), required=True, default=now),
        MomentField(name="left_at", label=_l("Left")),
        TextField(name="remark", label=_l("Remark"), max_length=200),
    ),
    columns=("remark", "client_id", "segment_id", "joined_at", "left_at"),
    sort="-joined_at",
    client="client_id",
    rules=check_membership,
    deletable=check_gone,
    menu=None,
    match=("external_id",),
    summary=_l("Who is and was in which group."),
)

goal = RecordKind(
    name="goal",
    plural="goals",
    domain="segments",
    model=Goal,
    label=_l("Goal"),
    label_plural=_l("Goals"),
    new_label=_l("Set a goal"),
    icon="circle-check",
    title="name",
    fields=(
        TextField(name="name", label=_l("Name"), required=True, max_length=200, searchable=True),
        LinkField(name="client_id", label=_l("Client"), kind="client"),
        LinkField(name="segment_id", label=_l("Group"), kind="segment"),
        FigureField(
            name="metric",
            label=_l("Figure"),
            about="client",
            required=True,
            help=_l("A number that is known of clients."),
        ),
        ChoiceField(
            name="measure",
            label=_l("Of a group"),
            enum=Measure,
            labels=MEASURES,
            required=True,
            default=Measure.SUM,
        ),
        AmountField(name="target", label=_l("Goal"), required=True),
        DateField(name="due_on", label=_l("Due on"), required=True),
        AmountField(name="base", label=_l("Starts at"), required=True, default=Decimal(0)),
        DateField(name="base_on", label=_l("Counts from"), required=True, default=lambda: now().date()),
        LinkField(name="owner_id", label=_l("Owner"), kind="user"),
    ),
    columns=("name", "client_id", "segment_id", "metric", "target", "due_on", "owner_id"),
    sort="due_on",
    client="client_id",
    owner="owner_id",
    rules=service.check_goal,
    weight=45,
    summary=_l("What a figure of a client or of a group shall be on a day."),
)
