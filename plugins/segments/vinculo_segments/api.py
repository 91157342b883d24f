"""Rules of groups, whether a client is in one and why, for programs."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Response
from litestar.params import FromPath

from vinculo.actor import Source
from vinculo.clients.records import client
from vinculo.errors import ConflictError, VinculoError
from vinculo.i18n import gettext as _
from vinculo.records import service as records
from vinculo.records.openapi import operation
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import get, post, put
from vinculo_segments import jobs, looking, reasons, service
from vinculo_segments import queries as own
from vinculo_segments.models import Segment, Way
from vinculo_segments.reasons import Reason
from vinculo_segments.records import segment

READ: Final = segment.permission("read")
CHANGE: Final = segment.permission("update")


class ChangedRule(msgspec.Struct, forbid_unknown_fields=True):
    """Conditions as in the address of a list: ``stage=active&any1.country=BR``."""

    query: str


class Waiting(msgspec.Struct):
    """What a rule needs that is not there: of a plugin that is off, or hidden from the reader."""

    part: str
    plugin: str
    hidden: bool


class Rule(msgspec.Struct):
    """The conditions of a group, what they wait for, and how many clients fulfil them, if that is known."""

    query: str
    waits_for: list[Waiting]
    count: int | None
    fault: str


class Refreshing(msgspec.Struct):
    """The job that does it."""

    job: str


class Membership(msgspec.Struct):
    """Whether a client is in a group, since when, and why: conditions with what was found, perhaps parts."""

    inside: bool
    since: str | None
    reasons: list[dict[str, Any]]


def _operation(summary: str, permission: str, answer: type[msgspec.Struct], **options: Any) -> Any:
    return operation(
        summary=summary, tag=str(segment.label_plural), permission=permission, answer=answer, **options
    )


@get(
    "/api/v1/segments/{record_id:int}/rule",
    permission=READ,
    operation_class=_operation(_("The conditions of a group"), READ, Rule, errors=(404,)),
)
def read_rule(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """The conditions of a group, and what they wait for."""
    return json_answer(_told(ctx, records.get(ctx.session, segment, record_id, actor=ctx.actor)))


@put(
    "/api/v1/segments/{record_id:int}/rule",
    permission=CHANGE,
    operation_class=_operation(
        _("Change the conditions of a group"), CHANGE, Rule, body=ChangedRule,
        errors=(400, 404, 409, 413, 422),
    ),
)  # fmt: skip
def change_rule(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Let a group go by other conditions."""
    group = records.get(ctx.session, segment, record_id, actor=ctx.actor, lock=True)
    asked = ctx.json_as(ChangedRule, field="body")
    pairs = parse_qsl(asked.query.removeprefix("?"), keep_blank_values=True)
    actor = ctx.actor.by(Source.API)
    service.set_rule(ctx.session, ctx.registry, group, pairs, actor=actor, typed=True)
    return json_answer(_told(ctx, group))


@post(
    "/api/v1/segments/{record_id:int}/refresh",
    permission=CHANGE,
    status_code=202,
    operation_class=_operation(
        _("Refresh a stored group"), CHANGE, Refreshing, status=202, errors=(404, 409)
    ),
)
def refresh(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Refresh a stored group in the background."""
    group = records.get(ctx.session, segment, record_id, actor=ctx.actor, lock=True)
    if group.way is not Way.STORED:
        raise ConflictError(
            _("Only groups that are refreshed on schedule can be refreshed."), code="not_stored"
        )
    job = ctx.site.enqueue(ctx.session, jobs.REFRESH, segment_id=group.id, by=ctx.actor.user_id)
    return json_answer({"job": job}, status=202)


@get(
    "/api/v1/segments/{record_id:int}/clients/{client_id:int}",
    permission=READ,
    operation_class=_operation(_("Whether a client is in a group, and why"), READ, Membership, errors=(404,)),
)
def why(ctx: Context, record_id: FromPath[int], client_id: FromPath[int]) -> Response[bytes]:
    """Whether a client is in a group, and each condition with the value that was found."""
    ctx.actor.require(client.permission("read"))
    group = records.get(ctx.session, segment, record_id, actor=ctx.actor)
    records.get(ctx.session, client, client_id, actor=ctx.actor)
    told = reasons.of(ctx, group, client_id)
    since = told.since.isoformat() if told.since else None
    return json_answer(
        {"inside": told.inside, "since": since, "reasons": [_reason(one) for one in told.reasons]}
    )


def _reason(one: Reason) -> dict[str, Any]:
    parts = {"parts": [_reason(part) for part in one.parts]} if one.parts else {}
    return {"text": one.text, "holds": one.holds, "found": one.found, **parts}


def _told(ctx: Context, group: Segment) -> dict[str, Any]:
    waits = own.waiting(ctx.session, ctx.registry, group, ctx.actor)
    told: dict[str, Any] = {
        "query": urlencode(own.pairs_of(group)),
        "waits_for": [{"part": one.part, "plugin": one.plugin, "hidden": one.hidden} for one in waits],
        "count": None,
        "fault": " ".join(map(str, waits)),
    }
    try:
        told["count"] = looking.members(ctx.session, ctx.registry, group, ctx.actor).count
    except VinculoError as error:
        told["fault"] = error.message
    return told


handlers = (read_rule, change_rule, refresh, why)
