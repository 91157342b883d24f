"""Alarms and canaries for programs."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from litestar import Response
from litestar.openapi.spec import Parameter
from litestar.params import FromPath

from vinculo.actor import Source
from vinculo.errors import FieldError, InvalidError
from vinculo.events.chain import moment
from vinculo.i18n import gettext as _
from vinculo.protection import alarms, canaries
from vinculo.protection.models import Alarm, AlarmState
from vinculo.protection.permissions import ACKNOWLEDGE, MANAGE_CANARIES, READ
from vinculo.protection.wording import Wording
from vinculo.records.openapi import RawSchema, operation
from vinculo.records.text import whole_number
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import delete, get, post

S = TypeVar("S", bound=msgspec.Struct)


class AlarmItem(msgspec.Struct):
    """An alarm; ``text`` says it in words, ``details`` hold the figures that it was raised by."""

    id: int
    raised_at: str
    user_id: int | None
    user: str
    kind: str
    day: str
    count: int
    text: str
    state: str
    settled_at: str | None
    settled_by_id: int | None
    remark: str
    details: dict[str, Any]


class AlarmPage(msgspec.Struct):
    """Alarms, newest first; ``next_before`` is what to send as ``before`` to go on."""

    items: list[AlarmItem]
    next_before: int | None


class Acknowledgement(msgspec.Struct, forbid_unknown_fields=True):
    """What came of an alarm."""

    remark: str


class CanaryItem(msgspec.Struct):
    """A client that nobody has a reason to open."""

    id: int
    client_id: int
    client: str
    since: str


class CanaryList(msgspec.Struct):
    """All of them."""

    items: list[CanaryItem]


class NewCanary(msgspec.Struct, forbid_unknown_fields=True):
    """The client to make one."""

    client_id: int


PROTECTION_STRUCTS = (AlarmPage, AlarmItem, Acknowledgement, CanaryList, CanaryItem, NewCanary)


def _query(name: str, schema: dict[str, Any]) -> Parameter:
    return Parameter(name=name, param_in="query", required=False, schema=RawSchema(schema))


@get(
    "/api/v1/alarms",
    permission=READ,
    operation_class=operation(
        summary=_("List alarms, newest first"),
        tag=_("Alarms"),
        permission=READ,
        parameters=[
            _query("state", {"type": "string", "enum": [one.value for one in AlarmState]}),
            _query("before", {"type": "integer", "minimum": 1}),
            _query("limit", {"type": "integer", "minimum": 1, "maximum": alarms.MOST}),
        ],
        answer="AlarmPage",
        errors=(422,),
    ),
)
def list_alarms(ctx: Context) -> Response[bytes]:
    """A page of alarms."""
    errors: list[FieldError] = []
    limit = _number(ctx, "limit", alarms.MOST, errors) or 50
    before = _number(ctx, "before", 2**63 - 1, errors)
    text = ctx.parameter("state")
    if text and text not in [*AlarmState]:
        errors.append(
            FieldError("state", _("“%(value)s” is no state; write new or acknowledged.", value=text[:20]))
        )
    if errors:
        raise InvalidError(errors)
    state = AlarmState(text) if text else None
    found = alarms.page(ctx.session, actor=ctx.actor, state=state, before=before, limit=limit + 1)
    said = Wording.of(ctx.session, found)
    more = found[limit - 1].id if len(found) > limit else None
    return json_answer(AlarmPage([described(one, said) for one in found[:limit]], more))


@post(
    "/api/v1/alarms/{alarm_id:int}/acknowledge",
    permission=ACKNOWLEDGE,
    status_code=200,
    operation_class=operation(
        summary=_("Say what came of an alarm"),
        tag=_("Alarms"),
        permission=ACKNOWLEDGE,
        body="Acknowledgement",
        answer="AlarmItem",
        errors=(400, 404, 409, 413, 422),
    ),
)
def acknowledge(ctx: Context, alarm_id: FromPath[int]) -> Response[bytes]:
    """Keep what somebody found."""
    asked = ctx.json_as(Acknowledgement, field="remark")
    alarm = alarms.acknowledge(
        ctx.session, alarm_id, remark=asked.remark, actor=ctx.actor.by(Source.API)
    )  # fmt: skip
    return json_answer(described(alarm, Wording.of(ctx.session, [alarm])))


@get(
    "/api/v1/canaries",
    permission=MANAGE_CANARIES,
    operation_class=operation(
        summary=_("List canary clients"), tag=_("Alarms"), permission=MANAGE_CANARIES, answer="CanaryList"
    ),
)
def list_canaries(ctx: Context) -> Response[bytes]:
    """All of them."""
    return json_answer(CanaryList([canary_item(one) for one in canaries.every(ctx.session)]))


@post(
    "/api/v1/canaries",
    permission=MANAGE_CANARIES,
    operation_class=operation(
        summary=_("Make a client a canary"),
        tag=_("Alarms"),
        permission=MANAGE_CANARIES,
        body="NewCanary",
        answer="CanaryItem",
        status=201,
        errors=(400, 409, 413, 422),
    ),
)
def add_canary(ctx: Context) -> Response[bytes]:
    """Make a client one."""
    asked = ctx.json_as(NewCanary, field="client_id")
    made = canaries.add(ctx.session, asked.client_id, actor=ctx.actor.by(Source.API))
    kept = next(one for one in canaries.every(ctx.session) if one.id == made.id)
    return json_answer(canary_item(kept), status=201)


@delete(
    "/api/v1/canaries/{canary_id:int}",
    permission=MANAGE_CANARIES,
    status_code=204,
    operation_class=operation(
        summary=_("Make a canary a client like all others"),
        tag=_("Alarms"),
        permission=MANAGE_CANARIES,
        status=204,
        errors=(404,),
    ),
)
def remove_canary(ctx: Context, canary_id: FromPath[int]) -> None:
    """Make it a client like all others."""
    canaries.remove(ctx.session, canary_id, actor=ctx.actor.by(Source.API))


def described(alarm: Alarm, said: Wording) -> AlarmItem:
    """An alarm as programs are given it."""
    return AlarmItem(
        id=alarm.id,
        raised_at=moment(alarm.raised_at),
        user_id=alarm.user_id,
        user=said.who(alarm),
        kind=alarm.kind,
        day=alarm.day.isoformat(),
        count=alarm.count,
        text=said.sentence(alarm),
        state=alarm.state,
        settled_at=moment(alarm.settled_at) if alarm.settled_at else None,
        settled_by_id=alarm.settled_by_id,
        remark=alarm.remark,
        details=alarm.details,
    )


def canary_item(one: canaries.Kept) -> CanaryItem:
    """A canary as programs are given it."""
    return CanaryItem(one.id, one.client_id, one.client, moment(one.since))


def _number(ctx: Context, name: str, top: int, errors: list[FieldError]) -> int | None:
    text = ctx.parameter(name)
    number = whole_number(text)
    if text and not (number and 1 <= number <= top):
        errors.append(FieldError(name, _("%(field)s is a whole number up to %(top)s.", field=name, top=top)))
    return number


handlers = (list_alarms, acknowledge, list_canaries, add_canary, remove_canary)
