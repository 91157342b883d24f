"""What holds for channels, campaigns, events, participants and touches, by whatever door they come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.clients.models import Client
from vinculo.db.base import now
from vinculo.db.locking import hold
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.people.models import Person, PersonRole
from vinculo.records import service, trash
from vinculo.records.kind import RecordKind
from vinculo.records.reading import Values
from vinculo_marketing.models import Attendance, Campaign, Channel, Occasion, Part, Touch

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2199, 1, 1, tzinfo=UTC)
DEEPEST: Final = 20
SOURCES: Final = ("channel_id", "campaign_id", "event_id", "source")


def check_channel(session: Session, one: Channel, actor: Actor) -> None:
    """No channel is above itself. Two changes that close a circle together wait for each other."""
    if one.parent_id is None or one.id is None:
        return
    hold(session, "marketing.channels")
    with session.no_autoflush:
        above, steps = one.parent_id, 0
        while above is not None and steps < DEEPEST:
            if above == one.id:
                text = _("It would belong to itself. Choose another channel above.")
                raise InvalidError([FieldError("parent_id", text, "circle")])
            above, steps = session.scalar(sa.select(Channel.parent_id).where(Channel.id == above)), steps + 1


def check_period(session: Session, one: Campaign | Occasion, actor: Actor) -> None:
    """What ends does not do so before it begins; what was spent was so on some day."""
    errors = []
    if one.begins_on and one.ends_on and one.ends_on < one.begins_on:
        text = _("It ends on %(to)s, before it begins on %(start)s.", to=one.ends_on, start=one.begins_on)
        errors.append(FieldError("ends_on", text, "before_begin"))
    if errors:
        raise InvalidError(errors)
    for cost in one.costs:
        if cost.day is None:
            cost.day = one.begins_on or now().date()


def check_participant(session: Session, one: Attendance, actor: Actor) -> None:
    """They are called as the person or the client; a person brings the client. When is since when."""
    with session.no_autoflush:
        if one.client_id is None and one.person_id is not None:
            role = sa.select(PersonRole.client_id).where(PersonRole.person_id == one.person_id)
            one.client_id = session.scalar(
                role.where(PersonRole.client_id.is_not(None)).order_by(PersonRole.id).limit(1)
            )
        if not one.name:
            one.name = _called(session, (Person, one.person_id), (Client, one.client_id))
    if not one.name:
        text = _("Say who it is: a client, a person, or a name.")
        raise InvalidError([FieldError("name", text, "required")])
    if one.state_at is None or (one.id is not None and sa.inspect(one).attrs.state.history.has_changes()):
        one.state_at = now()
    _require_sound(one, "state_at")


def check_touch(session: Session, one: Touch, actor: Actor) -> None:
    """An event brings its campaign and its channel, a campaign its channel; something must be said."""
    if one.happened_at is None:
        one.happened_at = now()
    _require_sound(one, "happened_at")
    if one.client_id is None and not one.about_kind:
        raise InvalidError([FieldError("client_id", _("Say of which client."), "required")])
    with session.no_autoflush:
        event = session.get(Occasion, one.event_id) if one.event_id else None
        if event and one.campaign_id is None:
            one.campaign_id = event.campaign_id
        campaign = session.get(Campaign, one.campaign_id) if one.campaign_id else None
        if one.channel_id is None:
            one.channel_id = (event and event.channel_id) or (campaign and campaign.channel_id) or None
        channel = session.get(Channel, one.channel_id) if one.channel_id else None
    if not any(getattr(one, name) for name in SOURCES):
        text = _("Say by what: a channel, a campaign, an event, or a source in words.")
        raise InvalidError([FieldError("channel_id", text, "required")])
    named = [found.name for found in (channel, campaign, event) if found]
    one.title = " · ".join([*named, *([one.source] if one.source else [])])[:300]


def _require_sound(one: Any, name: str) -> None:
    if not EARLIEST <= getattr(one, name) < LATEST:
        text = _("Nobody lives to see this day; correct the year.")
        raise InvalidError([FieldError(name, text, "out_of_range")])


def _called(session: Session, *found: tuple[type[Any], int | None]) -> str:
    for model, record_id in found:
        name = session.scalar(sa.select(model.name).where(model.id == record_id)) if record_id else None
        if name:
            return str(name)
    return ""


def follow_participant(
    session: Session, touch: RecordKind, kind: str, one: Attendance, changes: Mapping[str, Any], actor: Actor
) -> None:
    """Who comes to an event is touched by it; who did not after all is not."""
    if not {"state", "client_id", "event_id"} & changes.keys():
        return
    known = touches_of(session, kind, one.id)
    came = one.state is Part.CAME and one.client_id is not None
    actor = replace(actor, is_administrator=True)  # it follows from what they may change
    values = {"client_id": one.client_id, "event_id": one.event_id, "campaign_id": None, "channel_id": None}
    if came and not known:
        add_touch(session, touch, values, about=(kind, one.id), at=one.state_at, actor=actor)
    for found in known:
        if came:
            service.update(session, touch, found, Values(values), actor=actor)
        else:
            trash.delete(session, touch, found, actor=actor)


def touches_of(session: Session, kind: str, record_id: int) -> list[Touch]:
    """The touches of one record of a plugin, the first one first, read for a change."""
    query = sa.select(Touch).where(Touch.about_kind == kind, Touch.about_id == record_id)
    return list(session.scalars(query.order_by(Touch.happened_at, Touch.id).with_for_update()))


def add_touch(
    session: Session,
    touch: RecordKind,
    values: Mapping[str, Any],
    *,
    about: tuple[str, int] | None = None,
    at: datetime | None = None,
    actor: Actor,
) -> Touch:
    """A touch of a client, or of a record of one."""
    said = {"about_kind": about[0], "about_id": about[1]} if about else {}
    fields = {**values, **said, "happened_at": at or now()}
    made: Touch = service.create(session, touch, Values(fields), actor=actor)
    return made


def settle(session: Session, touch: RecordKind, kinds: Iterable[RecordKind]) -> int:
    """Let touches of records follow these to the client they have by now; how many did."""
    moved = 0
    for kind in kinds:
        if kind.client in ("", "id") or kind.name == touch.name:
            continue
        client = kind.column(kind.client)
        query = sa.select(Touch, client).join(kind.table, kind.table.c.id == Touch.about_id)
        query = query.where(Touch.about_kind == kind.name, Touch.client_id.is_distinct_from(client))
        for one, client_id in session.execute(query).all():
            one.client_id = client_id
            session.flush()
            service.project(session, touch, one, new=False)
            moved += 1
    return moved
